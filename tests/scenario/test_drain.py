"""SIGTERM behind a balancer: no command is lost, which Slack would not send again."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp

from envaccess import wiring
from tests.scenario.harness import ScenarioHarness
from tests.scenario.test_http_mode import HttpMode, free_port, ready

LONG = 300
"""Seconds that no test waits: it goes on when it has seen what it wanted."""


@dataclass
class Served:
    """One bot in HTTP mode that is told to stop whenever a test says so."""

    mode: HttpMode
    stop: asyncio.Event

    async def is_ready(self) -> bool:
        """What a balancer asks."""
        return (await self.mode.get("/readyz"))[0] == 200


@contextlib.asynccontextmanager
async def served(harness: ScenarioHarness, **more: Any) -> AsyncIterator[Served]:
    """The real bot without an app token; it is cut off at the end."""
    port, stop = free_port(), asyncio.Event()
    base = f"http://127.0.0.1:{port}"
    http = {"slack_app_token": None, "slack_signing_secret": harness.slack.signing_secret, "port": port}
    running = asyncio.create_task(wiring.serve(harness.settings(**http, **more), stop))
    async with aiohttp.ClientSession() as session:
        mode = HttpMode(base, harness.slack.http_target(f"{base}/slack/events"), session)
        try:
            await ready(mode, running)
            yield Served(mode, stop)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def test_until_a_balancer_looks_again_what_it_sends_is_taken_and_drawn(
    harness: ScenarioHarness,
) -> None:
    async with served(harness, drain_seconds=LONG) as leaving, served(harness) as staying:
        harness.slack.http_target(leaving.mode.sender.url)
        leaving.stop.set()
        async with asyncio.timeout(60):
            while await leaving.is_ready():  # noqa: ASYNC110 - a balancer looks again and again
                await asyncio.sleep(0.01)
        assert await staying.is_ready()
        message = await harness.filed()
        await harness.bob.press(message, "Approve")
        await harness.until(lambda: harness.alice.find("[ Reveal ]"))
        harness.slack.http_target(staying.mode.sender.url)
        await harness.filed("STRIPE_KEY 2h the next failed refund")
