"""The controls behind the scene: the clock, Slack's bad days, Redis, the bot, user groups."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from envaccess_demo.page.backend import Backend
from envaccess_demo.page.requests import PageRequest, PageRequestError
from envaccess_demo.page.workspace_view import WorkspaceView
from slack_emulator.faults import Faults
from slack_emulator.groups import updated_event
from slack_emulator.shapes import Json

SLOW_SECONDS = 0.6
"""A call's delay: enough to be felt, and two in a row still fit into the 1.5 s that our checks may take."""

RETRY_AFTER = 3
"""Seconds that a 429 asks to wait."""

LONGEST_MOVE = 86_400

Control = Callable[[PageRequest], Awaitable[Json]]


class Controls:
    """One method a control; `moved` is called when one was."""

    def __init__(self, workspace_view: WorkspaceView, backend: Backend, moved: Callable[[], None]) -> None:
        self._workspace_view = workspace_view
        self._backend = backend
        self._moved = moved
        self._moving = asyncio.Lock()
        self.faults = {"slow": False, "limited": False, "down": False}
        self.all: Mapping[str, Control] = {
            "clock": self.clock,
            "fault": self.fault,
            "redis": self.redis,
            "bot": self.bot,
            "group": self.group,
        }

    async def clock(self, request: PageRequest) -> Json:
        """Move everything on: Redis' times and the playground's clock."""
        seconds, clock = request.whole("seconds", 1, LONGEST_MOVE), self._workspace_view.clock
        async with self._moving:
            self._workspace_view.keep_drawings()
            await self._backend.move_clock(seconds)
            clock.offset += seconds * 1000
            offset = clock.offset
        self._moved()
        return {"clock_offset_ms": offset}

    async def fault(self, request: PageRequest) -> Json:
        """Switch one of Slack's bad days on or off; the worst that is on decides."""
        name, on = request.text("name"), request.flag("on")
        if name not in self.faults:
            raise PageRequestError(f"There is no such fault; there are {', '.join(self.faults)}.")
        self.faults[name] = on
        faults = self._workspace_view.slack.faults
        faults.clear()
        self._set(faults)
        if self.faults["down"]:
            self._workspace_view.slack.drop_sockets()
        self._moved()
        return {}

    def _set(self, faults: Faults) -> None:
        if self.faults["down"]:
            faults.refuse()
        if self.faults["limited"]:
            faults.rate_limit(retry_after=RETRY_AFTER)
        if self.faults["slow"]:
            faults.slow(seconds=SLOW_SECONDS)

    async def redis(self, request: PageRequest) -> Json:
        """Restart Redis."""
        if request.text("what") != "restart":
            raise PageRequestError("Redis can be told to restart.")
        await self._backend.restart_redis()
        self._moved()
        return {}

    async def bot(self, request: PageRequest) -> Json:
        """Kill the bot, or start it again."""
        whats = {"kill": self._backend.kill_bot, "start": self._backend.start_bot}
        what = whats.get(request.text("what"))
        if what is None:
            raise PageRequestError("The bot can be told to kill or start.")
        await what()
        self._moved()
        return {}

    async def group(self, request: PageRequest) -> Json:
        """Put somebody into a user group, or take them out; the bot is told of both as Slack tells it."""
        slack, person = self._workspace_view.slack, self._workspace_view.person(request.text("person"))
        group, on = self._workspace_view.group(request.text("group")), request.flag("on")
        if person.member.team_id != slack.team_id:
            raise PageRequestError(f"{person.member.name} is not of this workspace.")
        if on != (person.id in group.members):
            event = slack.add_to_group(person, group) if on else slack.remove_from_group(person, group)
            await asyncio.gather(slack.tell(event), slack.tell(updated_event(group, slack.team_id)))
        return {"members": list(group.members)}
