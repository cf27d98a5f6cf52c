"""From the page to an installation: `GET /slack/install`, Slack's own page, `GET /slack/oauth_redirect`.

A state begins on our page, counts once, for ten minutes and for the browser that began. Nothing of a request
says where anything is sent: the addresses are settings. Why not Bolt's own flow: ADR 0035.
"""

import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import structlog
from aiohttp import web

from envaccess.application.ports.installations import InstallationStore
from envaccess.domain.errors import StoreError
from envaccess.domain.installation import Installation, StateTaken
from envaccess.slack.calls import Done
from envaccess.slack.install import pages
from envaccess.slack.install.answers import NotInstalled, read_installed, refused, team_name
from envaccess.slack.install.oauth import REDIRECT_PATH, SlackOAuth
from envaccess.slack.installation import SCOPES
from envaccess.slack.payload import text

STATE_SECONDS: Final = 600
_LETTERS: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
_SECRET_LENGTH: Final = 43
_CODE_MOST: Final = 500
_GIVEN_BACK: Final = frozenset(
    {NotInstalled.OTHER_APP, NotInstalled.USER_TOKEN, NotInstalled.NOT_LISTED, NotInstalled.OTHER_WORKSPACE}
)
"""After these the token is revoked. After missing scopes it is not: it may be the one that is in use."""

_log = structlog.get_logger()


class InstallStates(Protocol):
    """States that were given out; each ends by itself. Raises `StoreError`."""

    async def issue(self, state: str, browser: str) -> bool:
        """Remember one; False where this minute had too many."""
        ...

    async def take(self, state: str, browser: str) -> StateTaken:
        """Take one back, which it is once; in another browser it stays."""
        ...


Allowed = Callable[[str, str], bool]
"""Whether the operator lists a workspace, or with an empty one an organisation as a whole, by their ids."""


