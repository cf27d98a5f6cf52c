"""What a source hands out."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Value:
    """A value, and which one of its source it is.

    Attributes:
        text: what nobody but whom it is for may see; never in a `repr` (law 7).
        version: the source's own id for it; empty where the source gives none.
    """

    text: str = field(repr=False)
    version: str
