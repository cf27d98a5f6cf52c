"""`user_change`, compared with https://docs.slack.dev/reference/events/user_change."""

from tests.fidelity.ear import payload_of
from tests.fidelity.events import event_payload
from tests.fidelity.objects import DEACTIVATED_USER, USER_OBJECT
from tests.fidelity.shapes import WHOLE, assert_fits
from tests.slack_emulator.house import House

CHANGED = event_payload("user_change", {"user": USER_OBJECT, "cache_ts": WHOLE})
DEACTIVATED = event_payload("user_change", {"user": DEACTIVATED_USER, "cache_ts": WHOLE})


async def test_a_changed_account_comes_whole(house: House) -> None:
    payload = await payload_of(house, house.slack.tell(house.slack.change(house.bob, is_restricted=True)))
    assert_fits(payload, CHANGED)
    assert (payload["event"]["user"]["id"], payload["event"]["user"]["is_restricted"]) == (house.bob.id, True)


async def test_a_deactivated_account_comes_without_its_roles(house: House) -> None:
    payload = await payload_of(house, house.slack.tell(house.slack.change(house.bob, deleted=True)))
    assert_fits(payload, DEACTIVATED)
    assert payload["event"]["user"]["deleted"] is True


async def test_the_account_is_that_of_users_info(house: House) -> None:
    event = house.slack.change(house.bob, is_admin=True)
    assert event["user"] == (await house.raw("users.info", user=house.bob.id))["user"]
