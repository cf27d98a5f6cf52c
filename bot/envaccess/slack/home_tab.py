"""Draws the Home tab, by `views.publish`; fits `projections.home_tabs.HomeTab`."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from envaccess import log
from envaccess.application.faults import refusal_of
from envaccess.application.home import show_home
from envaccess.application.service_context import ServiceContext
from envaccess.domain.errors import DirectoryError, DirectoryRefusedError, StoreError
from envaccess.domain.refusal import Refusal
from envaccess.projections.errors import MessageDelayedError, MessageError
from envaccess.projections.home_tabs import HomeViewers
from envaccess.projections.rate_gate import RateGate
from envaccess.slack.calls import call, taken
from envaccess.slack.client import SlackClient
from envaccess.slack.render.blocks import section
from envaccess.slack.render.home import render_home
from envaccess.slack.render.refusals import tell_refusal
from envaccess.slack.render.watch import GRANTS

Sleep = Callable[[float], Awaitable[object]]

_METHOD = "publish"
_SAME_SECONDS = 5.0
_KEPT = 1_000
_PAUSES = (1.0, 3.0)
"""Seconds before an opening is tried again that Redis did not answer."""


@dataclass(frozen=True)
class _Asked:
    """One drawing that is due: the pages looked at, and whether the person opened it."""

    pages: Mapping[str, int]
    opened: bool


class SlackHomeTab:
    """The Home tab of whoever opens it.

    Args:
        client: Slack.
        context: what the tab shows.
        viewers: who may be looking.
        rate_gate: when Slack may be called; an opening is urgent, and never waits behind others.
        sleep: lets seconds pass.
    """

    def __init__(
        self,
        client: SlackClient,
        context: ServiceContext,
        viewers: HomeViewers,
        rate_gate: RateGate,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._client = client.background
        self._context = context
        self._viewers = viewers
        self._rate_gate = rate_gate
        self._sleep = sleep
        self._line = asyncio.Lock()
        self._waiting: dict[str, _Asked | None] = {}
        self._published: dict[str, tuple[str, float]] = {}

    async def draw(self, person: str, pages: Mapping[str, int]) -> None:
        """Draw without the person having asked, from the present state.

        Raises:
            DirectoryError: Slack did not say who this is.
            MessageDelayedError: Slack takes no more tabs for some seconds, except those that somebody opens.
            MessageError: Slack did not take it.
            StoreError: Redis did not answer.
        """
        if wait := self._rate_gate.wait(_METHOD, ""):
            raise MessageDelayedError(wait)
        await self._draw(person, _Asked(pages, opened=False))

    async def _draw(self, person: str, asked: _Asked) -> None:
        """Draw one at a time for each person; what is asked meanwhile is drawn once, afterwards."""
        if person in self._waiting:
            before = self._waiting[person]
            # A redraw has the pages of before: an opening that waits has newer ones.
            if asked.opened or before is None or not before.opened:
                self._waiting[person] = asked
            return
        later: _Asked | None = asked
        try:
            while later is not None:
                self._waiting[person] = None
                await self._publish_unless_later(person, later)
                later = self._waiting[person]
        finally:
            del self._waiting[person]

    async def _publish_unless_later(self, person: str, asked: _Asked) -> None:
        """Publish; a failure is not reported when it is drawn once more anyway."""
        try:
            await (self._publish_opened if asked.opened else self._publish)(person, asked.pages)
        except (MessageDelayedError, StoreError):
            if self._waiting[person] is None:
                raise

    async def _publish_opened(self, person: str, pages: Mapping[str, int]) -> None:
        """Remember who looks, and publish; tried again, since nothing else may ever draw it."""
        for pause in _PAUSES:
            try:
                await self._look(person, pages)
            except MessageDelayedError:
                continue  # the next try waits as long as Slack asks for
            except StoreError:
                await self._sleep(pause)
            else:
                return
        await self._look(person, pages)

    async def _look(self, person: str, pages: Mapping[str, int]) -> None:
        await self._viewers.looking(person, pages)
        await self._publish(person, pages)

    async def _publish(self, person: str, pages: Mapping[str, int]) -> None:
        """Publish unless the same view was published some seconds ago."""
        view = await self._view(person, pages)
        if self._is_shown(person, view):
            return
        if await self._await_turn():
            view = await self._view(person, pages)
        await self._send(person, view)
        if len(self._published) >= _KEPT:
            self._published.clear()
        self._published[person] = json.dumps(view), time.monotonic() + _SAME_SECONDS

    async def _send(self, person: str, view: dict[str, Any]) -> None:
        try:
            taken(await call(self._client, "views.publish", json={"user_id": person, "view": view}))
        except MessageDelayedError as error:
            self._rate_gate.hold(_METHOD, "", error.seconds)
            raise

    async def _view(self, person: str, pages: Mapping[str, int]) -> dict[str, Any]:
        try:
            home = await show_home(self._context, person, pages.get(GRANTS, 0))
        except DirectoryRefusedError as fault:
            log.fault("home_without_people", fault)
            home = refusal_of(fault)
        if isinstance(home, Refusal):
            return {"type": "home", "blocks": [section(tell_refusal(home))]}
        return render_home(home, pages)

    def _is_shown(self, person: str, view: dict[str, Any]) -> bool:
        shown, until = self._published.get(person, ("", 0.0))
        return json.dumps(view) == shown and time.monotonic() < until

    async def _await_turn(self) -> bool:
        """Wait for Slack's rate, in order of arrival; True if it had to wait."""
        waited = self._line.locked()
        async with self._line:
            while wait := self._rate_gate.claim(_METHOD, "", urgent=True):
                waited = True
                await self._sleep(wait)
        return waited

    async def opened(self, person: str, pages: Mapping[str, int] | None = None) -> None:
        """Somebody opened it, or did something in it: draw it, and keep it right for a while."""
        try:
            await self._draw(person, _Asked(pages or {}, opened=True))
        except (DirectoryError, MessageError, StoreError) as fault:
            log.fault("home_not_drawn", fault)
