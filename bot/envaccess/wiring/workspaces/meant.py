"""Which workspace an operator's command is about, where several installed the app."""

from envaccess.domain.errors import SettingsError
from envaccess.settings import Settings
from envaccess.wiring.installations import SealedInstallations
from envaccess.wiring.parts import open_keyring, open_redis
from envaccess.wiring.workspaces.chosen import by_team
from envaccess.wiring.workspaces.file import workspaces_at_start


async def settings_meant(settings: Settings, workspace: str) -> tuple[Settings, str]:
    """The settings as if the workspace that is named, or the only one, were served alone.

    Args:
        settings: as they were looked at, with what commands need.
        workspace: its id; empty where none is named.

    Returns:
        They, and the workspace where its token is of a whole organisation and does not name it; else empty.

    Raises:
        SettingsError: it is not installed, or it is not clear which is meant.
    """
    if settings.slack_client_id is None:
        return settings, ""
    file = workspaces_at_start(settings.workspaces_file)
    async with open_redis(settings) as client:
        keyring = await open_keyring(settings, client)
        installed = by_team(await SealedInstallations(client, keyring, settings.slack_client_id).all())
    team = workspace or (min(installed) if len(installed) == 1 else "")
    if team not in installed:
        raise SettingsError(_unclear(workspace, sorted(installed)))
    one = installed[team]
    return settings.of_workspace(one.token, file.entries.get(team)), team if one.org_wide else ""


def _unclear(workspace: str, installed: list[str]) -> str:
    if not installed:
        return "No workspace has installed the app yet: open /slack/install at ENVACCESS_API_URL"
    there = f"there {'is' if len(installed) == 1 else 'are'} {', '.join(installed)}"
    if workspace:
        return f"The app is not installed in {workspace}: {there}"
    how = "write `envaccess --workspace ID` before the command"
    return f"Several workspaces installed the app: {how} ({there})"
