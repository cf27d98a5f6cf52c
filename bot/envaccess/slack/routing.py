"""Which workspace's application answers a payload, where one process serves several."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.response import BoltResponse

from envaccess.slack.incoming import Body, dispatch
from envaccess.slack.payload import dig, text

Unserved = Callable[[str, Body], Awaitable[BoltResponse]]
"""Answers what no application takes, by the team that it names; empty where it names none, or two."""


def team_of(body: Mapping[str, Any]) -> str:
    """The workspace whose application answers; empty where none is named, or two.

    An event goes to whom it was sent for: the first of `authorizations`, which Slack fills with one.
    `team_id` beside it is where it happened, which may be another workspace of a shared channel
    (https://docs.slack.dev/apis/events-api). Where the app is installed for an organisation, `authorizations`
    name no workspace.
    """
    if text(body, "type") == "event_callback":
        return _team_of_event(body)
    named = {text(body, "team", "id"), text(body, "team_id")} - {""}
    named = named or {text(body, "view", "app_installed_team_id")} - {""}
    return named.pop() if len(named) == 1 else ""


def _team_of_event(body: Mapping[str, Any]) -> str:
    heard = text(body, "authorizations", 0, "team_id")
    if heard or dig(body, "authorizations", 0) is None:
        return heard or text(body, "team_id")
    return text(body, "context_team_id") or text(body, "team_id")


class PayloadRouter:
    """Lets the application of a payload's workspace answer it, and no other.

    Args:
        find: the application of a workspace; None where there is none.
        unserved: answers the rest.
    """

    def __init__(self, find: Callable[[str], AsyncApp | None], unserved: Unserved) -> None:
        self._find, self._unserved = find, unserved

    async def answer(self, payload: Body) -> BoltResponse:
        """Answer one payload, which is authentic."""
        if text(payload, "type") == "url_verification":
            return BoltResponse(status=200, body={"challenge": text(payload, "challenge")})
        if text(payload, "ssl_check") == "1":
            return BoltResponse(status=200)
        team = team_of(payload)
        app = self._find(team) if team else None
        return await (dispatch(app, payload) if app else self._unserved(team, payload))
