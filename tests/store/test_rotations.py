"""Rotations in Redis: one for each value, driven by one process, and by nobody who only writes to Redis."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from envaccess.application.rotations.advance import RotationDriver
from envaccess.domain.audit import BOT
from envaccess.domain.refusal import Refusal
from envaccess.domain.rotation import RotationError
from envaccess.domain.seals.rotations import RotationSeal, RotationStage
from envaccess.domain.sources.rotation_rule import RotationRule
from envaccess.domain.variable import Variable
from envaccess.store.rotations import RedisRotations
from envaccess.wiring.parts import RandomIds, WallClock
from tests.fakes.rotations import FIRST, SLOTS, FakeJournal, FakeLedger, FakeRotators
from tests.fakes.two_slots import Issuer, Place, TwoSlots
from tests.store.harness import ALICE, StoreHarness, var
from tests.store.rotating import rotations_on

DB = var("staging/DB")


class Rotating:
    """A variable with a value in two slots, on a store; each `process` drives it."""

    def __init__(self, harness: StoreHarness, rule: RotationRule = SLOTS) -> None:
        self.harness, self.rule, self.ledger = harness, rule, FakeLedger()
        self.issuer, self.place = Issuer(), Place()
        self.place.set(DB, FIRST)
        self.store = rotations_on(harness)

    def process(self, store: RedisRotations | None = None) -> RotationDriver:
        rotators = FakeRotators(self.rule, TwoSlots(self.issuer))
        return RotationDriver(
            store or self.store,
            self.place,
            self.place,
            rotators,
            self.ledger,
            self.harness.catalogue,
            WallClock(),
            RandomIds(),
            lambda _: "",
            FakeJournal(),
        )

    async def due(self, variable: Variable = DB, seen_at: int = 0, wait: int = 0) -> str | Refusal:
        seen = await self.ledger.version(variable, await self.place.read(variable))
        now = WallClock().now()
        new = RotationSeal(
            id=RandomIds().request(),
            variable=str(variable),
            seen=seen,
            why="grant_end",
            by="bot",
            due_at=now,
            wait_until=now + wait,
            at=now,
        )
        return await self.store.add(self.harness.op(), new, BOT, seen_at)

    async def run(self, driver: RotationDriver, store: RedisRotations | None = None, steps: int = 20) -> None:
        for _ in range(steps):
            due, _ = await (store or self.store).due(5)
            if not due:
                return
            for one in due:
                await driver.step(one)

    async def tags(self) -> list[str]:
        return [event.event for event in await self.harness.events() if event.event.startswith("rotation.")]


async def test_whole_rotation_writes_its_events_and_leaves_no_ciphertext(harness: StoreHarness) -> None:
    rotating = Rotating(harness)
    rotation = await rotating.due()
    await rotating.run(rotating.process())
    assert await rotating.tags() == ["rotation.due", "rotation.done"]
    assert not rotating.issuer.works(FIRST)
    assert rotating.issuer.works(rotating.place.texts[DB])
    kept = await harness.client.hgetall(harness.runner.key("rotation", str(rotation)))
    assert not {"fresh", "slot"} & kept.keys()
    assert not await rotating.store.open()
    assert await harness.client.pttl(harness.runner.key("rotation", str(rotation))) > 0


async def test_same_value_is_due_once_and_again_only_for_who_saw_it_later(harness: StoreHarness) -> None:
    rotating = Rotating(harness)
    begun = WallClock().now()
    first = await rotating.due(seen_at=begun)
    assert await rotating.due(seen_at=begun) == first
    await rotating.run(rotating.process())
    rotating.place.set(DB, FIRST)
    assert await rotating.due(seen_at=begun) == first
    assert await rotating.due(seen_at=WallClock().now() + 10_000) != first


async def test_what_is_encrypted_while_it_runs_opens_for_this_step_alone(harness: StoreHarness) -> None:
    rotating = Rotating(harness)
    rotation = str(await rotating.due())
    driver = rotating.process()
    stored = await rotating.store.get(rotation)
    while stored and stored.state.stage != RotationStage.PREPARED:
        stored = await driver.step(stored)
    assert stored
    kept = await rotating.store.secrets(stored)
    assert kept.slot
    dump = await harness.client.hgetall(harness.runner.key("rotation", rotation))
    assert all(kept.fresh not in text for text in dump.values())
    other = replace(stored, state=stored.state.moved(asked=stored.state.asked + 1))
    assert not (await rotating.store.secrets(other)).slot


async def test_who_does_not_lead_changes_nothing(harness: StoreHarness) -> None:
    rotating = Rotating(harness)
    rotation = str(await rotating.due())
    store = rotations_on(harness, "somebody-else")
    await harness.outbox.lead()
    await rotating.run(rotating.process(store), store, steps=3)
    stored = await rotating.store.get(rotation)
    assert stored
    assert stored.state.number == 0


async def test_two_replicas_at_once_rotate_once(harness: StoreHarness) -> None:
    rotating = Rotating(harness)
    await rotating.due()
    one, two = rotating.process(), rotating.process()
    for _ in range(12):
        due, _ = await rotating.store.due(5)
        await asyncio.gather(*(driver.step(found) for found in due for driver in (one, two)))
    assert (await rotating.tags()).count("rotation.done") == 1
    assert rotating.issuer.works(rotating.place.texts[DB])
    assert not rotating.issuer.works(FIRST)


async def test_live_grants_that_hold_it_are_waited_for_and_told_to_reveal_again(
    harness: StoreHarness,
) -> None:
    granted = await harness.grant("staging/DB", ALICE)
    other = await harness.grant("A", ALICE)
    rotating = Rotating(harness)
    rotation = str(await rotating.due(wait=600_000))
    assert await rotating.store.holders(DB) == 0  # nobody has revealed it
    await harness.use(granted)
    await harness.use(other)
    assert await rotating.store.holders(DB) == 1
    stored = await rotating.store.get(rotation)
    assert stored
    again = await rotating.process().step(stored)
    assert again
    again = await rotating.process().step(again)
    assert again
    assert again.state.stage == RotationStage.DUE
    await harness.client.zadd(harness.runner.key("rotations"), {rotation: 0})
    at_cap = again.state.moved(wait_until=0)
    from envaccess.domain.rotation_record import RotationMove  # noqa: PLC0415

    assert await rotating.store.move(again, RotationMove(at_cap), by=BOT)
    await rotating.run(rotating.process())
    request = await harness.get(granted)
    assert request.rotated_at > 0
    assert request.rotations == 1
    assert (await harness.get(other)).rotated_at == 0
    done = [event for event in await harness.events() if event.event == "rotation.done"]
    assert done[0].detail["holders"] == "1"


async def test_unknown_variable_is_never_rotated(harness: StoreHarness) -> None:
    rotating = Rotating(harness)
    rotating.place.set(var("NOBODY"), FIRST)
    assert isinstance(await rotating.due(var("NOBODY")), Refusal)


@pytest.mark.parametrize("field", ["seal", "stage", "variable"])
async def test_forged_record_is_refused_alone(harness: StoreHarness, field: str) -> None:
    """Who writes to Redis names another variable, stage, or seal."""
    rotating = Rotating(harness)
    rotation = str(await rotating.due())
    forged = {"seal": "rotation.00.00.{}", "stage": "published", "variable": "default/A"}
    await harness.client.hset(harness.runner.key("rotation", rotation), field, forged[field])
    assert await rotating.store.get(rotation) is None
    await rotating.run(rotating.process(), steps=3)
    assert rotating.place.texts[DB] == FIRST
    assert rotating.issuer.works(FIRST)


async def test_whole_record_put_back_after_another_rotation_publishes_and_ends_nothing_live(
    harness: StoreHarness,
) -> None:
    """Every moment of one rotation is put back, with its ciphertexts, once the next one is done."""
    rotating = Rotating(harness)
    rotation = str(await rotating.due())
    name = harness.runner.key("rotation", rotation)
    driver, moments = rotating.process(), [await harness.client.hgetall(name)]
    stored = await rotating.store.get(rotation)
    while stored and not stored.state.is_closed:
        stored = await driver.step(stored)
        moments.append(await harness.client.hgetall(name))
    await rotating.due()
    await rotating.run(rotating.process())
    for moment in moments[:-1]:
        live = rotating.place.texts[DB]
        assert rotating.issuer.works(live)
        await harness.client.delete(name)
        for field, text in moment.items():
            await harness.client.hset(name, field, text)
        await harness.client.zadd(harness.runner.key("rotations"), {rotation: 0})
        await rotating.run(rotating.process())  # a process that was just started
        assert rotating.issuer.works(rotating.place.texts[DB])
        assert rotating.place.texts[DB] == live or not rotating.issuer.works(live)
        assert not rotating.issuer.works(FIRST)


async def test_old_record_put_back_ends_no_secret_that_is_about_to_be_published(
    harness: StoreHarness,
) -> None:
    """Two roles take turns, so that what an earlier rotation ended is what the next one makes anew."""
    rotating = Rotating(harness)
    first = str(await rotating.due())
    name, driver = harness.runner.key("rotation", first), rotating.process()
    stored = await rotating.store.get(first)
    published: dict[Any, Any] = {}
    while stored and not stored.state.is_closed:
        stored = await driver.step(stored)
        if stored and stored.state.stage == RotationStage.PUBLISHED:
            published = dict(await harness.client.hgetall(name))
    second = await rotating.store.get(str(await rotating.due()))
    while second and second.state.stage != RotationStage.PREPARED:
        second = await driver.step(second)
    await harness.client.hset(name, mapping=published)
    revived = await rotating.store.get(first)
    assert revived
    await rotating.process().step(revived)  # a process that was just started
    await rotating.run(driver)
    assert rotating.issuer.works(rotating.place.texts[DB])


async def test_what_was_made_and_not_published_is_ended_before_the_owner_makes_another(
    harness: StoreHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A user of AWS has two keys at most: the owner could not make one beside it."""

    async def refuse(*_: object, **__: object) -> str:
        raise RotationError("It may not be written.")

    rotating = Rotating(harness)
    monkeypatch.setattr(rotating.place, "put", refuse)
    driver, stored = rotating.process(), await rotating.store.get(str(await rotating.due()))
    while stored and stored.state.stage != RotationStage.TASK:
        stored = await driver.step(stored)
    assert stored
    role = str((stored.state.pinned or {})["made"])
    made = f"{role}:{rotating.issuer.passwords[role]}"
    assert rotating.issuer.works(made)
    assert (await rotating.store.due(5))[0], "it is looked at at once"
    await rotating.run(driver)
    assert (rotating.issuer.works(made), rotating.issuer.works(FIRST)) == (False, True)
    rotating.place.set(DB, "app_a:value-by-hand")
    (waits,) = await rotating.store.open()
    assert not (waits.state.pinned or {})["made"]
    done = await driver.step(waits)
    assert done
    assert done.state.stage == RotationStage.DONE
