"""Ask again: the same request once more, in one click, after a denial, an end, a timeout or a withdrawal."""

from collections.abc import Awaitable, Callable

import pytest

from slack_emulator import Message
from tests.scenario.policies import card, granted, later, revealed, shows, write_policy
from tests.scenario.town import STRIPE, Town
from tests.scenario.watch import one_request, refusals, settled, told

Ending = Callable[[Town], Awaitable[None]]


async def deny(town: Town) -> None:
    """Bob denies it."""
    await town.bot_opens_deny(await town.filed())
    assert town.bob.modal is not None
    await town.bob.modal.submit({"reason": "not now, please"})


async def expire(town: Town) -> None:
    """Its hour is over."""
    await granted(town)
    await later(town, 3601)


async def time_out(town: Town) -> None:
    """Nobody decides."""
    await town.filed()
    await settled(town)
    await later(town, 4 * 3600 + 1)


async def withdraw(town: Town) -> None:
    """Alice changes her mind."""
    await town.filed()
    await town.alice.press(await card(town, "[ Cancel request ]"), "Cancel request")


async def end(town: Town) -> None:
    """Alice ends it."""
    await granted(town)
    await town.alice.press(await card(town, "[ End now ]"), "End now")


async def fresh(town: Town) -> Message:
    """The approvers' message that can be decided."""
    return await town.until(
        lambda: next(
            (m for m in town.slack.messages(town.approvers) if "[ Approve ]" in town.slack.draw(m)), None
        )
    )


@pytest.mark.parametrize("over", [deny, expire, time_out, withdraw, end])
async def test_one_click_files_the_same_once_more(town: Town, over: Ending) -> None:
    async with town.bot():
        await over(town)
        old = await card(town, "[ Ask again ]")
        before = await one_request(town)
        press = await town.alice.press(old, "Ask again")
        answer = await told(town, press)
        request = await one_request(town)
        assert request.id != before.id
        assert f"Filed as request `{request.id}`: `STRIPE_KEY` for 1 hour" in answer
        assert "@bob or @carol can decide" in answer
        message = await fresh(town)
        await shows(town, message, "Why: debugging a failed refund")
        await town.bob.press(message, "Approve")
        assert town.values[STRIPE] in await revealed(town, await card(town, "[ Reveal ]"))


async def test_a_second_click_returns_the_pending_one(town: Town) -> None:
    async with town.bot():
        await deny(town)
        old = await card(town, "[ Ask again ]")
        first = await told(town, await town.alice.press(old, "Ask again"))
        again = await told(town, await town.alice.press(old, "Ask again"))
        assert "Filed as request" in first
        assert "You asked for that already" in again
        assert (await town.tags()).count("request.created") == 2


async def test_nobody_else_asks_again_with_it(town: Town) -> None:
    async with town.bot():
        await deny(town)
        old = await card(town, "[ Ask again ]")
        press = await town.carol.press(old, "Ask again", forged=True)
        assert "somebody else's request" in await told(town, press)
        assert (await town.tags()).count("request.created") == 1
    assert [event.detail["why"] for event in await refusals(town)] == ["not_yours"]


async def test_the_policy_of_now_rules_on_it(town: Town) -> None:
    async with town.bot():
        await deny(town)
    policy = write_policy(
        town,
        """
version: 1
rules:
  - match: "*/*"
    approvers: [approvers]
    max: 30m
""",
    )
    async with town.bot(policy_file=policy):
        old = await card(town, "[ Ask again ]")
        press = await town.alice.press(old, "Ask again")
        assert "at most 30 minutes" in await told(town, press)
