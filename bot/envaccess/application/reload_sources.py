"""A changed `sources.yml` takes effect only if it checks; else the old one stays, and the operators are told.

Either is one audit event, whichever of several processes sees it first.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Final, Protocol

from envaccess.application import file_watch
from envaccess.application.file_watch import FileWatch
from envaccess.application.place_variables import Placed
from envaccess.application.ports.audit import Trail
from envaccess.application.ports.process import Clock, Journal
from envaccess.domain.audit import BOT, Tag
from envaccess.domain.errors import SettingsError
from envaccess.domain.file_fault import FileFault
from envaccess.domain.sources.file import SourcesFile

_SHORT: Final = 12
_PROBLEM_MAX: Final = 300

Read = SourcesFile | tuple[FileFault, ...]
Objects = Callable[[SourcesFile], Awaitable[str]]
"""Why a file that checks may not hold yet, such as a live lease of a source that it drops; else empty."""


class WatchedFile(Protocol):
    """Where the file stands."""

    async def digest(self) -> str:
        """SHA-256 of the file as it is now, hexadecimal; empty when it cannot be read."""
        ...

    async def read(self) -> tuple[str, Read]:
        """The same, and what the file declares or its faults."""
        ...


class Router(Protocol):
    """What reads by the file; `wiring` gives the one of `sources`."""

    @property
    def file(self) -> SourcesFile:
        """The one that holds."""
        ...

    async def change(self, file: SourcesFile) -> None:
        """Go on with another one. Raises `SettingsError`: one of its sources cannot be opened."""
        ...


class LeasingSources(Protocol):
    """Which sources have made something that lives; `ports.leases.LeaseStore` fits."""

    async def sources(self) -> Collection[str]:
        """Their names."""
        ...


async def leases_object(leases: LeasingSources, router: Router, file: SourcesFile) -> str:
    """Why a file may not hold yet: it drops a source that has still to end what it made (law 15)."""
    now, then = router.file.sources, file.sources
    dropped = {name for name in now if name not in then or then[name].kind is not now[name].kind}
    left = sorted(dropped & set(await leases.sources())) if dropped else []
    if not left:
        return ""
    return f"what {', '.join(left)} made is not all ended: keep that source in the file until it is"


class SourcesReload:
    """Looks at the file, and puts what checks into the router. `step` is for `workers.keep_on`.

    Args:
        router: reads by the file.
        watched: where the file stands.
        place: makes the catalogue follow a file.
        objects: why a file may not hold now.
        trail: the audit.
        journal: the log.
        clock: the time of day.
    """

    def __init__(
        self,
        router: Router,
        watched: WatchedFile,
        place: Callable[[SourcesFile], Awaitable[Placed]],
        objects: Objects,
        trail: Trail,
        journal: Journal,
        clock: Clock,
    ) -> None:
        self._router = router
        self._watched = watched
        self._place = place
        self._objects = objects
        self._trail = trail
        self._journal = journal
        self._clock = clock
        self._behind: str | None = "start"
        self._watch = FileWatch(router.file.digest, clock)
        self._told = ""

    async def step(self) -> float:
        """Look once; returns seconds until the next look. Raises `StoreError`."""
        if self._behind is not None:
            await self._follow(self._behind)
            return file_watch.LOOK_SECONDS
        digest = await self._watched.digest()
        wait = self._watch.wait(digest)
        if wait is None:
            await self._judge()
        return file_watch.LOOK_SECONDS if wait is None else wait

    async def _judge(self) -> None:
        digest, found = await self._watched.read()
        if not isinstance(found, SourcesFile):
            await self._reject(digest, found[0].line, str(found[0]), len(found))
        elif digest == self._router.file.digest:
            self._watch.note(digest)
            self._told = ""
        elif why := await self._objects(found):
            await self._reject(digest, 0, why, 1, again=True)
        else:
            await self._accept(found)

    async def _accept(self, file: SourcesFile) -> None:
        before = self._router.file.digest
        try:
            await self._router.change(file)
        except SettingsError as error:
            await self._reject(file.digest, 0, str(error), 1)
            return
        self._watch.note(file.digest)
        self._behind, self._told = before, ""
        await self._follow(before)

    async def _follow(self, before: str) -> None:
        """The catalogue says where each value is kept before anybody is told that it is so.

        Where the store does not answer, the next step goes on with it.
        """
        file = self._router.file
        placed = await self._place(file)
        for variable in placed.left:
            self._journal.fault("sources.not_placed", variable=str(variable))
        counts = {**placed.done, "ended": placed.ended}
        detail = {name: str(number) for name, number in counts.items() if number}
        detail |= {"sources": file.digest[:_SHORT], "rules": str(len(file.rules))}
        await self._tell(Tag.SOURCES_LOADED, before, file.digest, detail)
        self._behind = None

    async def _reject(
        self, digest: str, line: int, problem: str, faults: int, *, again: bool = False
    ) -> None:
        told = f"{digest} {problem}"
        if told != self._told:
            kept = self._router.file.digest[:_SHORT]
            detail = {
                "sources": digest[:_SHORT] or "unreadable",
                "line": str(line),
                "problem": problem[:_PROBLEM_MAX],
                "faults": str(faults),
                "kept": kept,
            }
            self._journal.fault("sources.rejected", line=str(line), problem=problem[:_PROBLEM_MAX], kept=kept)
            await self._tell(Tag.SOURCES_REJECTED, self._watch.judged, digest, detail)
        self._watch.note(digest, again=again)
        self._told = told

    async def _tell(self, tag: Tag, before: str, digest: str, detail: Mapping[str, str]) -> None:
        """One event for all processes that see the same change within the same minute."""
        minute = self._clock.now() // 60_000
        await self._trail.append(
            f"sources:{tag}:{before[:_SHORT]}:{digest[:_SHORT]}:{minute}", tag, BOT, detail
        )
