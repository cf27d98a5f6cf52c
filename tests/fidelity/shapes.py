"""Slack's documented shapes as data, and how to find what differs from them.

A `Doc` says which fields an object always has, which sometimes, and of what kind each is. A field in neither
list is a difference too: the bot must not come to rely on something that only the local Slack sends.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


@dataclass(frozen=True)
class Kind:
    """Values of one kind, under a name for messages."""

    name: str
    fits: Callable[[Any], bool]


@dataclass(frozen=True)
class Doc:
    """An object: the fields that are always there, and those that are there sometimes."""

    always: Mapping[str, What]
    sometimes: Mapping[str, What] = field(default_factory=dict)


@dataclass(frozen=True)
class Many:
    """A list of things of one kind."""

    each: What


@dataclass(frozen=True)
class Map:
    """An object whose keys are somebody's ids."""

    each: What


What = Kind | Doc | Many | Map


def matching(name: str, pattern: str) -> Kind:
    found = re.compile(pattern)
    return Kind(name, lambda value: isinstance(value, str) and found.fullmatch(value) is not None)


def exactly(wanted: object) -> Kind:
    return Kind(repr(wanted), lambda value: type(value) is type(wanted) and value == wanted)


def one_of(*words: str) -> Kind:
    return Kind(" or ".join(words), lambda value: value in words)


def either(*kinds: What) -> Kind:
    return Kind("either", lambda value: any(not list(differences(value, kind)) for kind in kinds))


TEXT = Kind("text", lambda value: isinstance(value, str))
FLAG = Kind("true or false", lambda value: isinstance(value, bool))
WHOLE = Kind("a whole number", lambda value: isinstance(value, int) and not isinstance(value, bool))
NUMBER = Kind("a number", lambda value: isinstance(value, (int, float)) and not isinstance(value, bool))
NULL = Kind("null", lambda value: value is None)
ANYTHING = Kind("anything", lambda _: True)
TRUE, FALSE = exactly(wanted=True), exactly(wanted=False)
# Ids and stamps as in the definitions of slackapi/slack-api-specs; shorter ids than Slack's are let pass.
TS = matching("a time stamp", r"\d{10}\.\d{6}")
USER = matching("a user id", r"[UW][A-Z0-9]{2,}")
BOT = matching("a bot id", r"B[A-Z0-9]{2,}")
TEAM = matching("a team id", r"T[A-Z0-9]{2,}")
APP = matching("an app id", r"A[A-Z0-9]{2,}")
CHANNEL = matching("a channel id", r"[CGD][A-Z0-9]{2,}")
GROUP = matching("a user group id", r"S[A-Z0-9]{2,}")
DM = matching("a DM's id", r"D[A-Z0-9]{2,}")
VIEW_ID = matching("a view id", r"V[A-Z0-9]{2,}")
TRIGGER = matching("a trigger id", r"\d+\.\d+\.[0-9a-f]+")
URL = matching("a URL", r"(https?|wss?)://.+")


def differences(value: object, what: What, at: str = "") -> Iterator[str]:
    """Sentences about everything in which a value is not what was documented."""
    if isinstance(what, Kind):
        if not what.fits(value):
            yield f"{at or '/'}: {value!r} is not {what.name}"
    elif isinstance(what, Many):
        yield from _in_list(value, what, at)
    elif isinstance(what, Map):
        yield from _in_map(value, what, at)
    elif not isinstance(value, dict):
        yield f"{at or '/'}: {value!r} is not an object"
    else:
        yield from _in_object(value, what, at)


def _in_list(value: object, what: Many, at: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"{at or '/'}: {value!r} is not a list"
        return
    for index, item in enumerate(value):
        yield from differences(item, what.each, f"{at}/{index}")


def _in_map(value: object, what: Map, at: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{at or '/'}: {value!r} is not an object"
        return
    for name, item in value.items():
        yield from differences(item, what.each, f"{at}/{name}")


def _in_object(value: Mapping[str, object], what: Doc, at: str) -> Iterator[str]:
    known = {**what.sometimes, **what.always}
    yield from (f"{at}/{name}: is always there" for name in what.always if name not in value)
    for name, item in value.items():
        if name in known:
            yield from differences(item, known[name], f"{at}/{name}")
        else:
            yield f"{at}/{name}: is not documented"


def assert_fits(value: object, what: What) -> None:
    wrong = list(differences(value, what))
    assert not wrong, "\n".join(wrong)
