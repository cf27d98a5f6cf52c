"""How long a grant lasts: `45s`, `30m`, `1h`, `1h30m`, `2d`, or `once`."""

import re
from dataclasses import dataclass

from envaccess.domain.text import count

ONCE_SECONDS = 15 * 60
"""A `once` grant waits this long for its only reveal."""

_PARTS = re.compile(r"(?:(\d{1,7})d)?(?:(\d{1,7})h)?(?:(\d{1,7})m)?(?:(\d{1,7})s)?", re.ASCII)
_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))
_LOOKS_LIKE_ONE = re.compile(r"once|(?:\d+[dhmsDHMS])+|\d+", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Duration:
    """A grant's life in whole seconds; `once` ends with its first reveal as well."""

    seconds: int
    once: bool = False

    def __str__(self) -> str:
        return "once" if self.once else format_seconds(self.seconds)


ONCE = Duration(ONCE_SECONDS, once=True)


def parse_duration(text: str) -> Duration | None:
    """Read a duration; None when it is none, or is zero."""
    if text == "once":
        return ONCE
    match = _PARTS.fullmatch(text)
    if match is None:
        return None
    seconds = sum(int(count or 0) * unit for count, (unit, _) in zip(match.groups(), _UNITS, strict=True))
    return Duration(seconds) if seconds else None


def looks_like_duration(text: str) -> bool:
    """Whether somebody who typed this probably meant a duration (`90`, `1H`, `0m`)."""
    return _LOOKS_LIKE_ONE.fullmatch(text) is not None


def format_seconds(seconds: int) -> str:
    """`5400` -> `1h30m`; the shortest form that `parse_duration` reads back."""
    parts = []
    for unit, noun in _UNITS:
        number, seconds = divmod(seconds, unit)
        if number:
            parts.append(f"{number}{noun[0]}")
    return "".join(parts) or "0s"


def spell_seconds(seconds: int) -> str:
    """`5400` -> `1 hour 30 minutes`."""
    parts = []
    for unit, noun in _UNITS:
        number, seconds = divmod(seconds, unit)
        if number:
            parts.append(count(number, noun))
    return " ".join(parts) or "0 seconds"
