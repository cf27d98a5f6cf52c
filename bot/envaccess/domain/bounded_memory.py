"""What a process remembers for a time, and no more than so much of it."""

from typing import Generic, TypeVar

_T = TypeVar("_T")


class BoundedMemory(Generic[_T]):
    """Facts by name, each for a time, so many at most; the oldest goes first.

    Args:
        seconds: how long each is remembered.
        most: how many are.
    """

    def __init__(self, seconds: float, most: int) -> None:
        self._seconds = seconds
        self._most = most
        self._facts: dict[str, tuple[_T, float]] = {}

    def put(self, name: str, fact: _T, now: float) -> bool:
        """Remember; False where another fact was forgotten before its time."""
        self._facts.pop(name, None)
        self._facts[name] = fact, now + self._seconds
        while self._facts and self._facts[oldest := next(iter(self._facts))][1] <= now:
            del self._facts[oldest]
        if len(self._facts) <= self._most:
            return True
        del self._facts[next(iter(self._facts))]
        return False

    def get(self, name: str, now: float) -> _T | None:
        """The fact of this name, until its time is over."""
        fact, until = self._facts.get(name, (None, now))
        return fact if now < until else None

    def all(self, now: float) -> list[_T]:
        """Every fact whose time is not over."""
        return [fact for fact, until in self._facts.values() if now < until]

    def forget(self, name: str) -> None:
        """There is no such fact any more."""
        self._facts.pop(name, None)
