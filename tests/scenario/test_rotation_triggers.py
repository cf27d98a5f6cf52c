"""What makes a rotation due, from the outside: people who see a value, its age, somebody who left, a wish."""

from pathlib import Path

import pytest

from envaccess import wiring
from envaccess.application.rotations.demand import rotate_on_host
from slack_emulator import User
from tests.scenario.harness import STRIPE, ScenarioHarness
from tests.scenario.policies import finds, last_event
from tests.scenario.rotating import ends, happens, is_given, looked_at
from tests.scenario.test_rotations import task
from tests.scenario.watch import comes_true

DAY = 24 * 3_600.0


def sources(harness: ScenarioHarness, rule: str) -> Path:
    """`sources.yml`: the owner makes a new value of STRIPE_KEY."""
    path = harness.home / "sources.yml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"version: 1\nnames:\n  - {{match: {STRIPE}, rotate: {{with: owner, {rule}}}}}\n")
    return path


async def sees(harness: ScenarioHarness, who: User) -> None:
    """Somebody asks for STRIPE_KEY, is given it, and presses Reveal."""
    await is_given(harness, who, STRIPE)
    seen = (await harness.tags()).count("value.seen")
    await who.press(await finds(harness, who, "[ Reveal ]"), "Reveal")
    await happens(harness, "value.seen", seen + 1)


async def followed(harness: ScenarioHarness) -> None:
    """The follower has looked at every event."""
    runner = harness.runner

    async def level() -> bool:
        last = (await harness.events())[-1].id
        return bool(await runner.client.hget(runner.key("cursors"), "rotation") == last)

    await comes_true(level)


async def test_it_is_due_once_so_many_people_have_seen_it_and_their_number_is_said(
    harness: ScenarioHarness,
) -> None:
    async with harness.bot(sources_file=sources(harness, "wait: 1s, when: {seen_by: 2}")):
        await sees(harness, harness.alice)
        await sees(harness, harness.alice)
        await followed(harness)
        assert "rotation.due" not in await harness.tags(), "one person, twice"
        await sees(harness, harness.dana)
        await task(harness, "`STRIPE_KEY` has to be rotated", "2 people have seen its value")
    assert (await last_event(harness, "rotation.due")).detail["why"] == "seen_by"


async def test_it_is_due_by_its_age_and_not_a_day_before(harness: ScenarioHarness) -> None:
    file = sources(harness, "when: {age: 90d}")
    runner = harness.runner

    async def aged() -> bool:
        return bool(await runner.client.hget(runner.key("rotated", str(STRIPE)), "@"))

    await harness.move_clock(89 * DAY)
    async with harness.bot(sources_file=file):
        await comes_true(aged)
        assert "rotation.due" not in await harness.tags()
    await harness.move_clock(2 * DAY)
    async with harness.bot(sources_file=file):
        await task(harness, "`STRIPE_KEY` has to be rotated", "its value is old")
    due = await last_event(harness, "rotation.due")
    assert (due.detail["why"], str(due.actor)) == ("age", "time")


@pytest.mark.parametrize("told", [True, False])
async def test_it_is_due_when_somebody_left_who_holds_nothing_and_only_saw_it(
    harness: ScenarioHarness, told: bool
) -> None:
    """Slack's event says so, or was lost: then the sweep asks about whoever has seen what is current."""
    file = sources(harness, "when: {leaver: true}")
    async with harness.bot(sources_file=file):
        await sees(harness, harness.alice)
        await ends(harness, harness.alice)
        await happens(harness, "grant.revoked")
        await followed(harness)
        event = harness.slack.change(harness.alice, deleted=True)
        if told:
            await harness.slack.tell(event)
            await happens(harness, "rotation.due")
    await harness.move_clock(60)  # what Slack said before is not believed any more
    async with harness.bot(sources_file=file):
        await task(harness, "`STRIPE_KEY` has to be rotated", "somebody who has seen its value left")
        await task(harness, "@alice has left, and has seen 1 value that is still current")
    dues = [event for event in await harness.events() if event.event == "rotation.due"]
    assert [event.detail["why"] for event in dues] == ["leaver"]


async def test_the_operator_s_wish_waits_for_live_access_unless_it_is_to_be_now(
    harness: ScenarioHarness,
) -> None:
    file = sources(harness, "when: {grant_end: true}")
    async with harness.bot(sources_file=file):
        await sees(harness, harness.alice)
        async with wiring.operator_context(harness.settings(sources_file=file)) as operator:
            wait = operator.rotation_wait(STRIPE)
            first = await rotate_on_host(
                operator.rotations, operator.now(), operator.ids, STRIPE, operator.actor, wait
            )
            await looked_at(harness)
            (found,) = await operator.rotations.open()
            assert (found.id, found.state.stage) == (first, "due")
            again = await rotate_on_host(
                operator.rotations, operator.now(), operator.ids, STRIPE, operator.actor, 0
            )
            assert again == first
        await task(harness, "`STRIPE_KEY` has to be rotated")
    assert (await last_event(harness, "rotation.due")).detail["why"] == "demand"
