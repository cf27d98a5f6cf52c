"""What is no HTTP, no request of Slack's or no payload: a plain 4xx, and a log without a traceback."""

import asyncio
import contextlib
import logging
import re
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from functools import partial

import pytest
import structlog
from slack_sdk.signature import SignatureVerifier

from envaccess import http
from envaccess.http import connection
from envaccess.log import configure
from envaccess.slack import http_endpoint
from envaccess.slack.app import build_app
from envaccess.slack.client import Identity, SlackClient
from envaccess.slack.http_endpoint import SlackEndpoint, build_web
from envaccess.slack.incoming import dispatch
from slack_emulator.http_sender import FORM, JSON, sign

SECRET = "signing-secret-for-tests"
TYPED = "words-that-nobody-logs"


async def ready() -> dict[str, bool]:
    return {}


@dataclass
class Harness:
    """The HTTP server of the bot, with no listener behind it."""

    port: int
    bad: list[None] = field(default_factory=list)

    async def send(self, raw: bytes, *, hang_up: bool = False) -> list[int]:
        """The statuses of the answers to these bytes."""
        told = await self.told(raw, hang_up=hang_up)
        return [int(status) for status in re.findall(rb"HTTP/1\.\d (\d{3}) ", told)]

    async def told(self, raw: bytes, *, hang_up: bool = False) -> bytes:
        """The answers to these bytes."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(raw)
            if hang_up:
                writer.write_eof()
            async with asyncio.timeout(60):
                told = await reader.read()
        except ConnectionError:
            told = b""
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()
        return told


@contextlib.asynccontextmanager
async def open_house() -> AsyncIterator[Harness]:
    client = SlackClient("xoxb-test", "http://127.0.0.1:1/api/", loopback=True)
    harness = Harness(0)

    async def count() -> None:
        harness.bad.append(None)

    app = build_app(Identity("T0ACME", "U0BOT", "B0BOT"), client)
    door = SlackEndpoint(partial(dispatch, app), SignatureVerifier(SECRET), count)
    try:
        async with http.listening(build_web(ready, door.take), 0) as harness.port:
            yield harness
    finally:
        await client.close()


class Log:
    """What was written to stderr, by us and by every library."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys, self._written = capsys, ""

    def getvalue(self) -> str:
        self._written += self._capsys.readouterr().err
        return self._written


@pytest.fixture
def log(capsys: pytest.CaptureFixture[str]) -> Iterator[Log]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    configure("json")
    capsys.readouterr()
    yield Log(capsys)
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """What never comes is given up a hundred times sooner."""
    monkeypatch.setattr(http_endpoint, "READ_SECONDS", http_endpoint.READ_SECONDS / 100)
    monkeypatch.setattr(http, "_LINGER_SECONDS", http._LINGER_SECONDS / 100)
    monkeypatch.setattr(connection, "IDLE_SECONDS", connection.IDLE_SECONDS / 100)


def quiet(log: Log) -> bool:
    """At most one line a request, none of them with a traceback or with what was sent."""
    told = log.getvalue()
    return "trace" not in told and "Traceback" not in told and TYPED not in told and '"error_id"' not in told


