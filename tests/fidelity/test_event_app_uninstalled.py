"""`app_uninstalled`, compared with https://docs.slack.dev/reference/events/app_uninstalled."""

from tests.fidelity.events import event_payload
from tests.fidelity.shapes import assert_fits
from tests.fidelity.socket_connection import payload_of
from tests.slack_emulator.harness import EmulatorHarness

UNINSTALLED = event_payload("app_uninstalled", {})


async def test_the_event_has_nothing_but_its_type(emulator: EmulatorHarness) -> None:
    payload = await payload_of(emulator, emulator.slack.tell(emulator.slack.uninstall()))
    assert_fits(payload, UNINSTALLED)


async def test_a_bot_token_of_a_removed_app_is_of_an_inactive_account(emulator: EmulatorHarness) -> None:
    """`account_inactive`, not `token_revoked`: the errors of every method's page tell bots from users."""
    emulator.slack.uninstall()
    assert (await emulator.refused("auth.test"))["error"] == "account_inactive"
    assert (await emulator.raw("apps.connections.open", token=emulator.slack.app_token))["ok"]
