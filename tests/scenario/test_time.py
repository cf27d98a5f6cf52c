"""What time brings: reminders, escalation, timeouts, warnings, ends; on time, or caught up after a stop."""

from tests.scenario.harness import ScenarioHarness
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
from tests.scenario.watch import buttons, settled

MINUTE = 60.0


async def counted(harness: ScenarioHarness, tag: str) -> int:
    """How many events have this tag."""
    return (await harness.tags()).count(tag)


async def test_reminders_come_ever_more_seldom(harness: ScenarioHarness) -> None:
    """After 10, then 20 more, then 40 more minutes; the step's hour is over before a fourth."""
    policy = write_policy(harness, TWO_STEPS)
    async with harness.bot(policy_file=policy):
        message = await harness.filed()
        seen = []
        for _ in range(11):
            await later(harness, 5 * MINUTE)
            seen.append(await counted(harness, "request.reminded"))
        assert seen == [0, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2]
        assert "@bob" in await called(harness, message, "Reminder", "`STRIPE_KEY` for @alice", "still waits")


async def test_a_step_that_nobody_passes_is_escalated_and_others_decide(harness: ScenarioHarness) -> None:
    policy = write_policy(harness, TWO_STEPS)
    async with harness.bot(policy_file=policy):
        message = await harness.filed()
        assert "yours is another one" in await pressed(harness, harness.carol, message, "Approve")
        await later(harness, 61 * MINUTE)
        await called(harness, message, "Nobody decided in time", "@bob or @dana may decide now")
        await shows(harness, message, "Step 1 of 2, escalated: waits for @bob")
        told = await finds(harness, harness.dana, "@alice asks for", "please decide")
        assert buttons(told) == []
        await harness.dana.press(message, "Approve", forged=True)
        await shows(harness, message, "Step 1 of 2: @dana agreed", "Step 2 of 2: waits for @carol")
        await harness.carol.press(message, "Approve")
        await card(harness, "[ Reveal ]")


async def test_an_escalated_step_that_nobody_passes_ends_the_request(harness: ScenarioHarness) -> None:
    policy = write_policy(harness, TWO_STEPS)
    async with harness.bot(policy_file=policy):
        message = await harness.filed()
        await later(harness, 61 * MINUTE)
        await shows(harness, message, "escalated")
        await later(harness, 61 * MINUTE)
        await shows(harness, message, "*Timed out*")
        assert buttons(message) == []
        over = await card(harness, "*Timed out*", "[ Ask again ]")
        assert over.text.startswith("Timed out")
        await harness.bob.press(message, "Approve", shown=message.revisions[0])
        assert harness.alice.find("[ Reveal ]") is None


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


async def test_a_step_may_be_passed_over(harness: ScenarioHarness) -> None:
    policy = write_policy(harness, SKIPPING)
    async with harness.bot(policy_file=policy):
        message = await harness.filed()
        await later(harness, 11 * MINUTE)
        await shows(harness, message, "Step 1 of 2: passed over", "Step 2 of 2: waits for @carol")
        assert "@carol" in await called(harness, message, "Step 2 of 2 waits for")
        assert "yours is another one" in await pressed(harness, harness.bob, message, "Approve")
        await harness.carol.press(message, "Approve")
        await card(harness, "[ Reveal ]")


async def test_everything_is_caught_up_after_a_stop(harness: ScenarioHarness) -> None:
    """Hours pass while no bot runs: the state is right at its start, and nobody is told the old news."""
    policy = write_policy(harness, TWO_STEPS)
    async with harness.bot(policy_file=policy):
        waiting = await harness.filed()
        await harness.ask("staging/DB_URL 30m reading the slow log", harness.carol)
        await settled(harness)
    await harness.move_clock(70 * MINUTE)
    async with harness.bot(policy_file=policy):
        await shows(harness, waiting, "Step 1 of 2, escalated")
        await called(harness, waiting, "Nobody decided in time")
        await settled(harness)
    await harness.move_clock(5 * 60 * MINUTE)
    async with harness.bot(policy_file=policy):
        await shows(harness, waiting, "*Timed out*")
        await card(harness, "*Timed out*")
        await settled(harness)
    assert await counted(harness, "request.timed_out") == 2
    assert await counted(harness, "request.escalated") == 2


async def test_an_end_while_the_bot_was_down_is_told_with_its_own_time(harness: ScenarioHarness) -> None:
    async with harness.bot():
        await harness.granted("STRIPE_KEY 20m a short look")
    await harness.move_clock(60 * MINUTE)
    async with harness.bot():
        over = await card(harness, "Access expired", "[ Ask again ]")
        assert "has expired" in await pressed_old(harness)
        assert buttons(over) == ["Ask again"]
    assert await counted(harness, "grant.expiring") == 0, "a warning after the end warns of nothing"


async def pressed_old(harness: ScenarioHarness) -> str:
    """The answer to Reveal, pressed on a card that is still on a lagging screen."""
    (shown,) = [m for m in harness.alice.sees() if "Access expired" in harness.slack.draw(m)]
    face = next(face for face in shown.revisions if "Reveal" in str(face.blocks))
    press = await harness.alice.press(shown, "Reveal", shown=face)
    await harness.until(lambda: press.answers)
    return press.answers[0].text


async def test_a_warning_comes_once_before_the_end_with_extend(harness: ScenarioHarness) -> None:
    async with harness.bot():
        first = await harness.granted()
        assert "Extend" not in buttons(first)
        await later(harness, 44 * MINUTE)
        assert await counted(harness, "grant.expiring") == 0
        await later(harness, 2 * MINUTE)
        warned = await card(harness, "It ends soon", "[ Extend ]", "[ Reveal ]")
        assert warned.ts != first.ts, "an update would tell nobody"
        await later(harness, 5 * MINUTE)
        assert harness.values[next(iter(harness.values))] in await revealed(harness, warned)
        await settled(harness)
        assert await counted(harness, "grant.expiring") == 1
        await later(harness, 10 * MINUTE)
        await shows(harness, warned, "Access expired")


async def test_a_few_minutes_end_without_a_warning(harness: ScenarioHarness) -> None:
    policy = write_policy(harness, one_rule("max: 2h"))
    async with harness.bot(policy_file=policy):
        message = await harness.filed("STRIPE_KEY 4m a short look")
        await harness.bob.press(message, "Approve")
        await card(harness, "[ Reveal ]")
        await later(harness, 3.9 * MINUTE)
        await later(harness, 0.2 * MINUTE)
        await card(harness, "Access expired")
    assert "grant.expiring" not in await harness.tags()
