"""`auth.revoke`, compared with https://docs.slack.dev/reference/methods/auth.revoke."""

import pytest

from tests.fidelity.methods import Documented, Refusal, assert_complete, assert_refused
from tests.fidelity.objects import answered
from tests.fidelity.shapes import FLAG, assert_fits
from tests.fidelity.silent import SILENT
from tests.slack_emulator.harness import EmulatorHarness

METHOD = Documented(
    "auth.revoke",
    answered({"revoked": FLAG}),
    frozenset({"internal_error", "not_bearer_token"}),
    {},
)
REFUSALS = [Refusal("invalid_auth", "the token is nobody's", lambda _: {"token": "xoxb-test"})]


@pytest.mark.parametrize("case", REFUSALS, ids=str)
async def test_it_refuses_as_documented(emulator: EmulatorHarness, case: Refusal) -> None:
    await assert_refused(emulator, METHOD, case)


def test_every_documented_refusal_is_made_or_listed() -> None:
    assert_complete(METHOD, REFUSALS, SILENT[METHOD.name])


async def test_the_token_that_calls_is_ended_and_a_trial_ends_none(emulator: EmulatorHarness) -> None:
    token = emulator.slack.add_team("T0OTHER").bot_token
    for test, revoked in (("1", False), (None, True)):
        answer = await emulator.raw(METHOD.name, token=token, **({"test": test} if test else {}))
        assert_fits(answer, METHOD.answer)
        assert answer["revoked"] is revoked
    assert (await emulator.refused("auth.test", token=token))["error"] == "account_inactive"
    assert (await emulator.raw("auth.test"))["ok"]
