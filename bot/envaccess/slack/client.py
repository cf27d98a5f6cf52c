"""The connections to Slack's Web API, and who we are there.

There are two clients with a connection pool each, so that a burst of the relay's calls holds up no ack:
`quick` for what happens before an ack, `background` for everything else. Neither repeats a call: slack-sdk
does so on connection errors unless told not to, and that can post twice (docs/explanation/slack.md).
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from envaccess.application.ports.metrics import UNMETERED, Meter
from envaccess.domain.errors import DirectoryError, DirectoryRefusedError, SettingsError
from envaccess.slack.calls import Answer, Done, MeteredWebClient, Refused, call
from envaccess.slack.unreachable import unreached

QUICK_SECONDS: Final = 1.5
"""For all calls before an ack; Slack waits three seconds for that (docs/explanation/slack.md)."""
BACKGROUND_SECONDS: Final = 4.0
"""For each call of the relay, well inside its ten-second lease."""
_CONNECT_SECONDS: Final = 2.0

NOBODY = frozenset({"user_not_found", "user_not_visible", "users_not_found"})
"""Codes of `users.info` for an id that is nobody's here."""
_MENDS = {
    "invalid_auth": "copy the bot token again from the app's page OAuth & Permissions",
    "not_authed": "copy the bot token again from the app's page OAuth & Permissions",
    "account_inactive": "the app was removed from the workspace: install it again and copy the new token",
    "token_revoked": "the token was revoked: install the app again and copy the new token",
    "token_expired": "the token has expired: turn token rotation off, install again, copy the new token",
    "not_allowed_token_type": "it must be a bot token, which begins with xoxb-",
    "missing_scope": "install the app again from manifest.yml, so that it gets every scope",
    "no_permission": "install the app again from manifest.yml, so that it gets every scope",
    "org_login_required": "the workspace moved to another organisation: install the app again",
    "team_access_not_granted": "the organisation has not granted the app this workspace",
    "access_denied": "the workspace does not admit this machine's address",
    "two_factor_setup_required": "the workspace asks for two-factor authentication first",
}
"""What to do about faults of `auth.test` that no waiting mends (its reference page, errors)."""


@dataclass(frozen=True, slots=True)
class Identity:
    """The bot and its workspace, as `auth.test` says.

    Attributes:
        team: the workspace's id, `T...`; the only workspace whose people may do anything.
        user: the bot's user id, `U...`.
        bot: the bot's id, `B...`.
        scopes: what the token may do; None when Slack did not say.
    """

    team: str
    user: str
    bot: str
    team_name: str = ""
    url: str = ""
    enterprise: str = ""
    scopes: frozenset[str] | None = None


class SlackClient:
    """Slack's Web API with our bot token. Made inside a running event loop; `close` it in the same."""

    def __init__(self, token: str, base_url: str, *, loopback: bool, meter: Meter = UNMETERED) -> None:
        """Open the connection pools; nothing is sent yet.

        Args:
            token: the `xoxb-` token.
            base_url: `https://slack.com/api/` or another that ends with a slash.
            loopback: whether that is on this machine, as `Settings.loopback_api` says: no proxy then.
            meter: counts every call.
        """
        self._meter = meter
        self._base_url = base_url
        self._loopback = loopback
        self._quick = _open_session(QUICK_SECONDS)
        self._background = _open_session(BACKGROUND_SECONDS)
        self.quick: Final = self._client(token, self._quick)
        self.background: Final = self._client(token, self._background)

    @property
    def loopback(self) -> bool:
        """Whether this Slack is on this machine, so that no proxy is used."""
        return self._loopback

    @property
    def quick_session(self) -> aiohttp.ClientSession:
        """The pool for calls before an ack, `response_url` among them."""
        return self._quick

    def use_token(self, token: str) -> None:
        """From now on call with another token of the same workspace; calls under way end with the old one."""
        self.quick.token = self.background.token = token

    def for_app_token(self, token: str) -> AsyncWebClient:
        """Return a background client with the `xapp-` token, for Socket Mode."""
        return self._client(token, self._background)

    async def whoami(self) -> Identity:
        """Ask `auth.test` who we are.

        Raises:
            SettingsError: SLACK_BOT_TOKEN is wrong, and no waiting mends it.
            DirectoryError: Slack did not answer, or asks to wait: try again.
        """
        return _read_identity(await call(self.background, "auth.test"), self._base_url)

    async def knows(self, user: str) -> bool | None:
        """Whether Slack knows somebody of this id; None where it does not say."""
        answer = await call(self.quick, "users.info", params={"user": user}, verb="GET")
        if isinstance(answer, Refused) and answer.code in NOBODY:
            return False
        return True if isinstance(answer, Done) else None

    async def close(self) -> None:
        """Close all connections."""
        await self._quick.close()
        await self._background.close()

    def _client(self, token: str, session: aiohttp.ClientSession) -> AsyncWebClient:
        client = MeteredWebClient(
            token, self._base_url, session=session, retry_handlers=[], logger=_quiet_logger()
        )
        if self._loopback:
            # Only so: it takes HTTP(S)_PROXY from the environment, and `proxy=""` does not stop it.
            client.proxy = None
        client.meter = self._meter
        return client


def _open_session(seconds: float) -> aiohttp.ClientSession:
    # With a session, slack-sdk ignores its own `timeout` (docs/explanation/slack.md).
    return aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=seconds, sock_connect=min(seconds, _CONNECT_SECONDS))
    )


def _quiet_logger() -> logging.Logger:
    """Return a logger whose level is its own: at NOTSET slack-sdk puts every body into a debug message."""
    logger = logging.getLogger("slack_sdk.envaccess")
    logger.setLevel(logging.WARNING)
    return logger


def definite(error: DirectoryRefusedError) -> SettingsError | None:
    """What a refused call says about the bot token; None where a later call may pass."""
    if error.code not in _MENDS:
        return None
    lacks = f", {error.needed}" if error.needed else ""
    return SettingsError(f"SLACK_BOT_TOKEN was refused by Slack ({error.code}{lacks}): {_MENDS[error.code]}")


def _read_identity(answer: Answer, base_url: str) -> Identity:
    if why := unreached(answer):
        raise DirectoryError(f"Slack could not be reached at {base_url}: {why}")
    match answer:
        case Done(data, headers):
            if not data.get("bot_id"):
                raise SettingsError(f"SLACK_BOT_TOKEN is no bot's: {_MENDS['not_allowed_token_type']}")
            return Identity(
                team=str(data["team_id"]),
                user=str(data["user_id"]),
                bot=str(data["bot_id"]),
                team_name=str(data.get("team", "")),
                url=str(data.get("url", "")),
                enterprise=str(data.get("enterprise_id") or ""),
                scopes=_read_scopes(headers),
            )
        case Refused(code) if code in _MENDS:
            raise SettingsError(f"SLACK_BOT_TOKEN was refused by Slack ({code}): {_MENDS[code]}")
        case Refused(code):
            raise DirectoryRefusedError("auth.test", code)
    raise DirectoryError(f"Slack could not be reached at {base_url}")


def _read_scopes(headers: Mapping[str, str]) -> frozenset[str] | None:
    """The scopes that Slack lists with each answer; header names in any case."""
    listed = next((text for name, text in headers.items() if name.lower() == "x-oauth-scopes"), None)
    return (
        None if listed is None else frozenset(scope.strip() for scope in listed.split(",") if scope.strip())
    )
