"""How many calls wait at once, by whose they are, and how many of them are worked on at once."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

AT_ONCE: Final = 8
"""Of 32 connections to the store, and of one loop: the rest is for everybody else."""
POLLS_MAX: Final = 64
"""Calls of one principal that may wait at once."""


class Polls:
    """Counts who waits."""

    def __init__(self) -> None:
        self._waiting: Counter[str] = Counter()

    @contextlib.contextmanager
    def one_of(self, principal: str) -> Iterator[bool]:
        """Count one more; False where that is too many."""
        self._waiting[principal] += 1
        try:
            yield self._waiting[principal] <= POLLS_MAX
        finally:
            self._waiting[principal] -= 1
            if not self._waiting[principal]:
                del self._waiting[principal]


def _turns() -> asyncio.Semaphore:
    return asyncio.Semaphore(AT_ONCE)


@dataclass(frozen=True, slots=True)
class Turns:
    """Taken around each use of the store by calls of which many come in one moment; given in their order.

    A bot that comes back is asked by everybody who waits. Whoever has no turn yet has not begun, so that no
    call to the store, theirs or another's, takes its second while a thousand are worked on.

    Attributes:
        polls: for calls that wait, each time that they prove whose they are or read.
        calls: for the others, while they prove whose they are: they stand behind no poll.
    """

    polls: asyncio.Semaphore = field(default_factory=_turns)
    calls: asyncio.Semaphore = field(default_factory=_turns)
