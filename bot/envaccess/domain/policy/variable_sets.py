"""Sets: names that a policy gives to variables which are asked for together, `@shop` in a command.

A set is read when something is asked for: what is filed are its variables of that moment.
"""

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from envaccess.domain.variable import Variable

SET_MAX: Final = 50
"""Variables in one set, and in one request that names sets: more is not read by whoever agrees to it."""
SET_LENGTH: Final = 2_600
"""Characters of their names, with what stands between them, for the same reason."""
_BETWEEN: Final = 4
_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,39}", re.ASCII)
_MARK: Final = "@"


@dataclass(frozen=True, slots=True)
class VariableSet:
    """Variables that are asked for by one name.

    Attributes:
        name: without its `@`.
        line: where it stands in its file.
    """

    name: str
    variables: tuple[Variable, ...]
    line: int = 0

    def __str__(self) -> str:
        """As it is typed and shown: `@shop`."""
        return set_label(self.name)


def is_set_name(text: str) -> bool:
    """Whether a set may have this name."""
    return _NAME.fullmatch(text) is not None


def parse_set(text: str) -> str | None:
    """The name in `@shop`, in small letters, as phones begin with a capital; None where that names no set."""
    name = text.removeprefix(_MARK).lower()
    return name if text.startswith(_MARK) and is_set_name(name) else None


def set_label(name: str) -> str:
    """A set's name as it is typed and shown."""
    return f"{_MARK}{name}"


def is_too_much(variables: Sequence[Variable]) -> bool:
    """Whether one request by sets may not have all of these."""
    length = sum(len(variable.label) + _BETWEEN for variable in variables)
    return len(variables) > SET_MAX or length > SET_LENGTH


def nearest_set(wanted: str, known: Iterable[str]) -> str:
    """The known name that is most like another; empty where none is alike."""
    found = difflib.get_close_matches(wanted, list(known), n=1)
    return found[0] if found else ""