@dataclass(frozen=True, slots=True)
class InstallFlow:
    """The two addresses.

    Attributes:
        oauth: Slack's calls.
        states: the states that are out.
        installations: where what was installed is kept.
        allowed: who may be installed.
        app: the app's id, where it is known; empty: the one of what is installed already, if anything.
        now: milliseconds.
        secure: whether browsers come by https.
        kept: told after each that was kept, so that it is served at once.
    """

    oauth: SlackOAuth
    states: InstallStates
    installations: InstallationStore
    allowed: Allowed
    app: str
    now: Callable[[], int]
    secure: bool
    kept: Callable[[], Awaitable[None]]

    def mount(self, web_application: web.Application) -> None:
        """Answer these addresses."""
        router = web_application.router
        router.add_get(pages.INSTALL_PATH, self.begin, allow_head=False)
        router.add_get(REDIRECT_PATH, self.finish, allow_head=False)

    async def begin(self, request: web.Request) -> web.Response:
        """The first page; its link has a new state, and its browser a cookie."""
        browser, state = self._browser(request) or _new_secret(), _new_secret()
        try:
            issued = await self.states.issue(state, browser)
        except StoreError:
            return _answer(pages.not_installed(NotInstalled.STORE_AWAY))
        if not issued:
            return _answer(pages.not_installed(NotInstalled.TOO_MANY))
        response = _answer(pages.offer(self.oauth.authorize_url(state)))
        # `__Host-`: no other host of the same domain can put a cookie of its own in its place.
        response.set_cookie(
            self._cookie,
            browser,
            max_age=STATE_SECONDS,
            path="/",
            secure=self.secure,
            httponly=True,
            samesite="Lax",  # Slack sends the browser back by a link; Strict would withhold it
        )
        return response

    async def finish(self, request: web.Request) -> web.Response:
        """What Slack sends the browser back to."""
        try:
            page = await self._finish(request)
        except StoreError as error:
            _log.error("installation_not_stored", why=type(error).__name__)
            page = pages.not_installed(NotInstalled.STORE_AWAY)
        return _answer(page)

    async def _finish(self, request: web.Request) -> pages.InstallPage:
        state, browser = _only(request, "state"), self._browser(request)
        if not _is_secret(state):
            return pages.not_installed(NotInstalled.NO_STATE)
        taken = await self.states.take(state, browser)
        if taken is not StateTaken.GOOD:
            unknown = taken is StateTaken.UNKNOWN
            return pages.not_installed(NotInstalled.OVER if unknown else NotInstalled.OTHER_BROWSER)
        if "error" in request.query:
            denied = _only(request, "error") == "access_denied"
            return pages.not_installed(NotInstalled.DENIED if denied else NotInstalled.FAILED_AT_SLACK)
        code = _only(request, "code")
        if not 0 < len(code) <= _CODE_MOST:
            return pages.not_installed(NotInstalled.NO_CODE)
        return await self._install(code)

    async def _install(self, code: str) -> pages.InstallPage:
        answer = await self.oauth.exchange(code)
        if not isinstance(answer, Done):
            return _tell(refused(answer))
        found = read_installed(answer, self.now())
        if not isinstance(found, Installation):
            if found in _GIVEN_BACK:
                await self._give_back(
                    text(answer.data, "access_token") or text(answer.data, "authed_user", "access_token")
                )
            return _tell(found, scopes=_missing(text(answer.data, "scope")))
        place = found.enterprise if found.org_wide else found.team
        why, teams = await self._refuse(found)
        if why:
            if why in _GIVEN_BACK:
                await self._give_back(found.token)
            return _tell(why, place)
        await self.installations.save(found.for_teams(teams))
        _log.info("app_installed", place=place, by=found.installed_by, rotates=found.rotates)
        await self.kept()
        return pages.installed(found, team_name(answer))

    async def _refuse(self, found: Installation) -> tuple[NotInstalled | None, frozenset[str]]:
        """Why it is not kept, if so; and the workspaces that an organisation granted."""
        app = self.app or next((one.app for one in await self.installations.all()), "")
        if app and found.app != app:
            return NotInstalled.OTHER_APP, frozenset()
        whose = await self.oauth.whose(found.token)
        if not isinstance(whose, Done):
            return NotInstalled.SLACK_AWAY, frozenset()
        told = {text(whose.data, "team_id"), text(whose.data, "enterprise_id")}
        if (found.enterprise if found.org_wide else found.team) not in told:
            return NotInstalled.OTHER_WORKSPACE, frozenset()
        if not found.org_wide:
            return (
                None if self.allowed(found.team, found.enterprise) else NotInstalled.NOT_LISTED
            ), frozenset()
        teams = await self.oauth.teams(found.token)
        if not isinstance(teams, frozenset):
            # Not known is not none: its token, which may be in use, is not to be revoked for that.
            return NotInstalled.SLACK_AWAY, frozenset()
        listed = any(self.allowed(team, found.enterprise) for team in ("", *teams))
        return (None if listed else NotInstalled.NOT_LISTED), teams

    async def _give_back(self, token: str) -> None:
        """Revoke what is not kept; where Slack does not answer, it is forgotten all the same."""
        answer = await self.oauth.revoke(token)
        if not isinstance(answer, Done):
            _log.warning("token_not_revoked", why=type(answer).__name__)

    @property
    def _cookie(self) -> str:
        return "__Host-envaccess-install" if self.secure else "envaccess-install"

    def _browser(self, request: web.Request) -> str:
        """What names the browser; empty where it has no cookie of ours. Two tabs share it."""
        found = request.cookies.get(self._cookie, "")
        return found if _is_secret(found) else ""


def _tell(why: NotInstalled, place: str = "", scopes: Sequence[str] = ()) -> pages.InstallPage:
    _log.warning("app_not_installed", why=str(why), place=place)
    return pages.not_installed(why, place, scopes)


def _missing(scopes: str) -> Sequence[str]:
    return sorted(SCOPES - {scope.strip() for scope in scopes.split(",")})


def _only(request: web.Request, name: str) -> str:
    """The one that a query has; empty where it has none, or several, of which others may take another one."""
    found = request.query.getall(name, [])
    return found[0] if len(found) == 1 else ""


def _new_secret() -> str:
    return secrets.token_urlsafe(32)


def _is_secret(given: str) -> bool:
    return len(given) == _SECRET_LENGTH and _LETTERS.issuperset(given)


def _answer(page: pages.InstallPage) -> web.Response:
    return web.Response(status=page.status, text=page.html, content_type="text/html", headers=pages.HEADERS)
