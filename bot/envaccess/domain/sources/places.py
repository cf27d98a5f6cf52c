"""Where the value of one variable lives, as its rule in `sources.yml` says; its templates are filled in."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from envaccess.domain.variable import Variable


@dataclass(frozen=True, slots=True)
class ReadPlace:
    """A value that a source keeps.

    Attributes:
        source: the source's name in the file.
        options: what that kind of source needs to find it, by field: `path`, `field`, `secret`, `key`...
    """

    variable: Variable
    source: str
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LeasePlace:
    """A value that a source makes for one use of a grant, and destroys with it.

    Attributes:
        options: what that kind of source needs to make it: `group`, `database`, `url`, `role`...
    """

    variable: Variable
    source: str
    options: Mapping[str, str] = field(default_factory=dict)
