"""Whoever may only connect: half-sent requests, slow ones and too many of them stop nobody's press."""

import asyncio
import contextlib
import resource
import socket
import time
from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest

from tests.scenario.harness import ScenarioHarness
from tests.scenario.processes import Bot, launched
from tests.scenario.test_http_mode import free_port
from tests.scenario.watch import settled

DESCRIPTORS = 1_024
HALF_SENT = 2_000
PATIENCE = 100.0
"""Far more than any answer takes on a slow machine, far less than an attack that is not held off."""


@contextlib.contextmanager
def soft_limit(count: int) -> Iterator[None]:
    """How many files this process may open, and what it starts meanwhile."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count if hard == resource.RLIM_INFINITY else min(count, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@contextlib.asynccontextmanager
async def few_descriptors(harness: ScenarioHarness) -> AsyncIterator[tuple[Bot, int]]:
    """The real bot in HTTP mode with a thousand descriptors; and its port."""
    port = free_port()
    environment = {
        "SLACK_APP_TOKEN": None,
        "SLACK_SIGNING_SECRET": harness.slack.signing_secret,
        "PORT": str(port),
    }
    async with contextlib.AsyncExitStack() as stack:
        with soft_limit(DESCRIPTORS):
            bot = await stack.enter_async_context(launched(harness, **environment))
        stack.enter_context(soft_limit(HALF_SENT * 3))
        harness.slack.http_target(f"http://127.0.0.1:{port}/slack/events")
        await bot.says("listening")
        await ready(port)
        yield bot, port


async def ready(port: int) -> None:
    async with aiohttp.ClientSession() as session, asyncio.timeout(PATIENCE):
        while True:
            async with session.get(f"http://127.0.0.1:{port}/readyz") as answer:
                if answer.status == 200:
                    return
            await asyncio.sleep(0.05)


async def half_sent(port: int, beginning: bytes) -> socket.socket:
    """A request whose end never comes."""
    client = socket.socket()
    client.setblocking(False)
    loop = asyncio.get_running_loop()
    try:
        await loop.sock_connect(client, ("127.0.0.1", port))
        await loop.sock_sendall(client, beginning)
    except BaseException:
        client.close()
        raise
    return client


HEAD = b"POST /slack/events HTTP/1.1\r\nHost: x\r\nX-Slack: "
BODY = b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\nX-Slack-Signature: v0=%s\r\n"


def begun(kind: str) -> bytes:
    """How far a request comes: nothing, a part of its headers, or a part of a body that may be Slack's."""
    stamp = b"X-Slack-Request-Timestamp: %d\r\n\r\nx" % time.time()
    return {"silent": b"", "head": HEAD, "body": BODY % (b"0" * 64) + stamp}[kind]


async def besiege(port: int, beginning: bytes, open_ones: list[socket.socket]) -> None:
    """Begin ever more requests, until cancelled."""
    while True:
        with contextlib.suppress(ConnectionError):
            open_ones.append(await half_sent(port, beginning))
        if len(open_ones) > HALF_SENT:
            open_ones.pop(0).close()
        await asyncio.sleep(0)


@contextlib.asynccontextmanager
async def besieged(port: int, beginning: bytes) -> AsyncIterator[None]:
    """Two thousand half-sent requests stand, and new ones keep coming."""
    clients = [await half_sent(port, beginning) for _ in range(HALF_SENT)]
    siege = asyncio.create_task(besiege(port, beginning, clients))
    try:
        yield
        assert not siege.done(), "the attack ended by itself"
    finally:
        siege.cancel()
        await asyncio.gather(siege, return_exceptions=True)
        for client in clients:
            client.close()


@pytest.mark.parametrize("kind", ["head", "silent", "body"])
async def test_two_thousand_half_sent_requests_stop_no_press_and_no_health_check(
    harness: ScenarioHarness, kind: str
) -> None:
    async with few_descriptors(harness) as (bot, port):
        async with besieged(port, begun(kind)), asyncio.timeout(PATIENCE):
            for _ in range(3):
                assert await bot.get("/healthz") == (200, {"alive": True})
                message = await harness.filed()
                press = await harness.bob.press(message, "Approve")
                assert press.error is None
                await harness.until(lambda: harness.alice.find("[ Reveal ]"))
                await harness.ask("status")
                await settled(harness)
        assert bot.traces == [], bot.traces
        assert len(bot.log) < 200
