"""Time that goes on while the machine sleeps, and that nobody can set."""

import time
from typing import Protocol

_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Linux: CLOCK_MONOTONIC stands still while suspended, CLOCK_BOOTTIME does not (clock_gettime(2)). macOS has
CLOCK_MONOTONIC alone, which goes on while asleep there (its clock_gettime(3))."""


class SteadyClock(Protocol):
    """Seconds since some moment; never goes back."""

    def now(self) -> float:
        """The time."""
        ...


class BootClock:
    """The system's own: the same in every process until the machine is started again."""

    @staticmethod
    def now() -> float:
        """Seconds since the machine was started."""
        return time.clock_gettime(_CLOCK)
