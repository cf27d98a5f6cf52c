"""What `envaccess sources` and the doctor ask of `sources.yml` and of each source."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from envaccess.domain.errors import SettingsError
from envaccess.domain.file_fault import FileFault
from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from envaccess.domain.sources.file import SourcesFile
from envaccess.domain.sources.found_secret import FoundSecret
from envaccess.domain.sources.health import SourceFinding
from envaccess.domain.sources.places import LeasePlace, ReadPlace
from envaccess.domain.sources.rotation_rule import RotationRule
from envaccess.domain.sources.specs import SourceKind, SourceSpec
from envaccess.domain.sources.templates import holes_in
from envaccess.domain.variable import Variable
from envaccess.settings import Settings
from envaccess.sources.adapter import Adapter, PlaceCheckingAdapter, ReadingAdapter, RotationChecker
from envaccess.sources.limits import SourceLimits
from envaccess.sources.opening import Surroundings, open_adapter
from envaccess.sources.router import UNFORESEEN
from envaccess.sources_file.schema import sources_schema
from envaccess.wiring.sources import MENDS, load_sources, surroundings

T = TypeVar("T")

_SECONDS: Final = 10.0
"""For all that one source is asked: an operator may wait longer than a press."""
_LISTING_SECONDS: Final = 300.0
"""For a list of all that a source has: thousands of calls, of which each has its own time."""
_PLACES_MOST: Final = 100
"""Rules of one source that are looked at: the others are like them."""


class SourceChecks:
    """The file that the settings name, and its sources; fits `cli.sources.SourceTools`."""

    def __init__(self, settings: Settings) -> None:
        self.file = settings.sources_file

    def read(self, path: Path, *, offline: bool) -> SourcesFile | tuple[FileFault, ...]:
        """What a file declares, or all that is wrong with it."""
        return load_sources(path, guarded=not offline, missing_ok=offline)

    async def check(self, file: SourcesFile) -> Mapping[str, Sequence[SourceFinding]]:
        """Ask each source but the sealed store, all at once."""
        specs = [spec for spec in file.sources.values() if spec.kind is not SourceKind.SEALED]
        parts = surroundings()
        try:
            found = await asyncio.gather(*(_checked(spec, file, parts) for spec in specs))
        finally:
            await parts.http.close()
        return {spec.name: findings for spec, findings in zip(specs, found, strict=True)}

    async def test(self, file: SourcesFile, variable: Variable) -> None:
        """Read a value where it is kept, and forget it.

        Raises:
            SourceFaultError: why it could not be read.
            SettingsError: the source cannot be opened.
        """
        place = file.place_of(variable)
        assert isinstance(place, ReadPlace)
        parts = surroundings()
        async with _opened(file.sources[place.source], parts) as adapter:
            assert isinstance(adapter, ReadingAdapter)
            await _called(place.source, parts, _SECONDS, lambda: adapter.read(place))

    async def names(self, file: SourcesFile, source: str) -> Sequence[FoundSecret] | None:
        """What a source has; None of a kind that keeps no values.

        Raises:
            SourceFaultError: it could not be asked.
            SettingsError: it cannot be opened.
        """
        parts = surroundings()
        async with _opened(file.sources[source], parts) as adapter:
            if not isinstance(adapter, ReadingAdapter):
                return None
            return await _called(source, parts, _LISTING_SECONDS, adapter.names)

    def schema(self) -> str:
        """The file's JSON Schema."""
        return json.dumps(sources_schema(), indent=2, ensure_ascii=False)


async def _called(source: str, parts: Surroundings, seconds: float, work: Callable[[], Awaitable[T]]) -> T:
    try:
        return await SourceLimits(source, parts.clock, seconds).call(work)
    except UNFORESEEN as error:  # what it says may hold a value (law 7)
        told = f"What the source {source} answered cannot be read ({type(error).__name__})"
        raise SourceFaultError(SourceFault.MALFORMED, source, told) from None


@contextlib.asynccontextmanager
async def _opened(spec: SourceSpec, parts: Surroundings) -> AsyncIterator[Adapter]:
    adapter = open_adapter(spec, parts)
    try:
        yield adapter
    finally:
        await adapter.close()
        await parts.http.close()


def _places(file: SourcesFile, source: str) -> Sequence[ReadPlace | LeasePlace]:
    """Where a source has what rules write out in full; what a pattern means is known when it is asked for."""
    places = (file.place_of(variable) for variable in file.literal())
    return [place for place in places if place.source == source][:_PLACES_MOST]


def _rotations(file: SourcesFile, source: str) -> Sequence[RotationRule]:
    """What a source makes new values for, where a rule names the user in full."""
    found = (rule.rotation for rule in file.rules if rule.rotation and rule.rotation.source == source)
    return [rule for rule in found if not holes_in(rule.user)][:_PLACES_MOST]


async def _checked(spec: SourceSpec, file: SourcesFile, parts: Surroundings) -> Sequence[SourceFinding]:
    try:
        adapter = open_adapter(spec, parts)
    except SettingsError as error:
        problem, _, mend = str(error).rpartition(": ")
        return [SourceFinding(ok=False, said=problem, mend=mend)]
    try:
        limits = SourceLimits(spec.name, parts.clock, _SECONDS)
        return await _asked(adapter, _places(file, spec.name), _rotations(file, spec.name), limits)
    except SourceFaultError as error:
        return [_fault(error)]
    finally:
        with contextlib.suppress(SourceFaultError, OSError, TimeoutError):
            await adapter.close()


async def _asked(
    adapter: Adapter,
    places: Sequence[ReadPlace | LeasePlace],
    rules: Sequence[RotationRule],
    limits: SourceLimits,
) -> Sequence[SourceFinding]:
    found = [*await limits.call(adapter.check)]
    if isinstance(adapter, PlaceCheckingAdapter):
        for place in places:
            found += await limits.call(partial(adapter.check_place, place))
    if isinstance(adapter, RotationChecker):
        for rule in rules:
            found += await limits.call(partial(adapter.check_rotation, rule))
    return found


def _fault(error: SourceFaultError) -> SourceFinding:
    mend = (
        MENDS[error.fault] if error.fault is not SourceFault.DOWN else "look whether it runs, and its address"
    )
    return SourceFinding(ok=False, said=str(error).removesuffix("."), mend=mend)
