"""Slack as an app sees it that workspaces install: codes, tokens that end, refresh tokens that count once.

After https://docs.slack.dev/reference/methods/oauth.v2.access and
https://docs.slack.dev/authentication/using-token-rotation: a refresh token is taken back once it was used, a
token works until it ends, also after it was replaced.
"""

import base64
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

CLIENT_ID, CLIENT_SECRET = "111.222", "client-secret-for-tests"
SCOPES = "channels:read,chat:write,commands,groups:read,im:write,usergroups:read,users:read"
HOURS_12 = 43_200
Json = dict[str, Any]


@dataclass
class FakeSlackApps:
    """What Slack knows of the app.

    Attributes:
        url: of its Web API.
        codes: a code -> what it stands for.
        alive: tokens that work -> whose they are.
        refreshing: a refresh token -> whose the next token is.
        rotates: whether tokens end.
        calls: every call, by its method.
        before: called with a method before it is answered; what it returns is the answer.
        after: called with a method after it was done; what it returns is answered instead.
    """

    url: str = ""
    rotates: bool = True
    codes: dict[str, Json] = field(default_factory=dict)
    alive: dict[str, Json] = field(default_factory=dict)
    refreshing: dict[str, Json] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    granted: dict[str, list[str]] = field(default_factory=dict)
    said: list[Json] = field(default_factory=list)
    forgiven: dict[str, Json] = field(default_factory=dict)
    before: Callable[[str], web.Response | None] = lambda _: None
    after: Callable[[str], web.Response | None] = lambda _: None
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def yes(self, team: str = "T0ACME", name: str = "Acme", **changes: Any) -> str:
        """Somebody says yes for a workspace: the code that their browser brings."""
        code = f"code-{next(self._numbers)}"
        self.codes[code] = {
            "app_id": "A0APP",
            "authed_user": {"id": "U0ALICE"},
            "scope": SCOPES,
            "token_type": "bot",
            "bot_user_id": "U0BOT",
            "team": {"id": team, "name": name},
            "enterprise": None,
            "is_enterprise_install": False,
            **changes,
        }
        return code

    def give(self, what: Json) -> Json:
        """A token, and its refresh token, for what was installed."""
        number = next(self._numbers)
        token = f"token-for-tests-{number}"
        self.alive[token] = what
        more: Json = {}
        if self.rotates:
            more = {"refresh_token": f"refresh-for-tests-{number}", "expires_in": HOURS_12}
            self.refreshing[more["refresh_token"]] = what
        return {"ok": True, **what, "access_token": token, **more}

    def forgives(self, refresh_token: str) -> None:
        """Let this one be answered again; then only the last answer works, as node-slack-sdk#2504 has it."""
        self.forgiven[refresh_token] = self.refreshing[refresh_token]

    async def answer(self, request: web.Request) -> web.Response:
        """Any call."""
        method = request.match_info["method"]
        self.calls.append(method)
        said = dict(await request.post())
        self.said.append(said)
        if (instead := self.before(method)) is not None:  # an old aiohttp's answer is false by itself
            return instead
        done = web.json_response(self._do(method, request.headers.get("Authorization", ""), said))
        changed = self.after(method)
        return done if changed is None else changed

    def _do(self, method: str, authorization: str, said: Json) -> Json:
        if method == "oauth.v2.access":
            return self._access(authorization, said)
        token = authorization.removeprefix("Bearer ")
        whose = self.alive.get(token)
        if whose is None:
            return {"ok": False, "error": "token_revoked"}
        if method == "auth.revoke":
            del self.alive[token]
            return {"ok": True, "revoked": True}
        enterprise = str((whose["enterprise"] or {}).get("id"))
        if method == "auth.teams.list":
            return {"ok": True, "teams": [{"id": team} for team in self.granted.get(enterprise, [])]}
        team = (whose["team"] or {}).get("id") or enterprise
        return {"ok": True, "team_id": team, "enterprise_id": enterprise, "user_id": whose["bot_user_id"]}

    def _access(self, authorization: str, said: Json) -> Json:
        known = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if authorization != f"Basic {known}":
            return {"ok": False, "error": "bad_client_secret"}
        if said.get("grant_type") == "refresh_token":
            return self._refresh(said["refresh_token"])
        what = self.codes.pop(said.get("code", ""), None)
        return self.give(what) if what else {"ok": False, "error": "invalid_code"}

    def _refresh(self, refresh_token: str) -> Json:
        what = self.refreshing.pop(refresh_token, None)
        if what is None and refresh_token in self.forgiven:
            what = self.forgiven[refresh_token]
            for kept in (self.alive, self.refreshing):
                for name in [name for name, whose in kept.items() if whose is what]:
                    del kept[name]
        return self.give(what) if what else {"ok": False, "error": "invalid_refresh_token"}


@asynccontextmanager
async def slack_apps() -> AsyncIterator[FakeSlackApps]:
    """It, answering on this machine."""
    slack = FakeSlackApps()
    application = web.Application()
    application.router.add_post("/api/{method}", slack.answer)
    async with serving(application) as url:
        slack.url = f"{url}/api/"
        yield slack


@asynccontextmanager
async def serving(application: web.Application) -> AsyncIterator[str]:
    """A web application on a port of this machine."""
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
