"""A store with an archive beside it, and a process that moves what is over."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from envaccess.archive.folder import FolderObjects
from envaccess.archive.index import ArchiveIndex
from envaccess.archive.ports import Objects
from envaccess.archive.request_archive import RequestArchive
from envaccess.domain.request import Verb
from envaccess.projections.archiving import Archiving
from envaccess.store.archiving import RedisArchiving
from envaccess.store.keys import AUDIT_RETENTION
from envaccess.store.request_reader import RequestReader
from envaccess.store.requests import RedisRequests
from envaccess.wiring.parts import RandomIds
from tests.store.harness import StoreHarness
from tests.store.sealed_store import Journal

HOUR = 3_600_000


class ArchivedStore:
    """One workspace with an archive in a folder.

    Args:
        harness: the store.
        folder: where the archive is; each process has an index of its own beside it.
        hot: milliseconds for which what is over stays; below 0: what is not over yet would leave, too.
    """

    def __init__(
        self,
        harness: StoreHarness,
        folder: Path,
        hot: int = -HOUR,
        retention: int = AUDIT_RETENTION,
        objects: Objects | None = None,
        index: str = "",
        clock: Callable[[], int] | None = None,
    ) -> None:
        self.harness, self.folder, self.journal = harness, folder / "archive", Journal()
        self.hot = RedisArchiving(harness.runner, "process-1")
        self.index = ArchiveIndex(folder / f"{index or 'index'}.sqlite")
        self.archive = RequestArchive(
            objects or FolderObjects(self.folder),
            self.index,
            self.hot,
            harness.workspace,
            harness.sealing.seals,
            harness.sealing.look_again,
            clock or harness.sealing.clock,
            retention,
        )
        self.archiving = Archiving(
            harness.outbox, self.hot, self.archive, RandomIds(), lambda now: now - hot, self.journal
        )
        self.reader = RequestReader(harness.runner, harness.sealing, archive=self.archive)
        self.requests = RedisRequests(harness.runner, self.reader)

    async def drawn(self) -> None:
        """Everything that is to be drawn is."""
        key = self.harness.runner.key
        await self.harness.client.delete(key("dirty"), key("postings"), key("drawings"))

    async def move(self) -> None:
        """Move all that may leave, until there is nothing more to do."""
        await self.drawn()
        for _ in range(1_000):
            if await self.archiving.step() > 1:
                return
        raise AssertionError("it never ends")

    async def over(self, labels: str = "A", **more: Any) -> str:
        """A request that was denied; returns its id."""
        request = await self.harness.file(labels, **more)
        await self.harness.decide(request, verb=Verb.DENY)
        return request

    async def in_redis(self, request: str) -> bool:
        """Whether its record is in Redis."""
        key = self.harness.runner.key
        return bool(await self.harness.client.exists(key("request", request), key("text", request)))

    def segments(self) -> list[Path]:
        """The files of the archive, in order."""
        return sorted(self.folder.rglob("*.seg"))
