"""Tokens, scopes and unknown methods."""

from slack_emulator import SCOPES, Playground
from tests.slack_emulator.house import House


async def test_auth_test_says_who_the_bot_is_and_what_it_may(house: House) -> None:
    answer = await house.client.auth_test()
    assert (answer["team_id"], answer["user_id"], answer["bot_id"]) == ("T0PLAYGROUND", "U0BOT", "B0BOT")
    assert answer["url"] == "https://playground.slack.com/"
    assert answer.headers["x-oauth-scopes"].split(",") == list(SCOPES)


async def test_no_token_and_a_wrong_one_are_told_apart(house: House) -> None:
    async with house.session.post(house.slack.api_url + "auth.test") as answer:
        assert (await answer.json())["error"] == "not_authed"
    assert (await house.refused("auth.test", token="xoxb-test"))["error"] == "invalid_auth"


async def test_a_token_may_come_in_the_body(house: House) -> None:
    form = {"token": house.slack.bot_token}
    async with house.session.post(house.slack.api_url + "auth.test", data=form) as answer:
        assert (await answer.json())["ok"]
    assert "token" not in house.slack.calls[-1].args


async def test_the_two_kinds_of_token_do_not_stand_in_for_each_other(house: House) -> None:
    app_token, bot_token = house.slack.app_token, house.slack.bot_token
    assert (await house.refused("users.info", token=app_token))["error"] == "not_allowed_token_type"
    answer = await house.refused("apps.connections.open", token=bot_token)
    assert answer["error"] == "not_allowed_token_type"


async def test_a_missing_scope_is_named(house: House) -> None:
    house.slack.stage.scopes.remove("chat:write")
    answer = await house.refused("chat.postMessage", channel=house.general.id, text="hi")
    assert (answer["error"], answer["needed"]) == ("missing_scope", "chat:write")
    assert answer["provided"] == ",".join(house.slack.stage.scopes)


async def test_unknown_methods_are_refused(house: House) -> None:
    assert (await house.refused("chat.telepathy"))["error"] == "unknown_method"


async def test_api_test_needs_no_token_and_echoes(house: House) -> None:
    async with house.session.post(house.slack.api_url + "api.test", data={"foo": "bar"}) as answer:
        assert await answer.json() == {"ok": True, "args": {"foo": "bar"}}
    assert (await house.refused("api.test", error="my_error"))["error"] == "my_error"


async def test_tokens_can_be_given() -> None:
    slack = Playground(bot_token="xoxb-test", app_token="xapp-test", signing_secret="signing-for-tests")
    assert (slack.bot_token, slack.app_token, slack.signing_secret) == (
        "xoxb-test",
        "xapp-test",
        "signing-for-tests",
    )


def test_tokens_are_new_each_time() -> None:
    assert Playground().bot_token != Playground().bot_token
