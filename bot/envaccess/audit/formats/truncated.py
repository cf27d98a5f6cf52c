"""An event that a system refuses as it is: what is left of it says what it was, and that it was cut."""

from dataclasses import replace
from typing import Final

from envaccess.domain.audit import Event

TRUNCATED: Final = "truncated"
"""The detail that says so; its text is how many bytes the event had."""
_TAG_MOST: Final = 64
_ACTOR_MOST: Final = 128


def truncated(event: Event, size: int) -> Event:
    """The id, the tag, the time and the actor of an event, and how many bytes it had."""
    actor = replace(event.actor, kind=event.actor.kind[:_TAG_MOST], id=_plain(event.actor.id)[:_ACTOR_MOST])
    tag = _plain(event.event)[:_TAG_MOST]
    cut = {TRUNCATED: str(size)}
    return Event(event.id, tag, event.at, actor, detail=cut, number=event.number)


def _plain(text: str) -> str:
    """Without what may have been the reason of the refusal."""
    return "".join(letter if letter.isascii() and letter.isprintable() else "?" for letter in text)
