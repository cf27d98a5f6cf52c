"""Once a week the audit channel gets what the week was like: what needs doing first."""

import time

from envaccess.domain.audit import Tag
from envaccess.domain.signals.weeks import MONDAY, last_week
from slack_emulator import Json, Message
from tests.fakes.digests import DAY, HOUR, MINUTE, STRIPE, Weeks, put_first
from tests.scenario.harness import ScenarioHarness
from tests.scenario.policies import one_rule, write_policy
from tests.scenario.watch import settled


def last_one() -> Weeks:
    """Events from the begin of the week before the last one."""
    return Weeks(last_week(MONDAY, int(time.time() * 1000)).edges[0] - DAY)


def a_busy_week(harness: ScenarioHarness) -> Weeks:
    """Two weeks of Alice and Bob: the second has something to do in it."""
    alice, bob, carol = harness.alice.id, harness.bob.id, harness.carol.id
    weeks = last_one()
    weeks.add(Tag.BOT_STARTED)
    weeks.at += DAY
    weeks.used(weeks.approved(alice, bob))
    weeks.at += 7 * DAY
    for number in range(12):
        weeks.at += 10 * HOUR
        asked = weeks.approved(alice, bob if number % 2 else carol, after=5 * MINUTE)
        if number % 3:
            weeks.used(asked)
        else:
            weeks.then(Tag.GRANT_EXPIRED, asked, after=HOUR)
    for _ in range(4):
        weeks.approved(carol, harness.dana.id, "staging/DB_URL", after=2_000)
    denied = weeks.ask(alice, "staging/<!channel>")
    weeks.then(Tag.REQUEST_DENIED, denied, bob, MINUTE)
    weeks.then(Tag.EMERGENCY_USED, weeks.ask(carol, STRIPE), carol, seconds="900")
    weeks.add(Tag.AUDIT_CHECKPOINT, detail={"size": "60"})
    weeks.ask(alice)
    return weeks


def digests(harness: ScenarioHarness) -> list[Message]:
    """The digests in the audit channel."""
    found = harness.slack.messages(harness.audit)
    return [message for message in found if message.text.startswith("Access from")]


async def test_what_needs_doing_comes_first_with_a_chart_and_the_numbers(harness: ScenarioHarness) -> None:
    weeks = a_busy_week(harness)
    await put_first(harness.redis, harness.runner.key("audit"), weeks.events)
    async with harness.bot():
        (message,) = await harness.until(lambda: digests(harness) or None)
        drawn = harness.slack.draw(message)
        await settled(harness)
    lines = [line.strip() for line in drawn.splitlines()]
    assert lines.index("*To do*") < lines.index("chart: Requests a day")
    assert any("1 emergency waits for its review: @carol" in line for line in lines)
    assert any(
        "@dana approved 4 of 4 requests in 4 weeks, half of them in under 5 seconds" in line for line in lines
    ), drawn
    assert any(line.split() == ["Requests", "19", "1", "+18"] for line in lines)
    assert f"for: [{harness.alice.id}]" in drawn
    assert "typed-by-a-person" not in drawn


def has_chart(args: Json) -> bool:
    """Whether a call has a chart in its blocks."""
    return "data_visualization" in str(args.get("blocks", ""))


async def test_where_slack_refuses_charts_the_same_stands_there_in_bars_of_text(
    harness: ScenarioHarness,
) -> None:
    await put_first(harness.redis, harness.runner.key("audit"), a_busy_week(harness).events)
    harness.slack.faults.answer("chat.postMessage", "invalid_blocks", only_if=has_chart)
    async with harness.bot():
        (message,) = await harness.until(lambda: digests(harness) or None)
        drawn = harness.slack.draw(message)
        await settled(harness)
    assert "chart:" not in drawn
    assert "Requests a day      ▂▂▂▂▂█▁  2 2 2 2 2 9 0" in drawn
    assert "the week before     ▁▁▁▁▁▁▁  1 0 0 0 0 0 0" in drawn
    assert "1 emergency waits for its review" in drawn


async def test_where_slack_refuses_all_blocks_there_is_still_a_line(harness: ScenarioHarness) -> None:
    def is_digest(args: Json) -> bool:
        return bool(args.get("blocks")) and "Access from" in str(args.get("text", ""))

    await put_first(harness.redis, harness.runner.key("audit"), a_busy_week(harness).events)
    harness.slack.faults.answer("chat.postMessage", "invalid_blocks", only_if=is_digest)
    async with harness.bot():
        (message,) = await harness.until(lambda: digests(harness) or None)
        await settled(harness)
    assert message.blocks == []
    assert message.text.endswith(": 3 things to do")


async def test_two_replicas_and_a_restart_post_one(harness: ScenarioHarness) -> None:
    await put_first(harness.redis, harness.runner.key("audit"), a_busy_week(harness).events)
    async with harness.bot(), harness.bot():
        await harness.until(lambda: digests(harness) or None)
        await settled(harness)
    async with harness.bot():
        await harness.filed()
        await settled(harness)
    assert len(digests(harness)) == 1


async def test_a_new_workspace_gets_none_before_its_first_monday(harness: ScenarioHarness) -> None:
    async with harness.bot():
        await harness.filed()
        await settled(harness)
    assert digests(harness) == []


async def test_the_policy_turns_it_off(harness: ScenarioHarness) -> None:
    await put_first(harness.redis, harness.runner.key("audit"), a_busy_week(harness).events)
    file = write_policy(harness, f"{one_rule()}\nsignals: {{{{digest: none}}}}")
    async with harness.bot(policy_file=file):
        await harness.filed()
        await settled(harness)
        assert digests(harness) == []
