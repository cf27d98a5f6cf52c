"""The loops that run beside the listeners. Each survives any fault of Redis or Slack and goes on.

Access never waits for a worker: a grant's TTL ends it, whatever happens here.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any

from envaccess.application.people.leavers import sweep
from envaccess.application.ports.audit import Stream
from envaccess.application.ports.process import Journal
from envaccess.application.read_again import ROUND_SECONDS, read_again
from envaccess.application.service_context import ServiceContext
from envaccess.domain.errors import StoreError
from envaccess.domain.metrics import DECLARED
from envaccess.domain.tracing import SpanName, traced
from envaccess.projections.audit_lines import AuditLines
from envaccess.projections.gaps import Gaps
from envaccess.projections.ports import Deadlines, Outbox
from envaccess.projections.relay import Relay
from envaccess.projections.trimming import Trimming

Loop = Callable[[], Coroutine[Any, Any, None]]
"""What runs beside the listeners until it is cancelled."""
_AFTER_FAULT = 0.5
LOOP = SpanName("loop", attributes={"loop": DECLARED}, quiet=True, root=True)
"""One step of what runs beside the listeners; the constants that name them are words enough."""
_BREATH = 0.005
"""Seconds from one wake-up to the next: a burst of events is drawn in one go, and acks come in between."""
_SETTLE_AT_ONCE = 100
_SWEEP_SECONDS = 3_600.0
_LOOK_SECONDS = 60.0
"""A process that does not lead asks this often whether it does by now."""
_SAMPLE_SECONDS = 5.0


async def keep_on(name: str, journal: Journal, step: Callable[[], Awaitable[float]]) -> None:
    """Run a step for ever; it returns how many seconds to wait before the next.

    An outage of Redis is logged once, not at every try.
    """
    away = False
    while True:
        try:
            with traced(LOOP, name.partition(".")[0]):
                wait = await step()
            away = False
        except StoreError as error:
            if not away:
                journal.fault(f"{name}.store", why=type(error).__name__)
            wait, away = _AFTER_FAULT, True
        except Exception as error:  # noqa: BLE001 - a worker that dies would leave messages wrong for ever
            journal.crash(name, error)
            wait = _AFTER_FAULT
        await asyncio.sleep(wait)


async def keep_time(deadlines: Deadlines, journal: Journal) -> None:
    """Run what time brings about: timeouts, expiry notices, counted refusals."""
    await keep_on("clock", journal, lambda: deadlines.settle(_SETTLE_AT_ONCE))


async def keep_tidy(context: ServiceContext, trimming: Trimming, outbox: Outbox, journal: Journal) -> None:
    """Every hour: end what leavers still hold, and drop the events that nobody waits for any more."""

    async def step() -> float:
        if not await outbox.lead():
            return _LOOK_SECONDS
        await sweep(context)
        await trimming.step()
        return _SWEEP_SECONDS

    await keep_on("upkeep", journal, step)


async def keep_reading(context: ServiceContext, outbox: Outbox, journal: Journal) -> None:
    """Each minute: read again some of what is kept elsewhere and somebody has seen."""

    async def step() -> float:
        if await outbox.lead():
            await read_again(context)
        return ROUND_SECONDS

    await keep_on("read_again", journal, step)


async def keep_sampling(sample: Callable[[], Awaitable[None]], journal: Journal) -> None:
    """Look at Redis' memory every few seconds."""

    async def step() -> float:
        await sample()
        return _SAMPLE_SECONDS

    await keep_on("memory", journal, step)


class RenderLoops:
    """The relay's and the audit lines' loops, woken by the audit stream itself.

    Every change writes an event, so that a stream read that blocks wakes all replicas.
    """

    def __init__(
        self,
        relay: Relay,
        lines: AuditLines,
        outbox: Outbox,
        gaps: Gaps,
        stream: Stream,
        journal: Journal,
    ) -> None:
        self._relay = relay
        self._lines = lines
        self._outbox = outbox
        self._gaps = gaps
        self._stream = stream
        self._journal = journal
        self._woken = (asyncio.Event(), asyncio.Event())

    async def run(self) -> None:
        """Draw and tell until cancelled; then finish what is under way and give the lease up."""
        draw, tell = self._woken
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(keep_on("watch", self._journal, self._watch))
                for woken, loop in ((draw, self._relay), (tell, self._lines)):
                    group.create_task(keep_on("relay", self._journal, partial(self._turn, woken, loop)))
                    group.create_task(keep_on("shown", self._journal, loop.shown.catch_up))
                group.create_task(keep_on("lost", self._journal, self._mend))
        finally:
            await asyncio.gather(self._finish(self._relay), self._finish(self._lines))
            await self._outbox.resign()

    async def _finish(self, loop: Relay | AuditLines) -> None:
        loop.stop()
        await loop.drain()

    async def _watch(self) -> float:
        await self._gaps.begin()
        seen = self._gaps.seen
        newest = await self._stream.wait(seen, 1.0)
        if await self._gaps.check():
            self._wake()
        elif newest != seen:
            self._gaps.seen = newest
            self._wake()
            return _BREATH
        return 0.0

    def _wake(self) -> None:
        for woken in self._woken:
            woken.set()

    async def _mend(self) -> float:
        """After a loss: tell the store what is shown, and people what is gone."""
        lost = self._relay.lost
        if self._gaps.found.is_set():
            await lost.look()
            self._gaps.found.clear()
        elif not lost.waits:
            await self._gaps.found.wait()
            return 0.0
        return await lost.tell() if lost.waits else 0.0

    async def _turn(self, woken: asyncio.Event, loop: Relay | AuditLines) -> float:
        woken.clear()
        if await self._outbox.lead():
            wait = await loop.step(woken)
        else:
            loop.follow()
            wait = 1.0
        if wait:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await woken.wait()
        return 0.0
