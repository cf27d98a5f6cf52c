"""Reads each variable where `sources.yml` says that it lives, and nowhere else (ServiceContext.values).

A source that is down falls through to no other, and nothing that was read is kept.
"""

import asyncio
import contextlib
from collections.abc import Mapping
from functools import partial
from typing import Final, Protocol

from envaccess.domain.audit import Actor
from envaccess.domain.call import IN_SLACK, Origin
from envaccess.domain.catalogue import SEALED
from envaccess.domain.outcome import Written
from envaccess.domain.refusal import Refusal
from envaccess.domain.rotation import BlockedWhy, RotationBlockedError
from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from envaccess.domain.sources.file import NO_FILE, SourcesFile
from envaccess.domain.sources.places import LeasePlace, ReadPlace
from envaccess.domain.sources.specs import SourceKind
from envaccess.domain.sources.value import Value
from envaccess.domain.value import refuse_value
from envaccess.domain.variable import Variable
from envaccess.sources.adapter import Adapter, PublishingAdapter, ReadingAdapter
from envaccess.sources.limits import SourceLimits
from envaccess.sources.opening import Surroundings, open_adapter
from envaccess.sources.sealed import SealedSource

_CLOSE_SECONDS: Final = 2.0
UNFORESEEN: Final = (LookupError, TypeError, ValueError, AttributeError)
"""What reading an answer of another shape than documented comes to, where an adapter did not look."""


class ReadingWatch(Protocol):
    """Who is told how readings went."""

    def failed(self, variable: Variable, error: SourceFaultError) -> None:
        """A value was not had."""
        ...

    def answered(self, variable: Variable, source: str) -> None:
        """A value was had."""
        ...


class _NobodyWatches:
    """Nobody is told."""

    def failed(self, variable: Variable, error: SourceFaultError) -> None:
        """It is in the exception."""

    def answered(self, variable: Variable, source: str) -> None:
        """Nothing was wrong."""


class SourceRouter:
    """The values of one workspace.

    Args:
        sealed: the sealed store.
        surroundings: what adapters need.
        file: `sources.yml`; none: everything is in the sealed store.
        watch: is told how readings went.
    """

    def __init__(
        self,
        sealed: SealedSource,
        surroundings: Surroundings,
        file: SourcesFile = NO_FILE,
        watch: ReadingWatch | None = None,
    ) -> None:
        self.watch: Final = watch or _NobodyWatches()
        self._sealed = sealed
        self._surroundings = surroundings
        self._adapters: dict[str, Adapter] = {}
        self._limits: dict[str, SourceLimits] = {}
        self.file = NO_FILE
        self._open(file)

    def source_of(self, variable: Variable) -> str:
        """The name of the source that its value is kept in."""
        return self.file.place_of(variable).source

    async def read(self, variable: Variable) -> Value:
        """The current value, from where it lives.

        Raises:
            SourceFaultError: why there is none now.
            ValueMissingError, SealError, StoreError: the same of the sealed store.
        """
        place = self.file.place_of(variable)
        if place.source == SEALED:
            return await self._sealed.read(variable)
        try:
            found = await self._read(place)
        except SourceFaultError as error:
            self.watch.failed(variable, error)
            raise
        self.watch.answered(variable, place.source)
        return found

    async def _read(self, place: ReadPlace | LeasePlace) -> Value:
        adapter = self._adapters[place.source]
        if isinstance(place, LeasePlace) or not isinstance(adapter, ReadingAdapter):
            told = f"The source {place.source} keeps no value of {place.variable.label}"
            raise SourceFaultError(SourceFault.MISSING, place.source, told)
        return await self._limits[place.source].call(partial(_checked, adapter, place))

    async def write_as(
        self,
        op: str,
        variable: Variable,
        value: str,
        actor: Actor,
        *,
        replace: bool,
        origin: Origin = IN_SLACK,
    ) -> Written | Refusal:
        """Store a value for a person, in the sealed store; `Written.ELSEWHERE` for one kept elsewhere."""
        if self.source_of(variable) != SEALED:
            return Written.ELSEWHERE
        return await self._sealed.write_as(op, variable, value, actor, replace=replace, origin=origin)

    async def put(
        self, op: str, variable: Variable, text: str, *, after: str, fields: Mapping[str, str] | None = None
    ) -> str:
        """Write a new value to where it is read, where the source's version is still `after`.

        Raises:
            PublishConflictError: it is not; nothing was written.
            RotationBlockedError: what it is read from takes no value.
            SourceFaultError: it was not written, or nobody knows.
        """
        place = self.file.place_of(variable)
        if place.source == SEALED:
            return await self._sealed.put(op, variable, text, after=after, fields=fields)
        adapter = self._adapters[place.source]
        if isinstance(place, LeasePlace) or not isinstance(adapter, PublishingAdapter):
            told = f"The source {place.source} takes no new value of {variable.label}."
            raise RotationBlockedError(BlockedWhy.MISCONFIGURED, told)
        return await self._limits[place.source].call(
            lambda: adapter.put(op, place, text, after=after, fields=fields)
        )

    @property
    def adapters(self) -> Mapping[str, Adapter]:
        """Every open source but the sealed store, by name."""
        return self._adapters

    def adapter(self, source: str) -> Adapter:
        """An open source by its name. Raises `KeyError`: the file declares none of that name."""
        return self._adapters[source]

    def limits(self, source: str) -> SourceLimits:
        """What calls of a source go through, whatever they ask for. Raises `KeyError`."""
        return self._limits[source]

    async def change(self, file: SourcesFile) -> None:
        """Go on with another file, and close what is not used any more.

        A source that is declared as before keeps its adapter, its connections and its breaker.

        Raises:
            SettingsError: a source cannot be opened; everything is as it was.
        """
        await close_all(self._open(file))

    def _open(self, file: SourcesFile) -> list[Adapter]:
        before = self.file.sources
        opened = {
            name: self._adapters[name]
            if before.get(name) == spec and name in self._adapters
            else open_adapter(spec, self._surroundings)
            for name, spec in file.sources.items()
            if spec.kind is not SourceKind.SEALED
        }
        left = [adapter for name, adapter in self._adapters.items() if opened.get(name) is not adapter]
        clock, called = self._surroundings.clock, self._surroundings.called
        self._limits = {
            name: self._limits[name]
            if self._adapters.get(name) is adapter
            else SourceLimits(name, clock, called=called)
            for name, adapter in opened.items()
        }
        self._adapters, self.file = opened, file
        return left

    async def close(self) -> None:
        """Close every source."""
        await close_all([*self._adapters.values()])
        await self._surroundings.http.close()


async def _checked(adapter: ReadingAdapter, place: ReadPlace) -> Value:
    """What it has there, as a value that could be stored here."""
    try:
        found = await adapter.read(place)
        wrong = refuse_value(found.text)
    except UNFORESEEN as error:  # what it says may hold the value (law 7)
        wrong = f"cannot be read ({type(error).__name__})"
    if wrong:
        told = f"What the source {place.source} has of {place.variable.label} {wrong}"
        raise SourceFaultError(SourceFault.MALFORMED, place.source, told) from None
    return found


async def close_all(adapters: list[Adapter]) -> None:
    """Close adapters; one that fails or hangs keeps no other open."""

    async def close(adapter: Adapter) -> None:
        with contextlib.suppress(TimeoutError, SourceFaultError, OSError):
            async with asyncio.timeout(_CLOSE_SECONDS):
                await adapter.close()

    await asyncio.gather(*map(close, adapters))
