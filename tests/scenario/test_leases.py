"""A login made for each reveal: what Alice is shown works, then does not, and her card says which."""

import pytest

from envaccess.domain.sources.faults import SourceFault
from envaccess.wiring import application
from tests.fakes.lease_server import FakeLeases, LeaseServer
from tests.fakes.lease_sources import FakeLeaseSources
from tests.scenario.harness import STRIPE, ScenarioHarness
from tests.scenario.policies import audit_says, card, granted, last_event, later, pressed, revealed, shows
from tests.scenario.test_rotations import told_by
from tests.scenario.watch import buttons, one_request, say

GONE = "The login that was made for it is gone: it was looked for and not found."


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> LeaseServer:
    """A database that makes the values of STRIPE_KEY, in place of what a file declares."""
    server = LeaseServer()
    sources = FakeLeaseSources({STRIPE: "pg"}, {"pg": FakeLeases(server)})
    monkeypatch.setattr(application, "RoutedLeases", lambda _router: sources)
    return server


async def login(harness: ScenarioHarness) -> str:
    """The login that Alice sees once she pressed Reveal, beside what stays true whatever ends the access."""
    shown = await revealed(harness, await card(harness, "[ Reveal ]"))
    assert "again while your access lasts" in shown or "That was its one reveal." in shown
    return next(word.strip("`") for word in shown.split() if word.strip("`").startswith("ev_"))


async def test_what_alice_is_shown_works_until_she_ends_her_access(
    harness: ScenarioHarness, server: LeaseServer
) -> None:
    async with harness.bot():
        message = await granted(harness)
        value = await login(harness)
        assert harness.values[STRIPE] not in value
        assert server.log_in(value)
        live = await card(harness, "[ Reveal ]")
        await harness.alice.press(live, "End now")
        over = await card(harness, GONE)
        assert buttons(over) == ["Ask again"]
        assert not server.log_in(value)
        assert server.sessions == []
        await shows(harness, message, "Access ended early")
    assert (await last_event(harness, "lease.revoked")).detail["why"] == "grant"
    assert value not in str(await harness.events()), "the password is in no event"


@pytest.mark.usefixtures("server")
async def test_who_decides_and_who_asks_are_told_that_it_is_a_login_before_anybody_sees_one(
    harness: ScenarioHarness,
) -> None:
    async with harness.bot():
        message = await harness.filed("STRIPE_KEY 1h debugging a failed refund")
        await shows(harness, message, "is a login made for this access alone. It stops working when")
        await card(harness, "is a login made for you alone. It stops working when this access ends.")
        await harness.bob.press(message, "Approve")
        await card(harness, "[ Reveal ]", "is a login made for you alone")
        assert "login made" not in await shows(harness, message, "*Approved* by @bob")


async def test_a_database_that_is_away_is_said_until_it_confirms(
    harness: ScenarioHarness, server: LeaseServer
) -> None:
    async with harness.bot():
        await granted(harness)
        value = await login(harness)
        request = await one_request(harness)
        server.fault = SourceFault.DOWN
        assert "is ended" in await say(harness, f"revoke {request.id}", harness.bob)
        await card(harness, "The login may still work until", "is asked again until it does.")
        assert server.log_in(value), "it does"
        await later(harness, 3_600)
        await card(harness, "Over for new logins.", "It is not confirmed yet that open sessions are ended")
        server.fault = None
        await later(harness, 301)
        await card(harness, GONE)
    assert (await harness.tags()).count("lease.revoked") == 1


async def test_a_database_that_is_down_makes_nothing_and_the_use_goes_back(
    harness: ScenarioHarness, server: LeaseServer
) -> None:
    async with harness.bot():
        await granted(harness, "STRIPE_KEY once debugging a failed refund")
        server.fault = SourceFault.DOWN
        told = await pressed(harness, harness.alice, await card(harness, "[ Reveal ]"), "Reveal")
        assert "your access is as it was" in told
        server.fault = None
        await later(harness, 35)
        assert server.log_in(await login(harness))


@pytest.mark.usefixtures("server")
async def test_what_is_made_for_each_use_is_never_rotated(harness: ScenarioHarness) -> None:
    async with harness.bot():
        told = told_by(harness, await harness.ask("rotate STRIPE_KEY", harness.bob))
        assert "so there is nothing to rotate" in told
    assert "rotation.due" not in await harness.tags()


async def test_the_operators_are_told_of_what_a_person_has_to_decide(
    harness: ScenarioHarness, server: LeaseServer
) -> None:
    async with harness.bot():
        await granted(harness)
        await login(harness)
        (role,) = server.roles.values()
        role.owns = 1
        await harness.alice.press(await card(harness, "[ Reveal ]"), "End now")
        await card(harness, "Locked out.", "Something that was made with the login still belongs to it")
        await audit_says(harness, "lease.stuck", "does not end")
