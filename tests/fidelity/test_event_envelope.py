"""What surrounds an event, compared with https://docs.slack.dev/apis/events-api."""

from tests.fidelity.ear import payload_of
from tests.fidelity.events import event_payload
from tests.fidelity.shapes import assert_fits
from tests.slack_emulator.house import House

ANY = event_payload("app_uninstalled", {})


async def test_the_outer_payload_has_the_documented_fields(house: House) -> None:
    payload = await payload_of(house, house.slack.tell({"type": "app_uninstalled"}))
    assert_fits(payload, ANY)
    [authorization] = payload["authorizations"]
    assert authorization["user_id"] == house.slack.bot.id
    assert payload["team_id"] == authorization["team_id"] == house.slack.team_id


async def test_each_event_has_an_id_of_its_own(house: House) -> None:
    """`event_id`: "a unique identifier for this specific event, globally unique across all workspaces"."""
    payloads = [await payload_of(house, house.slack.tell({"type": "app_uninstalled"})) for _ in range(3)]
    assert len({payload["event_id"] for payload in payloads}) == 3


async def test_an_event_of_a_shared_channel_says_so(house: House) -> None:
    """`is_ext_shared_channel`: whether it happened in a channel shared with another workspace."""
    carol = house.slack.add_person("carol")
    before = await payload_of(house, house.slack.tell(house.slack.join(carol, house.general)))
    house.slack.share(house.general)
    after = await payload_of(house, house.slack.tell(house.slack.leave(carol, house.general)))
    assert (before["is_ext_shared_channel"], after["is_ext_shared_channel"]) == (False, True)
