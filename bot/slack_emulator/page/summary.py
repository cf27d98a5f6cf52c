"""One line about a Web API call: enough to follow what the bot does, and never a value.

Values are only ever in blocks (law 7), so blocks are counted and not shown; nor is what only one person sees.
"""

import json
from collections.abc import Iterator

from slack_emulator.record import RecordedCall
from slack_emulator.types import Json
from slack_emulator.workspace import Workspace

_TEXT = 80
_PLAIN = ("ts", "thread_ts", "view_id", "replace_original", "delete_original", "cursor", "limit")


def call_shape(call: RecordedCall, workspace: Workspace) -> Json:
    """A call as the page is given it."""
    answer = call.answer
    return {
        "n": call.number,
        "method": call.method,
        "at": int(call.at * 1000),
        "ok": None if answer is None else bool(answer.get("ok")),
        "status": call.status,
        "error": None if answer is None else _error(answer, call.status),
        "summary": " ".join(_words(call, workspace)),
    }


def _error(answer: Json, status: int) -> str | None:
    if answer.get("ok"):
        return None
    return str(answer.get("error") or f"HTTP {status}")


def _words(call: RecordedCall, workspace: Workspace) -> Iterator[str]:
    args = call.args
    if isinstance(args.get("channel"), str):
        yield f"channel={_place(args['channel'], workspace)}"
    for name in ("user", "users", "user_id"):
        if isinstance(args.get(name), str):
            yield f"user={_person(args[name], workspace)}"
    for name in _PLAIN:
        if isinstance(args.get(name), (str, int, bool)):
            yield f"{name}={args[name]}"
    view = _opened(args.get("view"))
    if isinstance(view, dict):
        yield f"view={view.get('callback_id') or view.get('type')}"
    blocks = _opened(args.get("blocks"))
    if isinstance(blocks, list):
        yield f"{len(blocks)} blocks"
    if call.method in ("chat.postMessage", "chat.update") and isinstance(args.get("text"), str):
        yield json.dumps(args["text"][:_TEXT], ensure_ascii=False)


def _opened(value: object) -> object:
    """JSON, where it travels as text."""
    if not isinstance(value, str):
        return value
    try:
        found: object = json.loads(value)
    except ValueError:
        return None
    return found


def _place(channel_id: str, workspace: Workspace) -> str:
    channel = workspace.channels.get(channel_id)
    if channel is None:
        return channel_id
    others = [member for member in channel.members if member != workspace.bot.id]
    return f"DM:{_person(others[0], workspace)}" if channel.is_im and others else f"#{channel.name}"


def _person(user_id: str, workspace: Workspace) -> str:
    member = workspace.members.get(user_id)
    return f"@{member.name}" if member else user_id
