"""Whose a call is, and how many attempts to say so may fail: cheap ones cost Redis nothing.

What fails is counted by address. Above the limit an address is answered without asking anybody, but for
tokens that this process has seen work: nobody who shares an address with an attacker is locked out by that.
"""

from collections import OrderedDict
from collections.abc import Callable
from hashlib import sha256
from typing import Final

from envaccess.domain.bounded_memory import BoundedMemory

FAILURES_PER_MINUTE: Final = 60
CALLS_PER_MINUTE: Final = 1_200
_MINUTE: Final = 60.0
_REMEMBERED: Final = 10_000
_GOOD_SECONDS: Final = 12 * 3_600.0


class MinuteCount:
    """Counts by name within a minute, for so many names at most; the oldest is forgotten first.

    Args:
        most: how many a name may have in a minute.
        clock: seconds of a clock that never goes back.
    """

    def __init__(self, most: int, clock: Callable[[], float]) -> None:
        self._most = most
        self._clock = clock
        self._counts: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def add(self, name: str) -> bool:
        """Count one; False where that is too many."""
        began, count = self._of(name)
        self._counts[name] = began, count + 1
        while len(self._counts) > _REMEMBERED:
            self._counts.popitem(last=False)
        return count < self._most

    def is_full(self, name: str) -> bool:
        """Whether one more would be too many."""
        return self._of(name)[1] >= self._most

    def _of(self, name: str) -> tuple[float, int]:
        now = self._clock()
        began, count = self._counts.get(name, (now, 0))
        if now - began >= _MINUTE:
            self._counts.pop(name, None)
            return now, 0
        return began, count


class Attempts:
    """Attempts to prove who one is, by address.

    Args:
        clock: seconds of a clock that never goes back.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._failed = MinuteCount(FAILURES_PER_MINUTE, clock)
        self._good = BoundedMemory[str](_GOOD_SECONDS, _REMEMBERED)

    def is_full(self, address: str) -> bool:
        """Whether too many from this address failed for another to be looked at."""
        return self._failed.is_full(address)

    def whose(self, authorization: str) -> str:
        """The principal for whom it worked; empty where this process has not seen that, or it is empty."""
        return (authorization and self._good.get(_digest(authorization), self._clock())) or ""

    def failed(self, address: str) -> None:
        """It was refused."""
        self._failed.add(address)

    def worked(self, authorization: str, principal: str) -> None:
        """It was a session's, of this principal."""
        self._good.put(_digest(authorization), principal, self._clock())


def _digest(authorization: str) -> str:
    return sha256(authorization.encode("utf-8", "surrogateescape")).hexdigest()
