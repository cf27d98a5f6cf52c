"""Which workspaces are to be served, and with which settings: by what is installed, and by the file."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from envaccess.domain.installation import Installation
from envaccess.domain.workspaces import WorkspaceEntry, WorkspacesFile
from envaccess.settings import Settings

Installed = Mapping[str, Installation]
"""What is installed, by the workspaces that it serves."""


@dataclass(frozen=True, slots=True)
class ChosenWorkspace:
    """One workspace that is to be served.

    Attributes:
        team: its id.
        installation: whose token is used.
        settings: as if it were served alone.
        entry: what the file says of it; None where the settings say it.
    """

    team: str
    installation: Installation
    settings: Settings
    entry: WorkspaceEntry | None

    @property
    def kept(self) -> tuple[object, ...]:
        """What no running workspace can change: any other is started anew."""
        one = self.installation
        return self.entry, one.org_wide, one.bot_user, one.app


def by_team(installations: Iterable[Installation]) -> Installed:
    """What is installed, by workspace: its own installation counts before its organisation's."""
    ordered = sorted(installations, key=lambda one: not one.org_wide)
    return {team: one for one in ordered for team in one.served if team}


def choose(settings: Settings, file: WorkspacesFile, installed: Installed) -> Mapping[str, ChosenWorkspace]:
    """Those of which somebody says which channels they use."""
    named = {
        channel for one in file.entries.values() for channel in (one.approvers_channel, one.audit_channel)
    }
    own = {settings.approvers_channel, settings.audit_channel}
    usual = None not in own and not own & named
    return {
        team: ChosenWorkspace(team, one, settings.of_workspace(one.token, entry), entry)
        for team, one in installed.items()
        if (entry := file.entries.get(team)) or (usual and _is_alone(one))
    }


def _is_alone(one: Installation) -> bool:
    """Whether its token reads no channel of another workspace that is served, too.

    The channels of the settings are one workspace's. A token of a whole organisation reads them from each of
    its workspaces: what is asked in one would be posted in the other.
    """
    return not one.org_wide or len(one.teams) == 1
