"""What came of delivering values: they left, they certainly did not, or nobody knows."""

from dataclasses import dataclass

from envaccess.domain.outcome import Failure


@dataclass(frozen=True, slots=True)
class Delivered:
    """The surface took the values; whether a person looked, nobody knows."""


@dataclass(frozen=True, slots=True)
class NotDelivered:
    """Certainly nothing left this process.

    Attributes:
        why: what is told, and written into the event.
        elsewhere: whether another way to the same person may work all the same.
    """

    why: Failure
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class MaybeDelivered:
    """No answer: the values may have left, so the use stays spent (law 2)."""


Outcome = Delivered | NotDelivered | MaybeDelivered
