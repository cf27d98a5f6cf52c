"""The words of the file: lengths of time, counts, globs, hours. Each reader takes text, as the tree has it.

A reader raises `FieldError`, which says what is wrong and what to write; pydantic carries it to the caller.
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Annotated, Final
from zoneinfo import available_timezones

from pydantic import BeforeValidator, InstanceOf, WithJsonSchema

from envaccess.domain.policy.hours import DAYS, WORKDAYS, is_zone_name, zone_named
from envaccess.domain.policy.rules import DeliveryMode, Starts, Then
from envaccess.domain.signals.weeks import WeeklyTime, read_weekly
from envaccess.policy_file.patterns import PatternError, ReasonPattern, read_pattern
from envaccess.yaml_file.scalars import (
    NONE,
    OR_NONE,
    TEXT,
    TEXTS,
    TIME,
    FieldError,
    count,
    near,
    numbers,
    one_of,
    read_seconds,
    read_text,
    read_words,
    shown,
)

RUN: Final = "run"
ONE_RUN: Final = -1
"""Instead of seconds: within one run of a pipeline."""
_CLOCK: Final = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)", re.ASCII)
_HOURS: Final = re.compile(
    r"(?:(?P<days>\S+)\s+)?(?P<begin>[\d:]+)-(?P<end>[\d:]+)\s+(?P<zone>\S+)", re.ASCII
)
_MIDNIGHT: Final = 24 * 60
_DAY: Final = 24 * 3_600


def _read_span_of_days(value: object) -> int:
    """A length of time from one day up."""
    seconds = read_seconds(value)
    if seconds < _DAY:
        raise FieldError(f"{shown(value)} is less than a day", "write at least `1d`")
    return seconds


def _read_weekly(value: object) -> WeeklyTime | None:
    """A time of every week; `none` is None."""
    mend = "write a day, an hour and a time zone, such as `mon 09:00 Europe/Berlin`, or `none`"
    text = read_text(value, "a time of the week", mend)
    found = read_weekly(text)
    if found is None and text != NONE:
        raise FieldError(f"{shown(text)} is no time of the week", mend)
    return found


def _read_per(value: object) -> int:
    """A length of time, or `run`: `ONE_RUN`."""
    return ONE_RUN if value == RUN else read_seconds(value)


def _count_or_none(least: int, most: int) -> Callable[[object], int]:
    read = count(least, most)
    return lambda value: 0 if value == NONE else read(value)


def _words_or_none(value: object) -> tuple[str, ...]:
    """The same, or `none`: nobody."""
    return () if value == NONE else read_words(value)


def _delivery(value: object) -> tuple[str, ...]:
    read = one_of(*DeliveryMode)
    return tuple(read(word) for word in read_words(value))


def _pattern(value: object) -> ReasonPattern:
    text = read_text(value, "a regular expression", "such as '[A-Z]+-[0-9]+'")
    try:
        found = read_pattern(text)
    except PatternError as error:
        raise FieldError(str(error), error.mend) from None
    if found.search(""):
        raise FieldError("it is found in any text, so that it asks for nothing", "ask for something")
    return found


def read_clock(value: object) -> int:
    """`09:30` -> 570 minutes; `24:00` is the next midnight, 0."""
    text = read_text(value, "a time of day", "such as '09:00'")
    found = _CLOCK.fullmatch(text)
    minutes = int(found[1]) * 60 + int(found[2]) if found else _MIDNIGHT + 1
    if minutes > _MIDNIGHT:
        raise FieldError(f"{shown(text)} is no time of day", "write it as '09:00'")
    return minutes % _MIDNIGHT


def read_zone(value: object) -> str:
    """An IANA name that this machine knows."""
    text = read_text(value, "a time zone", "such as Europe/Berlin")
    if zone_named(text) is None:
        raise FieldError(f"{shown(text)} is no time zone known here", _zone_mend(text))
    return text


@lru_cache(maxsize=100)
def _zone_mend(text: str) -> str:
    """Listing the zones takes some milliseconds, and a mistake in `defaults` is made in each rule."""
    known = filter(is_zone_name, available_timezones())
    return near(text, known, "write an IANA name such as `Europe/Berlin` or `UTC`")


def read_days(value: object) -> tuple[str, ...]:
    """`mon-fri`, `sat,sun`, or a list of days; in the week's order, each once."""
    words = value.split(",") if isinstance(value, str) else list(read_words(value))
    found = {day for word in words for day in _span(word.strip())}
    return tuple(day for day in DAYS if day in found)


