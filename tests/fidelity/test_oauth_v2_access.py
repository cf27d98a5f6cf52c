"""`oauth.v2.access`, compared with https://docs.slack.dev/reference/methods/oauth.v2.access.

Rotation: https://docs.slack.dev/authentication/using-token-rotation. The org-wide answer:
https://api.slack.com/enterprise/apps/reference.
"""

import base64

import pytest

from slack_emulator import Json
from tests.fidelity.grid import ORG
from tests.fidelity.methods import Documented, Refusal, assert_complete, assert_refused
from tests.fidelity.objects import answered
from tests.fidelity.shapes import (
    APP,
    FLAG,
    NULL,
    TEAM,
    TEXT,
    USER,
    WHOLE,
    Doc,
    assert_fits,
    either,
    exactly,
    matching,
)
from tests.fidelity.silent import SILENT
from tests.slack_emulator.harness import EmulatorHarness

BACK = "https://app.example.com/back"
_ENTERPRISE = Doc({"id": matching("an organisation's id", r"E\w+"), "name": TEXT})
METHOD = Documented(
    "oauth.v2.access",
    answered(
        {
            "access_token": TEXT,
            "token_type": exactly("bot"),
            "scope": TEXT,
            "bot_user_id": USER,
            "app_id": APP,
            "team": either(Doc({"id": TEAM, "name": TEXT}), NULL),
            "enterprise": either(_ENTERPRISE, NULL),
            "is_enterprise_install": FLAG,
        },
        {"authed_user": Doc({"id": USER}), "refresh_token": TEXT, "expires_in": WHOLE},
    ),
    frozenset(
        {
            "bad_client_secret",
            "bad_redirect_uri",
            "cannot_install_an_org_installed_app",
            "invalid_client_id",
            "invalid_code",
            "invalid_code_verifier",
            "invalid_grant_type",
            "invalid_refresh_token",
            "no_scopes",
            "oauth_authorization_url_mismatch",
            "pkce_not_allowed",
            "preview_feature_not_available",
            "user_email_unverified",
        }
    ),
)


def of_the_app(emulator: EmulatorHarness, **args: object) -> Json:
    teams = emulator.slack.teams
    return {"client_id": teams.client_id, "client_secret": teams.client_secret, **args}


def address(emulator: EmulatorHarness, state: str = "once") -> str:
    return (
        f"{emulator.slack.authorize_url}?client_id={emulator.slack.teams.client_id}"
        f"&scope=commands,chat:write&state={state}&redirect_uri={BACK}"
    )


def code(emulator: EmulatorHarness, place: str = "T0PLAYGROUND") -> str:
    return emulator.slack.consent(address(emulator), place).partition("code=")[2].partition("&")[0]


async def installed(emulator: EmulatorHarness, place: str = "T0PLAYGROUND") -> Json:
    return await emulator.raw(
        METHOD.name, **of_the_app(emulator, code=code(emulator, place), redirect_uri=BACK)
    )


def late(emulator: EmulatorHarness) -> Json:
    given = of_the_app(emulator, code=code(emulator), redirect_uri=BACK)
    emulator.clock.advance(601)
    return given


REFUSALS = [
    Refusal("invalid_client_id", "another app", lambda e: of_the_app(e, client_id="1.1")),
    Refusal("bad_client_secret", "a wrong secret", lambda e: of_the_app(e, client_secret="no")),
    Refusal("invalid_code", "a made up code", lambda e: of_the_app(e, code="1.1")),
    Refusal("invalid_code", "no code", of_the_app),
    Refusal("invalid_code", "a code after ten minutes", late),
    Refusal("bad_redirect_uri", "another address", lambda e: of_the_app(e, code=code(e), redirect_uri="x")),
    Refusal("invalid_grant_type", "another grant", lambda e: of_the_app(e, grant_type="password")),
    Refusal(
        "invalid_refresh_token",
        "a made up one",
        lambda e: of_the_app(e, grant_type="refresh_token", refresh_token="xoxe-1-test"),
    ),
]


@pytest.mark.parametrize("case", REFUSALS, ids=str)
async def test_it_refuses_as_documented(emulator: EmulatorHarness, case: Refusal) -> None:
    await assert_refused(emulator, METHOD, case)


