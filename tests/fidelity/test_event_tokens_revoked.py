"""`tokens_revoked`, compared with https://docs.slack.dev/reference/events/tokens_revoked."""

from tests.fidelity.events import event_payload
from tests.fidelity.shapes import USER, Doc, Many, assert_fits
from tests.fidelity.socket_connection import payload_of
from tests.slack_emulator.harness import EmulatorHarness

REVOKED = event_payload("tokens_revoked", {"tokens": Doc({}, {"oauth": Many(USER), "bot": Many(USER)})})


async def test_the_event_lists_user_ids_not_tokens(emulator: EmulatorHarness) -> None:
    """The page: the ids are those of the users whose tokens were revoked."""
    payload = await payload_of(emulator, emulator.slack.tell(emulator.slack.revoke_tokens()))
    assert_fits(payload, REVOKED)
    assert payload["event"]["tokens"] == {"oauth": [], "bot": [emulator.slack.bot.id]}


async def test_the_token_opens_nothing_any_more(emulator: EmulatorHarness) -> None:
    emulator.slack.revoke_tokens()
    assert (await emulator.refused("auth.test"))["error"] == "account_inactive"
