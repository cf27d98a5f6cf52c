"""Single parts of what people type: names, durations, reasons, starts and people.

The command, the forms, the API and the operator's commands read them alike; what is wrong is a `BadCommand`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from envaccess.domain.duration import Duration, looks_like_duration, parse_duration
from envaccess.domain.lock import Target, read_program
from envaccess.domain.named import Names, join_names, read_name
from envaccess.domain.screening import looks_secret
from envaccess.domain.start_time import NoStart, read_start
from envaccess.domain.text import REASON_MAX, REASON_MIN, clean
from envaccess.domain.variable import parse_variable

VARIABLES_MAX = 10
"""Names in one request: more than that is hard to type, and to judge, on a phone."""
_WORD_SHOWN = 60
_PERSON = re.compile(r"@([UW][A-Z0-9]{2,20})", re.ASCII)


class Problem(StrEnum):
    """What was wrong with a command."""

    TOO_MUCH_TEXT = "too_much_text"
    NAME = "name"
    NAME_MISSING = "name_missing"
    NAMES_TOO_MANY = "names_too_many"
    DURATION_MISSING = "duration_missing"
    DURATION = "duration"
    REASON_MISSING = "reason_missing"
    REASON_SHORT = "reason_short"
    REASON_LONG = "reason_long"
    REASON_SECRET = "reason_secret"  # noqa: S105 - a tag, not a secret
    VERB_CASE = "verb_case"
    VERB_LIKE = "verb_like"
    ARGUMENT = "argument"
    ID = "id"
    START = "start"
    START_ZONE = "start_zone"
    START_DAY = "start_day"
    START_END = "start_end"
    START_FROM = "start_from"
    START_NOW = "start_now"
    TAKER = "taker"
    TARGET = "target"
    REVIEW = "review"
    SUBJECT = "subject"


@dataclass(frozen=True, slots=True)
class BadCommand:
    """A command that cannot be read.

    Attributes:
        problem: what was wrong.
        word: the offending word, empty when it looks like a secret and must not be echoed.
        verb: the verb whose form should be shown; empty for a request.
    """

    problem: Problem
    word: str = ""
    verb: str = ""


_ANY_REASON: Final = "a refund"


def read_mention(word: str) -> str:
    """The id of a person whom Slack wrote as a mention; empty for anything else."""
    found = _PERSON.fullmatch(word)
    return found[1] if found else ""


def read_target_word(word: str) -> Target | None:
    """Read a mention, a machine or an agent, or a variable's name; None when it is none of these."""
    if person := read_mention(word):
        return Target(person)
    if program := read_program(word):
        return program
    variable = parse_variable(word)
    return Target(variable=variable) if variable else None


def read_opening(text: str) -> tuple[str, int | None] | BadCommand:
    """Read a request's reason and the time of day before it, minutes after midnight; None: there is none."""
    start = read_start(clean(text))
    if isinstance(start, NoStart):
        return BadCommand(Problem(start.why.value), echo(start.word))
    reason = read_reason(start.reason if start else text)
    if isinstance(reason, BadCommand):
        return reason
    return reason, start.minutes if start else None


def is_time_of_day(text: str) -> bool:
    """Whether this alone is when a request may begin, such as `22:00`; whatever comes after it."""
    found = read_opening(f"from {text} {_ANY_REASON}")
    return isinstance(found, tuple) and found[0] == _ANY_REASON


def read_reason_now(text: str) -> str | BadCommand:
    """Read a reason for what cannot begin later."""
    start = read_start(clean(text))
    return BadCommand(Problem.START_NOW) if start else read_reason(text)


def read_names(text: str) -> Names | BadCommand:
    """Read `NAME[,NAME...]` and `@SET`, each once, in the order typed; a comma too many is no name."""
    return read_name_words(word.strip() for word in text.split(",") if word.strip())


def read_name_words(words: Iterable[str], most: int = VARIABLES_MAX) -> Names | BadCommand:
    """The same of single words, so many at most: a set counts as one name, whatever it holds."""
    found: dict[Names, None] = {}
    for word in words:
        named = read_name(word)
        if named is None:
            return BadCommand(Problem.NAME, echo(word))
        found[named] = None
    if len(found) > most:
        return BadCommand(Problem.NAMES_TOO_MANY)
    return join_names(found) if found else BadCommand(Problem.NAME)


def read_duration(text: str) -> Duration | BadCommand:
    """Read a duration word; say whether it is missing or malformed."""
    duration = parse_duration(text)
    if duration is not None:
        return duration
    problem = Problem.DURATION if looks_like_duration(text) else Problem.DURATION_MISSING
    return BadCommand(problem, echo(text))


def read_reason(text: str) -> str | BadCommand:
    """Clean a typed reason: 3 to 500 characters, nothing that looks like a secret."""
    reason = clean(text)
    if not reason:
        return BadCommand(Problem.REASON_MISSING)
    if len(reason) < REASON_MIN:
        return BadCommand(Problem.REASON_SHORT)
    if len(reason) > REASON_MAX:
        return BadCommand(Problem.REASON_LONG)
    return BadCommand(Problem.REASON_SECRET) if looks_secret(reason) else reason


def echo(word: str) -> str:
    """The word as it may be repeated to its author: short, and never something secret-like."""
    return "" if looks_secret(word) or len(word) > _WORD_SHOWN else word
