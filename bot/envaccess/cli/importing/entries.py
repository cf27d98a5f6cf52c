"""What a file of values says, whatever its format."""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ImportedEntry:
    """One name of a file with its value, or why it has none that can be stored.

    Attributes:
        place: where it stands, such as `line 3`.
        name: as the file has it; not for showing where `fault` says something.
        value: what would be stored; not shown by `repr`.
        environment: which one the file puts it into; empty where it says none.
        service: of a compose file.
        literal: nothing in the value is meant to be looked up, as in single quotes.
        fault: why nothing of the file can be taken; empty where it can.
        left_out: why the file has no value for it; empty where it has one.
        notes: what to look at again, each a part of a sentence.
    """

    place: str
    name: str = field(default="", repr=False)
    value: str = field(default="", repr=False)
    environment: str = ""
    service: str = ""
    literal: bool = False
    fault: str = ""
    left_out: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FileReading:
    """A whole file.

    Attributes:
        entries: in the file's order.
        remarks: sentences about what the file names and does not hold.
        of_services: the same about single services of a compose file, each with its service.
    """

    entries: Sequence[ImportedEntry]
    remarks: Sequence[str] = ()
    of_services: Sequence[tuple[str, str]] = ()
