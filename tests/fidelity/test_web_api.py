"""What all Web API methods have in common, compared with https://docs.slack.dev/apis/web-api."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.fidelity.methods import COMMON
from tests.fidelity.objects import REFUSED
from tests.fidelity.shapes import assert_fits
from tests.fidelity.silent import EVERY_METHOD, SILENT

if TYPE_CHECKING:
    from slack_emulator import Json
    from tests.slack_emulator.harness import EmulatorHarness

GIVEN = frozenset(
    {
        "account_inactive",
        "invalid_post_type",
        "missing_post_type",
        "missing_scope",
        "not_allowed_token_type",
        "not_authed",
        "ratelimited",
        "token_expired",
        "token_revoked",
        "unknown_method",
    }
)
"""The errors of every page that are tried below, those of rotating tokens in `test_oauth_v2_access.py`."""


async def ask(emulator: EmulatorHarness, method: str, *, token: str | None = "", **how: Any) -> Json:
    """Post to a method; with the bot's token unless told otherwise (None: without)."""
    headers = {} if token is None else {"Authorization": f"Bearer {token or emulator.slack.bot_token}"}
    headers |= how.pop("headers", {})
    async with emulator.session.post(emulator.slack.api_url + method, headers=headers, **how) as answer:
        said: Json = await answer.json()
    if not said["ok"]:
        assert_fits(said, REFUSED)
    return said


def test_every_common_error_is_given_or_listed() -> None:
    assert SILENT[EVERY_METHOD] == COMMON - GIVEN


async def test_a_call_without_a_token_and_one_with_a_wrong_one_differ(emulator: EmulatorHarness) -> None:
    assert (await ask(emulator, "auth.test", token=None))["error"] == "not_authed"
    assert (await ask(emulator, "auth.test", token="xoxb-test"))["error"] == "invalid_auth"


async def test_an_app_level_token_is_of_the_wrong_type_for_messages(emulator: EmulatorHarness) -> None:
    answer = await ask(emulator, "chat.postMessage", token=emulator.slack.app_token, json={})
    assert answer["error"] == "not_allowed_token_type"


async def test_a_token_of_a_removed_app_is_inactive(emulator: EmulatorHarness) -> None:
    emulator.slack.uninstall()
    assert (await ask(emulator, "auth.test"))["error"] == "account_inactive"


async def test_a_missing_scope_is_named_beside_those_that_there_are(emulator: EmulatorHarness) -> None:
    """https://docs.slack.dev/authentication/installing-with-oauth: `needed` and `provided`."""
    emulator.slack.state.scopes.remove("chat:write")
    answer = await ask(emulator, "chat.postMessage", json={"channel": emulator.general.id, "text": "x"})
    assert (answer["error"], answer["needed"]) == ("missing_scope", "chat:write")
    assert answer["provided"].split(",") == emulator.slack.state.scopes


async def test_an_unknown_method_is_named(emulator: EmulatorHarness) -> None:
    answer = await ask(emulator, "chat.telepathy")
    assert (answer["error"], answer["req_method"]) == ("unknown_method", "chat.telepathy")


async def test_too_many_calls_are_told_how_long_to_wait(emulator: EmulatorHarness) -> None:
    """https://docs.slack.dev/apis/web-api/rate-limits: 429 and `Retry-After` in whole seconds."""
    emulator.slack.faults.rate_limit("users.info", retry_after=30)
    headers = {"Authorization": f"Bearer {emulator.slack.bot_token}"}
    async with emulator.session.get(emulator.slack.api_url + "users.info", headers=headers) as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (429, "30")
        said = await answer.json()
    assert_fits(said, REFUSED)
    assert said["error"] == "ratelimited"


async def test_a_missing_argument_differs_from_an_empty_one(emulator: EmulatorHarness) -> None:
    """Measured: brekkylab/backlot#84."""
    missing = await ask(emulator, "conversations.info", data={})
    assert missing["error"] == "invalid_arguments"
    assert missing["response_metadata"]["messages"] == ["[ERROR] missing required field: channel"]
    assert (await ask(emulator, "conversations.info", data={"channel": ""}))["error"] == "channel_not_found"


# -- bodies: https://docs.slack.dev/apis/web-api#posting_json and #formdata


async def test_json_and_forms_mean_the_same_where_a_method_takes_both(emulator: EmulatorHarness) -> None:
    blocks = [{"type": "divider"}]
    args = {"channel": emulator.general.id, "text": "x"}
    by_json = await ask(emulator, "chat.postMessage", json={**args, "blocks": blocks})
    by_form = await ask(emulator, "chat.postMessage", data={**args, "blocks": json.dumps(blocks)})
    assert [one["message"]["blocks"][0]["type"] for one in (by_json, by_form)] == ["divider", "divider"]


@pytest.mark.parametrize("method", ["conversations.info", "conversations.members", "users.info"])
async def test_methods_that_only_read_pass_over_a_json_body(emulator: EmulatorHarness, method: str) -> None:
    """Their pages list forms alone. Measured: kortix-ai/suna#6616, Yeachan-Heo/gajae-code#3824."""
    args = {"channel": emulator.general.id, "user": emulator.alice.id}
    assert (await ask(emulator, method, data=args))["ok"]
    error = (await ask(emulator, method, json=args))["error"]
    assert error == ("user_not_found" if method == "users.info" else "invalid_arguments")


async def test_a_token_inside_json_is_none(emulator: EmulatorHarness) -> None:
    """Beside JSON the token goes into the Authorization header; in a form it may be an argument."""
    token = {"token": emulator.slack.bot_token}
    assert (await ask(emulator, "auth.test", token=None, json=token))["error"] == "not_authed"
    assert (await ask(emulator, "auth.test", token=None, data=token))["ok"]


@pytest.mark.parametrize(
    ("body", "kind", "error"),
    [
        ("{", "application/json", "invalid_json"),
        ("[]", "application/json", "json_not_object"),
        ("<x/>", "application/xml", "invalid_post_type"),
    ],
)
async def test_a_body_that_cannot_be_read_is_named(
    emulator: EmulatorHarness, body: str, kind: str, error: str
) -> None:
    answer = await ask(emulator, "chat.postMessage", data=body, headers={"Content-Type": kind})
    assert answer["error"] == error


async def test_a_body_of_no_stated_kind_is_named(emulator: EmulatorHarness) -> None:
    how: dict[str, Any] = {"data": b"channel=C1", "skip_auto_headers": ["Content-Type"]}
    assert (await ask(emulator, "chat.postMessage", **how))["error"] == "missing_post_type"


async def test_the_sdk_reads_what_the_local_slack_answers(emulator: EmulatorHarness) -> None:
    """slack-sdk chooses query, form or JSON itself; each of our methods works as it calls it."""
    client, alice, general = emulator.client, emulator.alice.id, emulator.general.id
    assert (await client.auth_test())["ok"]
    assert (await client.users_info(user=alice))["user"]["id"] == alice
    assert (await client.conversations_info(channel=general))["channel"]["id"] == general
    assert alice in (await client.conversations_members(channel=general))["members"]
    assert (await client.conversations_open(users=[alice]))["channel"]["id"].startswith("D")
    stamp = (await client.chat_postMessage(channel=general, text="x"))["ts"]
    assert (await client.chat_update(channel=general, ts=stamp, text="y"))["text"] == "y"
    assert (await client.chat_delete(channel=general, ts=stamp))["ts"] == stamp
