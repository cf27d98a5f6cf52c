"""When access shall begin: `from 22:00` before the reason.

What begins like a time is understood or refused, never read as a reason: else access begins at once although
its requester named an hour. "from 22 on it is quiet" and "from the dashboard" are reasons.
"""

import re
from dataclasses import dataclass
from typing import Final

from envaccess.domain.start_time.phrase import LONE, Phrase, StartProblem, Word
from envaccess.domain.start_time.words import PARTS_OF_DAY, one_of

FROM: Final = "from"
_ALIKE: Final = one_of(
    "@ at starting starts start beginning begins begin after until till til between about around "
    "approximately approx circa ca earliest effective ab um von gegen"
)
_PAIRS: Final = frozenset({("as", "of"), ("not", "before")})
_LOOKED_AT: Final = 10
_GLUED: Final = re.compile(r"(\W{0,2}+)([A-Za-z]{2,13}+)[:=@>-]{0,2}+([0-9].*)", re.DOTALL)
"""`from:22:00`, `from22:00`."""
_ONWARDS: Final = "on"
"""After a glued time it makes a sentence, as in `from 22 on it is quiet`."""


@dataclass(frozen=True, slots=True)
class Start:
    """A time of day, and the reason after it.

    Attributes:
        minutes: after midnight.
    """

    minutes: int
    reason: str


@dataclass(frozen=True, slots=True)
class NoStart:
    """Something like a time that is not understood.

    Attributes:
        word: what it was, as it was typed.
    """

    why: StartProblem
    word: str


def read_start(text: str) -> Start | NoStart | None:
    """Read how a reason begins; None where that is like no time.

    Args:
        text: cleaned: its words are parted by single spaces.
    """
    typed = _parted(text.split(" ", _LOOKED_AT))
    words = Phrase([Word.read(word) for word in typed[:_LOOKED_AT]])
    if words.small(0) == FROM:
        return _read_from(words, typed)
    found = _begins_like(words)
    return NoStart(StartProblem.FROM, _said(typed, found)) if found else None


def _parted(typed: list[str]) -> list[str]:
    """The words, the first of them parted where a time is glued to what announces it."""
    found = _GLUED.fullmatch(typed[0])
    if found is None or found[2].lower() not in {FROM, *_ALIKE} or typed[1:2] == [_ONWARDS]:
        return typed
    return [f"{found[1]}{found[2]}", found[3], *typed[1:]]


def _read_from(words: Phrase, typed: list[str]) -> Start | NoStart | None:
    clock = words.clock(1)
    if clock is None:
        return _misread(words, typed)
    minutes, place = clock
    if minutes is None:
        return NoStart(StartProblem.CLOCK, _said(typed, place - 1))
    wrong = words.wrong_after(place)
    if wrong:
        return NoStart(wrong, _said(typed, place))
    if words.small(place) in {"local", "my"} and words.small(place + 1) == "time":
        place += 2
    place += words.small(place) in LONE
    return Start(minutes, " ".join(typed[place:]))


def _misread(words: Phrase, typed: list[str]) -> NoStart | None:
    """What follows `from` and is no clear time of day."""
    place = words.after_fillers(1)
    for why, holds in (
        (StartProblem.DAY, words.day(1)),
        (StartProblem.END, words.between(1)),
        (StartProblem.ZONE, words.glued_zone(1)),
        (StartProblem.CLOCK, words.like_time(place) or (words.small(1) == "in" and words.span(2))),
    ):
        if holds:
            return NoStart(why, _said(typed, place))
    return None


def _begins_like(words: Phrase) -> int:
    """Up to which word a text begins like a time without `from`; 0 where it does not."""
    first, second = words.small(0), words.small(1)
    if first in _ALIKE or (first, second) in _PAIRS:
        place = words.after_fillers(1 + ((first, second) in _PAIRS or second == FROM))
        return place if words.like_time(place) else 0
    if words.plain(0) or (first == "in" and words.span(1)) or (first == "later" and words.day(1)):
        return 1
    day = 1 if first == "on" else 0
    place = words.after_fillers(day + 1)
    timed = words.like_time(place) or words.small(day + 1) in PARTS_OF_DAY
    return place if words.day(day) and timed else 0


def _said(typed: list[str], place: int) -> str:
    """What was typed up to a place."""
    return " ".join(typed[: place + 1])
