"""Words that name a zone, a day, a part of a day or a number, as they are typed beside a time of day."""

import re
from typing import Final


def one_of(words: str) -> frozenset[str]:
    """Some words, as a set."""
    return frozenset(words.split())


ZONES: Final = one_of(
    "utc gmt cet cest edt cst cdt mdt pst pdt bst jst kst hkt sgt msk eest aest aedt acst acdt awst nzst "
    "nzdt hst akst akdt sast brt ist wib pht zulu mez mesz"
)
"""Abbreviations of zones that are no English words, in small letters."""
SHOUTED_ZONES: Final = one_of(
    "Z ET CT MT PT EST MST WET WEST EET MET BST IST CAT EAT WAT ART NST NDT AST ADT ICT PKT"
)
"""Abbreviations that small letters would make words of ("from 22:00 west region")."""
_AREA: Final = re.compile(
    r"(?:africa|america|antarctica|arctic|asia|atlantic|australia|etc|europe|indian|pacific|us)/\S{1,40}"
)
_OFFSET: Final = re.compile(r"(?:utc|gmt)?[+\u2212-][0-9]{1,2}(?::?[0-9]{2})?")
_ZONED: Final = one_of(
    "server system eastern central pacific mountain european standard daylight summer winter utc gmt"
)

DAYS: Final = one_of(
    "today tonight tomorrow tmrw tmr overmorrow monday tuesday wednesday thursday friday saturday sunday "
    "mondays tuesdays wednesdays thursdays fridays saturdays sundays mon tue tues wed thu thur thurs"
)
"""A day, whatever follows."""
PARTS_OF_DAY: Final = one_of("morning afternoon evening night lunch lunchtime dawn dusk eod cob")
_MONTHS: Final = one_of(
    "jan january feb february mar march apr april may jun june jul july aug august sep sept september oct "
    "october nov november dec december"
)
_AHEAD: Final = one_of("next coming following")
_LATER_TODAY: Final = one_of("afternoon evening night")
_SPANS: Final = one_of("minute hour day week weekend month quarter year") | PARTS_OF_DAY | DAYS
_NUMBERS: Final = one_of("one two three four five six seven eight nine ten eleven twelve")
_ORDINAL: Final = re.compile(r"[0-9]{1,2}(?:st|nd|rd|th)")
_NUMBER: Final = re.compile(r"(?:[01]?[0-9]|2[0-4])[ap]?")
_DAY_OF_MONTH: Final = re.compile(r"(?:0?[1-9]|[12][0-9]|3[01])(?:st|nd|rd|th|\.)?")
_DATE: Final = re.compile(
    r"[0-9]{4}[-/.][0-9]{2}[-/.][0-9]{2}(?:t\S{0,40})?|[0-9]{1,2}/[0-9]{1,2}(?:/[0-9]{2,4})?"
    r"|[0-9]{1,2}[.-][0-9]{1,2}[.-][0-9]{4}|[0-9]{1,2}\.[0-9]{1,2}\."
)
LITTLE: Final = one_of("the a an for because when while we i our my this due until till til sharp at")
"""Words after which a bare number or a part of the day was a time ("from 22 the migration")."""


def is_zone(shown: str, word: str, following: str) -> bool:
    """Whether a word names a zone; `shown` as it was typed, `word` in small letters, then the next one."""
    named = following == "time" and (word in _ZONED or shown.istitle())
    abbreviated = word.split("/", maxsplit=1)[0] in ZONES or shown in SHOUTED_ZONES
    return named or abbreviated or bool(_AREA.fullmatch(word) or _OFFSET.fullmatch(word))


def is_day(word: str, following: str) -> bool:
    """Whether words name a day or a date for certain."""
    if word in DAYS or _DATE.fullmatch(word):
        return True
    if word in _AHEAD:
        return following in _SPANS
    if word == "this":
        return following in _LATER_TODAY
    dated = (word, following) if word in _MONTHS else (following, word)
    return dated[0] in _MONTHS and _DAY_OF_MONTH.fullmatch(dated[1]) is not None


def may_be_time(word: str) -> bool:
    """Whether a word is a time or a day where nothing that is counted follows (`22`, `ten`, `27th`)."""
    named = word in _NUMBERS or word in PARTS_OF_DAY or word in _MONTHS or word in {"sat", "sun", "fri"}
    return named or bool(_NUMBER.fullmatch(word) or _ORDINAL.fullmatch(word))


def is_number(word: str) -> bool:
    """Whether a word is an hour that is written out."""
    return word in _NUMBERS
