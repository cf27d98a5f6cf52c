"""How often each method of Slack may be called: so many at once, and so many in a window of time.

Slack documents about one post a second in each channel, "several hundred" a minute in a workspace, 50 or
100 a minute of most other methods, and allows short bursts without saying how long
(docs/explanation/slack.md).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `most` calls in any `seconds`.

    Attributes:
        free: so many go at once; the others are spread over what is left of the window.
        most: in any window.
        seconds: of a window, with a margin: calls reach Slack later than we count them, and not equally late.
        kept: so many more, for what is urgent.
    """

    free: int
    most: int
    seconds: float
    kept: int = 0

    def wait(self, calls: Sequence[float], now: float, *, urgent: bool = False) -> float:
        """Seconds until the next call may be made; negative: for how long it could have been made.

        Args:
            calls: when those were that are in the window, oldest first.
            now: on the same clock.
            urgent: whether it may use what is kept.
        """
        most = self.most + (self.kept if urgent else 0)
        count = len(calls)
        if count >= most:
            return calls[count - most] + self.seconds - now
        if urgent or count < self.free:
            return 0.0
        gap = (calls[0] + self.seconds - calls[-1]) / (most - count + 1)
        return calls[-1] + gap - now

    def available(self, calls: Sequence[float], now: float) -> int:
        """How many calls may be made now."""
        return max(self.free - len(calls), int(self.wait(calls, now) <= 0))


PLACES: Mapping[str, Rate] = {
    "post": Rate(4, 9, 10.2, kept=1),
    "direct": Rate(6, 9, 10.2, kept=1),
    "audit": Rate(30, 60, 61),
}
"""For each place, by what is posted there: requests, direct messages, audit lines.

Audit lines come in bursts, and nothing urgent waits for them; a channel was measured to take thirty in five
seconds, and one a second for long (RamblingCookieMonster/PSSlack#52). Where emergencies are told, ten in ten
seconds are never exceeded: after a refusal they would have to wait.
"""
CAREFUL: Mapping[str, Rate] = {"audit": Rate(8, 10, 10.2)}
"""The same for a while after Slack refused a post there."""
CAREFUL_SECONDS = 600.0
OVERALL: Mapping[str, Rate] = {
    "post": Rate(200, 270, 61, kept=25),
    "update": Rate(24, 44, 61, kept=4),
    "delete": Rate(24, 44, 61, kept=4),
    "dm": Rate(24, 44, 61, kept=4),
    "publish": Rate(30, 75, 61, kept=20),
}
"""For the whole workspace, by method. Urgent are emergencies, and the Home tabs that somebody opened."""


def method_of(name: str) -> str:
    """The name under which a method is counted: all posts count as one."""
    return "post" if name in PLACES else name
