"""Draws the Home tab, by `views.publish`; fits `services.homes.HomeTab`."""

import json
import time
from collections.abc import Mapping

from bot import log
from bot.domain.errors import DirectoryError, DirectoryRefusedError, MessageError, StoreError
from bot.domain.refusal import Refusal
from bot.services.home import show_home
from bot.services.homes import Lookers
from bot.services.world import World
from bot.slack.calls import call, taken
from bot.slack.client import SlackClient
from bot.slack.faults import refusal_of
from bot.slack.render.blocks import section
from bot.slack.render.home import render_home
from bot.slack.render.refusals import tell_refusal

_SAME_SECONDS = 5.0
_KEPT = 1_000


class SlackHomeTab:
    """The Home tab of whoever opens it."""

    def __init__(self, client: SlackClient, world: World, lookers: Lookers) -> None:
        self._client = client.background
        self._world = world
        self._lookers = lookers
        self._waiting: dict[str, Mapping[str, int] | None] = {}
        self._published: dict[str, tuple[str, float]] = {}

    async def draw(self, person: str, pages: Mapping[str, int]) -> None:
        """From the state of this moment; what comes while one is under way is drawn once, after it.

        Raises:
            DirectoryError: Slack did not say who this is.
            MessageError: Slack did not take it.
            StoreError: Redis did not answer.
        """
        if person in self._waiting:
            self._waiting[person] = pages
            return
        self._waiting[person] = None
        try:
            await self._publish(person, pages)
            while (later := self._waiting[person]) is not None:
                self._waiting[person] = None
                await self._publish(person, later)
        finally:
            del self._waiting[person]

    async def _publish(self, person: str, pages: Mapping[str, int]) -> None:
        """What was published some seconds ago is not published again."""
        try:
            home = await show_home(self._world, person)
        except DirectoryRefusedError as fault:
            log.fault("home_without_people", fault)
            home = refusal_of(fault)
        if isinstance(home, Refusal):
            view = {"type": "home", "blocks": [section(tell_refusal(home))]}
        else:
            view = render_home(home, pages)
        now, drawn = time.monotonic(), json.dumps(view)
        if len(self._published) >= _KEPT:
            self._published.clear()
        before, until = self._published.pop(person, ("", 0.0))
        if drawn != before or now >= until:
            taken(await call(self._client, "views.publish", json={"user_id": person, "view": view}))
            until = now + _SAME_SECONDS
        self._published[person] = drawn, until

    async def opened(self, person: str, pages: Mapping[str, int] | None = None) -> None:
        """Somebody opened it, or did something in it: draw it, and keep it right for a while."""
        try:
            await self._lookers.looking(person, pages or {})
            await self.draw(person, pages or {})
        except (DirectoryError, MessageError, StoreError) as fault:
            log.fault("home_not_drawn", fault)
