"""What a report is asked for: its kind, and the time that it is about, in somebody's time zone."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from envaccess.domain.audit import read_rfc3339

_LETTERS: Final = 10
"""Of a date: `2026-11-27`."""
_LATEST: Final = 253_402_214_400_000
"""A day before the year 10,000: no zone shows a later one."""
SAMPLE: Final = 25
"""How many grants are drawn, unless somebody says otherwise."""


class ReportKind(StrEnum):
    """What a report is about."""

    ACCESS = "access"
    REVIEWS = "reviews"
    APPROVERS = "approvers"
    EVIDENCE = "evidence"


@dataclass(frozen=True, slots=True)
class ReportQuery:
    """What a report is asked for.

    Attributes:
        start: its first millisecond since the epoch.
        end: the first millisecond after it.
        zone: the name of the time zone that its times are told in.
        at: at which moment it is told who has access; None where nobody asks.
        sample: how many grants are drawn.
        said: the dates as they were typed.
        made: when the report is made; None where that does not matter.
    """

    kind: ReportKind
    start: int
    end: int
    zone: str = "UTC"
    at: int | None = None
    sample: int = SAMPLE
    said: tuple[str, str] = ("", "")
    made: int | None = None

    @property
    def known_end(self) -> int:
        """Up to when something can be known: nobody's access has expired in the future."""
        return self.end if self.made is None else min(self.end, self.made)

    def local(self, milliseconds: int) -> datetime:
        """A moment as clocks of that time zone show it."""
        moment = datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=min(max(milliseconds, 0), _LATEST))
        return moment.astimezone(ZoneInfo(self.zone))

    def told(self, milliseconds: int) -> str:
        """RFC 3339 with the offset that held there then."""
        return self.local(milliseconds).isoformat(timespec="milliseconds")

    def shown(self, milliseconds: int) -> str:
        """The same for people: `2026-10-25 02:30:00 +02:00`."""
        return self.local(milliseconds).isoformat(" ", timespec="seconds").replace("+", " +")

    def holds(self, milliseconds: int) -> bool:
        """Whether a moment is within it."""
        return self.start <= milliseconds < self.end


def is_zone(name: str) -> bool:
    """Whether there is a time zone of that name."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def read_begin(text: str, zone: str) -> int | None:
    """When something begins: the first moment of a date, or a time in RFC 3339; None for what is neither."""
    return _first_moment(text, zone, 0) if len(text) == _LETTERS else read_rfc3339(text)


def read_end(text: str, zone: str) -> int | None:
    """When something is over: after the whole of a date, or at a time in RFC 3339; None for neither."""
    return _first_moment(text, zone, 1) if len(text) == _LETTERS else read_rfc3339(text)


def _first_moment(text: str, zone: str, later: int) -> int | None:
    """The first moment of a day, or of so many days later: midnight, where clocks show it on that day."""
    try:
        day = date.fromisoformat(text) + timedelta(days=later)
        return int(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).timestamp()) * 1000
    except (ValueError, OverflowError):
        return None
