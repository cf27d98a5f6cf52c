"""What somebody names where variables are asked for: variables, and sets of them."""

from collections.abc import Iterable
from dataclasses import dataclass

from envaccess.domain.policy.variable_sets import parse_set
from envaccess.domain.variable import Variable, parse_variable


@dataclass(frozen=True, slots=True)
class Names:
    """What was named, each once: variables, and sets without their `@`."""

    variables: tuple[Variable, ...] = ()
    sets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ShowSet:
    """Reveal what was granted for a whole set, which is named without its `@`."""

    name: str


def read_name(word: str) -> Names | None:
    """One variable or one set; None where it is neither."""
    if name := parse_set(word):
        return Names(sets=(name,))
    variable = parse_variable(word)
    return Names((variable,)) if variable else None


def join_names(found: Iterable[Names]) -> Names:
    """All of it, each once, in the order named."""
    every = list(found)
    variables = (variable for names in every for variable in names.variables)
    return Names(
        tuple(dict.fromkeys(variables)), tuple(dict.fromkeys(name for names in every for name in names.sets))
    )
