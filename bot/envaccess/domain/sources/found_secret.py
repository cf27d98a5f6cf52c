"""What a source has, for `envaccess sources adopt`: where it is, never what it says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

LISTED_MOST: Final = 10_000
"""Entries of one source that are listed; what is beyond is not looked at, and that is told."""


@dataclass(frozen=True, slots=True)
class FoundSecret:
    """One secret, or one field of one.

    Attributes:
        title: how people of that source call it, such as its path.
        options: what `read` would have to say to find it: `path`, `field`...
        key: the part of it that is most like the name of a variable, such as its field.
        unsaid: what an option means that `read` does not say, such as a namespace, or `{name}`.
        also: other words for `options`, such as an ARN.
        narrowed_by: options by which a rule reads a part of it, such as one field of its JSON.
        closed: whether nobody let us see what is in it, so that there is no name and no rule for it.
    """

    title: str
    options: Mapping[str, str]
    key: str
    unsaid: Mapping[str, str] = field(default_factory=dict)
    also: Sequence[Mapping[str, str]] = ()
    narrowed_by: Sequence[str] = ()
    closed: bool = False
