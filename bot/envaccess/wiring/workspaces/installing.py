"""The install page of a process that serves many workspaces, and what runs for what is installed."""

import contextlib

from envaccess.domain.errors import StoreError
from envaccess.slack.alarms import Alarms
from envaccess.slack.client import SlackClient
from envaccess.wiring.install import AppCredentials, Installing, join_installing
from envaccess.wiring.installations import SealedInstallations
from envaccess.wiring.workspaces.file import WatchedWorkspaces
from envaccess.wiring.workspaces.host import Workspaces
from envaccess.wiring.workspaces.running import Shared


def open_installations(shared: Shared, alarms: Alarms) -> SealedInstallations:
    """What is installed; an alarm tells of what no master key opens."""
    assert shared.settings.slack_client_id

    def tell(place: str) -> None:
        mend = (
            "Put the master key back that was in force when it was installed, or install the app there again"
        )
        alarms.tell("installation_unopened", place, problem="No master key opens its installation", mend=mend)

    return SealedInstallations(shared.client, shared.keyring, shared.settings.slack_client_id, tell)


def installing_of(
    shared: Shared,
    slack: SlackClient,
    installations: SealedInstallations,
    watched: WatchedWorkspaces,
    workspaces: Workspaces,
    alarms: Alarms,
) -> Installing:
    """The install page, and what runs for installations."""
    settings, token = shared.settings, shared.settings.slack_app_token
    assert settings.slack_client_id
    assert settings.slack_client_secret
    assert settings.api_url
    secret = settings.slack_client_secret.get_secret_value()
    named = token.get_secret_value() if token else ""
    api_url = settings.slack_api_url

    async def look() -> None:
        with contextlib.suppress(StoreError):  # it looks again within seconds
            await workspaces.step()

    return join_installing(
        AppCredentials(settings.slack_client_id, secret, api_url, settings.api_url, named),
        slack,
        installations,
        allowed=lambda team, organisation: watched.current.admits(team, organisation),  # noqa: PLW0108 - as it is then
        changed=look,
        client_of=lambda _: shared.client,
        alarms=alarms,
        journal=shared.journal,
    )
