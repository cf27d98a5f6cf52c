"""The page where somebody lets the app into a workspace: `/oauth/v2/authorize`.

https://docs.slack.dev/authentication/installing-with-oauth. The page offers each workspace and organisation
as a link; following one redirects to the app's `redirect_uri` with `code` and `state`, or with
`error=access_denied`. An installation begun on Slack's pages for administrators has no `state` (bolt-js'
documentation of OAuth).
"""

from html import escape
from http import HTTPStatus
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from aiohttp import web

from slack_emulator.installations import CODE_LIFETIME, Consent
from slack_emulator.teams import Teams
from slack_emulator.types import Json, RefusalError


class AuthorizePage:
    """Answers `GET /oauth/v2/authorize`, and what its links lead to."""

    def __init__(self, teams: Teams) -> None:
        self._teams = teams

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """The page, or the way back to the app once an answer is chosen (`allow`, or `deny=1`)."""
        query = dict(request.query)
        try:
            check(self._teams, query)
        except RefusalError as refusal:
            return web.Response(status=HTTPStatus.BAD_REQUEST, text=refusal.error)
        if "deny" in query:
            raise web.HTTPFound(denied(self._teams, query))
        if "allow" in query:
            raise web.HTTPFound(allowed(self._teams, query, query["allow"], query.get("by", "U0INSTALLER")))
        return web.Response(text=self._page(query), content_type="text/html")

    def _page(self, query: Json) -> str:
        states = {one: state.workspace.domain for one, state in self._teams.states.items()}
        places = states | {one.id: one.name for one in self._teams.organisations.values()}
        links = [f"<li>{_link(query, {'allow': one}, name)}</li>" for one, name in places.items()]
        asked = escape(query.get("scope", ""))
        cancel = _link(query, {"deny": "1"}, "Cancel")
        return f"<h1>Let the app in?</h1><p>{asked}</p><ul>{''.join(links)}</ul>{cancel}"


def _link(query: Json, answer: Json, name: str) -> str:
    return f'<a href="?{escape(urlencode({**query, **answer}))}">{escape(name)}</a>'


def check(teams: Teams, query: Json) -> None:
    """Raise `invalid_client_id`, or `bad_redirect_uri` where the app's settings do not have the address."""
    if query.get("client_id") != teams.client_id:
        raise RefusalError("invalid_client_id")
    given = query.get("redirect_uri", "")
    if teams.redirect_urls and given and not given.startswith(teams.redirect_urls):
        raise RefusalError("bad_redirect_uri")


def allowed(teams: Teams, query: Json, place: str, user: str) -> str:
    """The address that a browser is sent to once `place`, a workspace or an organisation, lets the app in."""
    if place not in teams.states and place not in teams.organisations:
        raise RefusalError("team_not_found")
    organisation = teams.organisations.get(place) or teams.organisation_of(place)
    consent = Consent(
        place if place in teams.states else "",
        organisation.id if organisation else "",
        user,
        tuple(one for one in query.get("scope", "").split(",") if one),
        query.get("redirect_uri", ""),
        teams.installations.until(CODE_LIFETIME),
    )
    return _back(teams, query, {"code": teams.installations.allow(consent)})


def denied(teams: Teams, query: Json) -> str:
    """The address that a browser is sent to when somebody cancels."""
    return _back(teams, query, {"error": "access_denied"})


def _back(teams: Teams, query: Json, answer: Json) -> str:
    base = query.get("redirect_uri") or "".join(teams.redirect_urls[:1])
    parts = urlsplit(base)
    state = {"state": query["state"]} if "state" in query else {}
    pairs = [*parse_qsl(parts.query), *answer.items(), *state.items()]
    return urlunsplit(parts._replace(query=urlencode(pairs)))
