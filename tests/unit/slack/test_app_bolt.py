"""Bolt as we set it up: silent, without a token, asking Slack nothing, and never OAuth."""

import asyncio
import json
import logging
import os
from typing import Any

import pytest
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from envaccess.domain.errors import StoreUnavailableError
from envaccess.slack.app import build_app
from tests.unit.slack.slack_stage import Stage, on_stage

TYPED = "words-that-nobody-logs"


def command() -> AsyncBoltRequest:
    body = {"command": "/envaccess", "text": TYPED, "team_id": "T0ACME", "user_id": "U1"}
    return AsyncBoltRequest(body=body, mode="socket_mode")


async def dispatched(stage: Stage, listener: Any) -> BoltResponse:
    app = build_app(stage.identity, stage.client)
    app.command("/envaccess")(listener)
    return await app.async_dispatch(command())


async def test_a_thousand_first_requests_ask_slack_nothing() -> None:
    async def listener(ack: Any) -> None:
        await ack("done")

    async with on_stage() as stage:
        app = build_app(stage.identity, stage.client)
        app.command("/envaccess")(listener)
        answers = await asyncio.gather(*(app.async_dispatch(command()) for _ in range(1_000)))
        assert {answer.status for answer in answers} == {200}
        assert stage.slack.calls == []


async def test_listeners_get_the_bots_identity_and_no_token() -> None:
    seen: dict[str, Any] = {}

    async def listener(ack: Any, context: Any, client: Any) -> None:
        seen.update(user=context.bot_user_id, token=context.token, of_client=client.token)
        await ack()

    async with on_stage() as stage:
        await dispatched(stage, listener)
        assert seen == {"user": stage.slack.bot.id, "token": None, "of_client": None}


@pytest.mark.parametrize("value", ["1.2", ""])
async def test_oauth_in_the_environment_changes_nothing_that_bolt_does(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    """Bolt asks only whether they are there, and switches to an OAuth of its own without a word."""
    for name in ("SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET"):
        monkeypatch.setenv(name, value)
    async with on_stage() as stage:
        app = build_app(stage.identity, stage.client)
    assert (app.oauth_flow, app.installation_store) == (None, None)
    assert os.environ["SLACK_CLIENT_ID"] == value  # noqa: TID251


async def test_a_token_in_the_environment_is_neither_used_nor_warned_about(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-from-the-environment")
    async with on_stage() as stage:
        app = build_app(stage.identity, stage.client)
    assert app.client.token is None
    assert caplog.records == []


@pytest.mark.parametrize("error", [StoreUnavailableError("Redis is down"), ValueError(TYPED)])
async def test_a_listener_that_fails_is_500_and_its_words_are_not_logged(
    error: Exception, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    from envaccess import log  # noqa: PLC0415 - configured for this test alone

    log.configure("json")

    async def listener() -> None:
        raise error

    async with on_stage() as stage:
        assert (await dispatched(stage, listener)).status == 500
    printed = capsys.readouterr()
    assert TYPED not in printed.out + printed.err + caplog.text
    assert printed.err.count("\n") == 1
    assert json.loads(printed.err)


async def test_what_nobody_listens_to_is_404_and_not_printed(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    async with on_stage() as stage:
        app = build_app(stage.identity, stage.client)
        assert (await app.async_dispatch(command())).status == 404
    printed = capsys.readouterr()
    assert TYPED not in caplog.text + printed.out + printed.err
