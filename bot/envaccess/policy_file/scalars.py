"""The words of the file: lengths of time, counts, globs, hours. Each reader takes text, as the tree has it.

A reader raises `PolicyError`, which says what is wrong and what to write; pydantic carries it to the caller.
"""

import difflib
import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Annotated, Any, Final
from zoneinfo import available_timezones

from pydantic import BeforeValidator, InstanceOf, WithJsonSchema

from envaccess.domain.duration import format_seconds, parse_duration
from envaccess.domain.policy.globs import is_glob
from envaccess.domain.policy.hours import DAYS, WORKDAYS, is_zone_name, zone_named
from envaccess.domain.policy.rules import LONGEST, DeliveryMode, Starts, Then
from envaccess.domain.screening import printable
from envaccess.domain.signals.weeks import WeeklyTime, read_weekly
from envaccess.domain.text import clean
from envaccess.policy_file.patterns import PatternError, ReasonPattern, read_pattern

NONE: Final = "none"
"""Turns off, in one rule, what the defaults say."""
RUN: Final = "run"
ONE_RUN: Final = -1
"""Instead of seconds: within one run of a pipeline."""
_SHOWN: Final = 60
_CLOCK: Final = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)", re.ASCII)
_HOURS: Final = re.compile(
    r"(?:(?P<days>\S+)\s+)?(?P<begin>[\d:]+)-(?P<end>[\d:]+)\s+(?P<zone>\S+)", re.ASCII
)
_MIDNIGHT: Final = 24 * 60
_DAY: Final = 24 * 3_600


class PolicyError(ValueError):
    """A value that cannot stand.

    Attributes:
        problem: what is wrong.
        mend: what to write.
        place: which of a list's words it is, counted from 0; None where it is not one of them.
    """

    def __init__(self, problem: str, mend: str, place: int | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.mend = mend
        self.place = place


def shown(text: object) -> str:
    """A word of the file as faults repeat it: short, and never something that looks like a secret."""
    word = printable(clean(str(text)))
    return f"`{word[:_SHOWN]}`" + ("..." if len(word) > _SHOWN else "")


def near(word: str, known: Iterable[str], otherwise: str) -> str:
    """`did you mean ...?`, or another mend."""
    found = difflib.get_close_matches(word, list(known), n=1)
    return f"did you mean `{found[0]}`?" if found else otherwise


def read_text(value: object, what: str, example: str) -> str:
    """The value as text."""
    if isinstance(value, str) and value.strip():
        return value.strip()
    kind = "a list" if isinstance(value, list) else "a mapping" if isinstance(value, dict) else "nothing"
    raise PolicyError(f"{kind} stands here instead of {what}", f"write {example}")


def read_seconds(value: object) -> int:
    """`1h30m` -> 5400."""
    text = read_text(value, "a length of time", "such as `30m`, `2h` or `1h30m`")
    found = parse_duration(text)
    if found is None or found.once:
        raise PolicyError(f"{shown(text)} is no length of time", "write it as `45s`, `30m`, `1h30m` or `2d`")
    if found.seconds > LONGEST:
        raise PolicyError(f"{shown(text)} is too long", f"write at most {format_seconds(LONGEST)}")
    return found.seconds


def _read_span_of_days(value: object) -> int:
    """A length of time from one day up."""
    seconds = read_seconds(value)
    if seconds < _DAY:
        raise PolicyError(f"{shown(value)} is less than a day", "write at least `1d`")
    return seconds


def _read_weekly(value: object) -> WeeklyTime | None:
    """A time of every week; `none` is None."""
    mend = "write a day, an hour and a time zone, such as `mon 09:00 Europe/Berlin`, or `none`"
    text = read_text(value, "a time of the week", mend)
    found = read_weekly(text)
    if found is None and text != NONE:
        raise PolicyError(f"{shown(text)} is no time of the week", mend)
    return found


def read_seconds_or_none(value: object) -> int:
    """The same; `none` is 0."""
    return 0 if value == NONE else read_seconds(value)


def _read_per(value: object) -> int:
    """A length of time, or `run`: `ONE_RUN`."""
    return ONE_RUN if value == RUN else read_seconds(value)


def _count(least: int, most: int) -> Callable[[object], int]:
    def read(value: object) -> int:
        text = read_text(value, "a number", f"a number from {least} to {most}")
        if not (text.isascii() and text.isdigit() and len(text) < len("1000000000")):
            raise PolicyError(f"{shown(text)} is no number", f"write a number from {least} to {most}")
        if not least <= int(text) <= most:
            raise PolicyError(f"{text} is out of bounds", f"write a number from {least} to {most}")
        return int(text)

    return read


def _count_or_none(least: int, most: int) -> Callable[[object], int]:
    read = _count(least, most)
    return lambda value: 0 if value == NONE else read(value)


def _flag(value: object) -> bool:
    text = read_text(value, "true or false", "`true` or `false`")
    if text not in {"true", "false"}:
        raise PolicyError(f"{shown(text)} is neither true nor false", "write `true` or `false`")
    return text == "true"


def one_of(*words: str) -> Callable[[object], str]:
    """A reader of one of these words."""

    def read(value: object) -> str:
        text = read_text(value, "a word", f"one of {', '.join(words)}")
        if text not in words:
            raise PolicyError(f"{shown(text)} is not known here", f"write one of {', '.join(words)}")
        return text

    return read


def _line(longest: int) -> Callable[[object], str]:
    def read(value: object) -> str:
        text = clean(read_text(value, "a few words", "a few words"))
        if not text or len(text) > longest:
            raise PolicyError(f"it has {len(text)} characters", f"write 1 to {longest} characters")
        return text

    return read


def read_words(value: object) -> tuple[str, ...]:
    """One word, or a list of them: not empty, each once."""
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list) or not value:
        raise PolicyError("nobody and nothing is named here", "write a list such as `[one, two]`")
    found = tuple(read_text(word, "a word", "a word") for word in value)
    return tuple(dict.fromkeys(found))


