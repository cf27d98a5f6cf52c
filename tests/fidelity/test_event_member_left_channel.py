"""`member_left_channel`, compared with https://docs.slack.dev/reference/events/member_left_channel."""

from tests.fidelity.ear import payload_of
from tests.fidelity.events import event_payload
from tests.fidelity.shapes import CHANNEL, TEAM, USER, assert_fits, one_of
from tests.slack_emulator.house import House

LEFT = event_payload(
    "member_left_channel", {"user": USER, "channel": CHANNEL, "channel_type": one_of("C", "G"), "team": TEAM}
)


async def test_the_event_names_who_and_where(house: House) -> None:
    payload = await payload_of(house, house.slack.tell(house.slack.leave(house.alice, house.general)))
    assert_fits(payload, LEFT)
    assert (payload["event"]["user"], payload["event"]["channel"]) == (house.alice.id, house.general.id)
    assert (
        house.alice.id not in (await house.raw("conversations.members", channel=house.general.id))["members"]
    )
