"""The archive of one workspace: what leaves Redis is written to it, and found in it again."""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from typing import Final

from envaccess.archive.index import ArchiveIndex, IndexedRequest
from envaccess.archive.ports import HotPosition, Objects
from envaccess.archive.segment import TAIL, read_block, read_table, table_start, write_segment
from envaccess.domain.archive import ArchivedRequest, SegmentTable
from envaccess.domain.errors import ArchiveError
from envaccess.domain.seals.statements import SealMaker

_BLOCKS: Final = 64
"""Blocks that a process keeps unpacked, some 100 KB each."""
_PART: Final = 1024 * 1024
_FOLDER: Final = 1_000
"""Segments of a folder."""


def segment_name(workspace: str, number: int) -> str:
    """What a segment is called; names are in the order of numbers."""
    return f"{workspace}/{number // _FOLDER:06}/{number:09}.seg"


class RequestArchive:
    """Reads and writes the segments of one workspace. All of it raises `ArchiveError`.

    Args:
        objects: where they lie.
        index: where each request lies in them.
        hot: what Redis says of it.
        workspace: the team's id.
        seals: mints and opens seals.
        look_again: looks for keys that seal and are not here yet.
        clock: our own time, in milliseconds.
        retention: how long what is over is kept, in milliseconds.
    """

    def __init__(
        self,
        objects: Objects,
        index: ArchiveIndex,
        hot: HotPosition,
        workspace: str,
        seals: SealMaker,
        look_again: Callable[[], Awaitable[bool]],
        clock: Callable[[], int],
        retention: int,
    ) -> None:
        self.objects = objects
        self.index = index
        self._hot = hot
        self._workspace = workspace
        self._seals = seals
        self._look_again = look_again
        self._clock = clock
        self._retention = retention
        self._catching_up = asyncio.Lock()
        self._blocks: OrderedDict[str, Mapping[str, ArchivedRequest]] = OrderedDict()

    async def find(self, ids: Iterable[str]) -> Mapping[str, ArchivedRequest]:
        """Those of these that are in it, and neither too old nor taken out."""
        wanted = list(ids)
        redacted = await self.catch_up(wanted)
        if redacted is None:
            return {}
        oldest = self._clock() - self._retention
        places = await asyncio.to_thread(self.index.find, [one for one in wanted if one not in redacted])
        found = {place.id: await self._read(place) for place in places if place.at >= oldest}
        return {id_: request for id_, request in found.items() if request}

    async def find_by(self, word: str, since: int, until: int, most: int) -> Sequence[ArchivedRequest]:
        """The newest that a person asked for, or is behind, or that name a variable, over in a time."""
        await self.catch_up()
        ids = await asyncio.to_thread(self.index.ids_by, word, since, until, most)
        found = await self.find(ids)
        return [found[id_] for id_ in ids if id_ in found]

    async def catch_up(self, redacted: Sequence[str] = ()) -> Collection[str] | None:
        """Take up the segments that the index lacks; which of these requests are taken out of it.

        None where there is no archive yet.
        """
        position, gone = await self._hot.position(redacted)
        if not position.began:
            return None
        async with self._catching_up:
            missing = await asyncio.to_thread(
                self.index.missing, position.began, position.first, position.number
            )
            for number in missing:
                await self._take_up(number)
        return gone

    async def table(self, number: int) -> SegmentTable | None:
        """What a segment says of itself; None where there is none."""
        name = segment_name(self._workspace, number)
        size = await self.objects.size(name)
        if size is None:
            return None
        tail = await self.objects.read(name, max(0, size - TAIL), TAIL)
        with _named(name):
            start = table_start(tail, size)
        if size - start > len(tail):
            tail = await self.objects.read(name, start, size - start)
        tail = tail[-(size - start) :]
        try:
            return self._table(name, tail, number)
        except ArchiveError:
            if not await self._look_again():
                raise
            return self._table(name, tail, number)

    def _table(self, name: str, tail: bytes, number: int) -> SegmentTable:
        with _named(name):
            return read_table(tail, self._seals, self._workspace, number)

    async def requests_of(self, table: SegmentTable) -> Sequence[ArchivedRequest]:
        """Everything that a segment holds, compared with the hashes that it says."""
        name, found = segment_name(self._workspace, table.number), list[ArchivedRequest]()
        for block in table.pieces:
            packed = await self.objects.read(name, block.offset, block.length)
            with _named(name):
                found += read_block(packed, block.digest)
        return found

    async def digest(self, number: int) -> str:
        """SHA-256 of a segment, in hexadecimal; raises `ArchiveError` where there is none."""
        name, found, offset = segment_name(self._workspace, number), hashlib.sha256(), 0
        while part := await self.objects.read(name, offset, _PART):
            found.update(part)
            offset += len(part)
        if not offset:
            raise ArchiveError(f"{self.objects.place}: {name} is missing")
        return found.hexdigest()

    async def write(self, number: int, until: str, requests: Sequence[ArchivedRequest]) -> SegmentTable:
        """Write a segment and read back what has its name now."""
        await self._put(number, until, requests)
        return await self._written(number)

    async def _put(
        self, number: int, until: str, requests: Sequence[ArchivedRequest], revision: int = 0
    ) -> None:
        name, at = segment_name(self._workspace, number), self._clock()
        octets = await asyncio.to_thread(
            write_segment, self._workspace, number, until, requests, self._seals, at, revision
        )
        await self.objects.put(name, octets, anew=revision > 0)

    async def _written(self, number: int) -> SegmentTable:
        table = await self.table(number)
        if table is None:
            raise ArchiveError(
                f"{self.objects.place}: {segment_name(self._workspace, number)} was written and is not there"
            )
        return table

    async def take_out(self, ids: Collection[str]) -> int:
        """Write the segments that hold these without them; how many segments those were."""
        await self.catch_up()
        places = await asyncio.to_thread(self.index.find, ids)
        numbers = sorted({place.segment for place in places})
        for number in numbers:
            table = await self.table(number)
            if table:
                kept = [one for one in await self.requests_of(table) if one.id not in ids]
                await self._put(number, table.until, kept, table.revision + 1)
                await asyncio.to_thread(self.index.add, await self._written(number))
        self._blocks.clear()
        return len(numbers)

    async def drop_old(self, first: int) -> int:
        """Delete segments all of which is older than the retention; the first that is left."""
        await self.catch_up()
        before = self._clock() - self._retention
        kept = await asyncio.to_thread(self.index.old, before)
        for number in range(first, kept):
            await self.objects.delete(segment_name(self._workspace, number))
        await asyncio.to_thread(self.index.drop, kept, before)
        return kept

    async def _take_up(self, number: int) -> None:
        table = await self.table(number)
        if table is None:
            raise ArchiveError(f"{self.objects.place}: {segment_name(self._workspace, number)} is missing")
        await asyncio.to_thread(self.index.add, table)

    async def _read(self, place: IndexedRequest, *, again: bool = True) -> ArchivedRequest | None:
        """One request. Where its segment was written anew since, that is read first."""
        held = self._blocks.get(place.digest)
        if held is None:
            name = segment_name(self._workspace, place.segment)
            packed = await self.objects.read(name, place.offset, place.length)
            try:
                with _named(name):
                    held = {one.id: one for one in read_block(packed, place.digest)}
            except ArchiveError:
                if not again:
                    raise
                await self._take_up(place.segment)
                found = await asyncio.to_thread(self.index.find, [place.id])
                return await self._read(found[0], again=False) if found else None
            self._blocks[place.digest] = held
            while len(self._blocks) > _BLOCKS:
                self._blocks.popitem(last=False)
        return held.get(place.id)


class _named:  # noqa: N801 - used as `with _named(name)`
    """Says which segment it was."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if isinstance(error, ArchiveError) and not str(error).startswith(self._name):
            raise ArchiveError(f"{self._name} {error}") from None
