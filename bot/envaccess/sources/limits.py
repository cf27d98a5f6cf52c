"""What one source may cost the others: a time for each call, a number of calls at once, a breaker.

Each source has its own, so that one that hangs takes nothing from the others.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from envaccess.domain.errors import EnvaccessError
from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from envaccess.sources.adapter import NotConnectedError

T = TypeVar("T")

SECONDS: Final = 3.0
"""For one call in all: the wait for its turn, both tries."""
AT_ONCE: Final = 16
"""Calls of one source that are under way at the same time."""
FAULTS: Final = 5
"""Faults in a row after which the source is left alone for a while."""
REST: Final = 1.0
"""Seconds that it is left alone first; twice as long each time that it fails again."""
REST_MOST: Final = 30.0
_OF_SOURCE: Final = frozenset({SourceFault.DOWN, SourceFault.SLOW})
"""What says that the source itself is not well; the others are about one secret, or about us."""


Called = Callable[[str, str], None]
"""Is told of each call of a source: its name, and the fault; `WELL` for none."""
WELL: Final = "none"
UNKNOWN: Final = "other"
"""A call that came to no fault of reading, such as a conflict while a new value is written."""


def tell_nobody(_source: str, _fault: str) -> None:
    """Nobody counts."""


class Breaker:
    """Leaves a source alone that fails again and again; after a rest one call tries whether it is back.

    Args:
        clock: seconds that only go forward.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._faults = 0
        self._rest = REST
        self._until = 0.0
        self._trying = False

    def is_open(self) -> bool:
        """Whether the source is left alone now; who is told no, and asks, tries it for all the others."""
        if self._faults < FAULTS:
            return False
        if self._trying or self._clock() < self._until:
            return True
        self._trying = True
        return False

    def note(self, *, well: bool) -> None:
        """How a call went."""
        again, self._trying = self._trying, False
        if well:
            self._faults, self._rest = 0, REST
            return
        self._faults += 1
        if self._faults >= FAULTS:
            self._rest = min(2 * self._rest, REST_MOST) if again else self._rest
            self._until = self._clock() + self._rest

    def forget(self) -> None:
        """A call ended that says nothing about the source: it was given up."""
        self._trying = False


class SourceLimits:
    """What one source may cost.

    Args:
        source: its name, for the fault.
        clock: seconds that only go forward.
        seconds: for one call in all.
        at_once: calls that are under way at the same time.
        called: is told of each call that was made, or left out because the source is left alone.
    """

    def __init__(
        self,
        source: str,
        clock: Callable[[], float],
        seconds: float = SECONDS,
        at_once: int = AT_ONCE,
        called: Called = tell_nobody,
    ) -> None:
        self._called = called
        self.source = source
        self._seconds = seconds
        self._turns = asyncio.Semaphore(at_once)
        self._breaker = Breaker(clock)

    async def call(self, work: Callable[[], Awaitable[T]]) -> T:
        """Call the source: once more where no connection was made, else once.

        Raises:
            SourceFaultError: what the source said, or that it is too slow, or left alone.
        """
        if self._breaker.is_open():
            self._called(self.source, SourceFault.DOWN)
            raise SourceFaultError(
                SourceFault.DOWN, self.source, f"The source {self.source} failed {FAULTS} times in a row"
            )
        try:
            async with asyncio.timeout(self._seconds), self._turns:
                found = await self._tried(work)
        except TimeoutError:
            self._breaker.note(well=False)
            self._called(self.source, SourceFault.SLOW)
            told = f"The source {self.source} did not answer within {self._seconds:g} s"
            raise SourceFaultError(SourceFault.SLOW, self.source, told) from None
        except SourceFaultError as error:
            self._breaker.note(well=error.fault not in _OF_SOURCE)
            self._called(self.source, error.fault)
            raise
        except Exception as error:
            self._breaker.forget()
            self._called(self.source, UNKNOWN if isinstance(error, EnvaccessError) else SourceFault.MALFORMED)
            raise
        except BaseException:
            self._breaker.forget()
            raise
        self._breaker.note(well=True)
        self._called(self.source, WELL)
        return found

    @staticmethod
    async def _tried(work: Callable[[], Awaitable[T]]) -> T:
        try:
            return await work()
        except NotConnectedError:
            return await work()
