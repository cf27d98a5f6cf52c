"""Uses of a grant."""

from collections.abc import Collection
from typing import Protocol

from envaccess.domain.call import Origin
from envaccess.domain.outcome import Claim
from envaccess.domain.refusal import Refusal
from envaccess.domain.request import Request
from envaccess.domain.tap import TapState
from envaccess.domain.variable import Variable


class Reveals(Protocol):
    """Uses of a grant."""

    async def claim(
        self,
        op: str,
        request: str,
        actor: str,
        origin: Origin = ...,
        how: str = "",
        only: Collection[Variable] = (),
    ) -> Claim | Refusal:
        """Claim one use of exactly this grant and write the event (law 2).

        Args:
            op: the operation id.
            request: whose grant.
            actor: who uses it.
            origin: through what; the surface alone says in which way the values leave.
            how: `push` where Slack shows them unasked; else empty.
            only: those of its variables that are wanted; empty: all.
        """
        ...

    async def claim_named(
        self,
        op: str,
        variable: Variable,
        actor: str,
        among: Collection[str] | None = None,
        origin: Origin = ...,
    ) -> Claim | Refusal:
        """The same by name: the timed grant that ends last, else the `once` grant that ends first.

        `among` are the requests whose grants may be used now; None: all of this person's.
        """
        ...

    async def note_host(self, claim: Claim) -> None:
        """Remember to which host the values of a claim go; of a new one its person is told."""
        ...

    async def press_tap(
        self, op: str, request: Request, actor: str, verdict: TapState, message: str = ""
    ) -> Refusal | None:
        """Write down, sealed, whether what the request's tap asks for may be released."""
        ...

    async def still(self, claim: Claim) -> bool:
        """Whether what was claimed may be shown now: nobody and nothing has ended it since."""
        ...

    async def tell(self, request: Request, fault: str) -> None:
        """Write `seal.broken`, and raise an alarm: nothing was claimed."""
        ...

    async def reject(self, claim: Claim, fault: str) -> None:
        """Return the use of a claim whose seals do not hold, write `seal.broken`, and raise an alarm."""
        ...

    async def give_back(self, claim: Claim, why: str) -> None:
        """Write `grant.reveal_failed`, take back what the ledger has of it, return the use: nothing left."""
        ...


class KnownEnds(Protocol):
    """The ends that this process saw in the audit stream."""

    async def saw_end(self, request: str) -> str | None:
        """The tag of the event with which a request ended, by all that is in the stream; None for none."""
        ...
