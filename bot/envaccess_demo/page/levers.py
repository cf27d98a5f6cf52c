"""The levers behind the scene: the clock, Slack's bad days, Redis, the bot, user groups."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from envaccess_demo.page.backstage import Backstage
from envaccess_demo.page.orders import Order, OrderError
from envaccess_demo.page.town import Town
from slack_emulator.faults import Faults
from slack_emulator.groups import updated_event
from slack_emulator.shapes import Json

SLOW_SECONDS = 0.6
"""A call's delay: enough to be felt, and two in a row still fit into the 1.5 s that our checks may take."""

RETRY_AFTER = 3
"""Seconds that a 429 asks to wait."""

LONGEST_MOVE = 86_400

Lever = Callable[[Order], Awaitable[Json]]


class Levers:
    """One method a lever; `moved` is called when one was."""

    def __init__(self, town: Town, backstage: Backstage, moved: Callable[[], None]) -> None:
        self._town = town
        self._backstage = backstage
        self._moved = moved
        self._moving = asyncio.Lock()
        self.faults = {"slow": False, "limited": False, "down": False}
        self.all: Mapping[str, Lever] = {
            "clock": self.clock,
            "fault": self.fault,
            "redis": self.redis,
            "bot": self.bot,
            "group": self.group,
        }

    async def clock(self, order: Order) -> Json:
        """Move everything on: Redis' times and the playground's clock."""
        seconds, clock = order.whole("seconds", 1, LONGEST_MOVE), self._town.clock
        async with self._moving:
            self._town.keep_drawings()
            await self._backstage.move_clock(seconds)
            clock.offset += seconds * 1000
            offset = clock.offset
        self._moved()
        return {"clock_offset_ms": offset}

    async def fault(self, order: Order) -> Json:
        """Switch one of Slack's bad days on or off; the worst that is on decides."""
        name, on = order.text("name"), order.flag("on")
        if name not in self.faults:
            raise OrderError(f"There is no such fault; there are {', '.join(self.faults)}.")
        self.faults[name] = on
        faults = self._town.slack.faults
        faults.clear()
        self._set(faults)
        if self.faults["down"]:
            self._town.slack.drop_sockets()
        self._moved()
        return {}

    def _set(self, faults: Faults) -> None:
        if self.faults["down"]:
            faults.refuse()
        if self.faults["limited"]:
            faults.rate_limit(retry_after=RETRY_AFTER)
        if self.faults["slow"]:
            faults.slow(seconds=SLOW_SECONDS)

    async def redis(self, order: Order) -> Json:
        """Restart Redis."""
        if order.text("what") != "restart":
            raise OrderError("Redis can be told to restart.")
        await self._backstage.restart_redis()
        self._moved()
        return {}

    async def bot(self, order: Order) -> Json:
        """Kill the bot, or start it again."""
        whats = {"kill": self._backstage.kill_bot, "start": self._backstage.start_bot}
        what = whats.get(order.text("what"))
        if what is None:
            raise OrderError("The bot can be told to kill or start.")
        await what()
        self._moved()
        return {}

    async def group(self, order: Order) -> Json:
        """Put somebody into a user group, or take them out; the bot is told of both as Slack tells it."""
        slack, person = self._town.slack, self._town.person(order.text("person"))
        group, on = self._town.group(order.text("group")), order.flag("on")
        if person.member.team_id != slack.team_id:
            raise OrderError(f"{person.member.name} is not of this workspace.")
        if on != (person.id in group.members):
            event = slack.enlist(person, group) if on else slack.dismiss(person, group)
            await asyncio.gather(slack.tell(event), slack.tell(updated_event(group, slack.team_id)))
        return {"members": list(group.members)}
