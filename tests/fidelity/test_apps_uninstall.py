"""`apps.uninstall`, compared with https://docs.slack.dev/reference/methods/apps.uninstall."""

import pytest

from tests.fidelity.methods import Documented, Refusal, assert_complete, assert_refused
from tests.fidelity.objects import answered
from tests.fidelity.shapes import assert_fits
from tests.fidelity.silent import SILENT
from tests.fidelity.test_oauth_v2_access import of_the_app
from tests.slack_emulator.harness import EmulatorHarness

METHOD = Documented(
    "apps.uninstall",
    answered({}),
    frozenset({"bad_client_secret", "client_id_token_mismatch", "internal_error", "invalid_client_id"}),
)
REFUSALS = [
    Refusal("invalid_client_id", "another app", lambda e: of_the_app(e, client_id="1.1")),
    Refusal("bad_client_secret", "a wrong secret", lambda e: of_the_app(e, client_secret="no")),
]


@pytest.mark.parametrize("case", REFUSALS, ids=str)
async def test_it_refuses_as_documented(emulator: EmulatorHarness, case: Refusal) -> None:
    await assert_refused(emulator, METHOD, case)


def test_every_documented_refusal_is_made_or_listed() -> None:
    assert_complete(METHOD, REFUSALS, SILENT[METHOD.name])


async def test_the_workspace_is_left_and_the_app_told_by_both_events(emulator: EmulatorHarness) -> None:
    other = emulator.slack.add_team("T0OTHER")
    answer = await emulator.raw(METHOD.name, token=other.bot_token, **of_the_app(emulator))
    assert_fits(answer, METHOD.answer)
    await emulator.slack.until(lambda: len(emulator.slack.deliveries) == 2)
    told = {one.payload["event"]["type"]: one.payload["team_id"] for one in emulator.slack.deliveries}
    assert told == {"tokens_revoked": "T0OTHER", "app_uninstalled": "T0OTHER"}
    assert other.bot_token == ""
    assert (await emulator.raw("auth.test"))["ok"]
