"""A delivery that keeps what it delivered."""

from collections.abc import Mapping

from envaccess.domain.delivery import Delivered, Outcome
from envaccess.domain.outcome import Claim
from envaccess.domain.refusal import Refusal
from envaccess.domain.variable import Variable


class FakeDelivery:
    """Fits `ports.delivery.Delivery`.

    Attributes:
        shown: to whom, and what.
        outcome: what every delivery comes to; anything but `Delivered` shows nothing.
        refusal: why nobody can be reached; None where they can.
    """

    def __init__(self, outcome: Outcome | None = None) -> None:
        self.shown: list[tuple[str, dict[Variable, str]]] = []
        self.outcome: Outcome = outcome or Delivered()
        self.refusal: Refusal | None = None
        self.places: list[str] = []

    async def prepare(self, person: str) -> str | Refusal:
        return self.refusal or f"place of {person}"

    async def deliver(self, claim: Claim, values: Mapping[Variable, str]) -> Outcome:
        if isinstance(self.outcome, Delivered):
            self.places.append(claim.place)
            self.shown.append((claim.requester, dict(values)))
        return self.outcome