def signed(body: bytes, *headers: str, kind: str = FORM, length: int | None = None) -> bytes:
    """A signed post; `length` is what it says of its body."""
    given = sign(SECRET, body, time.time()) | {"Host": "x", "Content-Type": kind}
    ending = ["Connection: close"] if "Connection: Upgrade" not in headers else []
    size = ending if length == -1 else [f"Content-Length: {len(body) if length is None else length}", *ending]
    lines = [
        "POST /slack/events HTTP/1.1",
        *(f"{name}: {value}" for name, value in given.items()),
        *size,
        *headers,
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


GET = b"GET /healthz HTTP/1.1\r\nHost: x\r\n"
NO_HTTP = {
    "tls": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 300,
    "http2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "version": b"GET /healthz HTTP/9.9.9\r\nHost: x\r\n\r\n",
    "no version": b"GET /healthz\r\n\r\n",
    "method": b"G@T /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
    "rdp": b"\x03\x00\x00\x13\x0e\xe0\x00\x00\x00\x00\x00\x01\x00\x08\x00\x03\x00\x00\x00",
    "typed": TYPED.encode() + b"\r\n\r\n",
    "no colon": GET + b"words\r\n\r\n",
    "nul": GET + b"X: a\x00b\r\n\r\n",
    "long line": b"GET /" + b"x" * 9_000 + b" HTTP/1.1\r\n\r\n",
    "long header": GET + b"X: " + b"x" * 9_000 + b"\r\n\r\n",
    "two lengths": GET + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
    "negative length": GET + b"Content-Length: -1\r\n\r\n",
    "huge length": GET + b"Content-Length: " + b"9" * 500 + b"\r\n\r\n",
    "length and chunks": GET + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "encoding": GET + b"Transfer-Encoding: chunked, words\r\n\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("raw", NO_HTTP.values(), ids=NO_HTTP)
async def test_what_is_no_http_is_a_plain_refusal_in_one_line(raw: bytes, log: Log) -> None:
    async with open_house() as harness:
        statuses = await harness.send(raw)
        assert all(400 <= status < 500 for status in statuses[-1:]), statuses
        assert await harness.send(GET + b"Connection: close\r\n\r\n") == [200]
    assert quiet(log), log.getvalue()
    assert len(log.getvalue().splitlines()) <= 1


BROKEN = {
    "line": f"{TYPED} /healthz HTTP/1.1\r\n\r\n".encode(),
    "url": GET.replace(b"/healthz", f"/{TYPED}\xe9".encode()) + b"\r\n",
    "header": GET + f"Authorization: {TYPED}\0\r\n\r\n".encode(),
    "bare newlines": (GET + f"Authorization: {TYPED}\r\n\r\n".encode()).replace(b"\r\n", b"\n"),
    "length": GET + f"Content-Length: {TYPED}\r\n\r\n".encode(),
    "chunk": GET + f"Transfer-Encoding: chunked\r\n\r\n{TYPED}\r\n".encode(),
    "long": GET + b"X: " + TYPED.encode() * 1_000 + b"\r\n\r\n",
}


@pytest.mark.parametrize("raw", BROKEN.values(), ids=BROKEN)
async def test_nothing_of_what_is_no_http_comes_back_nor_what_software_reads_it(raw: bytes, log: Log) -> None:
    """Through a proxy that shares connections, it could be a piece of another client's request."""
    async with open_house() as harness:
        told = await harness.told(raw)
    assert told.startswith(b"HTTP/1.0 400 Bad Request\r\n")
    assert TYPED.encode() not in told
    assert b"aiohttp" not in told
    assert b"\r\nCache-Control: no-store\r\n" in told
    assert quiet(log), log.getvalue()


async def test_five_thousand_headers_stop_nobody(log: Log) -> None:
    """Aiohttp refuses so many since 3.14; before, each was short enough."""
    many = b"".join(b"X-%d: x\r\n" % number for number in range(5_000))
    async with open_house() as harness:
        (status,) = await harness.send(GET + b"Connection: close\r\n" + many + b"\r\n")
        assert status == 200 or 400 <= status < 500
        assert await harness.send(GET + b"Connection: close\r\n\r\n") == [200]
    assert quiet(log), log.getvalue()


async def test_a_thousand_of_them_are_two_lines(log: Log) -> None:
    async with open_house() as harness:
        for _ in range(10):
            await asyncio.gather(*(harness.send(NO_HTTP["tls"]) for _ in range(100)))
    configure("json")
    assert len(log.getvalue().splitlines()) <= 4
    assert quiet(log)


DEEP = b"[" * 100_000 + b"]" * 100_000
BROKEN = {
    "empty": b"",
    "deep": b'{"type":' + DEEP + b"}",
    "deep payload": b"payload=" + b"%5B" * 80_000,
    "deep objects": b'{"a":' * 20_000 + b"1" + b"}" * 20_000,
    "deep and dispatched": b'{"type":"view_submission","view":' + b'{"view":' * 900 + b"{}" + b"}" * 901,
    "no json": b'{"type": words-that-nobody-logs}',
    "half json": b'{"type": "event_callback", "event": {',
    "number": b'{"type": ' + b"9" * 10_000 + b"}",
    "endless": b'{"type": 1e999, "a": NaN}',
    "surrogate": rb'{"type": "block_actions", "actions": [{"action_id": "\ud83d"}]}',
    "list": b"[]",
    "text": b'"words"',
    "null": b"payload=null",
    "no payload": b"payload=",
    "many fields": b"a=1&" * 100_000,
    "no utf-8": b"command=%ff%fe&text=x",
    "utf-8 surrogate": b"command=%ED%A0%80",
    "no actions": b'{"type":"block_actions","actions":[]}',
    "odd actions": b'{"type":"block_actions","actions":[7]}',
    "event": b'{"type":"event_callback","event":7}',
    "nul": b"\x00" * 100,
    "command": b'{"command": {"a": 1}, "text": []}',
    "bytes": b"command=\xff\xfe",
}


@pytest.mark.parametrize(
    "kind", [FORM, JSON, "text/plain", "multipart/form-data; boundary=x", "words;;;=", "\xff"]
)
@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN)
async def test_a_signed_body_that_is_no_payload_is_a_plain_refusal_in_one_line(
    body: bytes, kind: str, log: Log
) -> None:
    async with open_house() as harness:
        (status,) = await harness.send(signed(body, kind=kind))
        assert 400 <= status < 500
        assert await harness.send(GET + b"Connection: close\r\n\r\n") == [200]
    assert quiet(log), log.getvalue()
    assert len(log.getvalue().splitlines()) <= 1


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN)
async def test_an_unsigned_body_is_401_counted_and_no_line(body: bytes, log: Log) -> None:
    async with open_house() as harness:
        raw = signed(body).replace(b"v0=", b"v0=" + b"0" * 64 + b"\r\nX-Old: ")
        assert await harness.send(raw) == [401]
        assert len(harness.bad) == 1
    assert log.getvalue() == ""


