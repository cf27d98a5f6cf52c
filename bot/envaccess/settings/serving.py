"""What serving cannot do without."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from pydantic import SecretStr

from envaccess.domain.hosts import is_loopback

WHERE_TO_FIND: Final = {
    "SLACK_BOT_TOKEN": "copy the bot token (xoxb-...) from the app's page OAuth & Permissions",
    "SLACK_SIGNING_SECRET": "HTTP mode needs it, or set SLACK_APP_TOKEN for Socket Mode",
    "ENVACCESS_APPROVERS_CHANNEL": "give the id of the private channel whose members decide",
    "ENVACCESS_AUDIT_CHANNEL": "give the id of the channel that gets the audit lines",
    "ENVACCESS_MASTER_KEYS": "beside REDIS_URL no key is made, so give what `envaccess keys generate` prints",
}
"""What to do about a setting that is missing."""


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
