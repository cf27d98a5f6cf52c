"""Move what is over out of Redis: first it is in the archive and read back, then it leaves, with its event.

A process that is killed between any two steps has lost nothing: the next finds the segment of that number,
takes it as it is, and goes on. Whatever is in Redis counts before the archive, so nothing is shown twice.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Final, Protocol

from envaccess.application.ports.process import Ids, Journal, Lease
from envaccess.domain.archive import ArchivedRequest, ArchivePosition, SegmentTable
from envaccess.domain.audit import stream_order
from envaccess.domain.errors import ArchiveError

MOST: Final = 1_024
"""Requests of a segment, about."""
_LOOK_SECONDS: Final = 60.0
_REST_SECONDS: Final = 600.0
"""How often it is looked whether a day is over."""
_BREATH: Final = 0.05
"""Seconds between two segments, so that what people wait for comes in between."""


class HotRequests(Protocol):
    """Requests in Redis."""

    async def position(self, redacted: Sequence[str] = ()) -> tuple[ArchivePosition, Collection[str]]:
        """How far the archive has come, and which of these requests are taken out of it."""
        ...

    async def now(self) -> int:
        """Redis' time in milliseconds."""
        ...

    async def leaving(
        self, after: str, before: int, most: int
    ) -> tuple[Sequence[ArchivedRequest], str, bool]:
        """Requests that may leave, the event up to which those are all, and whether there may be more."""
        ...

    async def leave(self, requests: Sequence[ArchivedRequest], before: int, segment: int, digest: str) -> int:
        """Take requests out of Redis that a segment holds."""
        ...

    async def move(self, was: int, to: ArchivePosition) -> None:
        """Note how far the archive has come."""
        ...

    async def redacted(self) -> Sequence[str]:
        """Requests that are to be taken out of the archive."""
        ...

    async def forget_redacted(self, ids: Sequence[str]) -> None:
        """They are in no segment any more."""
        ...


class SegmentStore(Protocol):
    """The archive. All of it raises `ArchiveError`."""

    async def table(self, number: int) -> SegmentTable | None:
        """What a segment says of itself; None where there is none."""
        ...

    async def requests_of(self, table: SegmentTable) -> Sequence[ArchivedRequest]:
        """Everything that a segment holds."""
        ...

    async def digest(self, number: int) -> str:
        """SHA-256 of a segment."""
        ...

    async def write(self, number: int, until: str, requests: Sequence[ArchivedRequest]) -> SegmentTable:
        """Write a segment, read it back and compare it."""
        ...

    async def take_out(self, ids: Collection[str]) -> int:
        """Write the segments that hold these without them."""
        ...

    async def drop_old(self, first: int) -> int:
        """Delete segments all of which is older than the retention; the first that is left."""
        ...


class Archiving:
    """What one process does for all.

    Args:
        lease: says whether it is this one.
        hot: requests in Redis.
        archive: where they go.
        ids: names an archive that begins.
        cutoff: from Redis' time, before what time a request must have been over.
        journal: the log.
    """

    def __init__(
        self,
        lease: Lease,
        hot: HotRequests,
        archive: SegmentStore,
        ids: Ids,
        cutoff: Callable[[int], int],
        journal: Journal,
    ) -> None:
        self._lease = lease
        self._hot = hot
        self._archive = archive
        self._ids = ids
        self._cutoff = cutoff
        self._journal = journal
        self._failed = ""

    async def step(self) -> float:
        """Write one segment, where there is one to be written; seconds to wait before the next step."""
        if not await self._lease.lead():
            return _LOOK_SECONDS
        try:
            if await self._one_segment():
                return _BREATH
            await self._take_out()
            await self._drop_old()
        except ArchiveError as error:
            self._tell(str(error))
            return _LOOK_SECONDS
        self._failed = ""
        return _REST_SECONDS

    async def _one_segment(self) -> bool:
        """Write and empty one; whether there may be another one to write."""
        position = await self._position()
        before = self._cutoff(await self._hot.now())
        if position.emptied < position.number:
            await self._empty(position, before)
            return True
        table = await self._archive.table(position.number)
        if table is None:
            found, until, more = await self._hot.leaving(position.until, before, MOST)
            moved = replace(position, until=until)
            if not found:
                await self._hot.move(position.number, moved)
                return more and moved != position
            table = await self._archive.write(position.number, until, found)
        until = max(table.until, position.until, key=stream_order)
        await self._hot.move(position.number, replace(position, number=position.number + 1, until=until))
        return True

    async def _empty(self, position: ArchivePosition, before: int) -> None:
        """Take out of Redis what the next segment holds: by now everybody looks for it there, too."""
        table = await self._archive.table(position.emptied)
        if table is None:
            raise ArchiveError(f"Segment {position.emptied} of the archive is missing")
        requests, digest = await self._archive.requests_of(table), await self._archive.digest(table.number)
        await self._hot.leave(requests, before, table.number, digest)
        await self._hot.move(position.number, replace(position, emptied=position.emptied + 1))

    async def _position(self) -> ArchivePosition:
        """Where the archive stands; where there is none yet, where one would begin."""
        position, _ = await self._hot.position()
        return position if position.began else replace(position, began=self._ids.operation())

    async def _take_out(self) -> None:
        """Take out what was redacted: what was about to be written has been written by now."""
        if ids := await self._hot.redacted():
            await self._archive.take_out(set(ids))
            await self._hot.forget_redacted(ids)

    async def _drop_old(self) -> None:
        position = await self._position()
        first = await self._archive.drop_old(position.first)
        if first > position.first:
            await self._hot.move(position.number, replace(position, first=first))

    def _tell(self, why: str) -> None:
        """Say it once, not at every try."""
        if why != self._failed:
            self._journal.fault("archive.failed", why=why)
        self._failed = why
