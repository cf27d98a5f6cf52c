"""Signing in at a terminal, as its person sees it in Slack: the question, the number, the end."""

import itertools
from functools import partial

import pytest

from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.session import Offered, Session
from envaccess.store.sessions import RedisSessions
from slack_emulator import Message
from tests.scenario.harness import ScenarioHarness
from tests.scenario.policies import audit_says, shows, write_policy
from tests.scenario.terminal import LOGIN_CODE
from tests.scenario.test_home import home_shows
from tests.scenario.test_home_acts import home
from tests.scenario.test_lock import WATCHED
from tests.scenario.watch import buttons, everything_stored, refusals, say
from tests.store.harness import StoreHarness
from tests.store.signing_in import Terminal

_ops = itertools.count(1)
QUESTION = "wants to sign in as you"


@pytest.fixture(autouse=True)
def quick_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a code gives is made slowly on purpose; that it is has tests of its own."""
    monkeypatch.setattr("envaccess.crypto.login_codes._STRETCHED", 1)


async def terminal_of(harness: ScenarioHarness) -> Terminal:
    """A terminal of Alice's, that reaches the store as the API does."""
    store = StoreHarness(harness.redis, harness.slack.team_id, _ops)
    store.sealing = await harness.sealing()
    store.sessions = RedisSessions(store.runner, store.sealing)
    return Terminal(store, harness.alice.id)


async def asked(harness: ScenarioHarness, terminal: Terminal) -> Message:
    """The question in Alice's direct messages, once the terminal has sent what it knows."""
    assert isinstance(await terminal.offer((await terminal.ask()).code), Offered)
    return await harness.until(lambda: harness.alice.find(QUESTION))


async def number_of(terminal: Terminal) -> str:
    login = await terminal.at()
    assert login.offer
    return str(login.offer.number)


async def test_a_terminal_is_signed_in_by_its_number_and_ended_by_its_button(
    harness: ScenarioHarness,
) -> None:
    terminal = await terminal_of(harness)
    async with harness.bot():
        message = await asked(harness, terminal)
        assert buttons(message)[3:] == ["None of these"]
        await shows(
            harness, message, "`alice` on `lenovo-7` (`203.0.113.9`)", "Which number does *your* terminal"
        )
        await harness.heeded(partial(harness.alice.press, message, await number_of(terminal)))
        await shows(harness, message, "Signed in as you", "`alice` on `lenovo-7`")
        assert await terminal.fetch()
        assert isinstance(await terminal.call(), Session)
        assert "You are signed in at 1 terminal" in await say(harness, "sessions")
        await audit_says(harness, "session.opened", "@alice signed in at the terminal on `lenovo-7`")
        await harness.heeded(partial(harness.alice.press, message, "End it"))
        await shows(harness, message, "No longer signed in", "You ended it")
        assert buttons(message) == []
        assert "You are signed in at no terminal" in await say(harness, "sessions")
        await audit_says(harness, "session.ended", "because its person ended it in Slack")
    assert await terminal.call() == Refusal(Reason.NO_SESSION)
    assert len([m for m in harness.alice.sees() if "signed in as you" in m.text]) == 1


async def test_one_wrong_number_signs_nobody_in(harness: ScenarioHarness) -> None:
    terminal = await terminal_of(harness)
    async with harness.bot():
        message = await asked(harness, terminal)
        await harness.heeded(partial(harness.alice.press, message, str(await terminal.wrong())))
        await shows(harness, message, "Nobody was signed in", "a number that the terminal does not show")
        await audit_says(harness, "session.ended", "because a wrong number was picked")
    assert [event.detail["why"] for event in await refusals(harness)] == ["wrong_number"]
    assert not await terminal.fetch()


async def test_none_of_these_signs_nobody_in(harness: ScenarioHarness) -> None:
    terminal = await terminal_of(harness)
    async with harness.bot():
        message = await asked(harness, terminal)
        await harness.heeded(partial(harness.alice.press, message, "None of these"))
        await shows(harness, message, "Nobody was signed in", "shows none of the numbers")


async def test_whoever_leaves_slack_or_is_locked_is_signed_out(harness: ScenarioHarness) -> None:
    one, two = await terminal_of(harness), await terminal_of(harness)
    async with harness.bot(policy_file=write_policy(harness, WATCHED)):
        for terminal in (one, two):
            message = await asked(harness, terminal)
            await harness.heeded(partial(harness.alice.press, message, await number_of(terminal)))
            await shows(harness, message, "Signed in as you")
            await terminal.fetch()
            await terminal.call()
            if terminal is one:
                await say(harness, "lock @alice laptop stolen", harness.dana)
                await shows(harness, message, "No longer signed in", "Your access was locked by @dana")
                await say(harness, "unlock @alice found", harness.dana)
        await harness.slack.tell(harness.slack.change(harness.alice, is_restricted=True))
        await shows(harness, message, "No longer signed in", "no full member any more")
    assert await one.call() == await two.call() == Refusal(Reason.NO_SESSION)


async def test_home_lists_where_i_am_signed_in_and_ends_it_there(harness: ScenarioHarness) -> None:
    terminal = await terminal_of(harness)
    async with harness.bot():
        message = await asked(harness, terminal)
        await harness.heeded(partial(harness.alice.press, message, await number_of(terminal)))
        await shows(harness, message, "Signed in as you")
        tab = await home(harness, harness.alice)
        await home_shows(harness, harness.alice, "Signed in (1)", "lenovo-7")
        await tab.press("End it")
        await shows(harness, message, "No longer signed in")


async def test_without_an_address_for_terminals_there_is_no_code(harness: ScenarioHarness) -> None:
    async with harness.bot():
        assert "Terminals cannot reach envaccess here" in await say(harness, "login")


async def test_a_code_is_shown_to_nobody_but_who_asked_and_is_logged_nowhere(
    harness: ScenarioHarness, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal = await terminal_of(harness)
    async with harness.bot(api_url="http://127.0.0.1:1"):
        answer = await say(harness, "login")
        (code,) = LOGIN_CODE.findall(answer)
        assert "envaccess login http://127.0.0.1:1" in answer
        offered = await terminal.offer(code)
        assert isinstance(offered, Offered)
        terminal.login = offered.id
        message = await harness.until(lambda: harness.alice.find(QUESTION))
        await harness.heeded(partial(harness.alice.press, message, await number_of(terminal)))
        await shows(harness, message, "Signed in as you")
        assert await terminal.fetch()
        assert isinstance(await terminal.call(), Session)
        stored = str(await everything_stored(harness))
        assert code not in stored
        assert terminal.token not in stored
        seen = harness.slack.draw(message) + str([event.detail for event in await harness.events()])
        assert not {code, terminal.token} & set(seen.split())
    said = "".join(capsys.readouterr())
    assert code not in said
    assert terminal.token not in said
