"""Repeated lines become one with a count: whoever can cause a line must not be able to fill a disk.

The first of identical lines is written at once. Those that follow it within ten seconds are counted, and
when these are over, the line is written once more with `repeated`, the number of those that were not.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from structlog import DropEvent
from structlog.typing import EventDict, WrappedLogger

WINDOW_SECONDS: Final = 10.0
_MOST_WINDOWS = 256
"""Lines that are all different are not folded, and must not fill memory either."""

Emit = Callable[[EventDict], None]
Later = Callable[[float, Callable[[], None]], None]
"""Calls back after so many seconds."""


@dataclass(slots=True)
class _Window:
    event: EventDict
    ends: float
    repeated: int = 0


class Folder:
    """A processor; what reaches it is plain and bears no time yet. Any thread may log."""

    def __init__(self, emit: Emit, *, now: Callable[[], float] = time.monotonic, later: Later) -> None:
        """Have seen nothing yet.

        Args:
            emit: writes a line.
            now: seconds of a clock that only goes on.
            later: an alarm by the same clock.
        """
        self._emit, self._now, self._later = emit, now, later
        self._windows: dict[str, _Window] = {}
        self._alarmed = False
        self._lock = threading.RLock()

    def __call__(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        """Let the first of identical lines pass, and drop the others.

        Raises:
            DropEvent: it was counted.
        """
        key = repr(event)
        with self._lock:
            window = self._windows.get(key)
            if window and self._now() < window.ends:
                window.repeated += 1
                self._set_alarm()
                raise DropEvent
            self._forget(*([key] if window else []))
            if len(self._windows) >= _MOST_WINDOWS:
                self._forget(*self._over(), next(iter(self._windows)))
            self._windows[key] = _Window(dict(event), self._now() + WINDOW_SECONDS)
        return event

    def flush(self) -> None:
        """Write every count now."""
        with self._lock:
            self._forget(*self._windows)

    def _tell(self) -> None:
        """Write the counts whose time is over."""
        with self._lock:
            self._alarmed = False
            self._forget(*self._over())
            if any(window.repeated for window in self._windows.values()):
                self._set_alarm()

    def _over(self) -> list[str]:
        return [key for key, window in self._windows.items() if window.ends <= self._now()]

    def _forget(self, *keys: str) -> None:
        for key in keys:
            window = self._windows.pop(key, None)
            if window and window.repeated:
                self._emit({**window.event, "repeated": window.repeated})

    def _set_alarm(self) -> None:
        if not self._alarmed:
            self._alarmed = True
            ends = min(window.ends for window in self._windows.values() if window.repeated)
            self._later(max(0.0, ends - self._now()), self._tell)


def by_thread(seconds: float, call: Callable[[], None]) -> None:
    """Call back in a thread that keeps no process alive: a log has no event loop."""
    timer = threading.Timer(seconds, call)
    timer.daemon = True
    timer.start()
