"""What time does to logins and sessions, in Slack and at the terminal, with its clock moved on."""

from functools import partial

import pytest

from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.session import IDLE_SECONDS, PICK_SECONDS, SESSION_SECONDS, Session
from tests.scenario.harness import ScenarioHarness
from tests.scenario.policies import shows
from tests.scenario.terminal import api_bot, terminal
from tests.scenario.test_login import asked, number_of, quick_codes, terminal_of
from tests.scenario.watch import buttons, say

__all__ = ("quick_codes",)
_HOURS = 11 * 3_600
OVER = Refusal(Reason.NO_SESSION)


async def ends(harness: ScenarioHarness) -> list[str]:
    return [event.detail["how"] for event in await harness.events() if event.event == "session.ended"]


async def test_a_number_that_nobody_picks_in_time_signs_nobody_in(harness: ScenarioHarness) -> None:
    terminal = await terminal_of(harness)
    async with harness.bot():
        message = await asked(harness, terminal)
        await harness.move_clock(PICK_SECONDS + 1)
        await shows(harness, message, "Nobody was signed in", "in time")
        assert buttons(message) == []
    assert not await terminal.fetch()
    assert await ends(harness) == ["unanswered"]


async def test_within_its_two_minutes_a_number_is_picked(harness: ScenarioHarness) -> None:
    """Moving the clock seals anew: the buttons are drawn for the offer as it stands then."""
    terminal = await terminal_of(harness)
    async with harness.bot():
        message = await asked(harness, terminal)
        seen = len(message.revisions)
        await harness.move_clock(PICK_SECONDS / 2)
        await harness.until(lambda: len(message.revisions) > seen or None)
        await harness.heeded(partial(harness.alice.press, message, await number_of(terminal)))
        await shows(harness, message, "Signed in as you")
        assert await terminal.fetch()
        assert isinstance(await terminal.call(), Session)


@pytest.mark.parametrize("uses", [0, SESSION_SECONDS // _HOURS], ids=["unused", "used"])
async def test_a_session_ends_after_12_hours_unused_and_after_7_days_however_much_it_is_used(
    harness: ScenarioHarness, uses: int
) -> None:
    terminal = await terminal_of(harness)
    async with harness.bot():
        message = await asked(harness, terminal)
        await harness.heeded(partial(harness.alice.press, message, await number_of(terminal)))
        await shows(harness, message, "Signed in as you")
        await terminal.fetch()
        for _ in range(uses):
            assert isinstance(await terminal.call(), Session)
            await harness.move_clock(_HOURS)
        assert isinstance(await terminal.call(), Session)
        await harness.move_clock(IDLE_SECONDS + 1 if not uses else SESSION_SECONDS - uses * _HOURS + 1)
        await shows(harness, message, "No longer signed in")
        assert buttons(message) == []
        assert await terminal.call() == OVER
        assert "You are signed in at no terminal" in await say(harness, "sessions")
    assert await ends(harness) == ["expired"]


async def test_a_terminal_is_told_that_its_session_is_over(harness: ScenarioHarness) -> None:
    async with api_bot(harness) as base, terminal(harness, base) as alice:
        assert (await alice.get("/v1/whoami")).status == 200
        await harness.move_clock(IDLE_SECONDS + 1)
        answer = await alice.get("/v1/whoami")
        assert (answer.status, answer.reason) == (401, "no_session")
