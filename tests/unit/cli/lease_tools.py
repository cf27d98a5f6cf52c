"""What `leases` works with, in memory."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from envaccess.domain.leases import Gone, KeptLease, LeaseId, StillThere
from tests.unit.cli.cli_front import FakeFront


@dataclass
class FakeLeaseTools:
    """Fits `cli.leases.LeaseTools`.

    Attributes:
        outcome: what ending a stray comes to.
    """

    written: list[KeptLease] = field(default_factory=list)
    there: dict[str, Sequence[LeaseId] | str] = field(default_factory=dict)
    outcome: Gone | StillThere = field(default_factory=Gone)
    ended: list[str] = field(default_factory=list)

    async def kept(self) -> Sequence[KeptLease]:
        return self.written

    async def end(self, lease: LeaseId) -> bool:
        self.ended.append(lease)
        return any(kept.id == lease for kept in self.written)

    async def strays(self) -> Mapping[str, Sequence[LeaseId] | str]:
        return self.there

    async def end_stray(self, source: str, lease: LeaseId) -> Gone | StillThere:
        self.ended.append(f"{source} {lease}")
        return self.outcome


@dataclass
class LeaseFront(FakeFront):
    """The parts, with these."""

    made: FakeLeaseTools = field(default_factory=FakeLeaseTools)

    @asynccontextmanager
    async def leases(self, workspace: str) -> AsyncIterator[FakeLeaseTools]:
        self.named = workspace
        yield self.made
