"""The name of a variable: `NAME` or `environment/NAME`.

A name without an environment belongs to `default`. The canonical text always has both parts
(`default/STRIPE_KEY`), because keys, associated data and events must not depend on how it was typed.
"""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass

DEFAULT_ENVIRONMENT = "default"
NAME_LIMIT = 128
"""Characters in a name; long enough for every real one, short enough for a Slack option (150)."""
ENVIRONMENT_LIMIT = 20

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


def nearest(wanted: str, known: Iterable[Variable]) -> Variable | None:
    """The known variable whose label is most like what was typed, if any is alike."""
    labels = {variable.label.lower(): variable for variable in known}
    wanted = wanted.lower().removeprefix(f"{DEFAULT_ENVIRONMENT}/")
    close = difflib.get_close_matches(wanted, labels, n=1, cutoff=0.6)
    if close:
        return labels[close[0]]
    bare = wanted.rpartition("/")[2]
    same = [variable for variable in labels.values() if variable.name.lower() == bare]
    return min(same, default=None)
