"""From the install page to a value in Slack, and back: whole, with a browser, Slack and the bot."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest

from envaccess.store.client import Client
from slack_emulator import SlackEmulator
from slack_emulator.http_sender import HttpSender
from tests.scenario.conftest import note_sentences
from tests.scenario.workspaces import CLIENT_ID, Company, Workspace

HOST = "https://envaccess.example"


@pytest.fixture
async def company(
    redis: Client, valkey: str, tmp_path: Path, request: pytest.FixtureRequest
) -> AsyncIterator[Company]:
    """One workspace that nobody has installed, listed with its channels."""
    async with SlackEmulator(
        bot_name="envaccess",
        patience=60.0,
        installed=False,
        client_id=CLIENT_ID,
        client_secret="value-for-tests",
    ) as slack:
        slack.teams.redirect_urls = (f"{HOST}/slack/oauth_redirect",)
        company = Company(slack, redis, valkey, tmp_path, tmp_path / "workspaces.yml")
        company.write_file(company.add())
        yield company
        note_sentences(request, slack)


async def visit(sender: HttpSender, session: aiohttp.ClientSession, address: str) -> tuple[int, str]:
    """Open an address of ours, which the proxy before us would pass on."""
    parts, here = urlsplit(address), urlsplit(sender.url)
    async with session.get(
        f"http://{here.netloc}{parts.path}?{parts.query}", allow_redirects=False
    ) as answer:
        # A browser takes `__Host-` cookies by https alone; here the proxy that ends TLS is left out.
        cookies = {name: morsel.value for name, morsel in answer.cookies.items()}
        if cookies:
            session.headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
        return answer.status, await answer.text()


async def listens(sender: HttpSender) -> bool:
    try:
        async with aiohttp.ClientSession() as session, session.get(sender.url):
            return True
    except aiohttp.ClientConnectorError:
        return False


async def install(company: Company, sender: HttpSender, workspace: Workspace) -> str:
    """Dana opens the page, says yes in Slack, and comes back."""
    await company.comes_true(lambda: listens(sender))
    async with aiohttp.ClientSession() as session:
        status, html = await visit(sender, session, f"{HOST}/slack/install")
        assert status == 200
        link = re.search(r'class="yes" href="([^"]+)"', html)
        assert link
        back = company.slack.consent(link[1].replace("&amp;", "&"), workspace.id, by=workspace.dana.id)
        assert back.startswith(f"{HOST}/slack/oauth_redirect?")
        return (await visit(sender, session, back))[1]


async def test_a_workspace_is_installed_served_removed_and_comes_back(company: Company) -> None:
    (one,) = company.workspaces
    async with company.bot(api_url=HOST) as sender:
        assert "envaccess is installed" in await install(company, sender, one)
        await company.store(one)
        await company.started(one)
        assert one.value in await one.shown()
        await company.comes_true(lambda: told(company, one, "app.installed"))

        await one.team.tell(one.team.uninstall())
        await company.comes_true(lambda: told(company, one, "app.uninstalled"))
        assert not await company.installations.all()

        assert "envaccess is installed" in await install(company, sender, one)
        await company.started(one)
        await company.comes_true(lambda: last_told(company, one, "app.installed"))
    tags = [tag for tag in await company.tags(one) if tag.startswith(("app.", "grant.re"))]
    assert tags == ["app.installed", "grant.revealed", "grant.revoked", "app.uninstalled", "app.installed"]


async def told(company: Company, workspace: Workspace, tag: str) -> bool:
    return tag in await company.tags(workspace)


async def test_a_workspace_that_is_not_listed_is_refused_and_its_token_given_back(company: Company) -> None:
    two = company.add("T0SECOND", installed=False)
    async with company.bot(api_url=HOST) as sender:
        html = await install(company, sender, two)
    assert "This workspace is not on the list" in html
    assert "T0SECOND" in html
    assert not await company.installations.all()
    assert len(company.slack.calls_of("auth.revoke")) == 1


async def last_told(company: Company, workspace: Workspace, tag: str) -> bool:
    return [one for one in await company.tags(workspace) if one.startswith("app.")][-1] == tag
