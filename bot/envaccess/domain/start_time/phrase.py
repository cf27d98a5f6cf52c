"""The first words of a text, asked whether they are like a time of day."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self

from envaccess.domain.start_time.words import (
    LITTLE,
    PARTS_OF_DAY,
    is_day,
    is_number,
    is_zone,
    may_be_time,
    one_of,
)

_FILLERS: Final = one_of("at about around approximately approx roughly circa ca c exactly after past on the")
_ENDS: Final = frozenset({"to", "until", "till", "til", "through", "-", "\u2013", "\u2014"})
_NAMED: Final = {"noon": 720, "midday": 720, "midnight": 0}
_HALF_DAY: Final = {"am": 0, "pm": 12}
_HOUR_WORDS: Final = frozenset({"h", "hr", "hrs", "uhr", "o'clock", "oclock", "o\u2019clock"})
_AFTER_A_SPAN: Final = frozenset({"ago", "of"})
_PARTED: Final = {("a", "m"): "am", ("p", "m"): "pm", ("o", "clock"): "oclock"}
"""`p. m.`, with a space in between."""
_PUNCTUATION: Final = ",;:.!?()[]{}<>\"'~@*_`\u2018\u2019\u201a\u201c\u201d\u201e\u00ab\u00bb"
_DASHES: Final = "-\u2013\u2014"
_COLONS: Final = str.maketrans(dict.fromkeys("\u02d0\u2236\ua789", ":"))
"""What looks like a colon, and is none to `unicodedata.normalize`."""
LONE: Final = frozenset({"-", "\u2013", "\u2014", ":", ",", ";"})
_HALF_HOURS: Final = 12
_HOURS: Final = 24
_HOUR_MINUTES: Final = 60
_WORD_MAX: Final = 60

_CLOCK: Final = re.compile(r"([0-9]{1,2})(?:[:.h]([0-9]{2}))?(am|pm|a\.m|p\.m|h|hrs|uhr|o['\u2019]?clock)?")
_DIGITS: Final = re.compile(r"([0-9]{2})([0-9]{2})(h|hrs|hours|uhr)?")
_ALMOST: Final = re.compile(
    r"[0-9]{1,3}:[0-9].*|[0-9]{1,2}(?:am|pm)[^a-z].*|[0-9]{1,2}(?:[:.][0-9]{2})?-?ish|[0-9]{4}(?:z|utc|gmt)"
    r"|[0-9]{3,4}(?:am|pm)|[0-9]{1,2}(?:[:.][0-9]{2})?p|[0-9]{1,2}[;,_'\u2019][0-9]{2}(?:am|pm|h|uhr)?"
    r"|t[0-9]{1,2}:[0-9]{2}.*|\+[0-9]{1,3}(?:m|h|d|min|mins|hrs?)",
    re.DOTALL,
)
_PLAIN: Final = re.compile(
    r"[0-9]{1,2}:[0-9]{2}.*|[0-9]{1,2}(?:am|pm)|[0-9]{4}-[0-9]{2}-[0-9]{2}t[0-9].*", re.DOTALL
)
_GLUED: Final = re.compile(r"[0-9]{1,2}(?::[0-9]{2})?(?:am|pm|h)?([^0-9].*)", re.DOTALL | re.IGNORECASE)
_END: Final = r"[0-9]{1,2}([:.h][0-9]{2})?(am|pm|h)?"
_RANGE: Final = re.compile(f"{_END}[{_DASHES}]{_END}")
_TWO_DIGITS: Final = re.compile(r"(?:[01][0-9]|2[0-3]) [0-5][0-9]")
_SPOKEN_MINUTES: Final = one_of("fifteen twenty thirty forty fifty oh")
_MORE: Final = one_of("about around half a an few couple of")
_SPAN: Final = re.compile(r"[0-9]{1,3}(m|h|d|min|mins|hrs?)?")
_SPAN_UNITS: Final = one_of("minute minutes min mins hour hours hr hrs h m day days d week weeks")


class StartProblem(StrEnum):
    """Why something that begins like a time is not one that access may begin at."""

    CLOCK = "start"
    ZONE = "start_zone"
    DAY = "start_day"
    END = "start_end"
    FROM = "start_from"


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it was typed, without its punctuation, and in small letters.

    Attributes:
        ends: whether punctuation follows it.
    """

    shown: str = ""
    small: str = ""
    ends: bool = False
    dated: str = ""

    @classmethod
    def read(cls, typed: str) -> Self:
        """A word as it stands in the text; one that is too long for a time is like an empty one."""
        if len(typed) > _WORD_MAX:
            return cls()
        wide = _plain_digits(unicodedata.normalize("NFKC", typed).translate(_COLONS))
        bare = wide.strip(_PUNCTUATION)
        shown = bare.rstrip(_DASHES) or bare or wide
        ends = wide[-1:] in f"{_PUNCTUATION}{_DASHES}"
        return cls(shown, shown.casefold(), ends, wide.casefold())


