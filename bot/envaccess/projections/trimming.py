"""Drop the events that nobody waits for, and declare lost the sinks that are waited for no longer."""

from collections.abc import Callable

from envaccess.application.ports.process import Journal
from envaccess.domain.cursors import lost_sinks
from envaccess.projections.ports import Cursors


class Trimming:
    """What one process does for all, every hour.

    Args:
        cursors: how far each follower of the stream has come.
        filling: whether Redis is filling up.
        journal: the log.
    """

    def __init__(self, cursors: Cursors, filling: Callable[[], bool], journal: Journal) -> None:
        self._cursors = cursors
        self._filling = filling
        self._journal = journal

    async def step(self) -> None:
        """Drop what may go. An alarm for each sink that is lost, and each cursor that cannot be believed."""
        now, cursors = await self._cursors.all()
        lost = lost_sinks(cursors, now, self._cursors.retention, filling=self._filling())
        for sink in lost:
            if await self._cursors.lose(sink):
                self._journal.fault("sink.lost", name=sink.name, after=sink.at)
        for cursor in cursors:
            if not cursor.at and cursor not in lost:
                self._journal.fault("cursor.lost", name=cursor.name)
        await self._cursors.trim()
