"""Sentences without any surface's markup: text, and slots that each surface writes in its own way.

A phrase is made from a template (`fill`), which may hold
- `{field}`: what is known under that name;
- `{if_field:...}` and `{no_field:...}`: said only where something, or nothing, is known under that name;
- `{type:...}`, `{host:...}`, `{press:...}` and `{code:...}`: what one types or presses, word for word.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from string import Formatter
from typing import Final, assert_never

from envaccess.domain.audit import ActorKind, read_actor
from envaccess.domain.duration import spell_seconds
from envaccess.domain.text import clean


@dataclass(frozen=True, slots=True)
class Name:
    """A variable as people call it; it may be anybody's text."""

    label: str


@dataclass(frozen=True, slots=True)
class Who:
    """Somebody: the text of an actor (`person:U1`, `cli:root`), or a bare user id."""

    actor: str


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time, in milliseconds since the epoch."""

    at: int


@dataclass(frozen=True, slots=True)
class Length:
    """A time that lasts so many seconds."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Typed:
    """What one types after the name of the command that people use: `cancel 7k2m9xq4`."""

    words: str


@dataclass(frozen=True, slots=True)
class OnHost:
    """A whole command of whoever runs envaccess: `envaccess doctor`."""

    command: str


@dataclass(frozen=True, slots=True)
class Control:
    """A button, or a part of a screen, by its label."""

    label: str


@dataclass(frozen=True, slots=True)
class Code:
    """Text that stands for itself: a setting, a code, a reason apart from the sentence around it."""

    text: str


@dataclass(frozen=True, slots=True)
class Quote:
    """Somebody's words, within a sentence."""

    text: str


Slot = Name | Who | Moment | Length | Typed | OnHost | Control | Code | Quote
Phrase = tuple[str | Slot, ...]
Known = Callable[[str], Phrase]
"""What is known under a field's name; empty where it is nothing."""

_LITERAL: Final[dict[str, Callable[[str], Slot]]] = {
    "type": Typed,
    "host": OnHost,
    "press": Control,
    "code": Code,
}


def fill(template: str, known: Known, otherwise: Mapping[str, str]) -> Phrase:
    """A template with what is known put in. What is put in is never read as a template.

    Args:
        template: text with fields.
        known: what is known under a field's name.
        otherwise: what is said in a field's place where nothing is known.
    """
    return tuple(piece for piece in _pieces(template, known, otherwise) if piece)


@cache
def _read(template: str) -> tuple[tuple[str, str | None, str], ...]:
    """Text, the field after it, and what stands within that; templates are few, and all our own."""
    return tuple((text, field, inner or "") for text, field, inner, _ in Formatter().parse(template))


def _pieces(template: str, known: Known, otherwise: Mapping[str, str]) -> Iterator[str | Slot]:
    for text, field, inner in _read(template):
        yield text
        if field is not None:
            inside = fill(inner, known, otherwise)
            yield from _field(field, inside, known) or (otherwise.get(field, ""),)


def _field(field: str, inside: Phrase, known: Known) -> Phrase:
    condition, _, name = field.partition("_")
    if field in _LITERAL:
        return (_LITERAL[field](plain(inside)),)
    if condition == "if":
        return inside if known(name) else ()
    if condition == "no":
        return () if known(name) else inside
    return known(field)


def join(slots: Sequence[Slot | str], last: str = "and") -> Phrase:
    """`A, B and C`."""
    pieces: list[str | Slot] = []
    for place, slot in enumerate(slots):
        if place:
            pieces.append(f" {last} " if place == len(slots) - 1 else ", ")
        pieces.append(slot)
    return tuple(pieces)


def plain(phrase: Phrase) -> str:
    """The phrase as bare text, for a terminal or a machine: no markup, and nothing that is not seen."""
    return "".join(piece if isinstance(piece, str) else _plain(piece) for piece in phrase)


def _plain(slot: Slot) -> str:
    match slot:
        case Name(text) | Code(text) | Quote(text) | Control(text):
            return clean(text)
        case Who(actor):
            return clean(_named(actor))
        case Moment(at):
            return f"{datetime.fromtimestamp(at / 1000, tz=UTC):%d %b %Y %H:%M} UTC"
        case Length(seconds):
            return spell_seconds(seconds)
        case Typed(words):
            return f'"envaccess {clean(words)}"'
        case OnHost(command):
            return f'"{clean(command)}"'
    assert_never(slot)


def _named(actor: str) -> str:
    kind = actor.partition(":")[0]
    if kind not in set(ActorKind):
        return actor or "somebody"
    read = read_actor(actor)
    told: dict[str, str] = {
        ActorKind.PERSON: read.id,
        ActorKind.MACHINE: f"{read.id.partition('/')[0]} (pipeline)",
        ActorKind.AGENT: f"agent {read.id}",
        ActorKind.CLI: f"{read.id or 'somebody'} on the command line",
        ActorKind.TIME: "time",
        ActorKind.POLICY: "the policy",
    }
    return told.get(read.kind, "envaccess")
