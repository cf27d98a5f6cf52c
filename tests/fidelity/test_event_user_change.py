"""`user_change`, compared with https://docs.slack.dev/reference/events/user_change."""

from tests.fidelity.events import event_payload
from tests.fidelity.objects import DEACTIVATED_USER, USER_OBJECT
from tests.fidelity.shapes import WHOLE, assert_fits
from tests.fidelity.socket_connection import payload_of
from tests.slack_emulator.harness import EmulatorHarness

CHANGED = event_payload("user_change", {"user": USER_OBJECT, "cache_ts": WHOLE})
DEACTIVATED = event_payload("user_change", {"user": DEACTIVATED_USER, "cache_ts": WHOLE})


async def test_a_changed_account_comes_whole(emulator: EmulatorHarness) -> None:
    payload = await payload_of(
        emulator, emulator.slack.tell(emulator.slack.change(emulator.bob, is_restricted=True))
    )
    assert_fits(payload, CHANGED)
    assert (payload["event"]["user"]["id"], payload["event"]["user"]["is_restricted"]) == (
        emulator.bob.id,
        True,
    )


async def test_a_deactivated_account_comes_without_its_roles(emulator: EmulatorHarness) -> None:
    payload = await payload_of(
        emulator, emulator.slack.tell(emulator.slack.change(emulator.bob, deleted=True))
    )
    assert_fits(payload, DEACTIVATED)
    assert payload["event"]["user"]["deleted"] is True


async def test_the_account_is_that_of_users_info(emulator: EmulatorHarness) -> None:
    event = emulator.slack.change(emulator.bob, is_admin=True)
    assert event["user"] == (await emulator.raw("users.info", user=emulator.bob.id))["user"]
