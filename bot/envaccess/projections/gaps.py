"""Notice that the stream has lost what was in it: a failover to one that lagged, a store that was put back.

Every process looks; the loss is told once, as `audit.gap`. With that event everything that Slack may show
otherwise is marked to be drawn again.
"""

import asyncio
from collections import deque

from envaccess.application.ports.audit import Stream
from envaccess.application.ports.process import Journal
from envaccess.domain.audit import NO_EVENT
from envaccess.domain.cursors import LINES
from envaccess.projections.ports import Cursors

_KNOWN_MOST = 50


class Gaps:
    """What one process saw of the stream last, and the losses that it knows of.

    Attributes:
        seen: the last event that was seen; empty before the first look.
        found: set by each loss; whoever acts on one clears it.

    Args:
        stream: what may lose events.
        cursors: where a loss is told.
        journal: the log.
    """

    def __init__(self, stream: Stream, cursors: Cursors, journal: Journal) -> None:
        self._stream, self._cursors, self._journal = stream, cursors, journal
        self._known: deque[str] = deque(maxlen=_KNOWN_MOST)
        self._looking = asyncio.Lock()
        self.seen = ""
        self.found = asyncio.Event()

    async def begin(self) -> None:
        """Remember the last event whose line is posted: kept whatever its age, so that a loss is noticed."""
        async with self._looking:
            if not self.seen:
                self._note(await self._cursors.newest_gap())
                told = await self._cursors.at(LINES) or NO_EVENT
                self.seen = told if told != NO_EVENT else await self._stream.last()

    async def check(self) -> bool:
        """Whether the stream has lost the last event that was seen: then that is told now, with an alarm."""
        await self.begin()
        async with self._looking:
            if self.seen == NO_EVENT or await self._stream.holds(self.seen):
                return False
            gap, ours = await self._cursors.tell_gap(self.seen, list(self._known))
            if not gap:
                return False
            self._journal.fault(
                "audit.gap", seen=self.seen, found=gap, **({} if ours else {"told": "before"})
            )
            self._note(gap)
            self.seen = await self._stream.last()
            self.found.set()
            return True

    @property
    def newest(self) -> str:
        """The event that told the last loss, or `NO_EVENT`: what is before it was perhaps told already."""
        return self._known[-1] if self._known else NO_EVENT

    def _note(self, gap: str) -> None:
        if gap:
            self._known.append(gap)
