"""Installing the app from its page: who may, in which browser, once; and what each no says to do next."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
import yaml
from aiohttp import web
from fakeredis import FakeAsyncRedis

from envaccess.crypto.keys import Keyring, MasterKey
from envaccess.domain.errors import StoreUnavailableError
from envaccess.slack.client import SlackClient
from envaccess.slack.install.answers import NotInstalled
from envaccess.slack.install.flow import InstallFlow
from envaccess.slack.install.oauth import SlackOAuth
from envaccess.slack.install.pages import not_installed
from envaccess.store.install_states import RedisInstallStates
from envaccess.wiring.installations import SealedInstallations
from tests.fakes.slack_apps import CLIENT_ID, CLIENT_SECRET, SCOPES, FakeSlackApps, serving, slack_apps

NOW = 1_800_000_000_000
PUBLIC = "https://envaccess.example"


@dataclass
class Site:
    """The two addresses, Slack behind them, and browsers in front."""

    slack: FakeSlackApps
    installations: SealedInstallations
    url: str = ""
    listed: set[str] = field(default_factory=lambda: {"T0ACME"})
    told: int = 0

    def browser(self) -> "Browser":
        return Browser(self.url, aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)))


@dataclass
class Browser:
    url: str
    session: aiohttp.ClientSession

    async def get(self, path: str, **query: str) -> tuple[int, str, aiohttp.ClientResponse]:
        async with self.session.get(self.url + path, params=query, allow_redirects=False) as answer:
            return answer.status, await answer.text(), answer

    async def begin(self) -> str:
        """Open the page; the state in its link."""
        _, html, _ = await self.get("/slack/install")
        link = re.search(r'class="yes" href="([^"]+)"', html)
        assert link
        return parse_qs(urlsplit(link[1].replace("&amp;", "&")).query)["state"][0]

    async def finish(self, **query: str) -> tuple[int, str]:
        status, html, _ = await self.get("/slack/oauth_redirect", **query)
        return status, html

    async def install(self, code: str) -> tuple[int, str]:
        return await self.finish(code=code, state=await self.begin())


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with slack_apps() as slack:
        redis: Any = FakeAsyncRedis(decode_responses=True)
        found = Site(slack, SealedInstallations(redis, Keyring((MasterKey(b"k" * 32),)), CLIENT_ID))

        async def kept() -> None:
            found.told += 1

        client = SlackClient("", slack.url, loopback=True)
        flow = InstallFlow(
            SlackOAuth(client, slack.url, CLIENT_ID, CLIENT_SECRET, f"{PUBLIC}/slack/oauth_redirect"),
            RedisInstallStates(found.installations.runner),
            found.installations,
            lambda team, enterprise: (team or enterprise) in found.listed,
            "",
            lambda: NOW,
            False,
            kept,
        )
        application = web.Application()
        flow.mount(application)
        async with serving(application) as found.url:
            yield found
        await client.close()
        await redis.aclose()


@pytest.fixture
async def browser(site: Site) -> AsyncIterator[Browser]:
    found = site.browser()
    yield found
    await found.session.close()


async def test_a_workspace_that_is_listed_is_installed_and_told_what_is_left_to_do(
    site: Site, browser: Browser
) -> None:
    status, html = await browser.install(site.slack.yes())
    assert status == 200
    (one,) = await site.installations.all()
    assert (one.team, one.app, one.installed_by, one.bot_user) == ("T0ACME", "A0APP", "U0ALICE", "U0BOT")
    assert one.expires_at == NOW + 12 * 3_600_000
    assert one.token in site.slack.alive
    for said in ("Acme", "T0ACME", "ENVACCESS_WORKSPACES_FILE", "approvers_channel", "/invite @envaccess"):
        assert said in html
    assert "for-tests" not in html
    assert site.told == 1


async def test_the_scopes_that_slack_is_asked_for_are_those_of_the_manifest(browser: Browser) -> None:
    manifest = yaml.safe_load((Path(__file__).parents[3] / "manifest.yml").read_text())
    _, html, _ = await browser.get("/slack/install")
    link = urlsplit(re.findall(r'href="([^"]+)"', html)[0].replace("&amp;", "&"))
    asked = parse_qs(link.query, keep_blank_values=True)
    assert set(asked["scope"][0].split(",")) == set(manifest["oauth_config"]["scopes"]["bot"])
    assert asked["user_scope"] == [""]
    assert asked["redirect_uri"] == [f"{PUBLIC}/slack/oauth_redirect"]
    assert link.path == "/oauth/v2/authorize"


async def test_no_page_is_kept_framed_or_refers_and_none_has_a_script(browser: Browser) -> None:
    for path in ("/slack/install", "/slack/oauth_redirect"):
        _, html, answer = await browser.get(path)
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert "<script" not in html


async def test_the_cookie_is_of_this_site_alone_and_no_script_reads_it(browser: Browser) -> None:
    _, _, answer = await browser.get("/slack/install")
    cookie = answer.headers["Set-Cookie"]
    assert {"HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=600"} <= set(cookie.split("; "))


async def test_a_state_counts_once(site: Site, browser: Browser) -> None:
    state = await browser.begin()
    assert (await browser.finish(code=site.slack.yes(), state=state))[0] == 200
    status, html = await browser.finish(code=site.slack.yes(), state=state)
    assert (status, "was used, or is over" in html) == (400, True)


async def test_a_state_that_somebody_else_began_installs_nothing_and_is_theirs_still(
    site: Site, browser: Browser
) -> None:
    """An attacker sends their own link: the victim's browser would install the attacker's workspace."""
    other = site.browser()
    state = await other.begin()
    for _ in range(2):
        await browser.begin()
        status, html = await browser.finish(code=site.slack.yes(), state=state)
        assert (status, "another browser" in html) == (400, True)
    assert not await site.installations.all()
    assert "oauth.v2.access" not in site.slack.calls
    assert (await other.finish(code=site.slack.yes(), state=state))[0] == 200
    await other.session.close()


async def test_without_a_cookie_nothing_is_installed(site: Site, browser: Browser) -> None:
    state = await browser.begin()
    browser.session.cookie_jar.clear()
    assert "another browser" in (await browser.finish(code=site.slack.yes(), state=state))[1]
    assert not await site.installations.all()


async def test_two_tabs_of_one_browser_both_come_through(site: Site, browser: Browser) -> None:
    site.listed.add("T0BETA")
    first, second = await browser.begin(), await browser.begin()
    assert (await browser.finish(code=site.slack.yes("T0BETA"), state=first))[0] == 200
    assert (await browser.finish(code=site.slack.yes("T0ACME"), state=second))[0] == 200
    assert {one.team for one in await site.installations.all()} == {"T0ACME", "T0BETA"}


@pytest.mark.parametrize(
    "state", ["", "x", "x" * 43, "x" * 5_000, "<script>alert(1)</script>", "\u0000" * 43, "é" * 43]
)
async def test_a_state_of_nobodys_installs_nothing(site: Site, browser: Browser, state: str) -> None:
    await browser.begin()
    status, html = await browser.finish(code=site.slack.yes(), state=state)
    assert status == 400
    assert "<script" not in html
    assert not site.slack.calls


async def test_a_query_that_says_something_twice_is_not_taken(site: Site, browser: Browser) -> None:
    """Who reads the first and who reads the last would each see another code."""
    state = await browser.begin()
    path = f"/slack/oauth_redirect?state={state}&code={site.slack.yes()}&code=evil"
    status, html, _ = await browser.get(path)
    assert (status, "not whole" in html) == (400, True)
    assert not site.slack.calls


async def test_no_host_header_and_no_query_says_where_anything_is_sent(site: Site, browser: Browser) -> None:
    async with browser.session.get(
        f"{site.url}/slack/install?redirect_uri=https://evil.example&team=T0EVIL&state=x",
        headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"},
    ) as answer:
        assert "evil" not in await answer.text()
    state = await browser.begin()
    status, html, answer = await browser.get(
        "/slack/oauth_redirect", code=site.slack.yes(), state=state, redirect_uri="https://evil.example"
    )
    assert (status, "Location" in answer.headers, "evil" in html) == (200, False, False)
    assert site.slack.said[0]["redirect_uri"] == f"{PUBLIC}/slack/oauth_redirect"


@pytest.mark.parametrize("error", ["access_denied", "<script>alert(1)</script>", "x" * 3_000, ""])
async def test_what_slack_calls_an_error_is_told_in_our_words_only(
    site: Site, browser: Browser, error: str
) -> None:
    _, html = await browser.finish(error=error, state=await browser.begin())
    assert ("You said no" in html) is (error == "access_denied")
    assert "alert(1)" not in html
    assert "xxx" not in html
    assert not site.slack.calls


async def test_the_name_of_a_workspace_is_no_markup(site: Site, browser: Browser) -> None:
    _, html = await browser.install(site.slack.yes(name='</b><img src=x onerror="alert(1)">{place}'))
    assert "<img" not in html
    assert "&lt;img" in html


async def refused_with(site: Site, browser: Browser, code: str, why: NotInstalled, *, revoked: bool) -> str:
    before = await site.installations.all()
    _, html = await browser.install(code)
    assert f"<h1>{title(why)}</h1>" in html
    assert await site.installations.all() == before
    assert ("auth.revoke" in site.slack.calls) is revoked
    assert "for-tests" not in html
    assert code not in html
    return html


def title(why: NotInstalled) -> str:
    found = re.search("<h1>(.*?)</h1>", not_installed(why).html)
    assert found
    return found[1]


async def test_a_workspace_that_is_not_listed_is_refused_and_its_token_given_back(
    site: Site, browser: Browser
) -> None:
    """Whoever finds the page could have their own workspace served."""
    html = await refused_with(site, browser, site.slack.yes("T0EVIL"), NotInstalled.NOT_LISTED, revoked=True)
    assert "T0EVIL" in html
    assert not site.slack.alive


async def test_a_token_of_a_person_is_not_taken(site: Site, browser: Browser) -> None:
    code = site.slack.yes(token_type="user")
    await refused_with(site, browser, code, NotInstalled.USER_TOKEN, revoked=True)


async def test_fewer_scopes_change_nothing_and_revoke_nothing(site: Site, browser: Browser) -> None:
    """Without rotation Slack gives the token again that is in use: revoked, the workspace would go dark."""
    site.slack.rotates = False
    await browser.install(site.slack.yes())
    code = site.slack.yes(scope=SCOPES.replace("users:read", "users:write"))
    html = await refused_with(site, browser, code, NotInstalled.SCOPES_MISSING, revoked=False)
    assert "<code>users:read</code>" in html


async def test_an_app_that_is_not_ours_is_refused(site: Site, browser: Browser) -> None:
    await browser.install(site.slack.yes())
    await refused_with(site, browser, site.slack.yes(app_id="A0EVIL"), NotInstalled.OTHER_APP, revoked=True)


async def test_a_token_of_another_workspace_than_slack_named_is_refused(site: Site, browser: Browser) -> None:
    code = site.slack.yes()
    give = site.slack.give

    def of_another(what: dict[str, Any]) -> dict[str, Any]:
        answer = give(what)
        site.slack.alive[answer["access_token"]] = {**what, "team": {"id": "T0OTHER"}}
        return answer

    site.slack.give = of_another  # type: ignore[method-assign]
    await refused_with(site, browser, code, NotInstalled.OTHER_WORKSPACE, revoked=True)


async def test_a_code_that_slack_refuses_is_told_as_over(site: Site, browser: Browser) -> None:
    await refused_with(site, browser, "code-of-nobody", NotInstalled.CODE_REFUSED, revoked=False)


@pytest.mark.parametrize("status", [500, 503, 429])
@pytest.mark.parametrize("method", ["oauth.v2.access", "auth.test"])
async def test_while_slack_is_down_nothing_is_installed_and_the_page_says_so(
    site: Site, browser: Browser, status: int, method: str
) -> None:
    site.slack.before = lambda called: web.Response(status=status) if called == method else None
    await refused_with(site, browser, site.slack.yes(), NotInstalled.SLACK_AWAY, revoked=False)


@pytest.mark.parametrize(
    "changes",
    [
        {"team": None},
        {"app_id": ""},
        {"authed_user": []},
        {"team": {"id": 7}},
    ],
)
async def test_an_answer_that_is_not_whole_installs_nothing(
    site: Site, browser: Browser, changes: dict[str, Any]
) -> None:
    status, html = await browser.install(site.slack.yes(**changes))
    assert (status, "could not be read" in html) == (502, True)
    assert not await site.installations.all()


async def test_an_organisation_is_installed_where_it_or_one_of_its_workspaces_is_listed(
    site: Site, browser: Browser
) -> None:
    wide: dict[str, Any] = {
        "is_enterprise_install": True,
        "enterprise": {"id": "E0ORG", "name": "Org"},
        "team": None,
    }
    await refused_with(site, browser, site.slack.yes(**wide), NotInstalled.NOT_LISTED, revoked=True)
    site.slack.granted["E0ORG"] = ["T0ACME", "T0OTHER"]
    status, html = await browser.install(site.slack.yes(**wide))
    (one,) = await site.installations.all()
    assert (status, one.org_wide, one.team, one.teams) == (200, True, "", ("T0ACME", "T0OTHER"))
    assert "Add to more workspaces" in html


async def test_a_list_of_workspaces_that_slack_did_not_give_costs_no_token_and_no_workspace(
    site: Site, browser: Browser
) -> None:
    """The token of who installs again is the one in use: revoked, every workspace would lose its bot."""
    wide: dict[str, Any] = {"is_enterprise_install": True, "enterprise": {"id": "E0ORG"}, "team": None}
    site.slack.granted["E0ORG"] = ["T0ACME"]
    assert (await browser.install(site.slack.yes(**wide)))[0] == 200
    for said in ('{"ok": false, "error": "internal_error"}', '{"ok": true}'):
        site.slack.before = partial(_instead_of_the_list, said)
        await refused_with(site, browser, site.slack.yes(**wide), NotInstalled.SLACK_AWAY, revoked=False)
    assert [one.teams for one in await site.installations.all()] == [("T0ACME",)]


def _instead_of_the_list(said: str, method: str) -> web.Response | None:
    listing = method == "auth.teams.list"
    return web.Response(text=said, content_type="application/json") if listing else None


async def test_a_flood_of_pages_fills_no_redis(site: Site, browser: Browser) -> None:
    raw: Any = site.installations.runner.client
    await raw.set(site.installations.runner.key("install_lease", "pages"), "300")
    status, html, _ = await browser.get("/slack/install")
    assert (status, "too often in this minute" in html) == (429, True)
    assert len(await raw.keys("*")) == 1
    assert await raw.pttl(site.installations.runner.key("install_lease", "pages")) > 0


async def test_without_the_store_the_page_says_so(
    site: Site, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = await browser.begin()

    async def away(*_: object) -> None:
        raise StoreUnavailableError("away")

    monkeypatch.setattr(SealedInstallations, "save", away)
    status, html = await browser.finish(code=site.slack.yes(), state=state)
    assert (status, "store of this server does not answer" in html) == (503, True)


@pytest.mark.parametrize("why", list(NotInstalled))
def test_every_no_has_its_page_with_what_to_do_next(why: NotInstalled) -> None:
    page = not_installed(why, "T0<b>", ["<i>"])
    assert page.status in range(200, 600)
    assert "<b>" not in page.html
    assert "<i>" not in page.html
    assert "{" not in page.html.partition("</style>")[2]
