"""Whom a message would notify: what a bot must never let a stranger's words decide."""

import re
from collections.abc import Iterator

from slack_emulator.messages import Message
from slack_emulator.mrkdwn import TOKEN

_EVERYBODY = frozenset({"here", "channel", "everyone", "group"})
_NAME = re.compile(r"(?<!\w)@([\w.-]*\w)")


def pings(message: Message) -> list[str]:
    """User ids, and `here`, `channel`, `everyone`, group ids, that the message would notify.

    Looks at the text, at every mrkdwn object and at rich text; plain text and escaped brackets notify
    nobody. The text counts beside blocks too: Slack does not promise otherwise. With `parse=full` or
    `link_names` a bare `@name` counts as well.
    """
    found = [ping for piece in [message.text, *_live(message.blocks)] for ping in _pings_in(piece)]
    bare = _NAME.findall(message.text) if _links_names(message) else []
    return [*found, *_rich_pings(message.blocks), *bare]


def _links_names(message: Message) -> bool:
    formatting = message.formatting
    return formatting.get("parse") == "full" or str(formatting.get("link_names", "")).lower() in ("1", "true")


def _live(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if value.get("type") == "mrkdwn":
            yield value["text"]
        for item in value.values():
            yield from _live(item)
    elif isinstance(value, list):
        for item in value:
            yield from _live(item)


def _pings_in(text: str) -> Iterator[str]:
    for match in TOKEN.finditer(text):
        name = match["body"]
        if match["sign"] == "@" or (match["sign"] == "!" and name in _EVERYBODY):
            yield name
        elif match["sign"] == "!" and name.startswith("subteam^"):
            yield name.removeprefix("subteam^")


def _rich_pings(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        keys = {"user": "user_id", "broadcast": "range", "usergroup": "usergroup_id"}
        key = keys.get(str(value.get("type")))
        if key and isinstance(value.get(key), str):
            yield value[key]
        for item in value.values():
            yield from _rich_pings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _rich_pings(item)
