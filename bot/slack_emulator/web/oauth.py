"""Installations by methods: `oauth.v2.access`, `auth.revoke`, `auth.teams.list`, `apps.uninstall`."""

from slack_emulator.installations import TOKEN_LIFETIME, BotToken
from slack_emulator.types import Json, RefusalError
from slack_emulator.web.api_call import ApiCall
from slack_emulator.web.paging import page

_MOST = 1_000


def access(ask: ApiCall) -> Json:
    """`oauth.v2.access`: a token for a code, or for a refresh token; nothing else speaks for the caller."""
    _check_client(ask)
    kind = ask.text("grant_type") or ("refresh_token" if ask.text("refresh_token") else "authorization_code")
    if kind == "refresh_token":
        return _answer(ask, ask.state.teams.installations.refresh(ask.text("refresh_token")))
    if kind != "authorization_code":
        raise RefusalError("invalid_grant_type")
    consent = ask.state.teams.installations.spend(ask.text("code"), ask.text("redirect_uri") or "")
    token = ask.state.teams.installations.mint(consent.team, consent.enterprise, consent.scopes)
    if consent.team:
        ask.state.teams.states[consent.team].uninstalled = False
    return _answer(ask, token) | {"authed_user": {"id": consent.user}}


def _check_client(ask: ApiCall) -> None:
    client_id, client_secret = ask.client or (ask.text("client_id") or "", ask.text("client_secret") or "")
    if client_id != ask.state.teams.client_id:
        raise RefusalError("invalid_client_id")
    if client_secret != ask.state.teams.client_secret:
        raise RefusalError("bad_client_secret")


def _answer(ask: ApiCall, token: BotToken) -> Json:
    """As recorded in java-slack-sdk; of an org-wide one as in api.slack.com/enterprise/apps/reference."""
    teams = ask.state.teams
    organisation = teams.organisations.get(token.enterprise)
    team = teams.states[token.team].workspace if token.team else None
    bot = team.bot if team else organisation.bot if organisation else ask.workspace.bot
    answer: Json = {
        "access_token": token.value,
        "token_type": "bot",
        "scope": ",".join(token.scopes),
        "bot_user_id": bot.id,
        "app_id": ask.workspace.app_id,
        "team": {"id": team.team_id, "name": team.domain.capitalize()} if team else None,
        "enterprise": {"id": organisation.id, "name": organisation.name} if organisation else None,
        "is_enterprise_install": token.is_org_wide,
    }
    return answer | ({"refresh_token": token.refresh, "expires_in": TOKEN_LIFETIME} if token.refresh else {})


def revoke(ask: ApiCall) -> Json:
    """`auth.revoke`: the token that calls; with `test` it only looks."""
    if ask.flag("test") or ask.grant is None:
        return {"revoked": False}
    ask.grant.ended = "account_inactive"
    ask.events.append({"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [ask.workspace.bot.id]}})
    return {"revoked": True}


def uninstall(ask: ApiCall) -> Json:
    """`apps.uninstall`: every token of the workspace (or the organisation) is ended, and the app is told."""
    _check_client(ask)
    grant = ask.grant
    if grant is not None:
        ask.state.teams.installations.end(grant.team, grant.enterprise)
    ask.events += [
        {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [ask.workspace.bot.id]}},
        {"type": "app_uninstalled"},
    ]
    return {}


def teams_list(ask: ApiCall) -> Json:
    """`auth.teams.list`: the workspaces that the token reaches."""
    limit = ask.number("limit", 100)
    if not 0 < limit <= _MOST:
        raise RefusalError("invalid_limit")
    grant = ask.grant
    states = ask.state.teams.granted(grant.enterprise) if grant and grant.is_org_wide else [ask.state]
    shown, following = page(ask, states, limit)
    named = [{"id": state.workspace.team_id, "name": state.workspace.domain.capitalize()} for state in shown]
    return {"teams": named, "response_metadata": {"next_cursor": following}}
