"""When to call Slack: within its rates, after what it asked for; what failed, and which channels are lost.

Slack limits posting by channel, and every method in all; it allows short bursts without saying how long
(docs/explanation/slack.md). Calls are spread before it refuses any: one that is refused holds up all in the
same place.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Iterator

from envaccess.projections import method_rates
from envaccess.projections.method_rates import Rate
from envaccess.projections.refused_calls import Cause, codes_of

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


_PLACES_KEPT = 10_000
_OLD = 120.0
"""Seconds after which a call is in no window."""
_NO_RATE = 100


class RateGate:
    """What this process remembers of Slack's answers (429, lost channels), and of its own calls.

    Args:
        monotonic: seconds on a clock that never jumps.
        alarm: called once when a channel is lost, with its id and Slack's code.
    """

    def __init__(self, monotonic: Callable[[], float], alarm: Callable[[str, str], None]) -> None:
        self._monotonic = monotonic
        self._alarm = alarm
        self._calls: defaultdict[tuple[str, str], deque[float]] = defaultdict(deque)
        self._careful: dict[str, float] = {}
        self._until: dict[tuple[str, str], float] = {}
        self._failures: dict[str, int] = {}
        self._found: dict[str, str] = {}
        self.lost: dict[str, str] = {}

    def now(self) -> float:
        """Seconds on its clock, which never jumps."""
        return self._monotonic()

    def held(self, method: str, channel: str) -> float:
        """Seconds to wait before this method may be called there; 0 for now."""
        place = method_rates.method_of(method), channel
        left = self._until.get(place, 0.0) - self._monotonic()
        if left > 0:
            return left
        self._until.pop(place, None)
        return 0.0

    def held_longest(self) -> float:
        """Seconds that the place which waits longest has still to wait, because Slack asked for it."""
        now = self._monotonic()
        return max([0.0, *(until - now for until in self._until.values())])

    def claim(self, method: str, channel: str, *, urgent: bool = False) -> float:
        """Seconds to wait before this method may be called there; 0: it may now, and that is counted.

        Args:
            method: a word of `method_rates.PLACES` or `.OVERALL`, or any other, which has no rate.
            channel: where; empty for a method that Slack limits only in all.
            urgent: whether an emergency is told.
        """
        wait = self.wait(method, channel, urgent=urgent)
        if not wait:
            now = self._monotonic()
            for key, _ in self._rates(method, channel):
                self._calls[key].append(now)
            self._forget_old(now)
        return wait

    def wait(self, method: str, channel: str, *, urgent: bool = False) -> float:
        """Seconds until a call in this channel may be claimed."""
        now = self._monotonic()
        waits = [
            rate.wait(self._recent(key, rate, now), now, urgent=urgent)
            for key, rate in self._rates(method, channel)
        ]
        soonest = max(self.held(method, channel), self.held(method, ""), *waits, 0.0)
        return soonest if soonest > _AT_ONCE else 0.0

    def available(self, method: str, channel: str) -> int:
        """How many calls in this channel may be claimed now."""
        if self.held(method, channel) or self.held(method, ""):
            return 0
        now = self._monotonic() + _AT_ONCE
        counts = [
            rate.available(self._recent(key, rate, now), now) for key, rate in self._rates(method, channel)
        ]
        return min(counts, default=_NO_RATE)

    def _rates(self, method: str, channel: str) -> Iterator[tuple[tuple[str, str], Rate]]:
        name = method_rates.method_of(method)
        if channel and method in method_rates.PLACES:
            careful = method in method_rates.CAREFUL and self._careful.get(channel, 0.0) > self._monotonic()
            yield (name, channel), (method_rates.CAREFUL if careful else method_rates.PLACES)[method]
        if name in method_rates.OVERALL:
            yield (name, ""), method_rates.OVERALL[name]

    def _recent(self, key: tuple[str, str], rate: Rate, now: float) -> deque[float]:
        """When those calls were that count in a window that ends now."""
        calls = self._calls[key]
        while calls and calls[0] + rate.seconds <= now + _AT_ONCE:
            calls.popleft()
        return calls

    def _forget_old(self, now: float) -> None:
        if len(self._calls) > _PLACES_KEPT:
            for key in [key for key, calls in self._calls.items() if not calls or calls[-1] + _OLD < now]:
                del self._calls[key]
            self._careful = {channel: until for channel, until in self._careful.items() if until > now}

    def hold(self, method: str, channel: str, seconds: float) -> None:
        """Slack answered 429: call nothing there for so many seconds."""
        now = self._monotonic()
        self._until[method_rates.method_of(method), channel] = now + seconds
        if method in method_rates.CAREFUL:
            self._careful[channel] = now + seconds + method_rates.CAREFUL_SECONDS

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
        """Another process has the lease: forget what failed here."""
        self._failures.clear()

    def forget(self, channel: str) -> None:
        """Forget whether a channel is lost."""
        self.lost.pop(channel, None)
        self._found.pop(channel, None)
