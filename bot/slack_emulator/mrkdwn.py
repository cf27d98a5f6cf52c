"""Slack's angle brackets, resolved for a reader."""

import re
from datetime import UTC, datetime

from slack_emulator.workspace import Workspace

TOKEN = re.compile(r"<(?P<sign>[@#!]?)(?P<body>[^<>|\n]+)(?:\|(?P<label>[^<>\n]*))?>")
_DATE = re.compile(r"\{(\w+)\}")
_FORMS = {
    "date_num": "%Y-%m-%d",
    "date": "%B %d, %Y",
    "date_short": "%b %d, %Y",
    "date_long": "%A, %B %d, %Y",
    "time": "%H:%M",
    "time_secs": "%H:%M:%S",
}
_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60))


def unescape(text: str) -> str:
    """The three control characters as a reader sees them."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def render(text: str, workspace: Workspace) -> str:
    """Mrkdwn with every `<...>` resolved; emphasis marks stay as they are."""
    return unescape(TOKEN.sub(lambda match: _resolved(match, workspace), text))


def date(when: int, form: str, now: float) -> str:
    """Slack's date format (`{date_short} at {time}`) in UTC; `when` and `now` in seconds."""
    moment = datetime.fromtimestamp(when, UTC)

    def one(match: re.Match[str]) -> str:
        name = match[1].removesuffix("_pretty")
        if name == "ago":
            return _ago(when - now)
        return moment.strftime(_FORMS[name]) if name in _FORMS else match.group()

    return _DATE.sub(one, form)


def _ago(seconds: float) -> str:
    """`in 5 minutes`, `2 hours ago`: Slack's `{ago}`, to the largest unit."""
    distance = round(abs(seconds))
    unit, size = next((pair for pair in _UNITS if distance >= pair[1]), ("second", 1))
    count = distance // size
    words = f"{count} {unit}{'' if count == 1 else 's'}"
    return f"in {words}" if seconds > 0 else f"{words} ago"


def _resolved(match: re.Match[str], workspace: Workspace) -> str:
    sign, body, label = match["sign"], match["body"], match["label"]
    if sign == "@":
        member = workspace.members.get(body)
        return f"@{member.display_name or member.name}" if member else f"@{label or body}"
    if sign == "#":
        channel = workspace.channels.get(body)
        return f"#{channel.name if channel else label or body}"
    if sign == "!":
        return _special(body, label, workspace)
    return label or body


def _special(body: str, label: str | None, workspace: Workspace) -> str:
    kind, _, rest = body.partition("^")
    if kind == "subteam":
        group = workspace.groups.get(rest)
        return f"@{group.handle}" if group else f"@{(label or rest).removeprefix('@')}"
    if kind != "date" or not rest:
        return f"@{(label or kind).removeprefix('@')}"
    when, form, *_ = rest.split("^")
    return date(int(when), form, workspace.clock()) if when.isdigit() else str(label)
