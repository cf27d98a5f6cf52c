"""What is written down of leases, and where they are made."""

from collections.abc import Collection, Sequence
from typing import Protocol

from envaccess.application.ports.sources import Leases
from envaccess.domain.audit import Actor
from envaccess.domain.leases import DueLeases, HeldLease, KeptLease, LeaseId, LeaseIntent, Minted
from envaccess.domain.outcome import Claim, Failure
from envaccess.domain.principal import Principal
from envaccess.domain.sources.places import LeasePlace, ReadPlace
from envaccess.domain.variable import Variable


class LeaseStore(Protocol):
    """Every lease from before it is made until its source confirms that nothing of it is left."""

    async def intend(self, claim: Claim, wanted: Sequence[LeaseIntent]) -> int | Failure:
        """Write down what is about to be made, each with its event; returns the milliseconds left."""
        ...

    async def note_minted(self, claim: Claim, lease: LeaseIntent, made: Minted) -> Failure | None:
        """Write down that it was made, before anybody is shown it."""
        ...

    async def end(self, op: str, leases: Sequence[LeaseId], actor: Actor, why: str) -> int:
        """Let them end now, those of one request; those that end already are asked for at once. How many."""
        ...

    async def sources(self) -> Collection[str]:
        """Those that have made something which is not confirmed gone."""
        ...

    async def take(self, source: str, most: int) -> DueLeases:
        """What is to be done at a source now; each is given to one process at a time."""
        ...

    async def gone(self, lease: HeldLease) -> bool:
        """Nothing of it is left; False where it may be made right now: it is looked at again."""
        ...

    async def left(self, lease: HeldLease, why: str, *, closed: bool = False, sessions: int = 0) -> None:
        """Something is left, or nobody answered: it is taken again after a while.

        Args:
            lease: which.
            why: a word of `Remains` or of `SourceFault`.
            closed: whether nobody logs in with it any more.
            sessions: how many are open.
        """
        ...

    async def extended(self, lease: HeldLease, ends: int, seconds: int | None) -> None:
        """It works until then by Redis' clock, or for so many seconds from now."""
        ...

    async def over(self, lease: HeldLease) -> None:
        """It was to live on, and does not work any more at its source."""
        ...

    async def longer_by(self, request: str) -> Sequence[str]:
        """The requests that are said to have prolonged this one; their seals say whether they did."""
        ...

    async def take_up(self, lease: HeldLease) -> bool:
        """It is past its own end at its source, and nothing that people sealed lets it live on: it ends.

        Whatever is written of it, also nothing. False where it is being ended already.
        """
        ...

    async def wake(self, source: str) -> None:
        """The source answers, or this process starts: whatever waits there is due now."""
        ...

    async def kept(self) -> Sequence[KeptLease]:
        """All that are not confirmed gone."""
        ...

    async def holders(self) -> Collection[Principal]:
        """Everybody who has such leases."""
        ...

    async def requests_with(self, person: str) -> Sequence[str]:
        """Requests of a person, or of programs with this person behind, that have such leases."""
        ...


class LeaseSources(Protocol):
    """Where `sources.yml` says that values are made."""

    def place_of(self, variable: Variable) -> ReadPlace | LeasePlace:
        """Where the value of a variable lives."""
        ...

    def making(self) -> Collection[str]:
        """The sources that make values."""
        ...

    def leases_of(self, source: str) -> Leases | None:
        """What makes them, within that source's limits; None where the file declares no such source."""
        ...
