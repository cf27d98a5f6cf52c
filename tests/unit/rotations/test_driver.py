"""How a rotation goes on with an issuer of two slots, wherever a process dies."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from envaccess.domain.rotation import BlockedWhy, RotationBlockedError, RotationError
from envaccess.domain.seals.rotations import RotationStage
from tests.fakes.rotations import DB_URL, FIRST, SLOTS, World
from tests.fakes.two_slots import Killed


async def test_seen_secret_is_refused_and_the_new_one_is_shown() -> None:
    world = World()
    world.issuer.login(FIRST)
    await world.due()
    await world.run()
    assert world.issuer.works(world.value)
    assert not world.issuer.works(FIRST)
    assert not world.issuer.sessions
    assert world.tags() == ["rotation.due", "rotation.done"]


async def test_old_one_lives_for_the_grace_and_not_longer() -> None:
    world = World(replace(SLOTS, grace=1_800))
    await world.due()
    await world.run(1_799)
    assert world.value != FIRST
    assert world.issuer.works(FIRST)
    await world.run(2)
    assert not world.issuer.works(FIRST)


async def test_other_live_grants_are_waited_for_until_the_cap() -> None:
    world = World(replace(SLOTS, wait=3_600))
    world.rotations.held = 2
    await world.due(wait=3_600)
    await world.run(3_599, most=500)
    assert world.value == FIRST
    await world.run(2)
    assert not world.issuer.works(FIRST)
    assert world.rotations.told == 1


async def test_rotation_begins_as_soon_as_the_last_grant_ends() -> None:
    world = World()
    world.rotations.held = 1
    await world.due(wait=3_600)
    await world.run(10)
    world.rotations.held = 0
    await world.rotations.wake(DB_URL)
    await world.run()
    assert not world.issuer.works(FIRST)


def dying(at: int) -> tuple[Callable[[str], None], list[str]]:
    """Ends the process at the so-manieth place that is reached."""
    reached: list[str] = []

    def reach(place: str) -> None:
        reached.append(place)
        if len(reached) == at:
            raise Killed(place)

    return reach, reached


async def places() -> int:
    world = World()
    reach, reached = dying(0)
    world.reach(reach)
    await world.due()
    await world.run()
    return len(reached)


async def test_kill_between_every_two_steps_resumes_and_the_value_always_logs_in() -> None:
    for at in range(1, await places() + 1):
        for again in range(at, await places() + 4, 3):
            world = World()
            await world.due()
            for one in (at, again):
                reach, _ = dying(one)

                def checked(place: str, world: World = world, reach: Callable[[str], None] = reach) -> None:
                    assert world.issuer.works(world.value), place
                    reach(place)

                world.reach(checked)
                try:
                    await world.run()
                except Killed:
                    assert world.issuer.works(world.value)
                world.driver = world.another()
                world.reach(lambda _: None)
            await world.run(60)
            assert world.issuer.works(world.value)
            assert not world.issuer.works(FIRST)
            assert [key for key, password in world.issuer.passwords.items() if password] == ["app_b"]
            assert world.tags().count("rotation.done") == 1


async def test_answer_of_the_publishing_that_is_lost_publishes_once() -> None:
    world = World()
    world.place.lost = True
    await world.due()
    await world.run(60)
    assert len(world.place.puts) == 1
    assert world.issuer.works(world.value)
    assert not world.issuer.works(FIRST)


async def test_second_rotation_kills_what_the_first_made() -> None:
    world = World()
    await world.due()
    await world.run()
    second = world.value
    await world.due()
    await world.run()
    assert world.value not in {FIRST, second}
    assert not world.issuer.works(second)
    assert not world.issuer.works(FIRST)
    assert world.issuer.works(world.value)


async def test_two_due_at_once_go_one_after_the_other() -> None:
    world = World(replace(SLOTS, grace=600))
    await world.due()
    await world.run()
    first = world.value
    await world.due()
    await world.run(599)
    assert world.value == first
    await world.run(1_300)
    assert world.value != first
    assert not world.issuer.works(first)
    assert world.issuer.works(world.value)


async def test_value_that_somebody_writes_meanwhile_is_never_overwritten_unseen() -> None:
    """Compare and set: an owner writes the role's password between the making and the publishing."""
    world = World()
    await world.due()

    def meanwhile(place: str) -> None:
        if place == "before put" and world.place.texts[DB_URL] == FIRST:
            world.issuer.passwords["app_a"] = "value-by-hand"
            world.place.set(DB_URL, "app_a:value-by-hand")

    world.reach(meanwhile)
    await world.run(60)
    assert world.issuer.works(world.value)
    assert not world.issuer.works(FIRST)
    assert not world.issuer.works("app_a:value-by-hand")


async def test_old_value_put_back_within_the_grace_keeps_its_slot_and_is_told() -> None:
    world = World(replace(SLOTS, grace=600))
    await world.due()
    await world.run(10)
    world.place.set(DB_URL, FIRST)
    await world.run(700)
    assert world.issuer.works(FIRST)
    (rotation,) = await world.rotations.open()
    assert rotation.state.blocked == BlockedWhy.LIVE_SLOT
    assert rotation.state.for_owners


