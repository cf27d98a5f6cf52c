"""Drop the events that nobody waits for, and declare lost the sinks that are waited for no longer."""

from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType
from typing import Final

from envaccess.application.ports.process import Journal
from envaccess.domain.cursors import Cursor, lost_sinks
from envaccess.projections.ports import Cursors
from envaccess.projections.sinks.ports import Backlog

_NONE: Final[Mapping[str, Backlog]] = MappingProxyType({})


class Trimming:
    """What one process does for all, every hour.

    Args:
        cursors: how far each follower of the stream has come.
        filling: whether Redis is filling up.
        journal: the log.
        sinks: the cursors of sinks that are fed: one that is lost goes on with what comes next.
        backlogs: by cursor, from where a sink goes on that would be lost.
    """

    def __init__(
        self,
        cursors: Cursors,
        filling: Callable[[], bool],
        journal: Journal,
        sinks: Collection[str] = (),
        backlogs: Mapping[str, Backlog] = _NONE,
    ) -> None:
        self._cursors = cursors
        self._filling = filling
        self._journal = journal
        self._sinks, self._backlogs = sinks, backlogs

    async def step(self) -> None:
        """Drop what may go. An alarm for each sink that is lost, and each cursor that cannot be believed."""
        now, cursors = await self._cursors.all()
        lost = lost_sinks(cursors, now, self._cursors.retention, filling=self._filling())
        for sink in lost:
            if await self._is_put_off(sink):
                continue
            if await self._cursors.lose(sink, goes_on=sink.name in self._sinks):
                self._journal.fault("sink.lost", name=sink.name, after=sink.at)
        for cursor in cursors:
            if not cursor.at and cursor not in lost:
                self._journal.fault("cursor.lost", name=cursor.name)
        await self._cursors.trim()

    async def _is_put_off(self, sink: Cursor) -> bool:
        """Whether a sink goes on from elsewhere, where what it does not have is kept."""
        backlog = self._backlogs.get(sink.name)
        until = await backlog.put_off(sink.at, sink.waiting) if backlog and sink.at else ""
        if not until:
            return False
        await self._cursors.move(sink.name, until)
        self._journal.fault("sink.from_archive", name=sink.name, after=sink.at, until=until)
        return True
