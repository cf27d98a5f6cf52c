"""How values reach the person who claimed them: in Slack, in a sealed HTTP answer, through a broker.

A way delivers when it is told to, once, and checks nothing: the verb asks right before whether the access
still lives (law 2).
"""

from collections.abc import Mapping
from typing import Protocol

from envaccess.domain.delivery import Outcome
from envaccess.domain.outcome import Claim
from envaccess.domain.refusal import Refusal
from envaccess.domain.variable import Variable


class Way(Protocol):
    """One way to the person of a claim, and to nobody else."""

    async def deliver(self, claim: Claim, values: Mapping[Variable, str]) -> Outcome:
        """Hand over all of the values or none. Raises nothing that it foresees."""
        ...


class Reach(Protocol):
    """Finds somebody before a use is claimed: as long as they cannot be reached, no use is counted."""

    async def prepare(self, person: str) -> str | Refusal:
        """Where this person is reached, for `Claim.place`, or why they are not; only the way reads it."""
        ...


class Delivery(Reach, Way, Protocol):
    """A way that is prepared before a use is claimed."""
