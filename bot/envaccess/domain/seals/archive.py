"""What the seal of an archive's segment says."""

from dataclasses import dataclass
from typing import ClassVar

from envaccess.domain.seals.statements import Statement


@dataclass(frozen=True, slots=True)
class ArchiveSeal(Statement):
    """A segment is ours, and is this one.

    Attributes:
        number: which segment of the workspace's.
        table: SHA-256 of what it says of itself, in hexadecimal; hashes of its blocks are among that.
    """

    KIND: ClassVar[str] = "archive"
    number: int
    table: str
    at: int
