"""`channel_shared`, compared with https://docs.slack.dev/reference/events/channel_shared."""

from tests.fidelity.ear import payload_of
from tests.fidelity.events import event_payload
from tests.fidelity.shapes import CHANNEL, TEAM, assert_fits
from tests.slack_emulator.house import House

SHARED = event_payload("channel_shared", {"connected_team_id": TEAM, "channel": CHANNEL})


async def test_the_event_names_the_channel_and_the_other_workspace(house: House) -> None:
    payload = await payload_of(house, house.slack.tell(house.slack.share(house.general, "T0ELSEWHERE")))
    assert_fits(payload, SHARED)
    event = payload["event"]
    assert (event["channel"], event["connected_team_id"]) == (house.general.id, "T0ELSEWHERE")
    channel = (await house.raw("conversations.info", channel=house.general.id))["channel"]
    assert channel["is_ext_shared"] is True
