"""What Slack tells us unasked: people who left, channels that changed, the app's own removal.

An event may come twice, late, out of order or never. So it only says where to look: what is true is asked of
Slack, everything here may be repeated, and the hourly sweep makes good what was lost. Slack repeats an event
three times when its listener fails.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

import structlog
from slack_bolt.app.async_app import AsyncApp

from envaccess.application.people.leavers import has_something, left
from envaccess.application.service_context import ServiceContext
from envaccess.domain.person import refuse_person
from envaccess.slack.alarms import Alarms
from envaccess.slack.channel_guard import ChannelGuard
from envaccess.slack.payload import dig, text

Event = Mapping[str, Any]

_log = structlog.get_logger()


class DirectoryCaches(Protocol):
    """What remembers people, channels and user groups."""

    def forget(self, user: str) -> None:
        """Drop what is remembered of somebody."""
        ...

    def forget_channel(self, channel: str) -> None:
        """Drop what is remembered of a channel's members."""
        ...

    def forget_group(self, group: str) -> None:
        """Drop what is remembered of a user group."""
        ...


Home = Callable[[str], Awaitable[None]]
"""Draws the Home tab of the user with this id."""


def register_events(
    app: AsyncApp,
    context: ServiceContext,
    directory: DirectoryCaches,
    alarms: Alarms,
    guard: ChannelGuard,
    *,
    home: Home | None = None,
) -> None:
    """Register one listener for all events, so that commands and presses pass few listeners.

    Args:
        app: where it is registered.
        context: what the services need.
        directory: told what to forget.
        alarms: told of the app's own end.
        guard: told what changed in channels.
        home: called with the id of somebody who opened the Home tab.
    """
    table = _Table(context, directory, alarms, guard, home)

    async def on_event(body: Mapping[str, Any], event: Event) -> None:
        if _is_ours(body, context.directory.workspace):
            await table.take(event)

    app.event(re.compile(r".+"))(on_event)


def _is_ours(body: Mapping[str, Any], workspace: str) -> bool:
    """Whether an event is about our workspace; one that names no workspace may be.

    `team_id` is where it happened, `authorizations` say through whom it came to us: in a shared channel, or
    on Enterprise Grid, these differ (https://docs.slack.dev/apis/events-api).
    """
    heard = body.get("authorizations")
    named = [body, *(heard if isinstance(heard, list) else ())]
    teams = {text(place, "team_id") for place in named} - {""}
    return not teams or workspace in teams


class _Table:
    """What each event means here; one that is not listed means nothing."""

    def __init__(
        self,
        context: ServiceContext,
        directory: DirectoryCaches,
        alarms: Alarms,
        guard: ChannelGuard,
        home: Home | None,
    ) -> None:
        self._context, self._directory, self._alarms, self._guard = context, directory, alarms, guard
        self._home = home

    async def take(self, event: Event) -> None:
        """Act on one event."""
        handler = _HANDLERS.get(str(event.get("type")))
        if handler:
            await handler(self, event)

    async def person_changed(self, event: Event) -> None:
        """Somebody's account changed: forget what is remembered, and end what a leaver holds.

        What the event says is not used: late, they would end the access of somebody who is back. Most
        changes are of a picture or a status, so that Slack is asked about those only who hold something.
        """
        user = text(event, "user", "id")
        if not user:
            return
        self._directory.forget(user)
        if not await has_something(self._context, user):
            return
        why = refuse_person(await self._context.directory.person(user), self._context.directory.workspace)
        if why:
            count = await left(self._context, user, why)
            _log.info("person_left", user=user, why=why, ended=count)

    async def members_changed(self, event: Event) -> None:
        """Somebody joined or left a channel."""
        if isinstance(event.get("channel"), str):
            self._directory.forget_channel(event["channel"])
            self._guard.changed(event["channel"])

    async def channel_shared(self, event: Event) -> None:
        """Alarm about outsiders who could approve, or read along (docs/explanation/slack.md)."""
        if isinstance(event.get("channel"), str):
            self._directory.forget_channel(event["channel"])
            self._guard.shared(event["channel"])

    async def group_members_changed(self, event: Event) -> None:
        """Somebody was added to a user group, or removed."""
        self._forget_group(text(event, "subteam_id"))

    async def group_changed(self, event: Event) -> None:
        """A user group was renamed, disabled or enabled."""
        self._forget_group(text(event, "subteam", "id"))

    def _forget_group(self, group: str) -> None:
        if group:
            self._directory.forget_group(group)

    async def home_opened(self, event: Event) -> None:
        """Somebody opened the bot's page; its other tab has the direct messages, which are drawn already."""
        user = text(event, "user")
        if self._home and user and event.get("tab") == "home":
            await self._home(user)

    async def tokens_revoked(self, event: Event) -> None:
        """Our token is gone."""
        if dig(event, "tokens", "bot"):
            self._alarms.sound("tokens_revoked")

    async def app_uninstalled(self, _: Event) -> None:
        """Our app is uninstalled."""
        self._alarms.sound("app_uninstalled")


_HANDLERS: dict[str, Callable[[_Table, Event], Awaitable[None]]] = {
    "user_change": _Table.person_changed,
    "member_joined_channel": _Table.members_changed,
    "member_left_channel": _Table.members_changed,
    "channel_shared": _Table.channel_shared,
    "subteam_members_changed": _Table.group_members_changed,
    "subteam_updated": _Table.group_changed,
    "app_home_opened": _Table.home_opened,
    "tokens_revoked": _Table.tokens_revoked,
    "app_uninstalled": _Table.app_uninstalled,
}

EVENTS = frozenset(_HANDLERS)
"""What the manifest subscribes to."""
