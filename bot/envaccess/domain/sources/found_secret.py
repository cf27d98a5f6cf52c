"""What a source has, for `envaccess sources adopt`: where it is, never what it says."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FoundSecret:
    """One secret, or one field of one.

    Attributes:
        title: how people of that source call it, such as its path.
        options: what `read` would have to say to find it: `path`, `field`...
        key: the part of it that is most like the name of a variable, such as its field.
    """

    title: str
    options: Mapping[str, str]
    key: str
