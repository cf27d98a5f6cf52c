"""The weeks that digests are of: seven whole days of a zone, told at an hour that the policy chooses.

Days are those of the zone's calendar, so that a week has 167 or 169 hours where clocks are moved.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from envaccess.domain.policy.hours import DAYS, zone_named

_WEEK: Final = 7
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])", re.ASCII)


@dataclass(frozen=True, slots=True)
class WeeklyTime:
    """A time of every week.

    Attributes:
        day: 0 for Monday.
        minutes: after midnight.
        zone: an IANA name.
    """

    day: int = 0
    minutes: int = 9 * 60
    zone: str = "UTC"

    def __str__(self) -> str:
        """`mon 09:00 UTC`."""
        return f"{DAYS[self.day]} {self.minutes // 60:02d}:{self.minutes % 60:02d} {self.zone}"


MONDAY: Final = WeeklyTime()


def read_weekly(text: str) -> WeeklyTime | None:
    """The inverse; UTC where no zone is named, and None for what is no such time."""
    day, _, rest = text.strip().lower().partition(" ")
    clock = rest.split(" ")[0]
    zone = text.strip()[len(day) + len(clock) + 1 :].strip() or "UTC"
    found = _CLOCK.fullmatch(clock)
    if day not in DAYS or not found or zone_named(zone) is None:
        return None
    return WeeklyTime(DAYS.index(day), int(found[1]) * 60 + int(found[2]), zone)


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days, and the seven before them.

    Attributes:
        first: the first day.
        zone: an IANA name.
        due: when the digest is told, milliseconds since the epoch.
        edges: where the fourteen days begin, and where the last one ends, in milliseconds.
    """

    first: date
    zone: str
    due: int
    edges: tuple[int, ...]

    @property
    def since(self) -> int:
        """When it begins."""
        return self.edges[_WEEK]

    @property
    def until(self) -> int:
        """When it is over."""
        return self.edges[-1]

    @property
    def last(self) -> date:
        """Its last day."""
        return self.first + timedelta(days=_WEEK - 1)

    @property
    def days(self) -> tuple[date, ...]:
        """Its days."""
        return tuple(self.first + timedelta(days=number) for number in range(_WEEK))

    def day_of(self, at: int) -> int | None:
        """0 to 6 for a moment of this week, -7 to -1 for the one before; None for any other."""
        place = bisect_right(self.edges, at) - 1
        return place - _WEEK if 0 <= place < 2 * _WEEK else None

    def __str__(self) -> str:
        """Its name: the first day, as `2026-11-16`."""
        return self.first.isoformat()


def last_week(told: WeeklyTime, now: int) -> Week:
    """The week whose digest was due last, at a time in milliseconds since the epoch."""
    today = _local(now, told.zone).date()
    back = (today.weekday() - told.day) % _WEEK
    day = today - timedelta(days=back)
    if moment(day, told.minutes, told.zone) > now:
        day -= timedelta(days=_WEEK)
    return week_before(day, told)


def week_before(day: date, told: WeeklyTime) -> Week:
    """The seven days before a day."""
    starts = [day + timedelta(days=number) for number in range(-2 * _WEEK, 1)]
    edges = tuple(moment(start, 0, told.zone) for start in starts)
    return Week(starts[_WEEK], told.zone, moment(day, told.minutes, told.zone), edges)


def moment(day: date, minutes: int, zone: str) -> int:
    """When a day's clock shows so many minutes after midnight, in milliseconds since the epoch.

    Of a time that comes twice, the first; a time that clocks are put forward over counts as if they were not.
    """
    clock = time(minutes // 60, minutes % 60)
    return int(datetime.combine(day, clock, zone_named(zone) or UTC).timestamp()) * 1000


def _local(at: int, zone: str) -> datetime:
    return datetime.fromtimestamp(at / 1000, tz=zone_named(zone) or UTC)
