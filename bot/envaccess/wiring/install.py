"""Installing by the page, and what runs for installations, joined."""

import contextlib
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web
from slack_bolt.response import BoltResponse

from envaccess.application.ports.process import Journal
from envaccess.domain.errors import StoreError
from envaccess.projections.workers import Loop, keep_on
from envaccess.slack.alarms import Alarms
from envaccess.slack.client import SlackClient
from envaccess.slack.incoming import Body, Dispatch
from envaccess.slack.install.flow import Allowed, InstallFlow
from envaccess.slack.install.oauth import REDIRECT_PATH, SlackOAuth
from envaccess.slack.install.pages import INSTALL_PATH
from envaccess.slack.install.removal import Removals
from envaccess.slack.install.rotation import TokenRotation
from envaccess.store.install_states import RedisInstallLeases, RedisInstallStates
from envaccess.wiring.installation_events import ClientOf, InstallationEvents
from envaccess.wiring.installations import SealedInstallations
from envaccess.wiring.parts import RandomIds, WallClock

_APP_TOKEN_PARTS: Final = 3


@dataclass(frozen=True, slots=True)
class Installing:
    """What a host mounts, asks and runs.

    Attributes:
        flow: the page; `flow.mount(site)`.
        removals: asked about every payload before a workspace's listeners.
        rotation: replaces tokens.
        loops: what runs beside the listeners.
    """

    flow: InstallFlow
    removals: Removals
    rotation: TokenRotation
    loops: Sequence[Loop]

    def mount(self, site: web.Application) -> None:
        """Answer the page's two addresses."""
        self.flow.mount(site)

    def before(self, answer: Dispatch) -> Dispatch:
        """Answer events about installations here, and let all others pass."""

        async def take(payload: Body) -> BoltResponse:
            if await self.removals.take(payload):
                return BoltResponse(status=200)
            return await answer(payload)

        return take


@dataclass(frozen=True, slots=True)
class AppCredentials:
    """The app, as its page Basic Information has it, and where it is reached.

    Attributes:
        client_id: its Client ID.
        client_secret: its Client Secret.
        slack_api_url: Slack's Web API.
        public_url: ENVACCESS_API_URL: the redirect URL is on the same host.
        app_token: SLACK_APP_TOKEN, which names the app; empty where there is none.
    """

    client_id: str
    client_secret: str = field(repr=False)
    slack_api_url: str
    public_url: str
    app_token: str = field(default="", repr=False)

    @property
    def origin(self) -> str:
        """Scheme and host that browsers see."""
        public = urlsplit(self.public_url)
        return f"{public.scheme}://{public.netloc}"

    @property
    def app(self) -> str:
        """The app's id, which an app token names (`xapp-1-A0...-...`); empty where there is none."""
        parts = self.app_token.split("-")
        named = parts[2] if len(parts) > _APP_TOKEN_PARTS else ""
        return named if named.startswith("A") and named.isalnum() else ""


def join_installing(
    credentials: AppCredentials,
    slack: SlackClient,
    installations: SealedInstallations,
    *,
    allowed: Allowed,
    changed: Callable[[], Awaitable[None]],
    client_of: ClientOf,
    alarms: Alarms,
    journal: Journal,
) -> Installing:
    """Join the parts; nothing is called yet.

    Args:
        credentials: the app.
        slack: connections to Slack; their own token is not used.
        installations: where they are kept.
        allowed: whether the operator lists a workspace, or an organisation.
        changed: told after each change, so that this process looks at once.
        client_of: connections for the workspaces.
        alarms: told what a person has to mend.
        journal: of the loops.
    """
    token = RandomIds().operation()
    events = InstallationEvents(installations.runner, installations, client_of, token)
    told = partial(_tell, events, changed)
    oauth = _oauth(credentials, slack)
    leases = RedisInstallLeases(installations.runner, token)
    page = f"{credentials.origin}{INSTALL_PATH}"
    rotation = TokenRotation(
        installations, leases, oauth, alarms, WallClock().now, time.monotonic, told, page
    )
    removals = Removals(installations, oauth, rotation, time.monotonic, told)
    steps = {"token_rotation": rotation.step, "removals": removals.step, "installation_events": events.step}
    loops = [partial(keep_on, name, journal, step) for name, step in steps.items()]
    return Installing(_flow(credentials, oauth, installations, allowed, told), removals, rotation, loops)


async def _tell(events: InstallationEvents, changed: Callable[[], Awaitable[None]]) -> None:
    """First the audit, then what is served."""
    with contextlib.suppress(StoreError):  # the loop tells it
        await events.step()
    await changed()


def _oauth(credentials: AppCredentials, slack: SlackClient) -> SlackOAuth:
    redirect = f"{credentials.origin}{REDIRECT_PATH}"
    where, secret = credentials.slack_api_url, credentials.client_secret
    return SlackOAuth(slack, where, credentials.client_id, secret, redirect)


def _flow(
    credentials: AppCredentials,
    oauth: SlackOAuth,
    installations: SealedInstallations,
    allowed: Allowed,
    kept: Callable[[], Awaitable[None]],
) -> InstallFlow:
    states, secure = RedisInstallStates(installations.runner), credentials.origin.startswith("https://")
    return InstallFlow(oauth, states, installations, allowed, credentials.app, WallClock().now, secure, kept)
