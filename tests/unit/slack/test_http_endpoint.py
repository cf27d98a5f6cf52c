"""HTTP mode: only Slack gets through, nobody else is logged, and readiness is asked, not remembered."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from io import BytesIO
from typing import Any

import aiohttp
import pytest
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.signature import SignatureVerifier

from envaccess.domain.errors import StoreUnavailableError
from envaccess.slack import http_endpoint as endpoint
from envaccess.slack.app import build_app
from envaccess.slack.http_endpoint import SlackEndpoint, build_web
from envaccess.slack.incoming import dispatch
from slack_emulator import HttpSender, SlackEmulator, sign
from tests.unit.slack.slack_stage import on_stage, serving

TYPED = "words-that-nobody-logs"
BODY = f"command=%2Fenvaccess&text={TYPED}&team_id=T0ACME&user_id=U1".encode()
FORM = "application/x-www-form-urlencoded"


@dataclass
class Counter:
    """Counts bad signatures, or fails to."""

    count: int = 0
    fault: Exception | None = None

    async def __call__(self) -> None:
        self.count += 1
        if self.fault:
            raise self.fault


@dataclass
class Harness:
    slack: SlackEmulator
    url: str
    sender: HttpSender
    bad: Counter
    taken: list[str] = field(default_factory=list)

    async def post(self, body: bytes, headers: Mapping[str, str], kind: str = FORM) -> int:
        return (await self.sender.post(body, kind, headers)).status


@asynccontextmanager
async def on_endpoint() -> AsyncIterator[Harness]:
    async with on_stage() as stage:
        app = build_app(stage.identity, stage.client)
        bad, taken = Counter(), list[str]()
        register_echo(app, taken)
        slack_endpoint = SlackEndpoint(
            partial(dispatch, app), SignatureVerifier(stage.slack.signing_secret), bad
        )
        async with serving(build_web(nothing_failing, slack_endpoint.take)) as url:
            sender = stage.slack.http_target(f"{url}/slack/events")
            yield Harness(stage.slack, url, sender, bad, taken)


def register_echo(app: AsyncApp, taken: list[str]) -> None:
    async def on_command(ack: Any, body: dict[str, Any]) -> None:
        taken.append(body["text"])
        await ack({"text": body["text"], "blocks": []})

    app.command("/envaccess")(on_command)


async def nothing_failing() -> Mapping[str, bool]:
    return {"redis": True, "slack": True}


async def test_a_signed_command_is_answered() -> None:
    async with on_endpoint() as harness:
        alice = harness.slack.add_person("alice")
        assert (await alice.command("/envaccess", "hello <b>")).text == "hello &lt;b&gt;"
        assert harness.bad.count == 0


async def test_slacks_challenge_is_answered_when_the_address_is_saved() -> None:
    async with on_endpoint() as harness:
        assert await harness.sender.verify_url()


async def test_what_no_listener_wants_is_404() -> None:
    async with on_endpoint() as harness:
        answer = await harness.sender.send("interactive", {"type": "shortcut", "callback_id": TYPED})
        assert answer.status == 404


def forged(secret: str, how: str) -> dict[str, str]:
    good = sign(secret, BODY, time.time())
    stamp, signature = "X-Slack-Request-Timestamp", "X-Slack-Signature"
    return {
        "nothing": {},
        "no signature": {stamp: good[stamp]},
        "no time": {signature: good[signature]},
        "another secret": sign("another-secret", BODY, time.time()),
        "another body": sign(secret, BODY + b"1", time.time()),
        "stale": sign(secret, BODY, time.time() - 301),
        "from the future": sign(secret, BODY, time.time() + 301),
        "a shifted time": good | {stamp: str(int(good[stamp]) + 1)},
        "no number": good | {stamp: "soon"},
        "a huge number": good | {stamp: "9" * 5_000},
        "no version": good | {signature: good[signature].removeprefix("v0=")},
        "not ascii": good | {signature: "v0=\u00e4\u00f6"},
        "empty": good | {signature: ""},
    }[how]


FORGERIES = [
    "nothing", "no signature", "no time", "another secret", "another body", "stale", "from the future",
    "a shifted time", "no number", "a huge number", "no version", "not ascii", "empty",
]  # fmt: skip


@pytest.mark.parametrize("how", FORGERIES)
async def test_a_forged_request_is_401_counted_unheard_and_unlogged(
    how: str, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    async with on_endpoint() as harness:
        assert await harness.post(BODY, forged(harness.slack.signing_secret, how)) == 401
        assert harness.bad.count == 1
        assert harness.taken == []
    assert TYPED not in caplog.text
    printed = capsys.readouterr()
    assert TYPED not in printed.out + printed.err


async def test_bytes_that_are_no_text_are_401() -> None:
    async with on_endpoint() as harness:
        body = b"\xff\xfe" + BODY
        assert await harness.post(body, sign(harness.slack.signing_secret, body, time.time())) == 401


async def test_a_body_that_is_too_large_is_refused_unread() -> None:
    async with on_endpoint() as harness, aiohttp.ClientSession() as session:
        body = BODY + b"&more=" + b"x" * endpoint.BODY_BYTES_MAX
        headers = sign(harness.slack.signing_secret, body, time.time()) | {"Content-Type": FORM}
        async with session.post(harness.sender.url, data=BytesIO(body), headers=headers) as answer:
            assert answer.status == 413
        assert harness.taken == []


async def test_the_largest_payload_that_slack_sends_is_taken() -> None:
    """A message of ours comes back with a press, each letter escaped and quoted at worst."""
    async with on_endpoint() as harness:
        body = BODY.replace(TYPED.encode(), b"%F0%9F%98%80" * 13_200)
        assert await harness.post(body, sign(harness.slack.signing_secret, body, time.time())) == 200
        assert len(harness.taken[0]) == 13_200


@asynccontextmanager
async def unfinished(harness: Harness, headers: Mapping[str, str]) -> AsyncIterator[asyncio.StreamReader]:
    """A request that promises a body and never sends more than its beginning."""
    host, port = harness.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    lines = [f"{name}: {value}" for name, value in headers.items()]
    head = "\r\n".join(["POST /slack/events HTTP/1.1", "Host: x", "Content-Length: 100000", *lines, "", "x"])
    writer.write(head.encode("latin-1"))
    await writer.drain()
    try:
        yield reader
    finally:
        writer.close()
        await writer.wait_closed()


UNREAD = ["nothing", "no signature", "no time", "stale", "from the future", "no number", "a huge number",
          "no version", "empty"]  # fmt: skip


@pytest.mark.parametrize("how", UNREAD)
async def test_what_its_headers_show_to_be_no_slacks_is_answered_before_its_body_comes(
    how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else whoever knows the address holds as many half-sent bodies in our memory as they like."""
    monkeypatch.setattr(endpoint, "READ_SECONDS", 60.0)
    async with (
        on_endpoint() as harness,
        unfinished(harness, forged(harness.slack.signing_secret, how)) as reader,
    ):
        async with asyncio.timeout(60):
            assert (await reader.readline()).startswith(b"HTTP/1.1 401 ")
        assert harness.bad.count == 1


