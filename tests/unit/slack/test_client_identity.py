"""Who we are, which faults of the token are final, and the way that calls take."""

import pytest
from aiohttp import web

from envaccess.domain.errors import DirectoryError, SettingsError
from envaccess.slack.client import SlackClient
from slack_emulator import SCOPES, SlackEmulator
from tests.unit.slack.slack_stage import SILENT, answering, on_stage, opened


async def test_whoami_says_workspace_user_bot_and_scopes() -> None:
    async with on_stage(SlackEmulator(bot_name="envaccess", team_id="T0ACME")) as stage:
        identity = await stage.client.whoami()
    assert (identity.team, identity.user, identity.bot) == ("T0ACME", stage.slack.bot.id, "B0BOT")
    assert identity.scopes == frozenset(SCOPES)
    assert identity.url.startswith("https://")


@pytest.mark.parametrize(
    "code",
    [
        "invalid_auth",
        "not_authed",
        "account_inactive",
        "token_revoked",
        "token_expired",
        "not_allowed_token_type",
        "missing_scope",
    ],
)
async def test_a_token_that_waiting_does_not_mend_names_its_setting(code: str) -> None:
    async with on_stage() as stage:
        stage.slack.faults.answer("auth.test", code)
        with pytest.raises(SettingsError, match=f"SLACK_BOT_TOKEN.*{code}"):
            await stage.client.whoami()


async def test_a_wrong_token_is_refused_without_being_repeated_in_the_error() -> None:
    async with (
        SlackEmulator(bot_name="envaccess") as slack,
        opened(SlackClient("xoxb-wrong-for-tests", slack.api_url, loopback=True)) as client,
    ):
        with pytest.raises(SettingsError) as caught:
            await client.whoami()
    error: BaseException | None = caught.value
    assert "xoxb-" not in str(error)
    while error:
        assert "xoxb-wrong" not in repr(vars(error))
        error = error.__cause__ or error.__context__


async def test_a_persons_token_is_no_bots() -> None:
    async def handle(_: web.Request) -> web.Response:
        return web.json_response({"ok": True, "team_id": "T0ACME", "user_id": "U0PERSON"})

    async with answering(handle) as url, opened(SlackClient("xoxb-test", url, loopback=True)) as client:
        with pytest.raises(SettingsError, match="SLACK_BOT_TOKEN"):
            await client.whoami()


async def test_what_passes_is_not_blamed_on_the_settings() -> None:
    async with on_stage() as stage:
        for fault in (
            stage.slack.faults.break_down("auth.test"),
            stage.slack.faults.rate_limit("auth.test"),
            stage.slack.faults.answer("auth.test", "enterprise_is_restricted"),
        ):
            with pytest.raises(DirectoryError):
                await stage.client.whoami()
            fault.stop()
    async with opened(SlackClient("xoxb-test", SILENT, loopback=True)) as client:
        with pytest.raises(DirectoryError):
            await client.whoami()


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "http_proxy"])
async def test_no_proxy_stands_before_a_slack_on_this_machine(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "http://127.0.0.1:1")
    async with on_stage() as stage:
        assert (await stage.client.whoami()).user == stage.slack.bot.id
        assert stage.client.for_app_token("xapp-test").proxy is None


async def test_the_real_slack_is_reached_through_the_environments_proxy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.test:3128")
    async with opened(SlackClient("xoxb-test", "https://slack.com/api/", loopback=False)) as client:
        assert client.quick.proxy == client.background.proxy == "http://proxy.test:3128"
