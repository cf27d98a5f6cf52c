"""Where values are made, by `sources.yml`, within the limits of each source."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import TypeVar

from envaccess.application.ports.sources import Leases
from envaccess.domain.leases import Gone, HeldLease, LeaseId, LeaseIntent, Minted, StillThere, TimeLeft
from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from envaccess.domain.sources.places import LeasePlace, ReadPlace
from envaccess.domain.variable import Variable
from envaccess.sources.limits import SourceLimits
from envaccess.sources.router import UNFORESEEN, ReadingWatch, SourceRouter

T = TypeVar("T")


class LimitedLeases:
    """One source's leases, each call within its limits. Fits `ports.sources.Leases`.

    Args:
        watch: is told how the making of each went; of what does not end, the sweep tells.
    """

    def __init__(self, leases: Leases, limits: SourceLimits, watch: ReadingWatch) -> None:
        self._leases = leases
        self._limits = limits
        self._watch = watch

    async def _call(self, work: Callable[[], Awaitable[T]]) -> T:
        """Within the limits; an answer of a shape that nobody expected is a fault as any other."""
        try:
            return await self._limits.call(work)
        except UNFORESEEN as error:  # what it says may hold the login (law 7)
            source = self._limits.source
            told = f"What the source {source} answered cannot be read ({type(error).__name__})"
            raise SourceFaultError(SourceFault.MALFORMED, source, told) from None

    async def _making(self, variable: Variable, work: Callable[[], Awaitable[T]]) -> T:
        """The same, and the operators are told where it fails."""
        try:
            return await self._call(work)
        except SourceFaultError as error:
            self._watch.failed(variable, error)
            raise

    async def pin(self, lease: LeaseId, place: LeasePlace) -> Mapping[str, str]:
        """What says which server this is."""
        return await self._making(place.variable, lambda: self._leases.pin(lease, place))

    async def mint(self, lease: LeaseIntent, left: TimeLeft) -> Minted:
        """Make it."""
        place = lease.place
        made = await self._making(place.variable, lambda: self._leases.mint(lease, left))
        self._watch.answered(place.variable, place.source)
        return made

    async def extend(self, lease: HeldLease, left: TimeLeft) -> int | None:
        """What was shown goes on working."""
        return await self._call(lambda: self._leases.extend(lease, left))

    async def revoke(self, lease: HeldLease) -> Gone | StillThere:
        """End it, then look what is left."""
        return await self._call(lambda: self._leases.revoke(lease))

    async def alive(self, lease: HeldLease) -> bool | None:
        """Whether it still works."""
        return await self._call(lambda: self._leases.alive(lease))

    async def overdue(self, workspace: str) -> Sequence[LeaseId]:
        """What is past its own end there."""
        return await self._call(lambda: self._leases.overdue(workspace))

    async def stray(self, workspace: str) -> Sequence[LeaseId]:
        """Whatever carries an id of this workspace there."""
        return await self._call(lambda: self._leases.stray(workspace))


class RoutedLeases:
    """Fits `ports.leases.LeaseSources`, by the file that holds now."""

    def __init__(self, router: SourceRouter) -> None:
        self._router = router

    def place_of(self, variable: Variable) -> ReadPlace | LeasePlace:
        """Where the value of a variable lives."""
        return self._router.file.place_of(variable)

    def making(self) -> Collection[str]:
        """The sources that make values."""
        return [name for name, adapter in self._router.adapters.items() if isinstance(adapter, Leases)]

    def leases_of(self, source: str) -> Leases | None:
        """What makes them; None where the file declares no such source, or one that makes nothing."""
        adapter = self._router.adapters.get(source)
        if not isinstance(adapter, Leases):
            return None
        return LimitedLeases(adapter, self._router.limits(source), self._router.watch)
