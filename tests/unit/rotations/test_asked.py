"""Rotations by somebody else's system, and by the owner: only another value at the source counts."""

from dataclasses import replace

import pytest

from envaccess.domain.rotation import RotationUncertainError
from envaccess.domain.seals.rotations import RotationStage
from envaccess.domain.sources.rotation_rule import RotationRule, RotatorKind
from tests.fakes.rotations import DB_URL, FIRST, World, refuses
from tests.fakes.two_slots import Killed

WEBHOOK = RotationRule(RotatorKind.WEBHOOK, url="https://rotator.test", timeout=600)
NEW = "app_a:value-for-tests-2"


def failures(world: World) -> list[str]:
    return [
        f"{detail['why']} {detail['next']}"
        for tag, detail in world.rotations.events
        if tag == "rotation.failed"
    ]


async def stage_of(world: World) -> str:
    (rotation,) = await world.rotations.open()
    return rotation.state.stage


async def test_webhook_that_accepts_is_believed_once_the_source_shows_another_value() -> None:
    world = World(WEBHOOK)
    await world.due()
    await world.run(120)
    assert await stage_of(world) == RotationStage.ASKED
    world.place.set(DB_URL, NEW)
    await world.run(30)
    assert world.tags() == ["rotation.due", "rotation.done"]
    assert len(world.asker.asked) == 1
    assert world.rotations.events[-1][1]["how"] == "webhook"


async def test_webhook_that_accepts_and_does_nothing_fails_three_times_and_is_the_owner_s_task() -> None:
    world = World(WEBHOOK)
    await world.due()
    await world.run(3_000, most=2_000)
    assert failures(world) == ["timed_out again", "timed_out again", "timed_out owner"]
    assert len(set(world.asker.asked)) == len(world.asker.asked) == 3
    assert await stage_of(world) == RotationStage.TASK


async def test_new_version_of_the_same_value_has_changed_nothing() -> None:
    """A rotator that writes the old secret anew, or edits the metadata, and says that it is done."""
    world = World(WEBHOOK)
    world.asker.does = lambda _: world.place.set(DB_URL, FIRST)
    await world.due()
    await world.run(3_000, most=2_000)
    assert failures(world) == ["changed_nothing again", "changed_nothing again", "changed_nothing owner"]


async def test_webhook_that_says_no_is_tried_again_after_one_and_five_minutes() -> None:
    world = World(WEBHOOK)
    world.asker.does = refuses()
    await world.due()
    await world.run(59)
    assert len(world.asker.asked) == 1
    await world.run(2)
    assert len(world.asker.asked) == 2
    await world.run(290)
    assert len(world.asker.asked) == 2
    await world.run(15)
    assert failures(world) == ["not_accepted again", "not_accepted again", "not_accepted owner"]


async def test_answer_that_is_lost_is_waited_out_and_not_asked_twice() -> None:
    world = World(WEBHOOK)

    def lost(_: str) -> None:
        raise RotationUncertainError("It broke off.")

    world.asker.does = lost
    await world.due()
    await world.run(590, most=500)
    assert len(world.asker.asked) == 1
    world.place.set(DB_URL, NEW)
    await world.run(15)
    assert world.tags()[-1] == "rotation.done"


@pytest.mark.parametrize("place", ["before storing asking", "after storing asking", "before storing asked"])
async def test_kill_around_the_asking_never_asks_twice_under_one_operation(place: str) -> None:
    world = World(WEBHOOK)
    await world.due()

    def reach(reached: str) -> None:
        if reached == place:
            raise Killed(place)

    world.reach(reach)
    with pytest.raises(Killed):
        await world.run()
    world.reach(lambda _: None)
    world.driver = world.another()
    await world.run(3_000, most=2_000)
    assert len(set(world.asker.asked)) == len(world.asker.asked)
    assert await stage_of(world) == RotationStage.TASK


async def test_value_that_changed_while_it_waited_is_done_without_asking_anybody() -> None:
    world = World(WEBHOOK)
    world.rotations.held = 1
    await world.due(wait=600)
    await world.run(60)
    world.place.set(DB_URL, NEW)
    world.rotations.held = 0
    await world.run(600)
    assert not world.asker.asked
    assert world.rotations.events[-1][1]["how"] == "changed"


async def test_nobody_rotates_it_so_the_owner_is_asked_reminded_and_believed_by_the_source() -> None:
    world = World(None)
    await world.due()
    await world.run(23 * 3_600)
    (rotation,) = await world.rotations.open()
    assert rotation.state.for_owners
    assert rotation.state.owners == "U0DANA"
    told = rotation.state.told_at
    await world.run(2 * 3_600)
    (rotation,) = await world.rotations.open()
    assert rotation.state.told_at > told
    world.place.set(DB_URL, NEW)
    await world.run(3_601)
    assert world.tags() == ["rotation.due", "rotation.done"]


async def test_lost_key_of_marks_makes_nobody_believe_that_the_value_changed() -> None:
    """Who writes to Redis deletes the key: every mark is another one then, and the value is the same."""
    world = World(None)
    await world.due()
    await world.run(10)
    world.ledger.name = "second"
    await world.run(3 * 3_600)
    assert "rotation.done" not in world.tags()
    world.place.set(DB_URL, NEW)
    await world.run(3_601)
    assert world.tags()[-1] == "rotation.done"


async def test_lost_key_of_marks_in_the_midst_of_two_slots_ends_what_was_seen_all_the_same() -> None:
    for steps in range(1, 7):
        world = World()
        await world.due()
        for _ in range(steps):
            due, _ = await world.rotations.due(1)
            if due:
                await world.driver.step(due[0])
        world.ledger.name = "second"
        await world.run(60)
        assert world.issuer.works(world.value)
        assert not world.issuer.works(FIRST)


async def test_rule_that_is_taken_away_leaves_the_owner_s_task() -> None:
    world = World(WEBHOOK)
    world.asker.does = refuses()
    await world.due()
    await world.run(1)
    world.rotators.said = None
    await world.run(120)
    assert await stage_of(world) == RotationStage.TASK


async def test_rule_that_is_taken_away_between_two_slots_is_told_and_ends_nothing() -> None:
    world = World(replace(world_rule(), grace=600))
    await world.due()
    await world.run(10)
    world.rotators.said = None
    await world.run(3_600)
    (rotation,) = await world.rotations.open()
    assert rotation.state.blocked == "misconfigured"
    world.rotators.said = world_rule()
    await world.run(3_601)
    assert not world.issuer.works(FIRST)


def world_rule() -> RotationRule:
    return RotationRule(RotatorKind.POSTGRES, roles=("app_a", "app_b"))
