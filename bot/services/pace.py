"""When to call Slack: within its rates, after what it asked for; what failed, and which channels are lost.

Slack limits posting by channel, and every method in all; it allows short bursts without saying how long
(docs/slack.md). Calls are spread before it refuses any: one that is refused holds up all in the same place.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from bot.services.refused import Cause, codes_of

_AT_ONCE = 1e-6
"""Seconds that are no wait."""
_FIRST_SECONDS = 0.5
_COUNT_MAX = 20
MOST_SECONDS = 5.0
"""Between two tries of what may pass at any moment."""

SELDOM_SECONDS = 600.0
"""Between two tries of what Slack refuses for good, it seems: many of those would use up its limits."""

LOST = codes_of({Cause.PLACE, Cause.FORBIDDEN, Cause.APP})
"""Codes after which nothing reaches a channel until somebody mends it."""


@dataclass(frozen=True, slots=True)
class Rate:
    """So many calls at once, and then one in so many seconds."""

    burst: int
    seconds: float


PLACES: Mapping[str, Rate] = {"post": Rate(3, 1.25)}
"""For each channel: ten in ten seconds at most, whenever one counts."""
OVERALL: Mapping[str, Rate] = {
    "update": Rate(16, 1.6),
    "delete": Rate(10, 1.3),
    "dm": Rate(10, 1.3),
    "publish": Rate(20, 0.75),
}
"""For the whole workspace, by method; Slack names 50 a minute for most (docs/slack.md)."""
URGENT = 2
"""So many more calls at once are kept for emergencies."""
_PLACES_KEPT = 10_000
_NO_RATE = 100


class Pace:
    """What this process remembers of Slack's moods, and of its own calls.

    Args:
        monotonic: seconds on a clock that never jumps.
        alarm: told once when a channel is lost: its id and Slack's code.
    """

    def __init__(self, monotonic: Callable[[], float], alarm: Callable[[str, str], None]) -> None:
        self._monotonic = monotonic
        self._alarm = alarm
        self._full: dict[tuple[str, str], float] = {}
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

    def claim(self, method: str, channel: str, *, urgent: bool = False) -> float:
        """Seconds to wait before this method may be called there; 0: it may now, and that is counted.

        Args:
            method: a word of `OVERALL`, or any other, which has no rate.
            channel: where; empty for a method that Slack limits only in all.
            urgent: whether an emergency is told.
        """
        wait = self.wait(method, channel, urgent=urgent)
        if not wait:
            now = self._monotonic()
            for key, rate in self._rates(method, channel):
                self._full[key] = max(now, self._full.get(key, now)) + rate.seconds
            self._forget_old(now)
        return wait

    def wait(self, method: str, channel: str, *, urgent: bool = False) -> float:
        """Seconds until a call there may be claimed."""
        waits = [self.held(method, channel), self.held(method, "")]
        now = self._monotonic()
        for key, rate in self._rates(method, channel):
            burst = rate.burst + (URGENT if urgent else 0)
            waits.append(self._full.get(key, now) - now - (burst - 1) * rate.seconds)
        soonest = max(waits)
        return soonest if soonest > _AT_ONCE else 0.0

    def room(self, method: str, channel: str) -> int:
        """How many calls there may be claimed now."""
        if self.held(method, channel) or self.held(method, ""):
            return 0
        now = self._monotonic()
        rooms = [
            int(rate.burst + _AT_ONCE - max(0.0, self._full.get(key, now) - now) / rate.seconds)
            for key, rate in self._rates(method, channel)
        ]
        return max(0, min(rooms, default=_NO_RATE))

    def _rates(self, method: str, channel: str) -> Iterator[tuple[tuple[str, str], Rate]]:
        if channel and method in PLACES:
            yield (method, channel), PLACES[method]
        if method in OVERALL:
            yield (method, ""), OVERALL[method]

    def _forget_old(self, now: float) -> None:
        if len(self._full) > _PLACES_KEPT:
            self._full = {key: full for key, full in self._full.items() if full > now}

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
