"""The texts in what a bot sends to Slack: what people read, and nothing that only machines do."""

import json
from collections.abc import Iterator
from typing import Any

from slack_emulator import SlackEmulator

_SAID = ("text", "alt_text")
"""Keys whose strings are read by people, in messages, text objects and elements."""
_TYPED, _NOTHING_TYPED = "{typed}", "(none yet)"


def texts_sent(slack: SlackEmulator) -> Iterator[str]:
    """Every text that the bot has sent: in calls (answered or not), answers and acknowledgements."""
    for call in slack.calls:
        yield from texts(call.args)
    for said in slack.everything_said():
        if said.direction == "from bot" and said.via.startswith("ack:"):
            yield from texts(said.body)


def texts(body: object) -> Iterator[str]:
    """Every text in a call, an acknowledgement or a posted answer; blocks given as JSON text are opened.

    A stored value (`rich_text_preformatted`) and a variable's name as a choice or a label are no sentences.
    What a person typed stands after a label of ours in a plain paragraph: the label is told alone.
    """
    if isinstance(body, dict):
        yield from _of_object(body)
    elif isinstance(body, list):
        for item in body:
            yield from texts(item)


def _of_object(body: dict[str, Any]) -> Iterator[str]:
    if _is_name(body):
        return
    if body.get("type") == "section" and _is_plain(body.get("text")):
        yield _quoted(body["text"]["text"])
        return
    for key, value in body.items():
        if key in _SAID and isinstance(value, str):
            yield value
        elif key == "errors" and isinstance(value, dict):
            yield from (told for told in value.values() if isinstance(told, str))
        else:
            yield from texts(_opened(value))


def _is_name(body: dict[str, Any]) -> bool:
    """A value, its bold label, or a choice that stands for a variable (`environment/NAME`)."""
    if body.get("type") == "rich_text_preformatted" or body.get("style") == {"bold": True}:
        return True
    return "type" not in body and "/" in str(body.get("value", ""))


def _is_plain(text: object) -> bool:
    return isinstance(text, dict) and text.get("type") == "plain_text"


def _quoted(text: str) -> str:
    label, colon, typed = text.partition(": ")
    return text if typed == _NOTHING_TYPED else f"{label}{colon}{_TYPED}"


def _opened(value: object) -> object:
    """What a string holds where it is JSON, as blocks and views in a form-encoded call are."""
    if isinstance(value, str) and value[:1] in {"{", "["}:
        try:
            return json.loads(value)
        except ValueError:
            return None
    return value
