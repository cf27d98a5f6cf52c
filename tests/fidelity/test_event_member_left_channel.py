"""`member_left_channel`, compared with https://docs.slack.dev/reference/events/member_left_channel."""

from tests.fidelity.events import event_payload
from tests.fidelity.shapes import CHANNEL, TEAM, USER, assert_fits, one_of
from tests.fidelity.socket_connection import payload_of
from tests.slack_emulator.harness import EmulatorHarness

LEFT = event_payload(
    "member_left_channel", {"user": USER, "channel": CHANNEL, "channel_type": one_of("C", "G"), "team": TEAM}
)


async def test_the_event_names_who_and_where(emulator: EmulatorHarness) -> None:
    payload = await payload_of(
        emulator, emulator.slack.tell(emulator.slack.leave(emulator.alice, emulator.general))
    )
    assert_fits(payload, LEFT)
    assert (payload["event"]["user"], payload["event"]["channel"]) == (emulator.alice.id, emulator.general.id)
    assert (
        emulator.alice.id
        not in (await emulator.raw("conversations.members", channel=emulator.general.id))["members"]
    )
