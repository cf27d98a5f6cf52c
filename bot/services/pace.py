"""When to call Slack again: what it asked to wait for, what failed, and which channels are lost."""

from collections.abc import Callable

from bot.services.refused import Cause, codes_of

_FIRST_SECONDS = 0.5
_COUNT_MAX = 20
MOST_SECONDS = 5.0
"""Between two tries of what may pass at any moment."""

SELDOM_SECONDS = 600.0
"""Between two tries of what Slack refuses for good, it seems: many of those would use up its limits."""

LOST = codes_of({Cause.PLACE, Cause.FORBIDDEN, Cause.APP})
"""Codes after which nothing reaches a channel until somebody mends it."""


class Pace:
    """What this process remembers of Slack's moods.

    Args:
        monotonic: seconds on a clock that never jumps.
        alarm: told once when a channel is lost: its id and Slack's code.
    """

    def __init__(self, monotonic: Callable[[], float], alarm: Callable[[str, str], None]) -> None:
        self._monotonic = monotonic
        self._alarm = alarm
        self._until: dict[tuple[str, str], float] = {}
        self._failures: dict[str, int] = {}
        self._found: dict[str, str] = {}
        self.lost: dict[str, str] = {}

    def held(self, method: str, channel: str) -> float:
        """Seconds to wait before this method may be called there; 0 for now."""
        left = self._until.get((method, channel), 0.0) - self._monotonic()
        if left > 0:
            return left
        self._until.pop((method, channel), None)
        return 0.0

    def hold(self, method: str, channel: str, seconds: float) -> None:
        """Slack said 429 and how long."""
        self._until[method, channel] = self._monotonic() + seconds

    def failed(self, name: str, most: float = MOST_SECONDS) -> float:
        """Count a failure; seconds until the next try, doubling from 0.5 to `most`."""
        count = self._failures.get(name, 0)
        self._failures[name] = min(count + 1, _COUNT_MAX)
        return min(_FIRST_SECONDS * float(2**count), most)

    def failing(self, name: str) -> bool:
        """Whether its last try failed."""
        return name in self._failures

    def worked(self, name: str) -> None:
        """Forget its failures."""
        self._failures.pop(name, None)

    def refused(self, channel: str, code: str, method: str = "post") -> None:
        """Slack refused a call about a channel; some codes mean that the channel is lost."""
        if code in LOST and self.lost.get(channel) != code:
            self.lost[channel], self._found[channel] = code, method
            self._alarm(channel, code)

    def reached(self, channel: str, method: str = "post") -> None:
        """A call about the channel worked: it is back if that was the method that found it lost."""
        if self._found.get(channel) == method:
            self.forget(channel)

    def rest(self) -> None:
        """Another process draws: what failed here is its matter now."""
        self._failures.clear()

    def forget(self, channel: str) -> None:
        """Whether it is lost is not known any more."""
        self.lost.pop(channel, None)
        self._found.pop(channel, None)
