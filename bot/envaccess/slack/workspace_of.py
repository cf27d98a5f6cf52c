"""Which workspace, and which organisation, a payload is for; total, whatever its shape.

An event is for whom it was sent: the first of `authorizations`, of which Slack sends one. `team_id` beside
it is where it happened, perhaps the other side of a shared channel (slackapi/bolt-js#935). Where the app is
installed for an organisation, that authorization names no workspace, and `context_team_id` says through
which one it came (https://docs.slack.dev/apis/events-api).

What people do names the workspace in `team`, or `team_id` of a command. Of an org-wide installation `team`
is null (slackapi/bolt-python#23), and `view.app_installed_team_id` may be the organisation's id. What is
read then, the message's workspace and one of the person's (slackapi/bolt-js#1875), only finds who answers:
whether the person may do anything there is asked of Slack as ever.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from envaccess.slack.payload import dig, text

_LONGEST: Final = 32
_ELSEWHERE: Final = (
    ("view", "app_installed_team_id"),
    ("message", "team"),
    ("user", "team_id"),
)
"""Where what people do names a workspace if `team` does not, the surest first."""


def workspace_of(body: Mapping[str, Any]) -> tuple[str, str]:
    """The ids of the workspace and of its organisation; empty where none is named, or two that differ."""
    if text(body, "type") == "event_callback":
        return _of_event(body)
    named = _ids("T", (text(body, "team", "id"), text(body, "team"), text(body, "team_id")))
    if not named:
        found = (_ids("T", (text(body, *path),)) for path in _ELSEWHERE)
        named = next(filter(None, found), frozenset())
    return _only(named), _only(_enterprises(body))


def is_org_wide(body: Mapping[str, Any]) -> bool:
    """Whether it came through an org-wide installation; commands say so in a word, all else in a boolean."""
    said = dig(body, "authorizations", 0, "is_enterprise_install")
    said = dig(body, "is_enterprise_install") if said is None else said
    return said is True or said == "true"


def _of_event(body: Mapping[str, Any]) -> tuple[str, str]:
    heard = dig(body, "authorizations", 0)
    if not isinstance(heard, dict):
        return _only(_ids("T", (text(body, "team_id"),))), _only(_ids("E", (text(body, "enterprise_id"),)))
    enterprise = _only(_ids("E", (text(heard, "enterprise_id"),)))
    ways = (text(heard, "team_id"), text(body, "context_team_id"), text(body, "team_id"))
    return next((team for team in ways if _ids("T", (team,))), ""), enterprise


def _enterprises(body: Mapping[str, Any]) -> frozenset[str]:
    """Every organisation that what people do names; not the person's own, which may be another."""
    ways = (
        text(body, "enterprise", "id"),
        text(body, "enterprise"),
        text(body, "enterprise_id"),
        text(body, "team", "enterprise_id"),
    )
    return _ids("E", ways)


def _ids(kind: str, found: Iterable[str]) -> frozenset[str]:
    """Those of these that are ids of this kind: what is none becomes no part of a key, nor of a look-up."""
    return frozenset(one for one in found if one[:1] == kind and _is_id(one))


def _is_id(found: str) -> bool:
    return 1 < len(found) <= _LONGEST and found.isascii() and found.isalnum() and found == found.upper()


def _only(named: frozenset[str]) -> str:
    return next(iter(named)) if len(named) == 1 else ""
