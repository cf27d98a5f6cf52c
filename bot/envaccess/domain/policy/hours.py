"""Working hours in a time zone."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WORKDAYS = DAYS[:5]
_WEEK = 7


@dataclass(frozen=True, slots=True)
class Hours:
    """When a rule holds.

    Attributes:
        zone: an IANA name, such as `Europe/Berlin`.
        begin: minutes after midnight, in that zone.
        end: likewise, not included; before or at `begin`, it is on the next day.
        days: the days on which the hours begin.
    """

    zone: str
    begin: int
    end: int
    days: tuple[str, ...] = WORKDAYS

    def holds(self, at: int) -> bool:
        """Whether a moment (milliseconds since the epoch) is within the hours."""
        local = datetime.fromtimestamp(at / 1000, tz=ZoneInfo(self.zone))
        minute, day = local.hour * 60 + local.minute, local.weekday()
        if self.begin < self.end:
            return self._on(day) and self.begin <= minute < self.end
        return (self._on(day) and minute >= self.begin) or (self._on(day - 1) and minute < self.end)

    def _on(self, day: int) -> bool:
        return DAYS[day % _WEEK] in self.days

    def __str__(self) -> str:
        """`mon-fri 09:00-17:30 Europe/Berlin`."""
        return f"{_days(self.days)} {_clock(self.begin)}-{_clock(self.end)} {self.zone}"


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _days(days: tuple[str, ...]) -> str:
    first, last = DAYS.index(days[0]), DAYS.index(days[-1])
    whole = len(days) > 2 and days == DAYS[first : last + 1]  # noqa: PLR2004 - two days are two words
    return f"{days[0]}-{days[-1]}" if whole else ",".join(days)


_NO_ZONES = frozenset({"localtime", "posixrules", "factory"})
_NO_AREAS = ("posix/", "right/")
_DAYS_AROUND = range(-1, 4)
"""Yesterday: a clock that is put back at midnight shows its last hour again. After: a zone may skip a day."""


def is_zone_name(name: str) -> bool:
    """Whether a name can be a zone's: not this machine's own time, nor a copy that counts leap seconds."""
    return name.lower() not in _NO_ZONES and not name.lower().startswith(_NO_AREAS)


def zone_named(name: str) -> ZoneInfo | None:
    """The zone of an IANA name; None where there is none."""
    try:
        return ZoneInfo(name) if name and is_zone_name(name) else None
    except (KeyError, ValueError, OSError):
        return None


def next_clock(minutes: int, zone: str, now: int) -> int:
    """The next time that the clock in a zone shows so many minutes after midnight.

    Where clocks are put forward over that time, it is the day after; where they are put back, the first of
    the two that is still ahead.

    Args:
        minutes: after midnight.
        zone: an IANA name; an unknown or empty one counts as UTC.
        now: milliseconds since the epoch.

    Returns:
        Milliseconds since the epoch.
    """
    there = zone_named(zone) or UTC
    today = datetime.fromtimestamp(now / 1000, tz=there).date()
    clock = time(minutes // 60, minutes % 60)
    shown = (
        datetime.combine(today + timedelta(days=days), clock, there).replace(fold=fold)
        for days in _DAYS_AROUND
        for fold in (0, 1)
    )
    moments = (int(moment.timestamp()) * 1000 for moment in shown if _exists(moment))
    return min(moment for moment in moments if moment > now)


def _exists(moment: datetime) -> bool:
    """Whether a clock shows this; the clocks that are put forward skip some."""
    back = moment.astimezone(UTC).astimezone(moment.tzinfo)
    return back.replace(fold=0, tzinfo=None) == moment.replace(fold=0, tzinfo=None)
