"""Follow the audit stream and remember what ended, so that nobody revives it unseen (`domain.ends`)."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

from envaccess.application.ports.audit import Stream
from envaccess.application.ports.process import Journal
from envaccess.domain.ends import EndEvent, SeenEnds

_PAGE = 200
_WAIT_SECONDS = 1.0
_BREATH = 0.2
"""Seconds from one reading to the next: what ends meanwhile is taken in at once, and acks come in between."""


class EndsStream(Protocol):
    """The ends in the audit stream. What is no event, or an unknown one, never stops a reader."""

    async def after(self, event: str, count: int) -> tuple[str, Sequence[EndEvent]]:
        """How far `count` events after this one reach, and what ended among them.

        After an event that the stream has not reached it is read from its beginning: it is another by now.
        """
        ...


class EndedMemory:
    """What this process saw end since it started; every process follows the stream, whoever leads.

    Args:
        ends: what is read.
        stream: wakes when an event comes.
        seen: what is remembered.
        clock: seconds of a clock that never goes back.
        journal: the log.
    """

    def __init__(
        self,
        ends: EndsStream,
        stream: Stream,
        seen: SeenEnds,
        clock: Callable[[], float],
        journal: Journal,
    ) -> None:
        self._ends = ends
        self._stream = stream
        self._seen = seen
        self._clock = clock
        self._journal = journal
        self._last = ""
        self._reading = asyncio.Lock()

    async def saw_end(self, request: str) -> str | None:
        """The tag of the event with which a request ended; None where this process saw no end.

        What was seen may have been taken back at this moment: then the newest events are read first.
        """
        if self._seen.of(request, self._clock()):
            while await self._take_in():
                pass
        return self._seen.of(request, self._clock())

    async def step(self) -> float:
        """Take in what ended, or wait a second at most for something to happen."""
        if await self._take_in():
            return 0.0
        came = await self._stream.wait(self._last, _WAIT_SECONDS) != self._last
        return _BREATH if came else 0.0

    async def _take_in(self) -> bool:
        """Take in a page of events; False where there was none."""
        async with self._reading:
            if not self._last:
                self._last = await self._stream.last()
            last, found = await self._ends.after(self._last, _PAGE)
            now = self._clock()
            forgotten = sum(not self._seen.note(event, now) for event in found)
            if forgotten:
                self._journal.fault("ended.full", forgotten=str(forgotten))
            moved, self._last = last != self._last, last
        return moved
