"""`app_uninstalled`, compared with https://docs.slack.dev/reference/events/app_uninstalled."""

from tests.fidelity.ear import payload_of
from tests.fidelity.events import event_payload
from tests.fidelity.shapes import assert_fits
from tests.slack_emulator.house import House

UNINSTALLED = event_payload("app_uninstalled", {})


async def test_the_event_has_nothing_but_its_type(house: House) -> None:
    payload = await payload_of(house, house.slack.tell(house.slack.uninstall()))
    assert_fits(payload, UNINSTALLED)


async def test_a_bot_token_of_a_removed_app_is_of_an_inactive_account(house: House) -> None:
    """`account_inactive`, not `token_revoked`: the errors of every method's page tell bots from users."""
    house.slack.uninstall()
    assert (await house.refused("auth.test"))["error"] == "account_inactive"
    assert (await house.raw("apps.connections.open", token=house.slack.app_token))["ok"]