LIES = {
    "shorter": signed(b"command=x", length=5),
    "longer": signed(b"command=x", length=500),
    "chunk": signed(b"", "Transfer-Encoding: chunked", length=-1) + b"ZZ\r\nwords\r\n",
    "half a chunk": signed(b"", "Transfer-Encoding: chunked", length=-1) + b"ff\r\nwords",
    "chunk without end": signed(b"", "Transfer-Encoding: chunked", length=-1) + b"5\r\nwordsX",
    "endless chunk": signed(b"", "Transfer-Encoding: chunked", length=-1) + b"f" * 40 + b"\r\n",
    "compressed": signed(b"\x1f\x8b words", "Content-Encoding: gzip"),
    "deflated": signed(b"words", "Content-Encoding: deflate"),
    "expects": signed(b"command=x", "Expect: words"),
    "too large": signed(b"x" * 600_000),
    "too large in chunks": signed(b"", "Transfer-Encoding: chunked", length=-1)
    + (b"1000\r\n" + b"x" * 4_096 + b"\r\n") * 200
    + b"0\r\n\r\n",
    "upgrade": signed(b"command=x", "Connection: Upgrade", "Upgrade: websocket"),
}


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("raw", LIES.values(), ids=LIES)
async def test_a_body_that_is_not_what_its_headers_say_is_a_plain_refusal(raw: bytes, log: Log) -> None:
    async with open_house() as harness:
        for hang_up in (True, False):
            statuses = await harness.send(raw, hang_up=hang_up)
            assert all(400 <= status < 500 for status in statuses), statuses
        assert await harness.send(GET + b"Connection: close\r\n\r\n") == [200]
    assert quiet(log), log.getvalue()


async def test_who_asks_whether_to_go_on_and_leaves_is_one_line_without_a_traceback(log: Log) -> None:
    """Anybody may send it, unsigned, and hang up before the answer."""
    asking = b"POST /slack/events HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n"
    async with open_house() as harness:
        for _ in range(20):
            await harness.send(asking, hang_up=True)
        assert await harness.send(GET + b"Connection: close\r\n\r\n") == [200]
    assert quiet(log), log.getvalue()


async def test_what_http_allows_is_answered(log: Log) -> None:
    """A hundred announced, two at once, chunks: proxies do all of it."""
    body = b"ssl_check=1&token=x"
    chunked = sign(SECRET, body, time.time()) | {
        "Host": "x",
        "Content-Type": FORM,
        "Transfer-Encoding": "chunked",
    }
    head = "\r\n".join(
        ["POST /slack/events HTTP/1.1", *(f"{name}: {value}" for name, value in chunked.items())]
    )
    async with open_house() as harness:
        assert await harness.send(GET + b"\r\n" + GET + b"Connection: close\r\n\r\n") == [200, 200]
        raw = head.encode() + b"\r\nConnection: close\r\n\r\n13\r\n" + body + b"\r\n0\r\n\r\n"
        assert await harness.send(raw) == [200]
        expecting = signed(body, "Expect: 100-continue")
        assert await harness.send(expecting) == [100, 200]
    assert log.getvalue() == ""