async def test_a_body_that_never_arrives_is_hung_up_on_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its headers may be right in shape: a signature can be tested only once the body is there."""
    monkeypatch.setattr(endpoint, "READ_SECONDS", 0.05)
    async with (
        on_endpoint() as harness,
        unfinished(harness, sign("another-secret", b"x", time.time())) as reader,
        asyncio.timeout(60),
    ):
        told = await reader.read()  # to the end of the connection
        assert told.startswith(b"HTTP/1.1 408 ")
        assert harness.bad.count == 1


async def test_a_count_that_redis_does_not_take_is_still_401() -> None:
    async with on_endpoint() as harness:
        harness.bad.fault = StoreUnavailableError("down")
        assert await harness.post(BODY, {}) == 401


async def test_other_methods_and_paths_do_nothing() -> None:
    async with on_endpoint() as harness, aiohttp.ClientSession() as session:
        async with session.get(f"{harness.url}/slack/events") as answer:
            assert answer.status == 405
        async with session.post(f"{harness.url}/slack/other", data=BODY) as answer:
            assert answer.status == 404


@asynccontextmanager
async def asked(ready: endpoint.Ready, path: str) -> AsyncIterator[tuple[int, Any]]:
    async with (
        serving(build_web(ready, None)) as url,
        aiohttp.ClientSession() as session,
        session.get(url + path) as answer,
    ):
        is_json = answer.content_type == "application/json"
        yield answer.status, await answer.json() if is_json else None


async def test_how_far_behind_sinks_are_is_told_and_changes_no_status() -> None:
    async def late() -> Mapping[str, int]:
        return {"splunk": 86_400}

    async with (
        serving(build_web(nothing_failing, None, late)) as url,
        aiohttp.ClientSession() as session,
        session.get(f"{url}/readyz") as answer,
    ):
        assert answer.status == 200
        assert await answer.json() == {"ready": True, "failing": [], "sinks": {"splunk": 86_400}}


async def test_alive_is_200_whatever_fails() -> None:
    async with asked(everything_failing, "/healthz") as (status, _):
        assert status == 200


async def everything_failing() -> Mapping[str, bool]:
    return {"slack": False, "redis": False}


async def test_ready_names_what_fails() -> None:
    async with asked(nothing_failing, "/readyz") as (status, body):
        assert (status, body) == (200, {"ready": True, "failing": []})
    async with asked(everything_failing, "/readyz") as (status, body):
        assert (status, body) == (503, {"ready": False, "failing": ["redis", "slack"]})


async def test_a_readiness_that_cannot_be_learned_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken() -> Mapping[str, bool]:
        raise StoreUnavailableError("down")

    async def hanging() -> Mapping[str, bool]:
        await asyncio.Event().wait()
        return {}

    monkeypatch.setattr(endpoint, "READY_SECONDS", 0.05)
    for ready in (broken, hanging):
        async with asked(ready, "/readyz") as (status, body):
            assert (status, body) == (503, {"ready": False, "failing": ["unknown"]})


async def test_socket_mode_has_no_door_for_slack() -> None:
    async with asked(nothing_failing, "/slack/events") as (status, _):
        assert status == 404
