"""The pages of installing: plain HTML, everything that came from outside escaped, no script, no referrer."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from http import HTTPStatus
from typing import Final

from envaccess.domain.installation import Installation
from envaccess.slack.install.answers import NotInstalled
from envaccess.slack.installation import SCOPES

INSTALL_PATH: Final = "/slack/install"
_STYLE: Final = (
    ":root{color-scheme:light;--ink:#1b2430;--dim:#5b6675;--line:#d5dce4}"
    "body{margin:0 auto;padding:48px 24px;max-width:640px;color:var(--ink);background:#fff;"
    'font:16px/1.5 Inter,"Segoe UI",Arial,"DejaVu Sans",sans-serif}'
    "h1{font-size:26px;margin:0 0 12px}p,li{margin:8px 0}ol,ul{padding-left:24px}.dim{color:var(--dim)}"
    'code{font:14px/1.4 ui-monospace,"DejaVu Sans Mono",Consolas,monospace;overflow-wrap:anywhere}'
    "pre{border:1px solid var(--line);border-radius:4px;padding:12px 16px;overflow-x:auto;background:#f6f8fa}"
    "a.yes{display:inline-block;margin:16px 0;padding:10px 20px;border-radius:4px;background:#1f3a4d;"
    "color:#fff;text-decoration:none;font-weight:600}a{color:#2f6fab}"
)
_DIGEST: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_DIGEST}'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex",
}
"""What goes with every page."""
_WHAT_FOR: Final[Mapping[str, str]] = {
    "commands": "the command /envaccess",
    "chat:write": "requests, cards and audit lines, and a value, to its requester alone",
    "im:write": "direct messages with requesters",
    "users:read": "refuses guests, strangers, bots and deactivated people",
    "usergroups:read": "the members of user groups that a policy names",
    "channels:read": "who is in the channels that you name",
    "groups:read": "who is in private channels that you name",
}
_AGAIN: Final = f'<p><a href="{INSTALL_PATH}">Begin again</a></p>'


@dataclass(frozen=True, slots=True)
class InstallPage:
    """What is answered."""

    status: int
    html: str


def offer(url: str) -> InstallPage:
    """The first page: what the app asks for, and the way to Slack.

    Args:
        url: of Slack's page.
    """
    asked = "".join(
        f"<li><code>{escape(scope)}</code> {escape(_WHAT_FOR.get(scope, ''))}</li>"
        for scope in sorted(SCOPES)
    )
    return _page(
        HTTPStatus.OK,
        "Install envaccess in a workspace",
        "<p>envaccess gives just-in-time access to environment variables: people ask in Slack, the right "
        "people decide, and access ends by itself.</p>"
        "<p>The workspace must be on the list of this server (<code>ENVACCESS_WORKSPACES_FILE</code>); ask "
        "whoever runs it. Slack asks you which workspace you mean, and whether the app may:</p>"
        f'<ul>{asked}</ul><p><a class="yes" href="{escape(url)}">Go to Slack</a></p>'
        '<p class="dim">This page is good for ten minutes, and for this browser.</p>',
    )


def installed(one: Installation, name: str) -> InstallPage:
    """The last page: it worked, and what is to be done next.

    Args:
        one: what was installed.
        name: what people call the workspace or the organisation, as Slack says.
    """
    where = one.enterprise if one.org_wide else one.team
    steps = _steps(one)
    listed = "".join(f"<li>{step}</li>" for step in steps)
    return _page(
        HTTPStatus.OK,
        "envaccess is installed",
        f"<p>In <b>{escape(name or where)}</b> (<code>{escape(where)}</code>). What is left to do:</p>"
        f"<ol>{listed}</ol>",
    )


_GRANT: Final = (
    "Give the app to the workspaces that shall use it: Organization Settings, Integrations, Installed apps, "
    "Add to more workspaces."
)
_CHANNELS: Final = (
    "Make two channels, or choose them: a private one whose members decide, and one for the audit lines. "
    "Invite the bot to both: <code>/invite @envaccess</code>."
)
_LIST: Final = "Give their ids to whoever runs this server, for <code>ENVACCESS_WORKSPACES_FILE</code>:"
_THEN: Final = (
    "The workspace is served within seconds after that, without a restart. <code>/envaccess help</code> "
    "says how to go on."
)


def _steps(one: Installation) -> Sequence[str]:
    team = "T..." if one.org_wide else one.team
    return [*([_GRANT] if one.org_wide else []), _CHANNELS, f"{_LIST}{_entry(team)}", _THEN]


def _entry(team: str) -> str:
    return f"<pre>workspaces:\n  {escape(team)}:\n    approvers_channel: C...\n    audit_channel: C...</pre>"


def not_installed(why: NotInstalled, place: str = "", scopes: Sequence[str] = ()) -> InstallPage:
    """A page that says why it did not work, and what to do next.

    Args:
        why: the reason.
        place: the workspace or organisation that it is about, its id; empty where that is not known.
        scopes: those that are missing.
    """
    words = _WORDS[why]
    detail = {"place": escape(place or "this workspace"), "scopes": escape(", ".join(scopes))}
    return _page(
        words.status, words.title, f"<p>{words.told.format(**detail)}</p>{_AGAIN if words.again else ''}"
    )


@dataclass(frozen=True, slots=True)
class _Words:
    """A page that says no.

    Attributes:
        told: HTML; `{place}` and `{scopes}` are put in.
        again: whether to begin again can help.
    """

    status: HTTPStatus
    title: str
    told: str
    again: bool = True


_REVOKED: Final = "What Slack gave us was given back, and nothing was kept."
_WORDS: Final[Mapping[NotInstalled, _Words]] = {
    NotInstalled.DENIED: _Words(
        HTTPStatus.OK,
        "Nothing was installed",
        "You said no in Slack, so nothing has changed.",
    ),
    NotInstalled.FAILED_AT_SLACK: _Words(
        HTTPStatus.BAD_REQUEST,
        "Slack did not install the app",
        "Slack sent you back without a yes. If your workspace asks an owner to approve apps, ask them; else "
        "begin again.",
    ),
    NotInstalled.NO_STATE: _Words(
        HTTPStatus.BAD_REQUEST,
        "This link is not whole",
        "It does not come from this server's own page, so nothing was installed. Begin there.",
    ),
    NotInstalled.OVER: _Words(
        HTTPStatus.BAD_REQUEST,
        "This link was used, or is over",
        "It counts once, and for ten minutes. If you saw that envaccess is installed, it is; else "
        "begin again.",
    ),
    NotInstalled.OTHER_BROWSER: _Words(
        HTTPStatus.BAD_REQUEST,
        "This link belongs to another browser",
        "Whoever begins has to finish, in the same browser, with cookies of this page allowed. Nothing was "
        "installed. If somebody sent you this link, do not use it.",
    ),
    NotInstalled.TOO_MANY: _Words(
        HTTPStatus.TOO_MANY_REQUESTS,
        "Too many at once",
        "This page was opened too often in this minute. Wait a minute.",
    ),
    NotInstalled.NO_CODE: _Words(
        HTTPStatus.BAD_REQUEST,
        "This link is not whole",
        "What Slack sends with its yes is missing, so nothing was installed.",
    ),
    NotInstalled.CODE_REFUSED: _Words(
        HTTPStatus.BAD_REQUEST,
        "Slack does not take this yes any more",
        "It counts once, and for ten minutes. Nothing was installed.",
    ),
    NotInstalled.SECRET_REFUSED: _Words(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "Slack does not know this server",
        "Nothing was installed. Whoever runs it has to compare <code>SLACK_CLIENT_ID</code> and "
        "<code>SLACK_CLIENT_SECRET</code> with the app's page Basic Information, and "
        "<code>ENVACCESS_API_URL</code> with the redirect URL on its page OAuth &amp; Permissions.",
        again=False,
    ),
    NotInstalled.SLACK_AWAY: _Words(
        HTTPStatus.BAD_GATEWAY,
        "Slack does not answer",
        "Nothing was installed here. Wait a minute, and begin again: installing twice does no harm.",
    ),
    NotInstalled.UNREADABLE: _Words(
        HTTPStatus.BAD_GATEWAY,
        "Slack's answer could not be read",
        "Nothing was installed here. Begin again; if it stays so, tell whoever runs this server.",
    ),
    NotInstalled.OTHER_APP: _Words(
        HTTPStatus.FORBIDDEN,
        "This is another app",
        f"The workspaces of this server installed another app than the one that Slack named. {_REVOKED} "
        "Whoever runs it has to look at <code>SLACK_CLIENT_ID</code>.",
        again=False,
    ),
    NotInstalled.USER_TOKEN: _Words(
        HTTPStatus.FORBIDDEN,
        "Slack gave no bot token",
        f"The app works as a bot, never as you. {_REVOKED} Whoever runs this server has to bring the app up "
        "to <code>manifest.yml</code>, which asks for no scopes of a user.",
        again=False,
    ),
    NotInstalled.SCOPES_MISSING: _Words(
        HTTPStatus.FORBIDDEN,
        "The app may do too little",
        "Slack left out: <code>{scopes}</code>. Nothing was changed here. Whoever runs this server has to "
        "bring the app up to <code>manifest.yml</code>; then begin again, and leave the link as it is.",
    ),
    NotInstalled.OTHER_WORKSPACE: _Words(
        HTTPStatus.BAD_GATEWAY,
        "Slack contradicts itself",
        f"The token that it gave is not one of the workspace that it named. {_REVOKED}",
    ),
    NotInstalled.NOT_LISTED: _Words(
        HTTPStatus.FORBIDDEN,
        "This workspace is not on the list",
        "This server serves only the workspaces that whoever runs it lists in "
        f"<code>ENVACCESS_WORKSPACES_FILE</code>. {_REVOKED} Ask them to list <code>{{place}}</code>, then "
        "begin again.",
    ),
    NotInstalled.STORE_AWAY: _Words(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "The store of this server does not answer",
        "Nothing was installed here. Wait a minute, and begin again: installing twice does no harm.",
    ),
}


def _page(status: HTTPStatus, title: str, body: str) -> InstallPage:
    return InstallPage(
        int(status),
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><h1>{escape(title)}</h1>{body}</body></html>\n",
    )
