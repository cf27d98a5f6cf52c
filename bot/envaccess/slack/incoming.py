"""From what arrived to a payload that Bolt can dispatch: whatever else it is, it is refused without a trace.

Bolt's own reading is not used: it raises whatever a broken body makes it raise, and takes the word `payload`
in a typed command for a form field, so that the command is lost (slack-bolt 1.30, `parse_body`). Bolt digs
for teams, people and channels in places that are listed here; there, a value of another type than Slack's
makes it raise as well.
"""

import json
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from typing import Any, Final, NoReturn
from urllib.parse import unquote

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from envaccess import log

Body = dict[str, Any]

DEEPEST: Final = 64
"""Levels: a form inside a message of ours has about fifteen. How many Python reads differs by its version."""
FIELDS_MOST: Final = 100
"""Fields of a form: a slash command has about fifteen."""

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")

_OBJECT: Final = (dict, type(None))
_OBJECT_OR_TEXT: Final = (dict, str, type(None))
_TEXT: Final = (str, type(None))
_SHAPE: Final[Mapping[str, tuple[type, ...]]] = {
    **dict.fromkeys(("view", "event", "message", "previous_message", "container", "function_data"), _OBJECT),
    **dict.fromkeys(("assistant_thread",), _OBJECT),
    **dict.fromkeys(("team", "user", "enterprise", "channel"), _OBJECT_OR_TEXT),
    **dict.fromkeys(("type", "subtype", "command", "callback_id", "action_id", "block_id"), _TEXT),
    **dict.fromkeys(("team_id", "user_id", "channel_id", "trigger_id", "thread_ts"), _TEXT),
    **dict.fromkeys(("actions", "authorizations", "response_urls"), (list, type(None))),
}
"""What Bolt, or our own table of listeners, reads of a payload and of the objects in it."""
_INSIDE: Final = ("view", "event", "message", "previous_message")
_NEEDED: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "block_actions": ("actions", ("action_id",)),
    "view_submission": ("view", ("type", "callback_id")),
    "view_closed": ("view", ("type", "callback_id")),
    "event_callback": ("event", ("type",)),
}
"""Without which a payload of a type is none: the object, or the list of objects, and the texts in it."""


def read_http(body: bytes, kind: str) -> Body | None:
    """The payload of a signed post; None when it is none.

    Args:
        body: as it came.
        kind: the content type, without parameters.
    """
    try:
        text = body.decode()
        if kind == "application/json" or text.startswith("{"):
            return read_payload(text)
        fields = dict(_read_form(text))
    except ValueError:
        return None
    if "payload" in fields:
        return read_payload(fields["payload"])
    return fields or None


def _read_form(text: str) -> Iterator[tuple[str, str]]:
    """As `parse_qsl` does, whose checks of every part cost more than the rest; ValueError: it is no text."""
    if text.count("&") >= FIELDS_MOST:
        raise ValueError
    for part in text.split("&"):
        if part:
            name, _, value = part.replace("+", " ").partition("=")
            yield unquote(name, errors="strict"), unquote(value, errors="strict")


def read_payload(text: str) -> Body | None:
    """The payload that a JSON text holds; None when it is none."""
    found = read_object(text)
    return found if found is not None and is_payload(found) else None


def read_message(text: str) -> Body | None:
    """A message of Socket Mode: an envelope with a payload, or a word of Slack's own; None for others."""
    found = read_object(text)
    if found is None or "payload" not in found:
        return found
    payload = found["payload"]
    is_envelope = all(isinstance(found.get(name), str) for name in ("type", "envelope_id"))
    return found if is_envelope and isinstance(payload, dict) and is_payload(payload) else None


def read_object(text: str) -> Body | None:
    """The object that a JSON text holds; None when it holds none, or one that no Slack sends.

    That is: nested deeper than any, numbers that are none or endless, halves of characters.
    """
    try:
        found = json.loads(text, parse_constant=_refuse)
        if not isinstance(found, dict) or not _is_shallow(found):
            return None
        if _SURROGATE.search(text):
            json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return found


def is_payload(found: Body) -> bool:
    """Whether all that is read of a payload before it is dispatched has the type that Slack gives it."""
    if not all(_has_shape(part) for part in _parts(found)):
        return False
    needed = _NEEDED.get(found.get("type") or "")
    if needed is None:
        return True
    held = found.get(needed[0])
    first = held[:1] if isinstance(held, list) else [held]
    return bool(first) and all(_has_texts(part, needed[1]) for part in first)


def _has_texts(part: object, names: Iterable[str]) -> bool:
    return isinstance(part, dict) and all(isinstance(part.get(name), str) for name in names)


Dispatch = Callable[[Body], Awaitable[BoltResponse]]
"""Answers a payload."""


async def dispatch(app: AsyncApp, payload: Body) -> BoltResponse:
    """Let Bolt dispatch a payload that is read already, in either mode.

    What our listeners raise is answered by `app`; what is raised here is Bolt's, over what it found.
    """
    try:
        return await app.async_dispatch(AsyncBoltRequest(body=payload, mode="socket_mode"))
    except (ValueError, TypeError, AttributeError, LookupError, RecursionError) as error:
        log.fault("payload_unreadable", error)
        return BoltResponse(status=400)


def _parts(found: Body) -> Iterable[Body]:
    """A payload and the objects in it that are read in the same way."""
    waiting = [found]
    while waiting:
        part = waiting.pop()
        yield part
        waiting += [inner for name in _INSIDE if isinstance(inner := part.get(name), dict)]
        heard = part.get("authorizations")
        waiting += [inner for inner in heard if isinstance(inner, dict)] if isinstance(heard, list) else []


def _has_shape(part: Body) -> bool:
    return all(
        isinstance(part[name], types) and (list not in types or _are_objects(part[name]))
        for name, types in _SHAPE.items()
        if name in part
    )


def _are_objects(found: list[Any] | None) -> bool:
    return all(isinstance(each, dict) for each in found or ())


def _is_shallow(found: object) -> bool:
    """Whether it is nested at most so deep; looked at level by level, since recursion has its own limits."""
    level = [found]
    for _ in range(DEEPEST):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)  # type: ignore[attr-defined]
            if isinstance(inner, (dict, list))
        ]
        if not level:
            return True
    return False


def _refuse(_constant: str) -> NoReturn:
    """NaN and Infinity are no JSON."""
    raise ValueError
