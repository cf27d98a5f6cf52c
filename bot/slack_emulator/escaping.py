"""What Slack makes of the text that a person types after a slash command (`should_escape: true`).

Names become ids, links get brackets, and the three control characters are escaped
(https://docs.slack.dev/interactivity/implementing-slash-commands#creating_escaping).
"""

import re

from slack_emulator.workspace import Workspace

_TOKEN = re.compile(
    r"(?P<url>https?://[^\s<>]*[^\s<>.,;:!?)\]}'\"])"
    r"|(?P<mail>(?<![\w.+-])[\w.+-]++@[\w-]+\.[\w.-]*\w)"
    r"|(?P<domain>(?<![\w@/.-])(?:[\w-]+\.)+(?:com|net|org|eu|io|dev|app)(?![\w.-])(?:/[^\s<>,;]*\w)?)"
    r"|(?P<at>(?<!\w)@(?P<name>[\w.-]*\w))"
    r"|(?P<hash>(?<!\w)\#(?P<channel>[\w-]+))",
)
_EVERYBODY = frozenset({"here", "channel", "everyone"})


def escape(text: str) -> str:
    """`&`, `<` and `>` as Slack writes them."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def as_sent(text: str, workspace: Workspace) -> str:
    """The text field of the command that this typing becomes."""
    parts, end = [], 0
    for match in _TOKEN.finditer(text):
        parts += [escape(text[end : match.start()]), _linked(match, workspace)]
        end = match.end()
    return "".join([*parts, escape(text[end:])])


def _linked(match: re.Match[str], workspace: Workspace) -> str:
    typed = escape(match.group())
    if match["url"]:
        return f"<{typed}>"
    if match["mail"]:
        return f"<mailto:{typed}|{typed}>"
    if match["domain"]:
        return f"<http://{typed}|{typed}>"
    if match["at"]:
        return _mention(match["name"], workspace) or typed
    return _channel(match["channel"], workspace) or typed


def _mention(name: str, workspace: Workspace) -> str | None:
    if name in _EVERYBODY:
        return f"<!{name}>"
    found = next((member for member in workspace.members.values() if member.name == name), None)
    return f"<@{found.id}|{found.name}>" if found else _group(name, workspace)


def _group(handle: str, workspace: Workspace) -> str | None:
    found = next((group for group in workspace.groups.values() if group.handle == handle), None)
    return f"<!subteam^{found.id}|@{found.handle}>" if found and not found.is_disabled else None


def _channel(name: str, workspace: Workspace) -> str | None:
    found = next((channel for channel in workspace.channels.values() if channel.name == name), None)
    return f"<#{found.id}|{found.name}>" if found else None
