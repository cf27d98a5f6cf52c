"""Tokens, scopes and unknown methods."""

from slack_emulator import SCOPES, SlackEmulator
from tests.slack_emulator.harness import EmulatorHarness


async def test_auth_test_says_who_the_bot_is_and_what_it_may(emulator: EmulatorHarness) -> None:
    answer = await emulator.client.auth_test()
    assert (answer["team_id"], answer["user_id"], answer["bot_id"]) == ("T0PLAYGROUND", "U0BOT", "B0BOT")
    assert answer["url"] == "https://playground.slack.com/"
    assert answer.headers["x-oauth-scopes"].split(",") == list(SCOPES)


async def test_no_token_and_a_wrong_one_are_told_apart(emulator: EmulatorHarness) -> None:
    async with emulator.session.post(emulator.slack.api_url + "auth.test") as answer:
        assert (await answer.json())["error"] == "not_authed"
    assert (await emulator.refused("auth.test", token="xoxb-test"))["error"] == "invalid_auth"


async def test_a_token_may_come_in_the_body(emulator: EmulatorHarness) -> None:
    form = {"token": emulator.slack.bot_token}
    async with emulator.session.post(emulator.slack.api_url + "auth.test", data=form) as answer:
        assert (await answer.json())["ok"]
    assert "token" not in emulator.slack.calls[-1].args


async def test_the_two_kinds_of_token_do_not_stand_in_for_each_other(emulator: EmulatorHarness) -> None:
    app_token, bot_token = emulator.slack.app_token, emulator.slack.bot_token
    assert (await emulator.refused("users.info", token=app_token))["error"] == "not_allowed_token_type"
    answer = await emulator.refused("apps.connections.open", token=bot_token)
    assert answer["error"] == "not_allowed_token_type"


async def test_a_missing_scope_is_named(emulator: EmulatorHarness) -> None:
    emulator.slack.state.scopes.remove("chat:write")
    answer = await emulator.refused("chat.postMessage", channel=emulator.general.id, text="hi")
    assert (answer["error"], answer["needed"]) == ("missing_scope", "chat:write")
    assert answer["provided"] == ",".join(emulator.slack.state.scopes)


async def test_unknown_methods_are_refused(emulator: EmulatorHarness) -> None:
    assert (await emulator.refused("chat.telepathy"))["error"] == "unknown_method"


async def test_api_test_needs_no_token_and_echoes(emulator: EmulatorHarness) -> None:
    async with emulator.session.post(emulator.slack.api_url + "api.test", data={"foo": "bar"}) as answer:
        assert await answer.json() == {"ok": True, "args": {"foo": "bar"}}
    assert (await emulator.refused("api.test", error="my_error"))["error"] == "my_error"


async def test_tokens_can_be_given() -> None:
    slack = SlackEmulator(bot_token="xoxb-test", app_token="xapp-test", signing_secret="signing-for-tests")
    assert (slack.bot_token, slack.app_token, slack.signing_secret) == (
        "xoxb-test",
        "xapp-test",
        "signing-for-tests",
    )


def test_tokens_are_new_each_time() -> None:
    assert SlackEmulator().bot_token != SlackEmulator().bot_token