class Phrase:
    """The first words of a text; each question is about those from a place on."""

    def __init__(self, words: list[Word]) -> None:
        self._words = words

    def _at(self, place: int) -> Word:
        return self._words[place] if place < len(self._words) else Word()

    def small(self, place: int) -> str:
        """A word in small letters; empty where there is none."""
        return self._at(place).small

    def after_fillers(self, place: int) -> int:
        """The place after `at`, `about` and the like, and after a dash that stands alone."""
        while self.small(place) in _FILLERS or self.small(place) in LONE:
            place += 1
        return place

    def clock(self, place: int) -> tuple[int | None, int] | None:
        """Minutes after midnight and the place after them; None for them: no time that there is."""
        small = self.small(place)
        if small in _NAMED:
            return _NAMED[small], place + 1
        if digits := _DIGITS.fullmatch(small):
            return self._digits(digits, place)
        found = _CLOCK.fullmatch(small)
        if found is None or self.day(place):
            return None
        hour, minute, suffix = found.groups()
        following = self.small(place + 1).replace(".", "")
        half = (suffix or "").replace(".", "")
        if not half and (following, self.small(place + 2)) in _PARTED:
            half, place, following = _PARTED[following, self.small(place + 2)], place + 2, ""
        if not half and (following in _HALF_DAY or following in _HOUR_WORDS):
            half, place = following, place + 1
        if not half and minute is None:
            return None
        if half in _HOUR_WORDS and self.small(place + 1) in _AFTER_A_SPAN:
            return None
        return _minutes(int(hour), int(minute or 0), half), place + 1

    def _digits(self, found: re.Match[str], place: int) -> tuple[int | None, int] | None:
        """`2200`: a time where `h` follows, and may be one else."""
        minutes = _minutes(int(found[1]), int(found[2]), "h")
        if found[3]:
            return minutes, place + 1
        if self.small(place + 1) in _HOUR_WORDS:
            return minutes, place + 2
        return None if minutes is None else (None, place + 1)

    def day(self, place: int) -> bool:
        """A day or a date."""
        word, following = self._at(place), self.small(place + 1)
        if following == "of":
            following = self.small(place + 2)
        return is_day(word.small, following) or is_day(word.dated, following)

    def between(self, place: int) -> bool:
        """A time and its end: `22:00-23:00`, `22 to 23`."""
        found = _RANGE.fullmatch(self.small(place))
        if found:
            return any(found.groups()) or self._alone(place + 1)
        opens = may_be_time(self.small(place)) and self.small(place + 1) in _ENDS
        return opens and self._time_or_number(place + 2)

    def glued_zone(self, place: int) -> bool:
        """`22:00Z`, `10pmCET`."""
        found = _GLUED.fullmatch(self._at(place).shown)
        tail = found[1].lstrip("/_") if found else ""
        if tail[:1] in _DASHES and ":" not in self.small(place):
            return False
        return is_zone(tail, tail.casefold(), "")

    def plain(self, place: int) -> bool:
        """A time of day that can hardly be anything else."""
        small, following = self.small(place), self.small(place + 1)
        if small.isdigit():
            return following.replace(".", "") in _HALF_DAY and self.clock(place) is not None
        dated = self.day(place) and small[:1].isdigit() and self.clock(place + 1) is not None
        return dated or bool(_PLAIN.fullmatch(small)) or (self.glued_zone(place) and ":" in small)

    def like_time(self, place: int) -> bool:
        """Anything like a time, a day or a date."""
        small, following = self.small(place), self.small(place + 1)
        if self._time_or_number(place) or self.day(place) or self.between(place) or self.glued_zone(place):
            return True
        if (small in {"half", "quarter"} and following in {"past", "to"}) or self._from_now(place):
            return True
        hour, _, minutes = small.partition("-")
        spoken = is_number(hour) and (minutes or following) in _SPOKEN_MINUTES
        return spoken or bool(_ALMOST.fullmatch(small) or _TWO_DIGITS.fullmatch(f"{small} {following}"))

    def _from_now(self, place: int) -> bool:
        """`2 hours from now`, `90m from now`."""
        after = [(self.small(place + far), self.small(place + far + 1)) for far in (1, 2)]
        return self.span(place) and ("from", "now") in after

    def _time_or_number(self, place: int) -> bool:
        if self.clock(place) is not None:
            return True
        return may_be_time(self.small(place)) and self._alone(place + 1)

    def _alone(self, place: int) -> bool:
        """Whether nothing that could be counted stands at a place."""
        if place >= len(self._words) or self._at(place - 1).ends:
            return True
        small = self.small(place)
        named = (
            small in LITTLE or small in LONE or small in _HOUR_WORDS or small.replace(".", "") in _HALF_DAY
        )
        part = small == "in" and self.small(place + 1 + (self.small(place + 1) == "the")) in PARTS_OF_DAY
        return named or part or self.zone(place) or self.day(place) or self.clock(place) is not None

    def zone(self, place: int) -> bool:
        """The name of a zone."""
        word = self._at(place)
        return is_zone(word.shown, word.small, self.small(place + 1))

    def span(self, place: int) -> bool:
        """`2 hours`, `half an hour`, `90m`."""
        first = place
        while self.small(place) in _MORE:
            place += 1
        number = _SPAN.fullmatch(self.small(place))
        place += 1 if number else 0
        unit = (number and number[1]) or (place > first and self.small(place) in _SPAN_UNITS)
        after = self.small(place if number and number[1] else place + 1)
        return bool(unit) and after not in _AFTER_A_SPAN

    def _later_day(self, place: int) -> bool:
        """A day after a time: `tomorrow`, `on friday`, `the next day`, `in 2 days`."""
        small, following = self.small(place), self.small(place + 1)
        if small in {"sat", "sun"}:
            return self._alone(place + 1)
        moved = (small == "on" and self.day(place + 1)) or (small == "in" and self.span(place + 1))
        return self.day(place) or moved or (small, following) in {("the", "next"), ("the", "following")}

    def wrong_after(self, place: int) -> StartProblem | None:
        """What stands after a time of day and would change it."""
        small, following = self.small(place), self.small(place + 1)
        if self.zone(place) or (small == "in" and self.zone(place + 1)):
            return StartProblem.ZONE
        if self.plain(place) or (small in _ENDS and self.like_time(place + 1)):
            return StartProblem.END
        if self._later_day(place):
            return StartProblem.DAY
        named = following if small in {"at", "this"} else self.small(place + 2) if small == "in" else ""
        part = named in PARTS_OF_DAY or (small in PARTS_OF_DAY and self._alone(place + 1)) or small == "p"
        return StartProblem.CLOCK if part else None


def _plain_digits(text: str) -> str:
    """The digits of every script as those of ASCII."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(letter, letter)) for letter in text)


def _minutes(hour: int, minute: int, half: str) -> int | None:
    """Minutes after midnight; None where no clock shows that."""
    if half in _HALF_DAY:
        if not 1 <= hour <= _HALF_HOURS:
            return None
        hour = hour % _HALF_HOURS + _HALF_DAY[half]
    return hour * 60 + minute if hour < _HOURS and minute < _HOUR_MINUTES else None
