"""One call: every way in which Slack or the network can answer, and what we then know."""

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from envaccess.projections.errors import MessageDelayedError, MessageRefusedError, MessageUncertainError
from envaccess.slack.calls import Answer, Delayed, Done, Lost, Refused, call, taken
from envaccess.slack.client import SlackClient
from tests.unit.slack.slack_stage import SILENT, Stage, answering, on_stage, opened


async def post(stage: Stage) -> Answer:
    body = {"channel": "C0NOWHERE", "text": "words-for-tests"}
    return await call(stage.client.background, "chat.postMessage", json=body)


async def test_ok_is_done_and_shows_nothing_of_the_answer_in_its_repr() -> None:
    async with on_stage() as stage:
        answer = await call(stage.client.quick, "auth.test")
    assert isinstance(answer, Done)
    assert answer.data["user_id"] == stage.slack.bot.id
    assert stage.slack.bot.id not in repr(answer)


async def test_ok_false_is_refused_with_its_code() -> None:
    async with on_stage() as stage:
        assert await post(stage) == Refused("channel_not_found")


async def test_429_is_delayed_by_what_slack_asks_and_is_not_waited_for() -> None:
    async with on_stage() as stage:
        stage.slack.faults.rate_limit("chat.postMessage", retry_after=30)
        assert await post(stage) == Delayed(30.0)
        assert len(stage.slack.calls_of("chat.postMessage")) == 1


@pytest.mark.parametrize("status", [500, 502, 503])
async def test_server_errors_are_lost_because_slack_may_have_acted(status: int) -> None:
    async with on_stage() as stage:
        stage.slack.faults.break_down(status=status)
        assert await post(stage) == Lost(f"http_{status}", sent=True)


@pytest.mark.parametrize("code", ["fatal_error", "internal_error"])
async def test_errors_that_slack_calls_half_done_are_lost(code: str) -> None:
    async with on_stage() as stage:
        stage.slack.faults.answer("chat.postMessage", code)
        assert await post(stage) == Lost(code, sent=True)


@pytest.mark.parametrize("code", ["service_unavailable", "request_timeout", "ratelimited"])
async def test_passing_errors_are_delayed_though_slack_says_200(code: str) -> None:
    async with on_stage() as stage:
        stage.slack.faults.answer("chat.postMessage", code)
        assert await post(stage) == Delayed(1.0)


async def test_a_lost_reply_is_lost_and_the_call_is_not_repeated() -> None:
    async with on_stage() as stage:
        channel = stage.slack.add_channel("audit")
        stage.slack.faults.lose_reply("chat.postMessage")
        body = {"channel": channel.id, "text": "once"}
        answer = await call(stage.client.background, "chat.postMessage", json=body)
        assert isinstance(answer, Lost)
        assert answer.sent
        assert len(stage.slack.messages(channel)) == 1


async def test_a_refused_connection_is_known_to_have_sent_nothing() -> None:
    async with opened(SlackClient("xoxb-test", SILENT, loopback=True)) as client:
        answer = await call(client.background, "chat.postMessage", json={"text": "x"})
    assert answer == Lost("ClientConnectorError", sent=False)


async def test_no_answer_within_the_sessions_time_is_lost() -> None:
    async with on_stage() as stage:
        stage.slack.faults.hang("auth.test")
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=0.05)) as session:
            client = AsyncWebClient("xoxb-test", stage.slack.api_url, session=session, retry_handlers=[])
            client.proxy = None
            answer = await call(client, "auth.test")
    assert isinstance(answer, Lost)
    assert answer.sent


@pytest.mark.parametrize(
    ("status", "kind", "body"),
    [
        (200, "text/plain", "ok"),
        (200, "application/json", "[1]"),
        (200, "application/json", "null"),
        (200, "application/json", "{broken"),
        (200, "application/json", '{"ok": false}'),
        (200, "application/gzip", "ok"),
        (200, "text/html", "<html>a captive portal</html>"),
        (503, "application/json", "{broken"),
    ],
)
async def test_what_is_no_answer_of_slack_is_lost(status: int, kind: str, body: str) -> None:
    async def handle(_: web.Request) -> web.Response:
        return web.Response(status=status, body=body.encode(), content_type=kind)

    async with answering(handle) as url, opened(SlackClient("xoxb-test", url, loopback=True)) as client:
        answer = await call(client.quick, "auth.test")
    assert isinstance(answer, Lost)
    assert answer.sent


async def test_a_wrong_address_is_refused_with_its_status() -> None:
    async def handle(_: web.Request) -> web.Response:
        return web.Response(status=404, text="<html>no such page</html>", content_type="text/html")

    async with answering(handle) as url, opened(SlackClient("xoxb-test", url, loopback=True)) as client:
        assert await call(client.quick, "auth.test") == Refused("http_404")


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("30", 30), ("0", 0), ("0.5", 0.5), ("soon", 1), ("", 1), ("-3", 0), ("-inf", 1), ("inf", 1),
        ("nan", 1), ("1e400", 1), ("601", 600), ("99999999", 600), ("1e300", 600),
    ],
)  # fmt: skip
async def test_an_odd_retry_after_is_neither_a_crash_nor_a_wait_without_end(
    header: str, seconds: float
) -> None:
    """One such header would keep a message from ever being drawn, or have the relay turn without a pause."""

    async def handle(_: web.Request) -> web.Response:
        body = {"ok": False, "error": "ratelimited"}
        return web.json_response(body, status=429, headers={"Retry-After": header})

    async with answering(handle) as url, opened(SlackClient("xoxb-test", url, loopback=True)) as client:
        answer = await call(client.quick, "auth.test")
    assert answer == Delayed(seconds)


def test_each_answer_to_a_message_is_told_as_what_became_of_it() -> None:
    assert taken(Done({"ts": "1"})).data == {"ts": "1"}
    with pytest.raises(MessageRefusedError) as refused:
        taken(Refused("is_archived"))
    assert refused.value.code == "is_archived"
    with pytest.raises(MessageDelayedError) as delayed:
        taken(Delayed(7.0))
    assert delayed.value.seconds == 7
    with pytest.raises(MessageUncertainError):
        taken(Lost("http_500"))
    with pytest.raises(MessageDelayedError):
        taken(Lost("ClientConnectorError", sent=False))
