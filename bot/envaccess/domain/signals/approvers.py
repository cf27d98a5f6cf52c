"""How approvers decide: how fast, how often yes, and for whom. What is kept of each is of one size.

Fast is who needed under five seconds for half of their approvals, and whoever approved ten times so fast,
however slow they were in between. Neither a denial nor a week between two sittings makes anybody slower.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from envaccess.domain.signals.thresholds import Thresholds

SECOND: Final = 1_000
EDGES: Final = (
    *(5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 450, 600, 900, 1_200, 1_800, 2_700),
    *(3_600, 5_400, 7_200, 10_800, 14_400, 21_600, 28_800, 43_200, 86_400, 172_800, 604_800),
)
"""Seconds between which times are counted: a median is known as the edge that it is under."""
PEOPLE_MOST: Final = 5_000
"""Approvers that are counted at once."""
PAIRS_MOST: Final = 20_000
"""Pairs of an approver and whoever asked that are counted at once."""


FAST_LEAST: Final = 3
"""Approvals that a median is of, at least."""
FAST_MOST: Final = 10
"""So many fast approvals are told, whatever the median is."""


@dataclass(slots=True)
class _Times:
    """How long decisions took, as counts between `EDGES`."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(EDGES) + 1))

    def add(self, seconds: float) -> None:
        self.counts[bisect_right(EDGES, seconds)] += 1

    def median(self) -> int:
        """The edge that half of them are under, in seconds; 0 where there are none."""
        total, seen = sum(self.counts), 0
        for place, count in enumerate(self.counts):
            seen += count
            if seen * 2 > total:
                return EDGES[min(place, len(EDGES) - 1)]
        return 0


@dataclass(frozen=True, slots=True)
class Approver:
    """How somebody decided.

    Attributes:
        who: a Slack user id.
        median: seconds that half of the approvals took less than; 0 where no time is known.
        fast: approvals that took less than the limit.
        is_fast: whether that is told.
        always_yes: whether that is told.
    """

    who: str
    approved: int
    denied: int
    median: int
    fast: int
    is_fast: bool
    always_yes: bool

    @property
    def decided(self) -> int:
        """All decisions."""
        return self.approved + self.denied

    @property
    def facts(self) -> Sequence[str]:
        """The codes of what is told."""
        told = {"fast_approver": self.is_fast, "always_yes": self.always_yes}
        return [code for code, holds in told.items() if holds]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two people who approve each other's requests."""

    one: str
    other: str
    for_one: int
    for_other: int


@dataclass(slots=True)
class _Deeds:
    approved: int = 0
    denied: int = 0
    fast: int = 0
    times: _Times = field(default_factory=_Times)


class ApproverSums:
    """Counts decisions of people.

    Attributes:
        full: whether there were more people than are counted.
    """

    def __init__(self, limits: Thresholds) -> None:
        self._limits = limits
        self._deeds: dict[str, _Deeds] = {}
        self._pairs: Counter[tuple[str, str]] = Counter()
        self._all = _Times()
        self.full = False

    def approve(self, who: str, asker: str, seconds: float | None) -> bool:
        """Count an approval of a request; whether it was no fast one, as far as is known."""
        deeds = self._of(who)
        fast = seconds is not None and seconds < self._limits.fast_approver
        if deeds:
            deeds.approved += 1
            deeds.fast += fast
            if seconds is not None:
                deeds.times.add(seconds)
        if seconds is not None:
            self._all.add(seconds)
        if asker and ((who, asker) in self._pairs or len(self._pairs) < PAIRS_MOST):
            self._pairs[who, asker] += 1
        return not fast

    def deny(self, who: str, seconds: float | None) -> None:
        """Count a denial."""
        deeds = self._of(who)
        if deeds:
            deeds.denied += 1
        if seconds is not None:
            self._all.add(seconds)

    def median(self) -> int:
        """Seconds that half of all decisions took less than; 0 where there are none."""
        return self._all.median()

    def approvers(self) -> Sequence[Approver]:
        """Everybody who decided, whoever did most first."""
        found = [self._told(who, deeds) for who, deeds in self._deeds.items()]
        return sorted(found, key=lambda one: (-one.decided, one.who))

    def pairs(self) -> Sequence[Pair]:
        """Those who approve each other, the most approvals first."""
        return sorted(self._mutual(), key=lambda pair: (-pair.for_one - pair.for_other, pair.one))

    def _mutual(self) -> Iterator[Pair]:
        for (who, asker), count in self._pairs.items():
            back = self._pairs.get((asker, who), 0)
            if who < asker and min(count, back) >= self._limits.mutual_approval:
                yield Pair(who, asker, back, count)

    def _of(self, who: str) -> _Deeds | None:
        if who not in self._deeds:
            if len(self._deeds) >= PEOPLE_MOST:
                self.full = True
                return None
            self._deeds[who] = _Deeds()
        return self._deeds[who]

    def _told(self, who: str, deeds: _Deeds) -> Approver:
        limits, median = self._limits, deeds.times.median()
        decided, timed = deeds.approved + deeds.denied, sum(deeds.times.counts)
        half = deeds.fast * 2 > timed >= FAST_LEAST
        yes = decided >= limits.always_yes_after and deeds.approved * 100 >= decided * limits.always_yes
        fast = half or deeds.fast >= FAST_MOST
        return Approver(who, deeds.approved, deeds.denied, median, deeds.fast, fast, yes)