def test_every_documented_refusal_is_made_or_listed() -> None:
    assert_complete(METHOD, REFUSALS, SILENT[METHOD.name])


async def test_a_code_becomes_a_token_of_the_workspace_that_was_chosen_and_works_once(
    emulator: EmulatorHarness,
) -> None:
    emulator.slack.add_team("T0OTHER", "other", installed=False)
    given = of_the_app(emulator, code=code(emulator, "T0OTHER"), redirect_uri=BACK)
    answer = await emulator.raw(METHOD.name, **given)
    assert_fits(answer, METHOD.answer)
    assert (answer["team"]["id"], answer["enterprise"], answer["scope"]) == (
        "T0OTHER",
        None,
        "commands,chat:write",
    )
    assert (await emulator.raw("auth.test", token=answer["access_token"]))["team_id"] == "T0OTHER"
    assert (await emulator.refused(METHOD.name, **given))["error"] == "invalid_code"


async def test_the_apps_credentials_may_come_by_basic_authentication(emulator: EmulatorHarness) -> None:
    """The page: "supply the Client ID and Client Secret using the HTTP Basic authentication scheme"."""
    teams = emulator.slack.teams
    basic = base64.b64encode(f"{teams.client_id}:{teams.client_secret}".encode()).decode()
    async with emulator.session.post(
        emulator.slack.api_url + METHOD.name,
        headers={"Authorization": f"Basic {basic}"},
        data={"code": code(emulator), "redirect_uri": BACK},
    ) as answer:
        assert_fits(await answer.json(), METHOD.answer)
    assert "client_secret" not in emulator.slack.calls[-1].args


async def test_an_organisation_answers_without_a_team(emulator: EmulatorHarness) -> None:
    emulator.slack.add_organisation(ORG, home=True)
    answer = await installed(emulator, ORG)
    assert_fits(answer, METHOD.answer)
    assert (answer["team"], answer["enterprise"]["id"], answer["is_enterprise_install"]) == (None, ORG, True)


async def test_a_rotating_token_expires_and_its_refresh_token_works_once(emulator: EmulatorHarness) -> None:
    """The page: a token lives 12 hours, and "the refresh token is then revoked"."""
    emulator.slack.teams.installations.rotates = True
    first = await installed(emulator)
    assert_fits(first, METHOD.answer)
    assert (first["expires_in"], first["refresh_token"][:7]) == (43_200, "xoxe-1-")
    emulator.clock.advance(43_200)
    assert (await emulator.refused("auth.test", token=first["access_token"]))["error"] == "token_expired"
    given = of_the_app(emulator, grant_type="refresh_token", refresh_token=first["refresh_token"])
    second = await emulator.raw(METHOD.name, **given)
    assert_fits(second, METHOD.answer)
    assert (await emulator.raw("auth.test", token=second["access_token"]))["ok"]
    assert (await emulator.refused(METHOD.name, **given))["error"] == "invalid_refresh_token"


async def test_the_token_before_works_on_only_where_a_test_says_so(emulator: EmulatorHarness) -> None:
    settings = emulator.slack.teams.installations
    settings.rotates = True
    for keeps, error in ((False, "token_revoked"), (True, None)):
        settings.keeps_old = keeps
        first = await installed(emulator)
        given = of_the_app(emulator, grant_type="refresh_token", refresh_token=first["refresh_token"])
        assert (await emulator.raw(METHOD.name, **given))["ok"]
        assert (await emulator.raw("auth.test", token=first["access_token"])).get("error") == error


async def test_two_who_refresh_at_once_may_both_be_answered_and_only_one_answer_works(
    emulator: EmulatorHarness,
) -> None:
    """slackapi/node-slack-sdk#2504: two tokens for one refresh token, "but one is invalid"."""
    settings = emulator.slack.teams.installations
    settings.rotates = settings.forgives_reuse = True
    first = await installed(emulator)
    given = of_the_app(emulator, grant_type="refresh_token", refresh_token=first["refresh_token"])
    one, two = [await emulator.raw(METHOD.name, **given) for _ in range(2)]
    assert (await emulator.refused("auth.test", token=one["access_token"]))["error"] == "token_revoked"
    assert (await emulator.raw("auth.test", token=two["access_token"]))["ok"]
