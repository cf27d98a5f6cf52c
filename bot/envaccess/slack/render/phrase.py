"""Phrases as mrkdwn: every slot in Slack's own form, and nothing in it read as markup."""

from typing import assert_never

from envaccess.domain.duration import spell_seconds
from envaccess.domain.phrase import (
    Code,
    Control,
    Length,
    Moment,
    Name,
    OnHost,
    Phrase,
    Quote,
    Slot,
    Typed,
    Who,
)
from envaccess.slack.names import COMMAND
from envaccess.slack.render.blocks import code, escape, when
from envaccess.slack.render.words import actor_of

_NAME_LIMIT = 200
_TEXT_LIMIT = 300


def write(phrase: Phrase) -> str:
    """The phrase as mrkdwn."""
    return "".join(escape(piece) if isinstance(piece, str) else _write(piece) for piece in phrase)


def _write(slot: Slot) -> str:
    match slot:
        case Name(label):
            text = code(label, _NAME_LIMIT)
        case Who(actor):
            text = actor_of(actor)
        case Moment(at):
            text = when(at)
        case Length(seconds):
            text = spell_seconds(seconds)
        case Typed(words):
            text = code(f"{COMMAND} {words}")
        case OnHost(verbatim) | Code(verbatim):
            text = code(verbatim, _TEXT_LIMIT)
        case Control(label):
            text = f"*{escape(label)}*"
        case Quote(words):
            text = escape(words, _TEXT_LIMIT)
        case _:
            assert_never(slot)
    return text
