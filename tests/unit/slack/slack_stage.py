"""What the tests of the Slack adapters share: a local Slack, our client on it, a clock, a shared cache."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from aiohttp import web

from envaccess.domain.duration import Duration
from envaccess.domain.request import Request, State, Surfaces
from envaccess.domain.variable import Variable
from envaccess.slack.client import Identity, SlackClient
from slack_emulator import SlackEmulator
from tests.fakes.rulings import usual

NOON = 1_760_000_000_000
KEY = Variable("default", "STRIPE_KEY")
SILENT = "http://127.0.0.1:1/api/"
"""Nobody listens there."""


@dataclass
class HandClock:
    """Monotonic seconds that move only when a test moves them."""

    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


@dataclass
class FakeCache:
    """Fits `keeper.SharedCache`: what several processes would see in Redis, on one hand-driven clock."""

    clock: HandClock
    kept: dict[str, tuple[str, float]] = field(default_factory=dict)
    fault: Exception | None = None
    gate: asyncio.Event | None = None
    asked: list[str] = field(default_factory=list)

    async def get(self, key: str) -> str | None:
        self.asked.append(key)
        await self._meet()
        text, until = self.kept.get(key, ("", 0.0))
        return text if self.clock() < until else None

    async def put(self, key: str, text: str, milliseconds: int) -> None:
        assert milliseconds > 0
        await self._meet()
        self.kept[key] = text, self.clock() + milliseconds / 1000

    async def drop(self, key: str) -> None:
        await self._meet()
        self.kept.pop(key, None)

    async def _meet(self) -> None:
        if self.gate:
            await self.gate.wait()
        if self.fault:
            raise self.fault


@dataclass
class Stage:
    slack: SlackEmulator
    client: SlackClient

    @property
    def identity(self) -> Identity:
        return Identity(self.slack.team_id, self.slack.bot.id, "B0BOT")


@asynccontextmanager
async def on_stage(playground: SlackEmulator | None = None) -> AsyncIterator[Stage]:
    """Open a local Slack, and our client on it."""
    async with (
        playground or SlackEmulator(bot_name="envaccess") as slack,
        opened(SlackClient(slack.bot_token, slack.api_url, loopback=True)) as client,
    ):
        yield Stage(slack, client)


@asynccontextmanager
async def opened(client: SlackClient) -> AsyncIterator[SlackClient]:
    try:
        yield client
    finally:
        await client.close()


@asynccontextmanager
async def answering(handle: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> AsyncIterator[str]:
    """Serve every path by one handler, for answers that no Slack gives; yields the base URL."""
    application = web.Application()
    application.router.add_route("*", "/{rest:.*}", handle)
    async with serving(application) as url:
        yield f"{url}/"


@asynccontextmanager
async def serving(application: web.Application) -> AsyncIterator[str]:
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1, lingering_time=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def make_request(requester: str = "U0001ALICE", surfaces: Surfaces | None = None, **changes: Any) -> Request:
    request = Request(
        id="4kq7m2xz",
        version=1,
        requester=requester,
        variables=(KEY,),
        duration=Duration(3_600),
        reason="debugging <a> failed & refund",
        state=State.PENDING,
        created_at=NOON,
        deadline_at=NOON + 4 * 3_600_000,
        ruling=usual("C0APPROVE"),
        surfaces=surfaces or Surfaces(),
    )
    return replace(request, **changes)
