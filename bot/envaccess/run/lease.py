"""What a command is run with: the values, until when, and what may change that."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

GRACE_SECONDS: Final = 10.0
TIME_OVER: Final = "its time is over"
"""Why access ended that nobody and nothing ended earlier, part of a sentence."""


@dataclass(frozen=True, slots=True)
class ValueLease:
    """Values lent to one command.

    Attributes:
        values: by the name in the child's environment. They are not in its `repr()`.
        ends_at: when access ends, in seconds of `BootClock`.
        expires_at: the same moment by the caller's own clock, for the child to read (RFC 3339).
        requests: ids of the requests that gave the access.
    """

    values: Mapping[str, str] = field(repr=False)
    ends_at: float
    expires_at: str = ""
    requests: tuple[str, ...] = ()


class AccessEnded(NamedTuple):
    """Access ended before its time.

    Attributes:
        why: part of a sentence for the terminal, such as `@bob ended it`.
    """

    why: str = ""


class AccessExtended(NamedTuple):
    """Access ends later (or earlier) than was known.

    Attributes:
        ends_at: in seconds of `BootClock`.
    """

    ends_at: float


Watch = Callable[[], Iterator[AccessEnded | AccessExtended]]
"""Waits, in a thread of its own, for what happens to the access; ends when nothing more can happen."""


def watch_nothing() -> Iterator[AccessEnded | AccessExtended]:
    """No news ever: the command lives to the end that is known."""
    return iter(())


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How a command is run.

    Attributes:
        grace: seconds between SIGTERM and SIGKILL.
        redact: whether values are taken out of what the command writes; None: only where it is no terminal.
        clean: whether the child gets only what a program needs of the caller's environment.
        files: names whose values go into files, with the path where one was given.
        on_disk: whether such a file may lie where it is not on a memory file system.
    """

    grace: float = GRACE_SECONDS
    redact: bool | None = None
    clean: bool = False
    files: Mapping[str, str] = field(default_factory=dict)
    on_disk: bool = False
