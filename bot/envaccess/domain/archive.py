"""Requests that are over and left Redis: what an archive keeps of them, in segments of many.

A segment is one file or object, written once: its name is its number, so that writing it again after a crash
is writing the same one. What it says of itself is sealed (`domain/seals/archive.py`), and has a hash of each
block.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from envaccess.domain.text import whole_number

HOT_DAYS: Final = 30
"""Days for which what is over stays in Redis, where no setting says otherwise."""
DAY_MILLISECONDS: Final = 86_400_000
_TIMES: Final = ("created_at", "decided_at", "ended_at", "reviewed_at")


@dataclass(frozen=True, slots=True)
class ArchivedRequest:
    """The record of a request as it stood when it left Redis, field by field.

    Attributes:
        text: what people typed, and the seals.
    """

    id: str
    fields: Mapping[str, str]
    text: Mapping[str, str]

    @property
    def closed_at(self) -> int:
        """When it was over, in milliseconds: its last decision, end or review."""
        return max(whole_number(self.fields.get(name, "")) or 0 for name in _TIMES)


@dataclass(frozen=True, slots=True)
class SegmentBlock:
    """A piece of a segment that is read by itself.

    Attributes:
        digest: SHA-256 of its bytes, in hexadecimal.
    """

    offset: int
    length: int
    digest: str


@dataclass(frozen=True, slots=True)
class SegmentEntry:
    """Where a request lies in its segment, and by what it is found.

    Attributes:
        block: which of its blocks.
        at: when it was over, in milliseconds.
        behind: the person behind the program that asked; empty for a person.
        variables: as the record names them, with commas between.
    """

    id: str
    block: int
    at: int
    requester: str
    behind: str
    variables: str


@dataclass(frozen=True, slots=True)
class SegmentTable:
    """What a segment says of itself.

    Attributes:
        until: the event up to which the requests that were over are in it, or in one before.
        revision: how often requests were taken out of it since.
    """

    workspace: str
    number: int
    until: str
    revision: int
    pieces: Sequence[SegmentBlock]
    entries: Sequence[SegmentEntry]

    @property
    def newest(self) -> int:
        """When the last of its requests was over; 0 in one that has none left."""
        return max((entry.at for entry in self.entries), default=0)


@dataclass(frozen=True, slots=True)
class ArchivePosition:
    """How far the archive of a workspace has come, as Redis says.

    Attributes:
        began: names this archive: another word means that all of it is to be read anew.
        number: of the segment that is written next; those before it are looked into.
        emptied: the first segment whose requests may still be in Redis.
        first: the first segment that retention has left.
        until: the event up to which everything that was over is in it.
    """

    began: str = ""
    number: int = 0
    emptied: int = 0
    first: int = 0
    until: str = "0-0"


def cutoff(now: int, hot_days: int) -> int:
    """Before what time a request must have been over to leave: a day's requests leave together."""
    return (now // DAY_MILLISECONDS - hot_days) * DAY_MILLISECONDS
