"""What the demo adds to the page: a clock that moves, Redis, the bot, the audit stream and the grants."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

from envaccess import log
from envaccess.domain.errors import EnvaccessError
from envaccess_demo.page.backend import Backend
from envaccess_demo.page.clock import Drawings, MovableClock, translate, translate_text
from envaccess_demo.page.monitor import BackendMonitor
from slack_emulator import SlackEmulator
from slack_emulator.messages import Message
from slack_emulator.page import Control, PageExtension, PageRequest, PageRequestError, TerminalProgram
from slack_emulator.types import Json
from slack_emulator.views import View

LONGEST_MOVE = 86_400
"""Seconds."""


class DemoExtension(PageExtension):
    """The demo's controls and facts.

    Args:
        slack: the emulator, open, with `clock` as its clock.
        clock: what is moved.
        backend: what lies behind Slack.
        programs: what can be used in a terminal.
    """

    static = Path(__file__).parent / "static"
    refusals = (EnvaccessError,)

    def __init__(
        self,
        slack: SlackEmulator,
        clock: MovableClock,
        backend: Backend,
        programs: Sequence[TerminalProgram] = (),
    ) -> None:
        self._programs = programs
        self._slack = slack
        self._clock = clock
        self._backend = backend
        self._drawings = Drawings(clock)
        self._monitor = BackendMonitor(clock, backend, slack.state.changes.notify)
        self._moving = asyncio.Lock()

    @property
    def controls(self) -> Mapping[str, Control]:
        """The clock, Redis, the bot and the audit stream."""
        return {
            "clock": self.move_clock,
            "redis": self.restart_redis,
            "bot": self.switch_bot,
            "tamper": self.tamper,
        }

    @property
    def programs(self) -> Sequence[TerminalProgram]:
        """Alice's terminal."""
        return self._programs

    @property
    def now(self) -> int:
        """The moved clock's time."""
        return self._clock.now

    def state(self) -> Json:
        """How far the clock was moved, and how the bot and Redis stand."""
        return {
            "clock_offset_ms": self._clock.offset,
            "bot": self._backend.bot,
            "redis": self._monitor.redis,
            "ready": self._backend.ready,
            "tampered": self._backend.tampered,
        }

    async def run(self) -> None:
        """Follow Redis."""
        await self._monitor.run()

    def report(self, what: str, error: Exception) -> None:
        """Into the product's log, which holds no values."""
        log.fault(what, error)

    # -- the controls

    async def move_clock(self, request: PageRequest) -> Json:
        """Move everything on: Redis' times and the emulator's clock."""
        seconds = request.whole("seconds", 1, LONGEST_MOVE)
        async with self._moving:
            self._drawings.keep(self._shown())
            await self._backend.move_clock(seconds)
            self._clock.offset += seconds * 1000
            offset = self._clock.offset
        self._monitor.look()
        return {"clock_offset_ms": offset}

    def _shown(self) -> Iterator[object]:
        """Every drawing that is on a screen now."""
        for timeline in self._slack.state.workspace.timelines.values():
            yield from (message.revisions[-1] for message in timeline)
        views = self._slack.state.views
        for user_id in self._slack.state.workspace.members:
            yield from (view.given for view in (views.home(user_id), *views.stack(user_id)) if view)

    async def restart_redis(self, request: PageRequest) -> Json:
        """Restart Redis."""
        if request.text("what") != "restart":
            raise PageRequestError("Redis can be told to restart.")
        await self._backend.restart_redis()
        self._monitor.look()
        return {}

    async def switch_bot(self, request: PageRequest) -> Json:
        """Kill the bot, or start it again."""
        whats = {"kill": self._backend.kill_bot, "start": self._backend.start_bot}
        what = whats.get(request.text("what"))
        if what is None:
            raise PageRequestError("The bot can be told to kill or start.")
        await what()
        self._monitor.look()
        return {}

    async def tamper(self, request: PageRequest) -> Json:
        """Do to the audit stream what somebody could who writes to Redis, or bring the true one back."""
        what = request.text("what")
        if what == "undo":
            if not self._backend.tampered:
                raise PageRequestError("Nothing is tampered with.")
            async with self._moving:
                await self._backend.undo_tampering()
        elif what in {"edit", "delete", "fork"}:
            async with self._moving:
                await self._backend.tamper(what)
        else:
            raise PageRequestError("The audit stream can be told to edit, delete, fork or undo.")
        self._monitor.look()
        return {}

    # -- what is shown

    def show_message(self, message: Message, shape: Json) -> Json:
        """Its dates in the moved clock's time. Nobody but the bot writes Redis' time into a message."""
        if message.author != self._slack.bot.id:
            return shape
        offset = self._drawings.offset_of(message.revisions[-1])
        return {
            **shape,
            "text": translate_text(shape["text"], offset),
            "blocks": translate(shape["blocks"], offset),
        }

    def show_view(self, view: View, shape: Json) -> Json:
        """The same of a view."""
        return {**shape, "blocks": translate(shape["blocks"], self._drawings.offset_of(view.given))}

    def feed(self) -> Callable[[], Iterator[Json]]:
        """One browser's audit events and grants."""
        return _Feed(self._monitor, self._clock).frames


class _Feed:
    """What one browser was told of what the monitor knows."""

    def __init__(self, monitor: BackendMonitor, clock: MovableClock) -> None:
        self._monitor = monitor
        self._clock = clock
        self._events = 0
        self._readings = 0
        self._verified = 0

    def frames(self) -> Iterator[Json]:
        """The new events, and the grants if they were read anew."""
        known = self._monitor
        fresh = min(known.counted - self._events, len(known.events))
        if fresh:
            events = list(islice(known.events, len(known.events) - fresh, None))
            self._events = known.counted
            yield {"type": "audit", "events": events}
        if known.verified != self._verified:
            self._verified = known.verified
            yield {"type": "tree", **known.tree, "now": self._clock.now}
        if known.readings != self._readings:
            self._readings = known.readings
            yield {"type": "grants", "grants": known.grants, "now": self._clock.now}