def _span(word: str) -> Iterable[str]:
    first, dash, last = word.partition("-")
    if first not in DAYS or (dash and last not in DAYS):
        raise FieldError(f"{shown(word)} is no day", f"write days as {', '.join(DAYS)}, or `mon-fri`")
    begin, end = DAYS.index(first), DAYS.index(last if dash else first)
    return [DAYS[(begin + step) % len(DAYS)] for step in range((end - begin) % len(DAYS) + 1)]


def split_hours(text: str) -> dict[str, object]:
    """`mon-fri 09:00-18:00 Europe/Berlin` as the fields of the long form; without days it is the workdays."""
    found = _HOURS.fullmatch(text.strip())
    if found is None:
        raise FieldError(f"{shown(text)} are no hours", "write `mon-fri 09:00-18:00 Europe/Berlin`")
    return {
        "days": found["days"] or list(WORKDAYS),
        "from": found["begin"],
        "to": found["end"],
        "zone": found["zone"],
    }


SpanOfDays = Annotated[int, BeforeValidator(_read_span_of_days), WithJsonSchema(TIME)]
Per = Annotated[int, BeforeValidator(_read_per), WithJsonSchema({"anyOf": [TIME, {"const": RUN}]})]
WeeklyOrNone = Annotated[
    WeeklyTime | None,
    BeforeValidator(_read_weekly),
    WithJsonSchema({"type": "string", "examples": ["mon 09:00 Europe/Berlin", NONE]}),
]
Percent = Annotated[int, BeforeValidator(count(1, 100)), WithJsonSchema(numbers(1, 100))]
Approvals = Annotated[int, BeforeValidator(count(1, 20)), WithJsonSchema(numbers(1, 20))]
Least = Annotated[int, BeforeValidator(count(1, 500)), WithJsonSchema(numbers(1, 500))]
Times = Annotated[int, BeforeValidator(count(1, 1_000)), WithJsonSchema(numbers(1, 1_000))]
Burst = Annotated[int, BeforeValidator(count(2, 15)), WithJsonSchema(numbers(2, 15))]
Multiple = Annotated[int, BeforeValidator(count(2, 20)), WithJsonSchema(numbers(2, 20))]
OpenOrNone = Annotated[
    int,
    BeforeValidator(_count_or_none(1, 1_000)),
    WithJsonSchema({"anyOf": [numbers(1, 1_000), OR_NONE]}),
]
WordsOrNone = Annotated[
    tuple[str, ...], BeforeValidator(_words_or_none), WithJsonSchema({"anyOf": [TEXT, TEXTS]})
]
Deliveries = Annotated[
    tuple[str, ...],
    BeforeValidator(_delivery),
    WithJsonSchema({**TEXTS, "items": {"enum": list(DeliveryMode)}}),
]
ThenWord = Annotated[str, BeforeValidator(one_of(*Then)), WithJsonSchema({"enum": list(Then)})]
StartsWord = Annotated[str, BeforeValidator(one_of(*Starts)), WithJsonSchema({"enum": list(Starts)})]
Pattern = Annotated[
    InstanceOf[ReasonPattern],
    BeforeValidator(_pattern),
    WithJsonSchema({"type": "string", "format": "regex"}),
]
Clock = Annotated[
    int,
    BeforeValidator(read_clock),
    WithJsonSchema({"type": "string", "pattern": "^([01]?[0-9]|2[0-4]):[0-5][0-9]$"}),
]
Zone = Annotated[
    str, BeforeValidator(read_zone), WithJsonSchema({**TEXT, "examples": ["Europe/Berlin", "UTC"]})
]
Days = Annotated[
    tuple[str, ...],
    BeforeValidator(read_days),
    WithJsonSchema({"anyOf": [{**TEXT, "examples": ["mon-fri"]}, {**TEXTS, "items": {"enum": list(DAYS)}}]}),
]
