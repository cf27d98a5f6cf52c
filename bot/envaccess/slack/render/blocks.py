"""Block Kit's parts as plain dictionaries, and what makes a person's text harmless.

Limits: https://docs.slack.dev/reference/block-kit. What all blocks of one message may have together is not
documented, so nothing here may add up to more than `MESSAGE_LIMIT` and `JSON_LIMIT`
(docs/explanation/slack.md).
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Block = dict[str, Any]
"""A block, element or view as Slack's JSON has it."""

SECTION_LIMIT = 3_000
TEXT_LIMIT = 3_000
"""Characters of a message's `text`; `chat.update` takes 4,000."""
BUTTON_LIMIT = 75
TITLE_LIMIT = 24
OPTION_LIMIT = 75
ERROR_LIMIT = 140
"""Characters of a field's error in a form: Slack names no limit, and a longer one is hard to read there."""
MESSAGE_LIMIT = 9_400
"""Characters of all texts in one message.

The smallest message that somebody saw refused as `msg_blocks_too_long` had 11,341 of them; what Slack counts
besides is not known (slackapi/bolt-js#2867), so the JSON stays below that too.
"""
JSON_LIMIT = 11_300
"""Characters of all blocks of one message as JSON."""

_USER = re.compile(r"[UW][A-Z0-9]{1,20}", re.ASCII)
_PART_OF_ENTITY = re.compile(r"&[a-z]*$")
_HAS_MARKUP = re.compile("[&<>]")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


@dataclass(frozen=True, slots=True)
class Rendered:
    """One message.

    Attributes:
        text: what notifications and screen readers get; escaped, and never a value.
        blocks: what is drawn. Kept out of `repr`, because it may hold a value (law 7).
    """

    text: str
    blocks: list[Block] = field(repr=False)


def escape(text: str, limit: int = SECTION_LIMIT) -> str:
    """Escape what Slack would read as markup; cut so that the *escaped* text keeps to the limit."""
    if len(text) <= limit and not _HAS_MARKUP.search(text):
        return text
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return escaped if len(escaped) <= limit else _escape_part(text, limit)


def _escape_part(text: str, limit: int) -> str:
    kept: list[str] = []
    room = limit
    for character in text:
        piece = _ENTITIES.get(character, character)
        if len(piece) > room:
            return _cut(kept, room)
        kept.append(piece)
        room -= len(piece)
    return "".join(kept)


def _cut(kept: list[str], room: int) -> str:
    while kept and room < 1:
        room += len(kept.pop())
    return "".join(kept) + "…"


def code(text: str, limit: int = SECTION_LIMIT) -> str:
    """A code span: nothing in it is formatted, and a backtick cannot break out of it."""
    plain = " ".join(text.split()).replace("`", "\u02cb")
    return f"`{escape(plain, limit)}`" if plain else "` `"


def mention(user: str) -> str:
    """`<@U1>`; an id that is none stays inert."""
    return f"<@{user}>" if _USER.fullmatch(user) else code(user or "somebody", 60)


def when(milliseconds: int, *, seconds: bool = False, left: bool = False) -> str:
    """A moment in the reader's own time zone, with UTC where Slack cannot say that.

    Args:
        milliseconds: since the epoch.
        seconds: draw the seconds too.
        left: add how far away it is, as the reader's Slack counts it.
    """
    moment = datetime.fromtimestamp(milliseconds / 1000, tz=UTC)
    clock, fallback = ("{time_secs}", "%H:%M:%S") if seconds else ("{time}", "%H:%M")
    form = f"{{date_short_pretty}} {clock}" + (" ({ago})" if left else "")
    return f"<!date^{milliseconds // 1000}^{form}|{moment:%d %b %Y {fallback}} UTC>"


def mrkdwn(text: str) -> Block:
    """Text with our markup; `verbatim`, so that Slack adds no links and mentions of its own."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def plain(text: str, limit: int = SECTION_LIMIT) -> Block:
    """Text without any markup, escaped and cut; `:x:` in it stays `:x:`."""
    return {"type": "plain_text", "text": escape(text, limit) or "-", "emoji": False}


def section(text: str) -> Block:
    """A paragraph of ours. People's text in it must be escaped already."""
    return {"type": "section", "text": mrkdwn(text)}


def quote(label: str, text: str) -> Block:
    """A paragraph that a person typed, after our label."""
    return {"type": "section", "text": plain(f"{label} {text}")}


def context(*texts: str) -> Block:
    """Small grey print; at most ten elements."""
    return {"type": "context", "elements": [mrkdwn(text) for text in texts if text]}


def fit(blocks: list[Block]) -> list[Block]:
    """Cut what people typed until Slack takes all of it together; usually nothing needs to be cut.

    The longest are cut first, so that every quote keeps its beginning.
    """
    typed = [block["text"] for block in blocks if _is_quote(block)]
    for over in (_text_over, _json_over):
        lengths = [len(text["text"]) for text in typed]
        share = _share(lengths, sum(lengths) - over(blocks))
        for text in typed:
            if len(text["text"]) > share:
                text["text"] = _PART_OF_ENTITY.sub("", text["text"][: share - 1]) + "…"
    return blocks


def _text_over(blocks: list[Block]) -> int:
    return sum(_lengths(blocks)) - MESSAGE_LIMIT


def _json_over(blocks: list[Block]) -> int:
    return len(json.dumps(blocks, ensure_ascii=False, separators=(",", ":"))) - JSON_LIMIT


def _is_quote(block: Block) -> bool:
    return bool(block["type"] == "section" and block["text"]["type"] == "plain_text")


def _lengths(value: object) -> Iterator[int]:
    if isinstance(value, dict):
        if isinstance(value.get("text"), str):
            yield len(value["text"])
        value = list(value.values())
    for inner in value if isinstance(value, list) else ():
        yield from _lengths(inner)


def _share(lengths: Sequence[int], room: int) -> int:
    """How long each may be, so that all have room."""
    for done, length in enumerate(sorted(lengths)):
        share = max(1, room // (len(lengths) - done))
        if length > share:
            return share
        room -= length
    return max(lengths, default=0)


def actions(*buttons: Block) -> Block:
    """A row of buttons."""
    return {"type": "actions", "elements": list(buttons)}


def button(action: str, label: str, value: str, style: str = "") -> Block:
    """A button that carries an opaque id (law 8); `style` is `primary` or `danger`."""
    drawn = {"type": "button", "action_id": action, "text": plain(label, BUTTON_LIMIT), "value": value}
    return drawn | {"style": style} if style else drawn


def ask_first(drawn: Block, title: str, text: str, yes: str, no: str) -> Block:
    """The same button with a question before it acts."""
    question = {
        "title": plain(title, 100),
        "text": plain(text, 300),
        "confirm": plain(yes, 30),
        "deny": plain(no, 30),
        "style": "danger",
    }
    return drawn | {"confirm": question}


def with_buttons(brief: Rendered, whole: Rendered) -> Rendered:
    """A message's short form with every button of the whole one."""
    buttons = [block for block in whole.blocks if block["type"] == "actions"]
    return Rendered(brief.text, [section(brief.text), *buttons])


def say(text: str, *blocks: Block) -> Rendered:
    """One paragraph that is its own notification text, then further blocks."""
    return Rendered(text, [section(text), *blocks])
