"""Uses of a grant."""

from collections.abc import Collection
from typing import Protocol

from envaccess.domain.outcome import Claim
from envaccess.domain.refusal import Refusal
from envaccess.domain.variable import Variable


class Reveals(Protocol):
    """Uses of a grant."""

    async def claim(
        self, op: str, request: str, actor: str, message: str = "", how: str = ""
    ) -> Claim | Refusal:
        """Claim one use of exactly this grant and write the event (law 2).

        `how` stands in the event, where the actor did not do it themselves.
        """
        ...

    async def claim_named(
        self, op: str, variable: Variable, actor: str, barred: Collection[str] = ()
    ) -> Claim | Refusal:
        """The same by name: the timed grant that ends last, else the `once` grant that ends first.

        `barred` are requests whose grants may not be used now.
        """
        ...

    async def still(self, claim: Claim) -> bool:
        """Whether what was claimed may be shown now: nobody and nothing has ended it since."""
        ...

    async def give_back(self, claim: Claim, why: str) -> None:
        """Write `grant.reveal_failed` and return the use: nothing left this process."""
        ...
