"""A page over a emulator with a small app instead of the bot, and a backend kept in memory."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from envaccess.domain.errors import StoreUnavailableError
from envaccess_demo.page import GrantFacts, MovableClock, Standing, TreeFacts
from slack_emulator.page import Page, Program

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from slack_emulator import Channel, User
    from tests.slack_emulator.harness import EmulatorHarness

PROGRAM = Program(
    commands=[{"command": "/envaccess", "usage_hint": "NAME", "description": "Ask.", "verbs": []}],
    example="STRIPE_KEY 1h why",
    variables=["STRIPE_KEY"],
)


def event(number: int, tag: str = "request.created", **more: str) -> Mapping[str, Any]:
    """An event as `audit export` prints it."""
    return {
        "id": f"{1_700_000_000_000 + number}-0",
        "event": tag,
        "at": "2023-11-14T22:13:20.000Z",
        "actor_kind": "person",
        "actor": "U1",
        "request": "k3x9m2aq",
        "grant": "",
        "variables": "STRIPE_KEY,staging/DB_URL",
        "requester": "U1",
        "detail": json.dumps(more),
    }


def grant(name: str = "k3x9m2aq", ttl_ms: int = 60_000) -> GrantFacts:
    return GrantFacts(name, "U1", ("STRIPE_KEY",), False, 1_700_000_000_000, 1_700_000_060_000, ttl_ms)


@dataclass
class FakeBackend:
    """A backend in memory: a test puts events and grants there, and breaks it.

    Attributes:
        pulled: the controls that were used, in order.
    """

    bot: Standing = "up"
    ready: bool = True
    stream: list[Mapping[str, Any]] = field(default_factory=list)
    live: list[GrantFacts] = field(default_factory=list)
    broken: bool = False
    pulled: list[tuple[str, int]] = field(default_factory=list)
    tampered: str = ""
    marks: dict[str, tuple[str, int]] = field(default_factory=dict)
    _came: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, *events: Mapping[str, Any]) -> None:
        self.stream += events
        self._came.set()

    def break_down(self, *, broken: bool = True) -> None:
        self.broken = broken
        self._came.set()

    def _check(self) -> None:
        if self.broken:
            raise StoreUnavailableError("Redis cannot be reached")

    async def events(self, after: str, count: int) -> Sequence[Mapping[str, Any]]:
        self._check()
        return [one for one in self.stream if order(one["id"]) > order(after)][:count]

    async def wait(self, last: str, seconds: float) -> None:
        if self.stream and order(self.stream[-1]["id"]) > order(last):
            return
        self._came.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._came.wait()
        except TimeoutError:
            return
        self._check()

    async def grants(self) -> Sequence[GrantFacts]:
        self._check()
        return list(self.live)

    async def move_clock(self, seconds: int) -> None:
        self._check()
        self.pulled.append(("clock", seconds))

    async def restart_redis(self) -> None:
        self._check()
        self.pulled.append(("redis", 0))

    async def tree(self) -> TreeFacts:
        self._check()
        code = 3 if self.tampered else 0
        problems = ("altered: T: missing: 0",) if code else ()
        return TreeFacts(code, problems, 1, "T", "00" * 32, "0a1b2c3d", 1_700_000_000_000, 2, self.marks)

    async def tamper(self, deed: str) -> None:
        self._check()
        self.tampered = deed

    async def undo_tampering(self) -> None:
        self.tampered = ""

    async def kill_bot(self) -> None:
        self.bot = "down"
        self.pulled.append(("kill", 0))

    async def start_bot(self) -> None:
        self.bot = "up"
        self.pulled.append(("start", 0))


def order(event_id: str) -> tuple[int, int]:
    milliseconds, _, number = event_id.partition("-")
    return int(milliseconds), int(number)


@dataclass
class PageHarness:
    """The page and what it stands on."""

    emulator: EmulatorHarness
    page: Page
    address: str
    clock: MovableClock
    backend: FakeBackend
    alice: User
    bob: User
    gus: User
    eve: User
    general: Channel
    secret: Channel
    shared: Channel

    async def post(self, channel: Channel, text: str = "hello", **more: Any) -> str:
        """Post as the app; returns the stamp."""
        answer = await self.emulator.client.chat_postMessage(channel=channel.id, text=text, **more)
        return str(answer["ts"])

    async def whisper(self, channel: Channel, person: User, text: str) -> None:
        """Post for one person's eyes."""
        await self.emulator.client.chat_postEphemeral(channel=channel.id, user=person.id, text=text)
