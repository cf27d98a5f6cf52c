"""`auth.test`, compared with https://docs.slack.dev/reference/methods/auth.test."""

import pytest

from tests.fidelity.methods import (
    Documented,
    Refusal,
    assert_complete,
    assert_refused,
)
from tests.fidelity.objects import answered
from tests.fidelity.shapes import APP, BOT, FLAG, TEAM, TEXT, URL, USER, assert_fits
from tests.fidelity.silent import SILENT
from tests.slack_emulator.harness import EmulatorHarness

METHOD = Documented(
    "auth.test",
    answered(
        {"url": URL, "team": TEXT, "user": TEXT, "team_id": TEAM, "user_id": USER, "bot_id": BOT},
        {"is_enterprise_install": FLAG},
    ),
    frozenset({"invalid_auth", "internal_error"}),
)
# `appId` and `appName` are "only for app-level tokens" (java-slack-sdk, `AuthTestResponse`).
OF_AN_APP_TOKEN = answered({"app_id": APP, "app_name": TEXT})

REFUSALS = [Refusal("invalid_auth", "the token is nobody's", lambda _: {"token": "xoxb-test"})]


async def test_a_bot_token_says_whose_bot_it_is(emulator: EmulatorHarness) -> None:
    assert_fits(await emulator.raw(METHOD.name), METHOD.answer)


async def test_an_app_level_token_says_only_which_app(emulator: EmulatorHarness) -> None:
    assert_fits(await emulator.raw(METHOD.name, token=emulator.slack.app_token), OF_AN_APP_TOKEN)


async def test_the_scopes_of_the_token_come_in_a_header(emulator: EmulatorHarness) -> None:
    headers = (await emulator.client.auth_test()).headers
    assert headers["x-oauth-scopes"].split(",") == emulator.slack.state.scopes


@pytest.mark.parametrize("case", REFUSALS, ids=str)
async def test_it_refuses_as_documented(emulator: EmulatorHarness, case: Refusal) -> None:
    await assert_refused(emulator, METHOD, case)


def test_every_documented_refusal_is_made_or_listed() -> None:
    assert_complete(METHOD, REFUSALS, SILENT[METHOD.name])
