"""Working hours in a time zone."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
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


def next_clock(minutes: int, zone: str, now: int) -> int:
    """The next time that the clock in a zone shows so many minutes after midnight.

    Args:
        minutes: after midnight.
        zone: an IANA name; an unknown or empty one counts as UTC.
        now: milliseconds since the epoch.

    Returns:
        Milliseconds since the epoch, within a day after `now` (an hour more where clocks change).
    """
    local = datetime.fromtimestamp(now / 1000, tz=_zone(zone))
    found = local.replace(hour=minutes // 60, minute=minutes % 60, second=0, microsecond=0)
    if found.timestamp() * 1000 <= now:
        found = (local + timedelta(days=1)).replace(
            hour=minutes // 60, minute=minutes % 60, second=0, microsecond=0
        )
    return int(found.astimezone(UTC).timestamp() * 1000)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name or "UTC")
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")
