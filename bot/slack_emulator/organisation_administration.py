"""An Enterprise Grid: who belongs to which of its workspaces, and where an org-wide installation reaches."""

from collections.abc import Iterable, Sequence
from typing import Any

from slack_emulator import payloads
from slack_emulator.administration import WorkspaceAdministration
from slack_emulator.deliveries import PayloadDelivery
from slack_emulator.dispatcher import Dispatcher
from slack_emulator.members import Member
from slack_emulator.people import User
from slack_emulator.state import EmulatorState
from slack_emulator.teams import Organisation


class OrganisationAdministration:
    """One organisation. `home` is the emulator's first workspace, through which events are sent."""

    def __init__(self, home: EmulatorState, dispatcher: Dispatcher, organisation: Organisation) -> None:
        self._home = home
        self._dispatcher = dispatcher
        self.organisation = organisation

    @property
    def id(self) -> str:
        """The organisation's id (`E...`)."""
        return self.organisation.id

    @property
    def bot_token(self) -> str:
        """The newest org-wide token that was not ended, empty without one."""
        token = self._home.teams.installations.live("", self.id)
        return token.value if token else ""

    def add_person(
        self,
        name: str,
        real_name: str = "",
        *,
        teams: Sequence[WorkspaceAdministration],
        prefix: str = "W",
        **flags: Any,  # noqa: ANN401
    ) -> User:
        """Add somebody to these workspaces, under one id (W or U); they act in the first one."""
        state = teams[0].state
        member = Member(
            state.workspace.ids.next(prefix, name), name, teams[0].team_id, real_name or name, **flags
        )
        member.enterprise_id, member.enterprise_name = self.organisation.id, self.organisation.name
        member.teams = tuple(team.team_id for team in teams)
        for team in teams:
            team.state.workspace.add_member(member)
        return User(state, self._dispatcher, member)

    def leave(self, person: User, team: WorkspaceAdministration) -> None:
        """Take somebody out of one workspace only; in the others of the organisation they stay."""
        person.member.teams = tuple(one for one in person.member.teams if one != team.team_id)
        team.state.workspace.members.pop(person.id, None)
        if person.member.team_id == team.team_id and person.member.teams:
            person.member.team_id = person.member.teams[0]

    def install(self, *teams: WorkspaceAdministration, scopes: Iterable[str] | None = None) -> str:
        """Install the app org-wide, without OAuth, and add it to these workspaces; returns the token."""
        token = self._home.teams.installations.mint("", self.id, scopes or self._home.scopes)
        for team in teams:
            self._reach(team)
        return token.value

    def _reach(self, team: WorkspaceAdministration) -> None:
        if team.team_id not in self.organisation.granted:
            self.organisation.granted.append(team.team_id)
        team.state.views = self.organisation.views

    async def grant(self, *teams: WorkspaceAdministration) -> PayloadDelivery:
        """Add the org-wide installation to workspaces, and tell the app."""
        for team in teams:
            self._reach(team)
        return await self._tell("team_access_granted", [team.team_id for team in teams])

    async def withdraw(self, *teams: WorkspaceAdministration) -> PayloadDelivery:
        """Take the org-wide installation away from workspaces, and tell the app."""
        gone = {team.team_id for team in teams}
        self.organisation.granted[:] = [one for one in self.organisation.granted if one not in gone]
        return await self._tell("team_access_revoked", [team.team_id for team in teams])

    async def _tell(self, kind: str, team_ids: list[str]) -> PayloadDelivery:
        payload = payloads.access_event(self._home, self.id, kind, team_ids)
        return await self._dispatcher.send("events_api", payload)

    async def uninstall(self) -> list[PayloadDelivery]:
        """End the org-wide installation; the app is told by both events, in Slack's order of the day."""
        self._home.teams.installations.end("", self.id)
        events = (
            {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [self.organisation.bot.id]}},
            {"type": "app_uninstalled"},
        )
        return [
            await self._dispatcher.send(
                "events_api", payloads.org_event(self._home, self.organisation, event)
            )
            for event in events
        ]
