"""What a host of the page lets somebody run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class TerminalProgram:
    """A program in a terminal of one person's own.

    Attributes:
        name: how frames call it, and how the page shows it.
        person: the name of whose terminal this is; the page shows it among that person's places.
        argv: the absolute path of the program, and its arguments.
        environment: all of its environment; nothing of ours is passed on.
        folder: where it starts.
        about: a few words beside the name.
        examples: lines that the page offers to type.
    """

    name: str
    person: str
    argv: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    about: str = ""
    examples: Sequence[str] = ()
