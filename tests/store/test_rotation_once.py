"""One value is rotated once, whatever asks for it and in whatever order; and its age begins anew then."""

from dataclasses import replace

from envaccess.application.rotations.due import look_at_ages
from envaccess.application.rotations.steps import done
from envaccess.domain.audit import BOT
from envaccess.domain.seals.rotations import RotationSeal, RotationStage
from envaccess.domain.sources.rotation_rule import RotationWhen
from envaccess.wiring.parts import RandomIds, WallClock
from envaccess_demo.moving_clock import move_clock
from tests.fakes.context import FakeDirectory
from tests.fakes.rotations import FIRST, SLOTS, FakeRotators
from tests.store.harness import StoreHarness, var
from tests.store.rotating import rotations_on
from tests.store.test_rotations import DB, Rotating
from tests.store.verbs import context_on

DAY = 24 * 3_600


async def wish(rotating: Rotating) -> str:
    """An owner wants whatever is current then to be made worthless."""
    now = WallClock().now()
    new = RotationSeal(RandomIds().request(), str(DB), "", "demand", "bot", now, now, now)
    return str(await rotating.store.add(rotating.harness.op(), new, BOT, 0))


async def test_a_wish_covers_what_an_access_that_ends_makes_due(harness: StoreHarness) -> None:
    """Before it begins, while it runs, and when it is over: two slots would be rotated twice for nothing."""
    rotating = Rotating(harness)
    seen_at = WallClock().now()
    first = await wish(rotating)
    assert await rotating.due(seen_at=seen_at) == first
    stored, driver = await rotating.store.get(first), rotating.process()
    while stored and stored.state.stage != RotationStage.PREPARED:
        stored = await driver.step(stored)
    assert await rotating.due(seen_at=seen_at) == first
    seen = await rotating.ledger.version(DB, await rotating.place.read(DB))
    await rotating.run(driver)
    late = RotationSeal(RandomIds().request(), str(DB), seen, "grant_end", "bot", seen_at, seen_at, seen_at)
    assert await rotating.store.add(harness.op(), late, BOT, seen_at) == first
    assert await rotating.tags() == ["rotation.due", "rotation.done"]


async def test_a_wish_for_a_value_that_was_put_back_is_found_while_it_runs(harness: StoreHarness) -> None:
    """That value was rotated before; what else is due waits for this rotation all the same."""
    rotating = Rotating(harness)
    await rotating.due()
    await rotating.run(rotating.process())
    rotating.issuer.passwords["app_a"] = FIRST.partition(":")[2]
    rotating.place.set(DB, FIRST)
    again, driver = await wish(rotating), rotating.process()
    stored = await rotating.store.get(again)
    while stored and stored.state.stage != RotationStage.PLANNED:
        stored = await driver.step(stored)
    assert [one.id for one in await rotating.store.of(DB)] == [again]


async def test_a_wish_for_what_is_due_already_is_the_same_rotation(harness: StoreHarness) -> None:
    rotating = Rotating(harness)
    first = await rotating.due()
    assert await wish(rotating) == first
    await rotating.run(rotating.process())
    again = await wish(rotating)
    assert again != first
    await rotating.run(rotating.process())
    assert await rotating.tags() == ["rotation.due", "rotation.done"] * 2


async def test_the_age_of_a_value_that_nobody_ever_read_begins_with_its_rotation(real: StoreHarness) -> None:
    """It was old since it was catalogued; what took its place is not, though it is the first one known."""
    rule = replace(SLOTS, when=RotationWhen(age=90 * DAY))
    rotating = Rotating(real, rule)
    context = context_on(real, FakeDirectory(), rotators=FakeRotators(rule))
    await passes(real, 100 * DAY)
    await look_at_ages(context)
    assert await tags(real) == ["rotation.due"]
    await rotating.run(rotating.process())
    await real.ledger.note_current(DB, await rotating.place.read(DB), WallClock().now())
    await passes(real, 2 * 3_600)
    await look_at_ages(context)
    assert await tags(real) == ["rotation.due", "rotation.done"]
    await passes(real, 90 * DAY)
    await look_at_ages(context)
    assert await tags(real) == ["rotation.due", "rotation.done", "rotation.due"]


async def test_records_that_cannot_be_read_hold_up_no_other(harness: StoreHarness) -> None:
    """A later version's, or spoiled ones: each is looked at again in some minutes, not at every look."""
    rotating = Rotating(harness)
    await rotating.due()
    for number in range(20):
        name = f"spoiled{number:02d}"
        await harness.client.hset(harness.runner.key("rotation", name), mapping={"seal": "rotation.x.y.z"})
        await harness.client.zadd(harness.runner.key("rotations"), {name: number})
    store = rotations_on(harness)
    await store.due(16)
    found, _ = await store.due(16)
    assert [one.variable for one in found] == [DB]


async def passes(store: StoreHarness, seconds: int) -> None:
    await move_clock(store.runner, seconds * 1_000, store.sealing.seals)


async def tags(store: StoreHarness) -> list[str]:
    """What happened to this variable alone."""
    return [
        one.event for one in await store.events() if one.event[:9] == "rotation." and str(DB) in one.variables
    ]


async def test_what_is_remembered_of_rotations_that_are_over_is_bounded_and_the_newest_of_them(
    harness: StoreHarness,
) -> None:
    """A value that is rotated whenever access ends would otherwise be slower each time, for years."""
    rotations, now = rotations_on(harness), WallClock().now()
    open_one = RotationSeal("0open000", "default/A", "1~ffff", "demand", "cli:root", now, now, now)
    await rotations.add(harness.op(), open_one, BOT, 0)
    for number in range(40):
        new = RotationSeal(
            f"{number:08}", "default/A", f"1~{number:04x}", "demand", "cli:root", now, now, now
        )
        stored = await rotations.get(str(await rotations.add(harness.op(), new, BOT, 0)))
        assert stored
        assert await rotations.move(stored, done(stored.state, now, "owner"), by=BOT)
    kept = await harness.runner.read("HKEYS", harness.runner.key("rotated", "default/A"))
    assert {mark for mark in kept if mark != "@"} == {"ffff", *(f"{number:04x}" for number in range(8, 40))}
    late = replace(new, id="0late000")
    assert await rotations.add(harness.op(), late, BOT, now - 1_000) == new.id, "it is done already"
    assert [one.id for one in await rotations.of(var("A"))] == [open_one.id]
