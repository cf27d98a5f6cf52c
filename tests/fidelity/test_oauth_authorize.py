"""The authorize page, compared with https://docs.slack.dev/authentication/installing-with-oauth."""

from urllib.parse import parse_qs, urlsplit

import pytest
from yarl import URL

from slack_emulator import RefusalError
from tests.fidelity.grid import ORG
from tests.fidelity.test_oauth_v2_access import BACK, address
from tests.slack_emulator.harness import EmulatorHarness


def answer_in(location: str) -> dict[str, list[str]]:
    assert location.startswith(BACK)
    return parse_qs(urlsplit(location).query)


async def test_the_page_offers_every_workspace_and_organisation(emulator: EmulatorHarness) -> None:
    emulator.slack.add_team("T0OTHER", "other", installed=False)
    emulator.slack.add_organisation(ORG, "Big & Co")
    async with emulator.session.get(URL(address(emulator))) as page:
        text = await page.text()
    assert page.status == 200
    assert all(word in text for word in ("allow=T0OTHER", f"allow={ORG}", "Big &amp; Co", "deny=1"))


async def test_allowing_leads_back_with_a_code_and_the_state(emulator: EmulatorHarness) -> None:
    follow = URL(address(emulator) + "&allow=T0PLAYGROUND&by=U1")
    async with emulator.session.get(follow, allow_redirects=False) as page:
        answer = answer_in(page.headers["Location"])
    assert page.status == 302
    assert answer["state"] == ["once"]
    assert set(answer) == {"code", "state"}


async def test_cancelling_leads_back_with_access_denied(emulator: EmulatorHarness) -> None:
    answer = answer_in(emulator.slack.decline(address(emulator)))
    assert answer == {"error": ["access_denied"], "state": ["once"]}


async def test_an_installation_from_the_pages_for_administrators_has_no_state(
    emulator: EmulatorHarness,
) -> None:
    """bolt-js, documentation of OAuth: such an installation gives no `state`."""
    given = address(emulator).replace("&state=once", "")
    assert set(answer_in(emulator.slack.consent(given, "T0PLAYGROUND"))) == {"code"}


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (("client_id=", "client_id=9"), "invalid_client_id"),
        ((BACK, "https://evil.example"), "bad_redirect_uri"),
    ],
)
async def test_another_app_or_address_is_told_so_and_leads_nowhere(
    emulator: EmulatorHarness, change: tuple[str, str], error: str
) -> None:
    emulator.slack.teams.redirect_urls = (BACK,)
    given = address(emulator).replace(*change)
    async with emulator.session.get(URL(given), allow_redirects=False) as page:
        assert (page.status, await page.text()) == (400, error)
    with pytest.raises(RefusalError, match=error):
        emulator.slack.consent(given, "T0PLAYGROUND")
