"""How long a call is tried again while the server does not answer, and what a person is told meanwhile."""

import math
import secrets
import time
from collections.abc import Callable
from typing import Final

from envaccess.client.errors import UnreachableError

USUAL_SECONDS: Final = 15.0
"""A bot that restarts is back by then; whoever types a command waits no longer."""
_FIRST: Final = 0.5
_LONGEST: Final = 15.0
_DOUBLINGS: Final = 10


class Patience:
    """Bears that the server does not answer, for some time, and says so once.

    Between two attempts it waits half a second, then twice as long each time, 15 seconds at most, and each
    time by up to a half more or less, so that a thousand clients do not come back at once.

    Args:
        seconds: how long altogether since something last worked; without end by `math.inf`.
        tell: told one sentence when it begins, and one when it is over.
        clock: seconds of a clock that never goes back.
        sleep: waits for so many seconds.
        rand: a number from 0 up to 1.
    """

    def __init__(
        self,
        seconds: float = USUAL_SECONDS,
        tell: Callable[[str], object] = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
        rand: Callable[[], float] = lambda: secrets.randbelow(1_000) / 1_000,
    ) -> None:
        self._seconds, self._tell = seconds, tell
        self._clock, self._sleep, self._rand = clock, sleep, rand
        self._since = math.nan
        self._failures = 0
        self._has_worked = False

    def bear(self, error: UnreachableError) -> None:
        """Wait until the next attempt; raises the error where there shall be none."""
        if not (error.passing or self._has_worked):
            raise error
        if not self._failures:
            self._since = self._clock()
        pause = max(self._next(), error.retry_in)
        if self._clock() + pause > self._since + self._seconds:
            raise error
        if not self._failures:
            self._tell(f"{error} Trying again.")
        self._failures += 1
        self._sleep(pause)

    def worked(self) -> None:
        """The server answered."""
        if self._failures:
            self._tell("The server answers again.")
        self._failures, self._has_worked = 0, True

    def _next(self) -> float:
        usual: float = min(2 ** min(self._failures, _DOUBLINGS) * _FIRST, _LONGEST)
        return usual * (0.5 + self._rand())
