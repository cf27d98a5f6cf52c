"""The name of a variable: `NAME` or `environment/NAME`.

A name without an environment belongs to `default`. The canonical text always has both parts
(`default/STRIPE_KEY`), because keys, associated data and events must not depend on how it was typed.
"""

import heapq
import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass

DEFAULT_ENVIRONMENT = "default"
NAME_LIMIT = 128
"""Characters in a name; long enough for every real one, short enough for a Slack option (150)."""
ENVIRONMENT_LIMIT = 20

_ALIKE = 0.6  # of `difflib.SequenceMatcher.ratio`, as `get_close_matches` has it by default
_COMPARED = 50

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_ENVIRONMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Variable:
    """A variable's name; never its value."""

    environment: str
    name: str

    def __str__(self) -> str:
        """The canonical text, `environment/NAME`."""
        return f"{self.environment}/{self.name}"

    @property
    def label(self) -> str:
        """What people type and read: without the environment where it is the default one."""
        return self.name if self.environment == DEFAULT_ENVIRONMENT else str(self)


def parse_variable(text: str) -> Variable | None:
    """Read `NAME` or `environment/NAME`; None when it is neither."""
    environment, slash, name = text.rpartition("/")
    if not slash:
        environment = DEFAULT_ENVIRONMENT
    fits = len(name) <= NAME_LIMIT and len(environment) <= ENVIRONMENT_LIMIT
    if fits and _NAME.fullmatch(name) and _ENVIRONMENT.fullmatch(environment):
        return Variable(environment, name)
    return None


def typed(variables: Iterable[Variable]) -> str:
    """The names as one types them in a command."""
    return ",".join(_typed(variable) for variable in variables)


def _typed(variable: Variable) -> str:
    # A lower-case word is read as a verb (`list`): with its environment it is a name.
    return str(variable) if variable.label.islower() else variable.label


def nearest(wanted: str, known: Iterable[Variable]) -> Variable | None:
    """The known variable whose label is most like what was typed, if any is alike.

    One of the environment that was typed comes first. Thousands of names take some milliseconds: only those
    that share most with what was typed are compared letter by letter, which takes long.
    """
    labels = {variable.label.lower(): variable for variable in known}
    wanted = wanted.lower().removeprefix(f"{DEFAULT_ENVIRONMENT}/")
    environment, _, bare = wanted.rpartition("/")
    same = {label for label in labels if label.rpartition("/")[0] == environment}
    close = _closest(wanted, same) or _closest(wanted, labels.keys() - same)
    if close:
        return labels[close]
    return min((variable for variable in labels.values() if variable.name.lower() == bare), default=None)


def _closest(wanted: str, labels: Iterable[str]) -> str | None:
    import difflib  # noqa: PLC0415 - only a mistake needs it

    pairs = _pairs(wanted)
    alike = (label for label in labels if _could_be_alike(len(wanted), len(label)))
    best = heapq.nsmallest(_COMPARED, alike, key=lambda label: (-len(pairs & _pairs(label)), label))
    found = difflib.get_close_matches(wanted, best, n=1, cutoff=_ALIKE)
    return found[0] if found else None


def _could_be_alike(one: int, other: int) -> bool:
    """Whether texts of these lengths could be alike: `ratio` is twice what they share by what they have."""
    return 2 * min(one, other) >= _ALIKE * (one + other)


def _pairs(text: str) -> set[tuple[str, str]]:
    return set(itertools.pairwise(text))
