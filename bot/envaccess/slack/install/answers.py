"""What Slack answers to a code or a refresh token, read; and why it is not taken."""

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Any

from envaccess.domain.installation import Installation
from envaccess.slack.calls import Answer, Delayed, Done, Lost, Refused
from envaccess.slack.installation import SCOPES
from envaccess.slack.payload import text

SECOND = 1_000


class NotInstalled(StrEnum):
    """Why somebody's try to install came to nothing."""

    DENIED = "denied"
    FAILED_AT_SLACK = "failed_at_slack"
    NO_STATE = "no_state"
    OVER = "over"
    OTHER_BROWSER = "other_browser"
    TOO_MANY = "too_many"
    NO_CODE = "no_code"
    CODE_REFUSED = "code_refused"
    SECRET_REFUSED = "secret_refused"  # noqa: S105 - a word, not a secret
    SLACK_AWAY = "slack_away"
    UNREADABLE = "unreadable"
    OTHER_APP = "other_app"
    USER_TOKEN = "user_token"  # noqa: S105 - a word, not a secret
    SCOPES_MISSING = "scopes_missing"
    OTHER_WORKSPACE = "other_workspace"
    NOT_LISTED = "not_listed"
    STORE_AWAY = "store_away"


OUR_SECRET = frozenset(
    {"bad_client_secret", "invalid_client_id", "bad_redirect_uri", "oauth_authorization_url_mismatch"}
)


def refused(answer: Answer) -> NotInstalled:
    """What an answer that is no token means to whoever installs."""
    match answer:
        case Refused(code) if code in OUR_SECRET:
            return NotInstalled.SECRET_REFUSED
        case Refused():
            return NotInstalled.CODE_REFUSED
        case Delayed() | Lost():
            return NotInstalled.SLACK_AWAY
    return NotInstalled.UNREADABLE


def read_installed(answer: Done, now: int) -> Installation | NotInstalled:
    """The installation that a code stands for (https://docs.slack.dev/reference/methods/oauth.v2.access).

    Args:
        answer: Slack's.
        now: milliseconds.
    """
    data = answer.data
    if text(data, "token_type") != "bot":
        return NotInstalled.USER_TOKEN
    wide = data.get("is_enterprise_install") is True
    found = Installation(
        app=text(data, "app_id"),
        enterprise=text(data, "enterprise", "id"),
        team="" if wide else text(data, "team", "id"),
        org_wide=wide,
        bot_user=text(data, "bot_user_id"),
        scopes=_scopes(data),
        token=text(data, "access_token"),
        refresh_token=text(data, "refresh_token"),
        expires_at=_end(data, now),
        installed_by=text(data, "authed_user", "id"),
        installed_at=now,
    )
    whole = found.app and found.token and (found.enterprise if wide else found.team) and found.installed_by
    if not whole or found.rotates != bool(found.expires_at):
        return NotInstalled.UNREADABLE
    return found if frozenset(found.scopes) >= SCOPES else NotInstalled.SCOPES_MISSING


def read_refreshed(answer: Done, before: Installation, now: int) -> Installation | None:
    """The installation with its next token; None for an answer that is none, or another's."""
    data = answer.data
    token, refresh_token, end = text(data, "access_token"), text(data, "refresh_token"), _end(data, now)
    teams = {"", before.team} if not before.org_wide else {"", text(data, "team", "id")}
    same = text(data, "app_id") in {"", before.app} and text(data, "team", "id") in teams
    if not (same and token and refresh_token and end and text(data, "token_type") in {"", "bot"}):
        return None
    scopes = _scopes(data) or before.scopes
    return replace(before, token=token, refresh_token=refresh_token, expires_at=end, scopes=scopes)


def team_name(answer: Done) -> str:
    """What people call the workspace or the organisation."""
    return text(answer.data, "team", "name") or text(answer.data, "enterprise", "name")


def _scopes(data: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(sorted({scope.strip() for scope in text(data, "scope").split(",")} - {""}))


def _end(data: Mapping[str, Any], now: int) -> int:
    """When the token ends; 0 where it does not, or where that is not said as seconds."""
    seconds = data.get("expires_in")
    return now + seconds * SECOND if isinstance(seconds, int) and seconds > 0 else 0
