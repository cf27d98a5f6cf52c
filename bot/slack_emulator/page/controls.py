"""What can be done behind the screens of any workspace: Slack's faults, and who is in which user group."""

import asyncio
from typing import TYPE_CHECKING

from slack_emulator.faults import Faults
from slack_emulator.groups import updated_event
from slack_emulator.page.requests import PageRequest, PageRequestError
from slack_emulator.page.workspace_view import WorkspaceView
from slack_emulator.types import Json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slack_emulator.page.extension import Control

SLOW_SECONDS = 0.6
"""A call's delay: enough to be felt, and short enough for two in a row before an ack is due."""

RETRY_AFTER = 3
"""Seconds that a 429 asks to wait."""


class WorkspaceControls:
    """One method a control."""

    def __init__(self, workspace_view: WorkspaceView) -> None:
        self._workspace_view = workspace_view
        self.faults = {"slow": False, "limited": False, "down": False}
        self.all: Mapping[str, Control] = {"fault": self.fault, "group": self.group}

    async def fault(self, request: PageRequest) -> Json:
        """Switch one of Slack's faults on or off; the worst that is on decides."""
        name, on = request.text("name"), request.flag("on")
        if name not in self.faults:
            raise PageRequestError(f"There is no such fault; there are {', '.join(self.faults)}.")
        self.faults[name] = on
        faults = self._workspace_view.slack.faults
        faults.clear()
        self._set(faults)
        if self.faults["down"]:
            self._workspace_view.slack.drop_sockets()
        return {}

    def _set(self, faults: Faults) -> None:
        if self.faults["down"]:
            faults.refuse()
        if self.faults["limited"]:
            faults.rate_limit(retry_after=RETRY_AFTER)
        if self.faults["slow"]:
            faults.slow(seconds=SLOW_SECONDS)

    async def group(self, request: PageRequest) -> Json:
        """Put somebody into a user group, or take them out; the app is told of both as Slack tells it."""
        slack, person = self._workspace_view.slack, self._workspace_view.person(request.text("person"))
        group, on = self._workspace_view.group(request.text("group")), request.flag("on")
        if person.member.team_id != slack.team_id:
            raise PageRequestError(f"{person.member.name} is not of this workspace.")
        if on != (person.id in group.members):
            event = slack.add_to_group(person, group) if on else slack.remove_from_group(person, group)
            await asyncio.gather(slack.tell(event), slack.tell(updated_event(group, slack.team_id)))
        return {"members": list(group.members)}
