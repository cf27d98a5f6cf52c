"""How many calls wait at once, by whose they are."""

import contextlib
from collections import Counter
from collections.abc import Iterator
from typing import Final

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
