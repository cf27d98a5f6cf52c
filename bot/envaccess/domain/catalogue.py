"""The catalogue: what variables exist, apart from any value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from envaccess.domain.variable import Variable

SEALED: Final = "sealed"
"""The source whose values are sealed in Redis."""


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """A variable that exists.

    Attributes:
        source: where its value is read.
        owner: who made it, as the audit stream writes an actor.
        incarnation: random; deleted and made again is another one, and another variable.
        version: how often a value was stored under this name.
        created_at: milliseconds since the epoch, Redis time; so is `changed_at`.
    """

    variable: Variable
    source: str
    owner: str
    incarnation: str
    version: int
    created_at: int
    changed_at: int


def incarnations_of(
    found: Mapping[Variable, CatalogueEntry], variables: Sequence[Variable]
) -> tuple[str, ...]:
    """The incarnation of each variable, in order; empty for one that does not exist."""
    return tuple(found[variable].incarnation if variable in found else "" for variable in variables)
