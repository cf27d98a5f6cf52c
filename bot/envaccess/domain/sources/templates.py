"""Texts with `{name}` in them. What is filled in is put there once, and never looked at again."""

import itertools
import re
from collections.abc import Callable, Mapping
from typing import Final

from envaccess.domain.variable import Variable

_HOLE: Final = re.compile(r"\{([a-z_]{1,20})\}", re.ASCII)
_INSIDE: Final = re.compile(r"[A-Za-z0-9_]*", re.ASCII)
"""What may be in a variable's name and in its environment alike."""
LONGEST: Final = 1_000
"""Characters of an option."""
OF_VARIABLES: Final = ("name", "environment")
"""What every option may hold: it is filled in as soon as it is known which variable is meant."""


def holes_in(text: str) -> tuple[str, ...]:
    """The names in braces, in order."""
    return tuple(_HOLE.findall(text))


def can_stand(text: str) -> bool:
    """Whether an option of the file can say exactly this text, without a name in braces."""
    plain = not holes_in(text) and not has_stray_brace(text) and text == text.strip()
    return plain and 0 < len(text) <= LONGEST and text.isprintable()


def has_stray_brace(text: str) -> bool:
    """Whether there is a brace that is no part of a name in braces."""
    return bool(set("{}") & set(_HOLE.sub("", text)))


def fill(text: str, values: Mapping[str, str], quote: Callable[[str], str] = str) -> str:
    """Put values in the place of their names; a name that is not among them stays as it stands."""
    return _HOLE.sub(lambda hole: quote(values[hole[1]]) if hole[1] in values else hole[0], text)


def fill_for(text: str, variable: Variable) -> str:
    """Fill in what a variable gives."""
    return fill(text, {"name": variable.name, "environment": variable.environment})


def solve(text: str, filled: str) -> dict[str, str] | None:
    """What the names in braces stand for where `text` was filled in so; None where it was not.

    What stands between two of them is looked for from the left: `is_ambiguous` texts may have other answers.
    """
    if not filled.startswith(text.partition("{")[0]):
        return None
    names, literals = _HOLE.split(text)[1::2], _HOLE.split(text)[::2]
    rest, found = filled[len(literals[0]) :], dict[str, str]()
    for name, after in zip(names, literals[1:], strict=True):
        end = rest.find(after, 1) if after else len(rest)
        found.setdefault(name, rest[: max(end, 0)])
        rest = rest[max(end, 0) + len(after) :]
    return found if all(found.values()) and fill(text, found) == filled else None


def is_ambiguous(text: str) -> bool:
    """Whether two variables could come to the same text: what is between their two parts may be in both."""
    found = list(_HOLE.finditer(text))
    parts = [hole for hole in found if hole[1] in OF_VARIABLES]
    between = (text[one.end() : other.start()] for one, other in itertools.pairwise(parts))
    return any(_INSIDE.fullmatch(gap) for gap in between)
