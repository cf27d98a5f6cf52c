"""Who has seen which value."""

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Protocol

from envaccess.domain.audit import Actor
from envaccess.domain.exposure import ExposurePage, KnownVariables, SeenCount, SeenPage, Seer
from envaccess.domain.leases import LeaseId
from envaccess.domain.outcome import Claim
from envaccess.domain.sources.value import Value
from envaccess.domain.variable import Variable


class Ledger(Protocol):
    """The exposure ledger of a workspace. Methods raise `StoreError`; `SealError` where its key is not here.

    Whoever takes a moment (`read_at`) means when a reading began, by our clock in milliseconds.
    """

    async def key(self) -> str:
        """What names the key that makes marks: those of another key cannot be compared."""
        ...

    async def version(self, variable: Variable, value: Value) -> str:
        """Which value this is: `domain.exposure.version_of`."""
        ...

    async def see(
        self,
        claim: Claim,
        values: Mapping[Variable, Value],
        read_at: int,
        leased: Mapping[Variable, LeaseId] = MappingProxyType({}),
    ) -> bool:
        """Write down, in one step with `value.seen`, that these leave: before anything is shown.

        False where the access has ended: nothing is written, and nothing may be shown (law 2).
        What turns out not to have left, `Reveals.give_back` takes back, with `value.unseen`.

        Args:
            claim: for whom and how; repeated under the same operation it changes nothing.
            values: all that leave.
            read_at: when they were read.
            leased: those made for this use, and as what: each is current until that is gone.
        """
        ...

    async def note_current(self, variable: Variable, value: Value, read_at: int) -> str:
        """Remember which value a source has now; its version. Of two readings the later one counts."""
        ...

    async def see_on_host(self, op: str, variable: Variable, value: Value, actor: Actor) -> None:
        """Write down that an operator sees a value, with `value.seen`: before it is printed."""
        ...

    async def unknown(self, op: str, variable: Variable, value: Value, actor: Actor) -> None:
        """Write down that nobody knows who has seen a value: it was brought in from elsewhere."""
        ...

    async def exposed(self, seer: Seer, start: int = 0, count: int = 100) -> ExposurePage:
        """What is current and this one has seen, what they know for the longest time first."""
        ...

    async def known_to(self, variable: Variable, seers: Collection[Seer]) -> str:
        """The version of what is current and one of these has seen; empty where none of them has."""
        ...

    async def worst(self, start: int = 0, count: int = 100) -> Sequence[Variable | None]:
        """Variables whose current value somebody has seen: what leavers know first, then what most do.

        None stands where somebody wrote a name into the store that is none; after the last there is nothing.
        """
        ...

    async def worst_of(self, variables: Sequence[Variable], count: int = 5) -> KnownVariables:
        """The same among these, with how many of who has seen each have left."""
        ...

    async def counts(self, variables: Sequence[Variable]) -> Mapping[Variable, SeenCount]:
        """How many have seen the current value of each of these."""
        ...

    async def note_leaver(self, person: str) -> bool:
        """Somebody left: where they have seen what is current, that is to be told, once; whether it is."""
        ...

    async def ask_about(self, count: int) -> Sequence[str]:
        """Some of the people who have seen what is current, to be asked about: each once an hour at most."""
        ...

    async def to_read(self, count: int) -> Sequence[Variable]:
        """Some of what is kept elsewhere and somebody has seen, to be read again: each once an hour."""
        ...

    async def seen(self, variable: Variable, start: int = 0, count: int = 20) -> SeenPage:
        """Who has seen the current value, the last ones first, from a place on."""
        ...
