"""Where values are made, in tests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from envaccess.application.ports.sources import Leases
from envaccess.domain.catalogue import SEALED
from envaccess.domain.sources.places import LeasePlace, ReadPlace
from envaccess.domain.variable import Variable


@dataclass
class FakeLeaseSources:
    """Fits `ports.leases.LeaseSources`.

    Attributes:
        leased: the variables that are made, and the source of each.
        makers: each source's leases, by name.
    """

    leased: dict[Variable, str] = field(default_factory=dict)
    makers: dict[str, Leases] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=lambda: {"group": "app_ro", "database": "app"})

    def place_of(self, variable: Variable) -> ReadPlace | LeasePlace:
        source = self.leased.get(variable)
        if source is None:
            return ReadPlace(variable, SEALED)
        return LeasePlace(variable, source, self.options)

    def making(self) -> Sequence[str]:
        return list(self.makers)

    def leases_of(self, source: str) -> Leases | None:
        return self.makers.get(source)


class NoLeases:
    """Fits `ports.leases.LeaseStore` where nothing is ever made."""

    async def intend(self, claim: Any, wanted: Sequence[Any]) -> int:
        raise AssertionError((claim, wanted))

    async def note_minted(self, claim: Any, lease: Any, made: Any) -> None:
        raise AssertionError((claim, lease, made))

    async def end(self, op: str, leases: Sequence[Any], actor: Any, why: str) -> int:
        raise AssertionError((op, leases, actor, why))

    async def sources(self) -> Sequence[str]:
        return ()

    async def take(self, source: str, most: int) -> Any:
        raise AssertionError((source, most))

    async def gone(self, lease: Any) -> bool:
        raise AssertionError(lease)

    async def left(self, lease: Any, why: str, **more: Any) -> None:
        raise AssertionError((lease, why, more))

    async def extended(self, lease: Any, ends: int, seconds: int | None) -> None:
        raise AssertionError((lease, ends, seconds))

    async def over(self, lease: Any) -> None:
        raise AssertionError(lease)

    async def longer_by(self, request: str) -> Sequence[str]:
        raise AssertionError(request)

    async def take_up(self, lease: Any) -> bool:
        raise AssertionError(lease)

    async def wake(self, source: str) -> None:
        raise AssertionError(source)

    async def kept(self) -> Sequence[Any]:
        return ()

    async def holders(self) -> Sequence[Any]:
        return ()

    async def requests_with(self, person: str) -> Sequence[str]:
        del person
        return ()
