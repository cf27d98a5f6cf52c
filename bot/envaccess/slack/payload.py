"""Read what Slack sent. Every field comes from outside: it may be missing or of any shape."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from envaccess.domain.call import Call, Origin, by_person
from envaccess.domain.ids import parse_id

_ID_LIMIT = 64
_OP_LIMIT = 200
_TS = re.compile(r"[0-9]{1,12}\.[0-9]{6}")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who did something, and under which operation id (law 10).

    Attributes:
        op: `trigger_id`, or a view's id; never empty.
        user: Slack's user id; empty when the payload names none.
        teams: the workspace where it was done, as the payload names it; none where it names none.
        response_url: where a private answer goes; empty when there is none.
        trigger: opens a modal.
        at_home: whether it was done in the Home tab.
    """

    op: str
    user: str
    teams: frozenset[str]
    response_url: str
    trigger: str
    at_home: bool = False

    @property
    def call(self) -> Call:
        """The same for the verbs; where a payload names two workspaces, neither issued it."""
        return by_person(self.op, self.user, issuer=" ".join(sorted(self.teams)))


@dataclass(frozen=True, slots=True)
class ButtonPress:
    """A pressed button.

    Attributes:
        action: its `action_id`.
        request: the request id that it carries; None when it is none (forged or broken).
        ts: the message that it was on; empty in a view, or when it is none.
        value: what it carries, as it came.
        home: what the Home tab remembers of itself; None where it was pressed elsewhere.
    """

    who: Caller
    action: str
    request: str | None
    ts: str
    value: str = ""
    home: str | None = None

    @property
    def call(self) -> Call:
        """The same for the verbs."""
        return replace(self.who.call, origin=Origin(self.ts))


def dig(body: object, *path: str | int) -> object:
    """The value at a path of keys and list places; None when it isn't there."""
    for step in path:
        if isinstance(body, dict) and isinstance(step, str):
            body = body.get(step)
        elif isinstance(body, list) and isinstance(step, int) and step < len(body):
            body = body[step]
        else:
            return None
    return body


def text(body: object, *path: str | int) -> str:
    """The string at a path; empty when there is none."""
    found = dig(body, *path)
    return found if isinstance(found, str) else ""


def read_caller(body: Mapping[str, Any], spare_op: str, *op_path: str) -> Caller:
    """Who sent a command, a press or a form.

    Args:
        body: the payload.
        spare_op: taken when the payload has no operation id, so that two such never count as one.
        op_path: where the operation id is.
    """
    return Caller(
        op=_op(text(body, *op_path)) or spare_op,
        user=(text(body, "user", "id") or text(body, "user_id"))[:_ID_LIMIT],
        teams=_read_teams(body),
        response_url=text(body, "response_url"),
        trigger=text(body, "trigger_id"),
        at_home=text(body, "view", "type") == "home",
    )


def _read_teams(body: Mapping[str, Any]) -> frozenset[str]:
    """Where it was done: `team.id`, or `team_id` of a command. What `user.team_id` says decides nothing.

    On Enterprise Grid that is any workspace of the person (slackapi/bolt-js#1875). `team` may be null where
    the app is installed for the organisation (slackapi/bolt-python#23): then the view says where that is, or
    names the organisation (`E...`), which is no workspace: the check of the person decides.
    """
    named = {text(body, "team", "id"), text(body, "team_id")} - {""}
    shown = text(body, "view", "app_installed_team_id")
    return frozenset(named or ({shown} if shown.startswith("T") else ()))


def _op(found: str) -> str:
    """An operation id, which becomes a part of a key; empty when it is longer than any of Slack's."""
    return found if len(found) <= _OP_LIMIT else ""


def read_press(body: Mapping[str, Any], spare_op: str) -> ButtonPress:
    """The first pressed button of a `block_actions` payload; Slack sends one."""
    return ButtonPress(
        who=read_caller(body, spare_op, "trigger_id"),
        action=text(body, "actions", 0, "action_id"),
        request=parse_id(text(body, "actions", 0, "value")),
        ts=read_ts(text(body, "container", "message_ts") or text(body, "message", "ts")),
        value=text(body, "actions", 0, "value"),
        home=text(body, "view", "private_metadata") if text(body, "view", "type") == "home" else None,
    )


def read_ts(found: str) -> str:
    """A message's `ts` (seconds and microseconds); empty when it is none: it is kept, and names a message."""
    return found if _TS.fullmatch(found) else ""


def chosen(body: object, *path: str | int) -> list[str]:
    """The values of the options chosen in a select."""
    found = dig(body, *path)
    options = found if isinstance(found, list) else []
    return [value for option in options if (value := text(option, "value"))]