def _words_or_none(value: object) -> tuple[str, ...]:
    """The same, or `none`: nobody."""
    return () if value == NONE else read_words(value)


def _globs(value: object) -> tuple[str, ...]:
    found = read_words(value)
    for place, glob in enumerate(found):
        check_glob(glob, place)
    return found


def check_glob(glob: str, place: int | None = None) -> None:
    """Refuse what could match no name."""
    if not is_glob(glob):
        mend = (
            "write `environment/NAME`, or `NAME` for the default environment, with `*` and `?` where you like"
        )
        raise PolicyError(f"{shown(glob)} could match no name", mend, place)


def _delivery(value: object) -> tuple[str, ...]:
    read = one_of(*DeliveryMode)
    return tuple(read(word) for word in read_words(value))


def _pattern(value: object) -> ReasonPattern:
    text = read_text(value, "a regular expression", "such as '[A-Z]+-[0-9]+'")
    try:
        found = read_pattern(text)
    except PatternError as error:
        raise PolicyError(str(error), error.mend) from None
    if found.search(""):
        raise PolicyError("it is found in any text, so that it asks for nothing", "ask for something")
    return found


def read_clock(value: object) -> int:
    """`09:30` -> 570 minutes; `24:00` is the next midnight, 0."""
    text = read_text(value, "a time of day", "such as '09:00'")
    found = _CLOCK.fullmatch(text)
    minutes = int(found[1]) * 60 + int(found[2]) if found else _MIDNIGHT + 1
    if minutes > _MIDNIGHT:
        raise PolicyError(f"{shown(text)} is no time of day", "write it as '09:00'")
    return minutes % _MIDNIGHT


def read_zone(value: object) -> str:
    """An IANA name that this machine knows."""
    text = read_text(value, "a time zone", "such as Europe/Berlin")
    if zone_named(text) is None:
        raise PolicyError(f"{shown(text)} is no time zone known here", _zone_mend(text))
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
        raise PolicyError(f"{shown(word)} is no day", f"write days as {', '.join(DAYS)}, or `mon-fri`")
    begin, end = DAYS.index(first), DAYS.index(last if dash else first)
    return [DAYS[(begin + step) % len(DAYS)] for step in range((end - begin) % len(DAYS) + 1)]


def split_hours(text: str) -> dict[str, object]:
    """`mon-fri 09:00-18:00 Europe/Berlin` as the fields of the long form; without days it is the workdays."""
    found = _HOURS.fullmatch(text.strip())
    if found is None:
        raise PolicyError(f"{shown(text)} are no hours", "write `mon-fri 09:00-18:00 Europe/Berlin`")
    return {
        "days": found["days"] or list(WORKDAYS),
        "from": found["begin"],
        "to": found["end"],
        "zone": found["zone"],
    }


