"""When an answer of the store counts: at once, once so many replicas have it, or as its operator promises."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from envaccess.domain.text import whole_number

REPLICAS_MOST: Final = 9


class Promise(StrEnum):
    """Who sees to it that nothing is lost that was confirmed."""

    LOCAL = "local"
    REPLICAS = "replicas"
    MANAGED = "managed"


@dataclass(frozen=True, slots=True)
class Durability:
    """What ENVACCESS_DURABILITY says.

    Attributes:
        promise: who sees to it.
        replicas: how many must have what claims, decides or ends; 0 where that is not asked.
    """

    promise: Promise = Promise.LOCAL
    replicas: int = 0


def read_durability(text: str) -> Durability | None:
    """`local`, `replicas:N` or `managed`; None where it is none of these."""
    word, colon, count = text.partition(":")
    if word != Promise.REPLICAS:
        return Durability(Promise(text)) if text in {Promise.LOCAL, Promise.MANAGED} else None
    number = whole_number(count) if colon else None
    return Durability(Promise.REPLICAS, number) if number and number <= REPLICAS_MOST else None
