"""Slack's angle brackets: resolving them for a reader, and finding whom they would notify."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from bot.playground.shapes import Json
from bot.playground.workspace import Workspace

_TOKEN = re.compile(r"<(?P<sign>[@#!]?)(?P<body>[^<>|\n]+)(?:\|(?P<label>[^<>\n]*))?>")
_EVERYBODY = frozenset({"here", "channel", "everyone", "group"})
_DATE = re.compile(r"\{(\w+)\}")
_FORMS = {
    "date_num": "%Y-%m-%d",
    "date": "%B %d, %Y",
    "date_short": "%b %d, %Y",
    "date_long": "%A, %B %d, %Y",
    "time": "%H:%M",
    "time_secs": "%H:%M:%S",
}


def unescape(text: str) -> str:
    """The three control characters as a reader sees them."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def render(text: str, workspace: Workspace) -> str:
    """Mrkdwn with every `<...>` resolved; emphasis marks stay as they are."""
    return unescape(_TOKEN.sub(lambda match: _resolved(match, workspace), text))


def date(when: int, form: str) -> str:
    """Slack's date format (`{date_short} at {time}`) in UTC; `when` in seconds."""
    moment = datetime.fromtimestamp(when, UTC)

    def one(match: re.Match[str]) -> str:
        name = match[1].removesuffix("_pretty")
        return moment.strftime(_FORMS[name]) if name in _FORMS else match.group()

    return _DATE.sub(one, form)


def _resolved(match: re.Match[str], workspace: Workspace) -> str:
    sign, body, label = match["sign"], match["body"], match["label"]
    if sign == "@":
        member = workspace.members.get(body)
        return f"@{member.display_name or member.name}" if member else f"@{label or body}"
    if sign == "#":
        channel = workspace.channels.get(body)
        return f"#{channel.name if channel else label or body}"
    if sign == "!":
        return _special(body, label)
    return label or body


def _special(body: str, label: str | None) -> str:
    if not body.startswith("date^"):
        return f"@{label or body.partition('^')[0]}"
    _, when, form, *_ = body.split("^")
    return date(int(when), form) if when.isdigit() else str(label)


def pings(text: str, blocks: list[Json]) -> list[str]:
    """Whom a message would notify: user ids, and `here`, `channel`, `everyone`, group ids.

    Looks at the text (unless blocks replace it), at every mrkdwn object and at rich text; plain text and
    escaped brackets notify nobody.
    """
    live = [*_live(blocks)] if blocks else [text]
    found = [ping for piece in live for ping in _pings_in(piece)]
    return [*found, *_rich_pings(blocks)]


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
    for match in _TOKEN.finditer(text):
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