_TIME: dict[str, Any] = {
    "type": "string",
    "pattern": "^([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?$",
    "examples": ["30m", "1h30m"],
}
_OR_NONE: dict[str, Any] = {"const": NONE}
_TEXTS: dict[str, Any] = {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1}
_TEXT: dict[str, Any] = {"type": "string", "minLength": 1}


def _numbers(least: int, most: int) -> dict[str, Any]:
    return {"type": "integer", "minimum": least, "maximum": most}


Seconds = Annotated[int, BeforeValidator(read_seconds), WithJsonSchema(_TIME)]
SecondsOrNone = Annotated[
    int, BeforeValidator(read_seconds_or_none), WithJsonSchema({"anyOf": [_TIME, _OR_NONE]})
]
SpanOfDays = Annotated[int, BeforeValidator(_read_span_of_days), WithJsonSchema(_TIME)]
Per = Annotated[int, BeforeValidator(_read_per), WithJsonSchema({"anyOf": [_TIME, {"const": RUN}]})]
WeeklyOrNone = Annotated[
    WeeklyTime | None,
    BeforeValidator(_read_weekly),
    WithJsonSchema({"type": "string", "examples": ["mon 09:00 Europe/Berlin", NONE]}),
]
Percent = Annotated[int, BeforeValidator(_count(1, 100)), WithJsonSchema(_numbers(1, 100))]
Approvals = Annotated[int, BeforeValidator(_count(1, 20)), WithJsonSchema(_numbers(1, 20))]
Least = Annotated[int, BeforeValidator(_count(1, 500)), WithJsonSchema(_numbers(1, 500))]
Times = Annotated[int, BeforeValidator(_count(1, 1_000)), WithJsonSchema(_numbers(1, 1_000))]
Burst = Annotated[int, BeforeValidator(_count(2, 15)), WithJsonSchema(_numbers(2, 15))]
Multiple = Annotated[int, BeforeValidator(_count(2, 20)), WithJsonSchema(_numbers(2, 20))]
OpenOrNone = Annotated[
    int,
    BeforeValidator(_count_or_none(1, 1_000)),
    WithJsonSchema({"anyOf": [_numbers(1, 1_000), _OR_NONE]}),
]
Flag = Annotated[bool, BeforeValidator(_flag), WithJsonSchema({"type": "boolean"})]
Name = Annotated[str, BeforeValidator(_line(60)), WithJsonSchema({**_TEXT, "maxLength": 60})]
Sentence = Annotated[str, BeforeValidator(_line(500)), WithJsonSchema({**_TEXT, "maxLength": 500})]
Hint = Annotated[str, BeforeValidator(_line(150)), WithJsonSchema({**_TEXT, "maxLength": 150})]
Words = Annotated[tuple[str, ...], BeforeValidator(read_words), WithJsonSchema({"anyOf": [_TEXT, _TEXTS]})]
WordsOrNone = Annotated[
    tuple[str, ...], BeforeValidator(_words_or_none), WithJsonSchema({"anyOf": [_TEXT, _TEXTS]})
]
Match = Annotated[tuple[str, ...], BeforeValidator(_globs), WithJsonSchema({"anyOf": [_TEXT, _TEXTS]})]
Deliveries = Annotated[
    tuple[str, ...],
    BeforeValidator(_delivery),
    WithJsonSchema({**_TEXTS, "items": {"enum": list(DeliveryMode)}}),
]
ThenWord = Annotated[str, BeforeValidator(one_of(*Then)), WithJsonSchema({"enum": list(Then)})]
StartsWord = Annotated[str, BeforeValidator(one_of(*Starts)), WithJsonSchema({"enum": list(Starts)})]
Version = Annotated[str, BeforeValidator(one_of("1")), WithJsonSchema({"const": 1})]
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
    str, BeforeValidator(read_zone), WithJsonSchema({**_TEXT, "examples": ["Europe/Berlin", "UTC"]})
]
Days = Annotated[
    tuple[str, ...],
    BeforeValidator(read_days),
    WithJsonSchema(
        {"anyOf": [{**_TEXT, "examples": ["mon-fri"]}, {**_TEXTS, "items": {"enum": list(DAYS)}}]}
    ),
]