async def test_both_slots_in_use_is_blocked_told_once_and_goes_on_when_mended() -> None:
    world = World()
    world.slots.full = True
    await world.due()
    await world.run(3 * 3_600)
    assert world.tags() == ["rotation.due", "rotation.failed"]
    assert world.rotations.events[-1][1] == {"why": "slots_full", "next": "blocked"}
    world.slots.full = False
    await world.run(3_600)
    assert not world.issuer.works(FIRST)


async def test_issuer_that_fails_is_tried_again_twice_and_then_the_owner_is_asked() -> None:
    world = World()

    def fails(place: str) -> None:
        if place == "before prepare":
            raise RotationError("The role could not be changed.")

    world.reach(fails)
    await world.due()
    await world.run(1_000)
    assert [detail.get("next") for tag, detail in world.rotations.events if tag == "rotation.failed"] == [
        "again",
        "again",
        "owner",
    ]
    (rotation,) = await world.rotations.open()
    assert rotation.state.stage == RotationStage.TASK
    assert world.issuer.works(FIRST)


async def test_end_of_the_old_one_is_never_given_up() -> None:
    world = World()
    away = True

    def fails(place: str) -> None:
        if place == "before kill" and away:
            raise RotationError("The database does not answer.")

    world.reach(fails)
    await world.due()
    await world.run(5 * 3_600, most=2_000)
    assert world.tags().count("rotation.failed") == 3
    assert (await world.rotations.open())[0].state.blocked == "old_lives"
    away = False
    await world.run(600)
    assert not world.issuer.works(FIRST)
    assert world.tags()[-1] == "rotation.done"


async def test_source_that_is_away_costs_no_try() -> None:
    world = World()
    await world.due()
    world.place.away = True
    await world.run(800, most=2_000)
    assert world.tags() == ["rotation.due"]
    world.place.away = False
    await world.run(60)
    assert not world.issuer.works(FIRST)


async def test_owners_are_told_once_of_a_source_that_stays_away_and_it_goes_on_by_itself() -> None:
    """Law 15: what was seen works as long as nobody can be asked, and somebody has to know."""
    world = World()
    await world.due()
    world.place.away = True
    await world.run(14 * 60, most=500)
    assert not (await world.rotations.open())[0].state.for_owners
    await world.run(2 * 60)
    (rotation,) = await world.rotations.open()
    assert (rotation.state.blocked, rotation.state.owners) == ("away", "U0DANA")
    await world.run(3_600, most=500)
    assert world.tags() == ["rotation.due", "rotation.failed"]
    world.place.away = False
    await world.run(60)
    assert world.tags() == ["rotation.due", "rotation.failed", "rotation.done"]
    assert not world.issuer.works(FIRST)


async def test_variable_that_is_deleted_meanwhile_ends_its_rotation() -> None:
    world = World()
    await world.due()
    del world.place.texts[DB_URL]
    world.catalogue.variables.clear()
    await world.run(60)
    assert not await world.rotations.open()


@pytest.mark.parametrize("stage", [RotationStage.PLANNED, RotationStage.PREPARED, RotationStage.PUBLISHED])
async def test_old_record_put_back_never_ends_or_changes_what_is_live(stage: RotationStage) -> None:
    """Who writes to Redis puts a sealed record of an earlier moment back, with what was encrypted then."""
    world = World()
    await world.due()
    stolen = None
    while not stolen:
        (one,) = (await world.rotations.due(1))[0]
        await world.driver.step(one)
        now = world.rotations.kept[one.id]
        stolen = (now, dict(world.rotations.texts[one.id])) if now.state.stage == stage else None
    await world.run()
    await world.due()
    await world.run()
    live = world.value
    world.driver = world.another()
    world.rotations.kept[stolen[0].id], world.rotations.texts[stolen[0].id] = stolen
    world.rotations.next_at[stolen[0].id] = world.clock.now()
    await world.run(100_000, most=5_000)
    assert world.issuer.works(world.value)
    assert not world.issuer.works(FIRST)
    assert world.value.startswith("app_")
    if stage is not RotationStage.PLANNED:
        assert world.issuer.works(live) or (not world.issuer.works(live) and world.value != live)


async def test_process_that_saw_it_done_does_not_begin_it_again() -> None:
    world = World()
    rotation = await world.due()
    await world.run()
    world.rotations.kept[rotation.id] = rotation
    again = await world.driver.step(rotation)
    assert again
    assert again.state.is_closed
    assert world.issuer.works(world.value)
    assert world.journal.faults == ["rotation.revived"]


async def test_nothing_that_a_person_has_to_mend_is_said_twice_by_the_same_reason() -> None:
    world = World()

    def blocks(place: str) -> None:
        if place == "plan":
            raise RotationBlockedError(BlockedWhy.DENIED, "The minter may not change the role.")

    world.reach(blocks)
    await world.due()
    await world.run(10 * 3_600)
    assert world.tags().count("rotation.failed") == 1
