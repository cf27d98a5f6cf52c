"""What time brings: reminders, escalation, timeouts, warnings, ends; on time, or caught up after a stop."""

from tests.scenario.policies import (
    called,
    card,
    finds,
    later,
    one_rule,
    pressed,
    revealed,
    shows,
    write_policy,
)
from tests.scenario.test_chain import TWO_STEPS
from tests.scenario.town import Town
from tests.scenario.watch import buttons, settled

MINUTE = 60.0


async def counted(town: Town, tag: str) -> int:
    """How many events have this tag."""
    return (await town.tags()).count(tag)


async def test_reminders_come_ever_more_seldom(town: Town) -> None:
    """After 10, then 20 more, then 40 more minutes; the step's hour is over before a fourth."""
    policy = write_policy(town, TWO_STEPS)
    async with town.bot(policy_file=policy):
        message = await town.filed()
        seen = []
        for _ in range(11):
            await later(town, 5 * MINUTE)
            seen.append(await counted(town, "request.reminded"))
        assert seen == [0, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2]
        assert "@bob" in await called(town, message, "Reminder", "`STRIPE_KEY` for @alice", "still waits")


async def test_a_step_that_nobody_passes_is_escalated_and_others_decide(town: Town) -> None:
    policy = write_policy(town, TWO_STEPS)
    async with town.bot(policy_file=policy):
        message = await town.filed()
        assert "yours is another one" in await pressed(town, town.carol, message, "Approve")
        await later(town, 61 * MINUTE)
        await called(town, message, "Nobody decided in time", "@bob or @dana may decide now")
        await shows(town, message, "Step 1 of 2, escalated: waits for @bob")
        told = await finds(town, town.dana, "@alice asks for", "please decide")
        assert buttons(told) == []
        await town.dana.press(message, "Approve", forged=True)
        await shows(town, message, "Step 1 of 2: @dana agreed", "Step 2 of 2: waits for @carol")
        await town.carol.press(message, "Approve")
        await card(town, "[ Reveal ]")


async def test_an_escalated_step_that_nobody_passes_ends_the_request(town: Town) -> None:
    policy = write_policy(town, TWO_STEPS)
    async with town.bot(policy_file=policy):
        message = await town.filed()
        await later(town, 61 * MINUTE)
        await shows(town, message, "escalated")
        await later(town, 61 * MINUTE)
        await shows(town, message, "*Timed out*")
        assert buttons(message) == []
        over = await card(town, "*Timed out*", "[ Ask again ]")
        assert over.text.startswith("Timed out")
        await town.bob.press(message, "Approve", shown=message.faces[0])
        assert town.alice.find("[ Reveal ]") is None


SKIPPING = """
version: 1
rules:
  - name: everything
    match: "*/*"
    requesters: [{alice}]
    steps:
      - {{approvers: [{bob}], timeout: 10m, then: skip}}
      - {{approvers: [{carol}]}}
"""


async def test_a_step_may_be_passed_over(town: Town) -> None:
    policy = write_policy(town, SKIPPING)
    async with town.bot(policy_file=policy):
        message = await town.filed()
        await later(town, 11 * MINUTE)
        await shows(town, message, "Step 1 of 2: passed over", "Step 2 of 2: waits for @carol")
        assert "@carol" in await called(town, message, "Step 2 of 2 waits for")
        assert "yours is another one" in await pressed(town, town.bob, message, "Approve")
        await town.carol.press(message, "Approve")
        await card(town, "[ Reveal ]")


async def test_everything_is_caught_up_after_a_stop(town: Town) -> None:
    """Hours pass while no bot runs: the state is right at its start, and nobody is told the old news."""
    policy = write_policy(town, TWO_STEPS)
    async with town.bot(policy_file=policy):
        waiting = await town.filed()
        await town.ask("staging/DB_URL 30m reading the slow log", town.carol)
        await settled(town)
    await town.move_clock(70 * MINUTE)
    async with town.bot(policy_file=policy):
        await shows(town, waiting, "Step 1 of 2, escalated")
        await called(town, waiting, "Nobody decided in time")
        await settled(town)
    await town.move_clock(5 * 60 * MINUTE)
    async with town.bot(policy_file=policy):
        await shows(town, waiting, "*Timed out*")
        await card(town, "*Timed out*")
        await settled(town)
    assert await counted(town, "request.timed_out") == 2
    assert await counted(town, "request.escalated") == 2


async def test_an_end_while_the_bot_was_down_is_told_with_its_own_time(town: Town) -> None:
    async with town.bot():
        await town.granted("STRIPE_KEY 20m a short look")
    await town.move_clock(60 * MINUTE)
    async with town.bot():
        over = await card(town, "Access expired", "[ Ask again ]")
        assert "has expired" in await pressed_old(town)
        assert buttons(over) == ["Ask again"]
    assert await counted(town, "grant.expiring") == 0, "a warning after the end warns of nothing"


async def pressed_old(town: Town) -> str:
    """The answer to Reveal, pressed on a card that is still on a lagging screen."""
    (shown,) = [m for m in town.alice.sees() if "Access expired" in town.slack.draw(m)]
    face = next(face for face in shown.faces if "Reveal" in str(face.blocks))
    press = await town.alice.press(shown, "Reveal", shown=face)
    await town.until(lambda: press.answers)
    return press.answers[0].text


async def test_a_warning_comes_once_before_the_end_with_extend(town: Town) -> None:
    async with town.bot():
        first = await town.granted()
        assert "Extend" not in buttons(first)
        await later(town, 44 * MINUTE)
        assert await counted(town, "grant.expiring") == 0
        await later(town, 2 * MINUTE)
        warned = await card(town, "It ends soon", "[ Extend ]", "[ Reveal ]")
        assert warned.ts != first.ts, "an update would tell nobody"
        await later(town, 5 * MINUTE)
        assert town.values[next(iter(town.values))] in await revealed(town, warned)
        await settled(town)
        assert await counted(town, "grant.expiring") == 1
        await later(town, 10 * MINUTE)
        await shows(town, warned, "Access expired")


async def test_a_few_minutes_end_without_a_warning(town: Town) -> None:
    policy = write_policy(town, one_rule("max: 2h"))
    async with town.bot(policy_file=policy):
        message = await town.filed("STRIPE_KEY 4m a short look")
        await town.bob.press(message, "Approve")
        await card(town, "[ Reveal ]")
        await later(town, 3.9 * MINUTE)
        await later(town, 0.2 * MINUTE)
        await card(town, "Access expired")
    assert "grant.expiring" not in await town.tags()
