"""Ask again: the same request once more, in one click, after a denial, an end, a timeout or a withdrawal."""

from collections.abc import Awaitable, Callable

import pytest

from tests.scenario.harness import STRIPE, ScenarioHarness
from tests.scenario.policies import asked, card, granted, later, revealed, shows, write_policy
from tests.scenario.watch import one_request, refusals, settled, told

Ending = Callable[[ScenarioHarness], Awaitable[None]]


async def deny(harness: ScenarioHarness) -> None:
    """Bob denies it."""
    await harness.bot_opens_deny(await harness.filed())
    assert harness.bob.modal is not None
    await harness.bob.modal.submit({"reason": "not now, please"})


async def expire(harness: ScenarioHarness) -> None:
    """Its hour is over."""
    await granted(harness)
    await later(harness, 3601)


async def time_out(harness: ScenarioHarness) -> None:
    """Nobody decides."""
    await harness.filed()
    await settled(harness)
    await later(harness, 4 * 3600 + 1)


async def withdraw(harness: ScenarioHarness) -> None:
    """Alice changes her mind."""
    await harness.filed()
    await harness.alice.press(await card(harness, "[ Cancel request ]"), "Cancel request")


async def end(harness: ScenarioHarness) -> None:
    """Alice ends it."""
    await granted(harness)
    await harness.alice.press(await card(harness, "[ End now ]"), "End now")


@pytest.mark.parametrize("over", [deny, expire, time_out, withdraw, end])
async def test_one_click_files_the_same_once_more(harness: ScenarioHarness, over: Ending) -> None:
    async with harness.bot():
        await over(harness)
        old = await card(harness, "[ Ask again ]")
        before = await one_request(harness)
        press = await harness.alice.press(old, "Ask again")
        answer = await told(harness, press)
        request = await one_request(harness)
        assert request.id != before.id
        assert f"Filed as request `{request.id}`: `STRIPE_KEY` for 1 hour" in answer
        assert "@bob or @carol can decide" in answer
        message = await asked(harness, "[ Approve ]")
        await shows(harness, message, "Why: debugging a failed refund")
        await harness.bob.press(message, "Approve")
        assert harness.values[STRIPE] in await revealed(harness, await card(harness, "[ Reveal ]"))


async def test_a_second_click_returns_the_pending_one(harness: ScenarioHarness) -> None:
    async with harness.bot():
        await deny(harness)
        old = await card(harness, "[ Ask again ]")
        first = await told(harness, await harness.alice.press(old, "Ask again"))
        again = await told(harness, await harness.alice.press(old, "Ask again"))
        assert "Filed as request" in first
        assert "You asked for that already" in again
        assert (await harness.tags()).count("request.created") == 2


async def test_nobody_else_asks_again_with_it(harness: ScenarioHarness) -> None:
    async with harness.bot():
        await deny(harness)
        old = await card(harness, "[ Ask again ]")
        press = await harness.carol.press(old, "Ask again", forged=True)
        assert "somebody else's request" in await told(harness, press)
        assert (await harness.tags()).count("request.created") == 1
    assert [event.detail["why"] for event in await refusals(harness)] == ["not_yours"]


async def test_the_policy_of_now_rules_on_it(harness: ScenarioHarness) -> None:
    async with harness.bot():
        await deny(harness)
    policy = write_policy(
        harness,
        """
version: 1
rules:
  - match: "*/*"
    approvers: [approvers]
    max: 30m
""",
    )
    async with harness.bot(policy_file=policy):
        old = await card(harness, "[ Ask again ]")
        press = await harness.alice.press(old, "Ask again")
        assert "at most 30 minutes" in await told(harness, press)
