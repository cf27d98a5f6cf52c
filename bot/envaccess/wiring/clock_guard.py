"""Raises an alarm while the clock of Redis cannot be trusted; no script shows a value then."""

from collections.abc import Callable
from typing import Final

from envaccess.domain.clock_guard import clock_fault
from envaccess.slack.alarms import Alarms
from envaccess.store.health import read_clocks
from envaccess.store.runner import Runner

_SECONDS: Final = 10.0
_TAGS: Final = ("clock_back", "clock_off")


class ClockGuard:
    """Looks at the clocks.

    Args:
        runner: the workspace's store.
        now: this machine's time, in milliseconds.
        alarms: of this process, which is not ready meanwhile.
    """

    def __init__(self, runner: Runner, now: Callable[[], int], alarms: Alarms) -> None:
        self._runner, self._now, self._alarms = runner, now, alarms

    async def step(self) -> float:
        """Look once; seconds until the next look. Raises `StoreError`: Redis does not answer."""
        redis, newest = await read_clocks(self._runner)
        fault = clock_fault(redis, newest, self._now())
        for tag in _TAGS:
            if fault is None or fault.tag != tag:
                self._alarms.clear(tag)
        if fault:
            self._alarms.sound(fault.tag, problem=fault.problem, mend=fault.mend)
        return _SECONDS
