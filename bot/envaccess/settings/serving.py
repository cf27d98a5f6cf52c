"""What serving cannot do without."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import urlsplit

from pydantic import SecretStr

from envaccess.domain.hosts import is_loopback

WHERE_TO_FIND: Final = {
    "SLACK_BOT_TOKEN": "copy the bot token (xoxb-...) from the app's page OAuth & Permissions",
    "SLACK_SIGNING_SECRET": "HTTP mode needs it, or set SLACK_APP_TOKEN for Socket Mode",
    "ENVACCESS_APPROVERS_CHANNEL": "give the id of the private channel whose members decide",
    "ENVACCESS_AUDIT_CHANNEL": "give the id of the channel that gets the audit lines",
    "SLACK_CLIENT_ID": "SLACK_CLIENT_SECRET is set, and both are copied from the page Basic Information",
    "SLACK_CLIENT_SECRET": "SLACK_CLIENT_ID is set, and both are copied from the page Basic Information",
    "ENVACCESS_MASTER_KEYS": "beside REDIS_URL no key is made, so give what `envaccess keys generate` prints",
}
"""What to do about a setting that is missing."""


_BOTH_TOKENS: Final = (
    "SLACK_CLIENT_ID and SLACK_BOT_TOKEN are both set: workspaces that install the app bring tokens of their "
    "own, so unset SLACK_BOT_TOKEN, or serve one workspace and unset SLACK_CLIENT_ID"
)
_ALONE: Final = (
    "ENVACCESS_WORKSPACES_FILE is set, and SLACK_CLIENT_ID is not: set SLACK_CLIENT_ID and "
    "SLACK_CLIENT_SECRET, so that workspaces can install the app, or unset it"
)
_NO_URL: Final = (
    "ENVACCESS_API_URL is not set: give the https address at which browsers reach this process, because the "
    "app is installed at its page /slack/install"
)
_NO_CHANNELS: Final = (
    "ENVACCESS_WORKSPACES_FILE is not set: name the file that says which channels each workspace uses, or "
    "set ENVACCESS_APPROVERS_CHANNEL and ENVACCESS_AUDIT_CHANNEL for the only one"
)


class Given(Protocol):
    """What of the settings decides how many workspaces are served."""

    @property
    def slack_bot_token(self) -> SecretStr | None:
        """The token of the one workspace."""
        ...

    @property
    def slack_client_id(self) -> str | None:
        """The app, which workspaces install."""
        ...

    @property
    def slack_client_secret(self) -> SecretStr | None:
        """Its secret."""
        ...

    @property
    def workspaces_file(self) -> Path | None:
        """What each workspace uses."""
        ...

    @property
    def api_url(self) -> str | None:
        """Where others reach us."""
        ...

    @property
    def approvers_channel(self) -> str | None:
        """What workspaces use that the file does not name."""
        ...

    @property
    def audit_channel(self) -> str | None:
        """The same."""
        ...


def refuse_mixed(given: Given) -> tuple[str, ...]:
    """Why it is not clear whether one workspace is served by its token, or all that install the app."""
    oauth = given.slack_client_id or given.slack_client_secret
    mixed = (_BOTH_TOKENS,) if oauth and given.slack_bot_token else ()
    return (*mixed, _ALONE) if given.workspaces_file and not oauth else mixed


def needs(given: Given, wrong: Collection[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The settings that serving needs, and why no workspace could be served; neither where both are given.

    Which of the two is meant decides what else is asked for.
    """
    if not (given.slack_client_id or given.slack_client_secret):
        return ("slack_bot_token", "approvers_channel", "audit_channel"), ()
    if given.slack_bot_token:
        return (), ()
    return ("slack_client_id", "slack_client_secret"), _refuse_nowhere(given, wrong)


def _refuse_nowhere(given: Given, wrong: Collection[str]) -> tuple[str, ...]:
    """Why no workspace could install the app, or be served."""
    url = () if given.api_url or "ENVACCESS_API_URL" in wrong else (_NO_URL,)
    if given.workspaces_file or "ENVACCESS_WORKSPACES_FILE" in wrong:
        return url
    return url if given.approvers_channel and given.audit_channel else (*url, _NO_CHANNELS)


@dataclass(frozen=True, slots=True)
class Serving:
    """What serving cannot do without, all of it present.

    Attributes:
        bot_token: the `xoxb-` token.
        app_token: the `xapp-` token of Socket Mode; None means HTTP mode.
        signing_secret: never None in HTTP mode.
        approvers_channel: the id of the channel whose members decide.
        audit_channel: the id of the channel that gets the audit lines.
    """

    bot_token: SecretStr
    app_token: SecretStr | None
    signing_secret: SecretStr | None
    approvers_channel: str
    audit_channel: str


def refuse_unreachable(api_url: str | None, *, local: bool) -> tuple[str, ...]:
    """Why others could not use our API: in Socket Mode nobody need reach us, and by itself nobody can.

    Args:
        api_url: its address.
        local: whether the process listens on this machine only, because nothing else was said.
    """
    if not (api_url and local) or is_loopback(urlsplit(api_url).hostname):
        return ()
    fault = "ENVACCESS_LISTEN is not set, and ENVACCESS_API_URL names an address that others use"
    return (f"{fault}: set it to 0.0.0.0, or to 127.0.0.1 if a proxy on this machine passes requests on",)
