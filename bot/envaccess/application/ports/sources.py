"""Where values live outside of our store: sources, leases, rotators."""

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

from envaccess.domain.leases import Gone, HeldLease, LeaseId, LeaseIntent, Minted, StillThere, TimeLeft
from envaccess.domain.sources.places import LeasePlace
from envaccess.domain.sources.value import Value
from envaccess.domain.variable import Variable


class Source(Protocol):
    """One place that values are read from."""

    async def read(self, variable: Variable) -> Value:
        """The current value.

        Raises:
            SourceFaultError: why there is none now.
            ValueMissingError, SealError, StoreError: the same of the sealed store.
        """
        ...

    async def names(self) -> Sequence[Variable]:
        """What it has. Raises `SourceFaultError`."""
        ...


@runtime_checkable
class Leases(Protocol):
    """A source that makes a value for one use of a grant, and destroys it.

    Whatever it makes carries the lease's id. Each call can come again, from any process, at any time: two
    processes may even make and end the same lease at once.
    """

    async def pin(self, lease: LeaseId, place: LeasePlace) -> Mapping[str, str]:
        """What says which server this is, and where the lease will be found: short texts without a secret.

        Written down before anything is made that works, so that it is later ended there and nowhere else.
        Most kinds ask nobody. Raises `SourceFaultError`: nothing was made.
        """
        ...

    async def mint(self, lease: LeaseIntent, left: TimeLeft) -> Minted:
        """Make it, for `left.seconds()`, asked right before the statement that makes it.

        A lease of this id that is there already is this one: it gets a new secret, and no second one is made.

        Raises:
            SourceFaultError: it was not made, or nobody knows: the caller revokes it.
            LeaseTooShortError: of `left`.
        """
        ...

    async def extend(self, lease: HeldLease, left: TimeLeft) -> int | None:
        """What was shown goes on working for `left.seconds()`; never shorter than before, and no new secret.

        One that is gone or ended does not live again: `SourceFaultError` with `MISSING`.

        Returns:
            For how many seconds it works now, as the source says; None where that is what was asked.
        """
        ...

    async def revoke(self, lease: HeldLease) -> Gone | StillThere:
        """End it, then look at the source what is left of it.

        May be repeated, also for what never was. "Does not exist" is `Gone`. Raises `SourceFaultError`.
        """
        ...

    async def alive(self, lease: HeldLease) -> bool | None:
        """Whether it still works at its source; None where only its end can tell. Raises `SourceFaultError`.

        Asked about every minute of each lease that is to live, so that what ended early is not shown as live.
        """
        ...

    async def overdue(self, workspace: str) -> Sequence[LeaseId]:
        """What it has of these that it does not end by itself, `OVERDUE_SECONDS` after its own end there.

        By the source's own clock. Raises `SourceFaultError`.
        """
        ...

    async def stray(self, workspace: str) -> Sequence[LeaseId]:
        """Whatever carries an id of this workspace there. Raises `SourceFaultError`."""
        ...
