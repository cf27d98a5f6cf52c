"""`channel_shared`, compared with https://docs.slack.dev/reference/events/channel_shared."""

from tests.fidelity.events import event_payload
from tests.fidelity.shapes import CHANNEL, TEAM, assert_fits
from tests.fidelity.socket_connection import payload_of
from tests.slack_emulator.harness import EmulatorHarness

SHARED = event_payload("channel_shared", {"connected_team_id": TEAM, "channel": CHANNEL})


async def test_the_event_names_the_channel_and_the_other_workspace(emulator: EmulatorHarness) -> None:
    payload = await payload_of(
        emulator, emulator.slack.tell(emulator.slack.share(emulator.general, "T0ELSEWHERE"))
    )
    assert_fits(payload, SHARED)
    event = payload["event"]
    assert (event["channel"], event["connected_team_id"]) == (emulator.general.id, "T0ELSEWHERE")
    channel = (await emulator.raw("conversations.info", channel=emulator.general.id))["channel"]
    assert channel["is_ext_shared"] is True
