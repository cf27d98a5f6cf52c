"""Regular expressions that reasons must fit. People type what they are tried on: none may take for ever.

Python's `re` goes back: a group that repeats, and holds what itself repeats or has alternatives, can take a
time that doubles with each character. Such groups are refused by their look, some harmless ones with them: a
pattern is searched for, so that one occurrence is enough and the repetition can be left out.
"""

import re
from dataclasses import dataclass
from typing import Final

_ENDLESS: Final = re.compile(r"[*+]|\{\d*,\}|\{\d*,\d{3,}\}|\{\d{3,}\}")
_CLASS: Final = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
ENDLESS_MAX: Final = 4
"""Repetitions in one pattern: on a text of n characters it may take n times as long with each."""


@dataclass(slots=True)
class _Group:
    """What an open group holds so far."""

    repeats: bool = False
    chooses: bool = False


def why_slow(pattern: str) -> str:
    """Why a valid pattern may take for ever on some text; empty when it may not."""
    groups, place, repetitions = [_Group()], 0, 0
    while place < len(pattern):
        character = pattern[place]
        closed: _Group | None = None
        if character == "(":
            groups.append(_Group())
        elif character == ")" and len(groups) > 1:
            closed = groups.pop()
            groups[-1].repeats |= closed.repeats
            groups[-1].chooses |= closed.chooses
        elif character == "|":
            groups[-1].chooses = True
        place += _length(pattern, place)
        found = _ENDLESS.match(pattern, place) if character not in "(|" else None
        if found:
            if closed and (closed.repeats or closed.chooses):
                return "it repeats a group that itself repeats or chooses"
            groups[-1].repeats = True
            repetitions += 1
            place = found.end()
    return "it repeats too much" if repetitions > ENDLESS_MAX else ""


def _length(pattern: str, place: int) -> int:
    """Characters of what stands there: an escape and a class are one thing."""
    if pattern[place] == "\\":
        return 2
    found = _CLASS.match(pattern, place) if pattern[place] == "[" else None
    return found.end() - place if found else 1
