"""Which workspace's application answers a payload, where one process serves several."""

from collections.abc import Awaitable, Callable

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.response import BoltResponse

from envaccess.slack.incoming import Body, dispatch
from envaccess.slack.payload import text

Unserved = Callable[[str, Body], Awaitable[BoltResponse]]
"""Answers what no application takes, by the team that it names; empty where it names none, or two."""
Locate = Callable[[Body], Awaitable[str]]
"""The team that a payload is for; empty where it names none, or two."""


class PayloadRouter:
    """Lets the application of a payload's workspace answer it, and no other.

    Args:
        find: the application of a workspace; None where there is none.
        unserved: answers the rest.
        locate: the workspace of a payload.
    """

    def __init__(self, find: Callable[[str], AsyncApp | None], unserved: Unserved, locate: Locate) -> None:
        self._find, self._unserved, self._locate = find, unserved, locate

    async def answer(self, payload: Body) -> BoltResponse:
        """Answer one payload, which is authentic."""
        if text(payload, "type") == "url_verification":
            return BoltResponse(status=200, body={"challenge": text(payload, "challenge")})
        if text(payload, "ssl_check") == "1":
            return BoltResponse(status=200)
        team = await self._locate(payload)
        app = self._find(team) if team else None
        return await (dispatch(app, payload) if app else self._unserved(team, payload))
