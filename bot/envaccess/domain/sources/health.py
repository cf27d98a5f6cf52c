"""What a look at a source found."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SourceFinding:
    """One thing that was looked at.

    Attributes:
        ok: whether it is as it has to be.
        said: what was found, one sentence without a full stop, which holds no value.
        mend: what to do; empty where nothing is to be done.
        grave: whether the source cannot be used as long as it is so; else it is a warning.
    """

    ok: bool
    said: str
    mend: str = ""
    grave: bool = True
