"""How long events, what people typed and records of what is over are kept."""

from typing import Final

from envaccess.domain.duration import ONCE, parse_duration

_DAY: Final = 86_400
RETENTION: Final = 400 * _DAY
"""A year and a month, in seconds: whoever looks at a year has all of it."""
LEAST: Final = 90 * _DAY
"""A quarter: access reviews look back so far, and many a misuse is found that late."""
MOST_DAYS: Final = 3_650
"""Ten years: the longest that laws ask for. An archive keeps events for longer, outside of memory."""


def read_retention(text: str) -> int | None:
    """The seconds of `400d`; None for what is no duration, or is out of bounds."""
    found = parse_duration(text)
    return found.seconds if found and found != ONCE and LEAST <= found.seconds <= MOST_DAYS * _DAY else None
