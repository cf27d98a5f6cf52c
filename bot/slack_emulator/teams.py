"""All the workspaces of one emulator, their organisations, and where the app is installed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from slack_emulator.installations import Installations
from slack_emulator.views import Views

if TYPE_CHECKING:
    from slack_emulator.ids import Clock
    from slack_emulator.members import Member
    from slack_emulator.rates import Rates
    from slack_emulator.state import EmulatorState


@dataclass(eq=False)
class Organisation:
    """An Enterprise Grid: its workspaces, and those of them that an org-wide installation was added to.

    Home tabs and rates are those of the org-wide installation: one person has one Home tab of it.
    """

    id: str
    name: str
    bot: Member
    bot_id: str
    rates: Rates
    teams: list[str] = field(default_factory=list)
    granted: list[str] = field(default_factory=list)
    views: Views = field(default_factory=Views)


class Teams:
    """Every workspace by its id, the first one first."""

    def __init__(self, clock: Clock, client_id: str, client_secret: str) -> None:
        self.client_id = client_id
        self.client_secret = client_secret
        self.redirect_urls: tuple[str, ...] = ()
        self.installations = Installations(clock)
        self.states: dict[str, EmulatorState] = {}
        self.organisations: dict[str, Organisation] = {}

    def organisation_of(self, team_id: str) -> Organisation | None:
        """The organisation that a workspace belongs to."""
        return next((one for one in self.organisations.values() if team_id in one.teams), None)

    def org_wide(self, team_id: str) -> Organisation | None:
        """The organisation through whose installation the app is in a workspace.

        None where it was installed into the workspace itself, or is not there at all.
        """
        found = self.organisation_of(team_id)
        if found is None or team_id not in found.granted or self.installations.live(team_id):
            return None
        return found if self.installations.live("", found.id) else None

    def granted(self, enterprise_id: str) -> list[EmulatorState]:
        """The workspaces that the org-wide token of an organisation reaches."""
        found = self.organisations.get(enterprise_id)
        return [self.states[team_id] for team_id in found.granted] if found else []

    def rates_of(self, token: str | None, home: EmulatorState) -> Rates:
        """Where a call with this token is counted: rates are by app and installation."""
        found = self.installations.find(token or "")
        if found is None:
            return home.rates
        return (
            self.organisations[found.enterprise].rates if found.is_org_wide else self.states[found.team].rates
        )
