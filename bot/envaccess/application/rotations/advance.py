"""Drive a rotation: one step after the other, each stored before the next begins.

New first, old killed last. Every step is held against what the source shows right before it, so that a
process that died, another one that was faster, and a record that somebody put back end in the same: the
source's value logs in, the secret that everybody uses is never ended, and the one that was seen is.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final, TypeVar

from envaccess.application.ports.process import Clock, Journal
from envaccess.application.ports.rotations import (
    Asker,
    NewSecrets,
    Publisher,
    RotationLedger,
    Rotations,
    Rotator,
    Rotators,
    ShownValues,
)
from envaccess.application.ports.secrets import Catalogue
from envaccess.application.rotations import steps
from envaccess.application.rotations.operation import kept_slot, operation, slot_of
from envaccess.domain.audit import BOT
from envaccess.domain.bounded_memory import BoundedMemory
from envaccess.domain.errors import SealError, SourceError, ValueMissingError
from envaccess.domain.exposure import mark_of
from envaccess.domain.rotation import (
    BlockedWhy,
    PublishConflictError,
    RotationBlockedError,
    RotationError,
    RotationUncertainError,
)
from envaccess.domain.rotation_record import Rotation, RotationMove
from envaccess.domain.seals.rotations import RUNNING, RotationSeal, RotationStage
from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from envaccess.domain.sources.rotation_rule import RotationRule
from envaccess.domain.sources.value import Value
from envaccess.domain.variable import Variable

T = TypeVar("T")
_STEP_SECONDS: Final = 60.0
"""For one step of an issuer, with all that it looks at."""
LOOK_AGAIN: Final = 30.0
"""Seconds until one that waits for grants, or for its turn, is looked at again, if nothing wakes it."""
POLL: Final = (2.0, 15.0)
"""Seconds between two looks at a source that shall show a new value: at first, and at most."""
_NO_RULE: Final = (
    "The sources file no longer says who rotates it. Put the rule back, or end the old secret by hand."
)
_SAME: Final = "The source has a new version of the same value."
_WHY: Final = {
    SealError: "value_missing",
    ValueMissingError: "value_missing",
    SourceError: "source",
}
_PASSING: Final = frozenset({SourceFault.DOWN, SourceFault.SLOW})
_REMEMBERED: Final = 10_000
_AWAITED: Final = frozenset({RotationStage.ASKING, RotationStage.ASKED, RotationStage.TASK})


class RotationDriver:
    """Takes one rotation one step further.

    Args:
        rotations: where they are stored.
        values: what the sources show.
        publisher: writes a new value to where it is read.
        rotators: who makes new values.
        ledger: says which value is which.
        catalogue: what variables exist.
        clock: our own time.
        secrets: makes a new secret.
        owners: whom a message about a variable calls: ids of people and groups with commas between them.
        journal: the log.
    """

    def __init__(
        self,
        rotations: Rotations,
        values: ShownValues,
        publisher: Publisher,
        rotators: Rotators,
        ledger: RotationLedger,
        catalogue: Catalogue,
        clock: Clock,
        secrets: NewSecrets,
        owners: Callable[[Variable], str],
        journal: Journal,
    ) -> None:
        self._rotations, self._values, self._publisher = rotations, values, publisher
        self._rotators, self._ledger, self._catalogue = rotators, ledger, catalogue
        self._clock, self._secrets, self._owners, self._journal = clock, secrets, owners, journal
        self._over: BoundedMemory[bool] = BoundedMemory(float("inf"), _REMEMBERED)

    async def step(self, rotation: Rotation) -> Rotation | None:
        """Take it one step further; as it stands then, None where somebody else was faster.

        Raises:
            StoreError: it stands as it did, or one step further.
        """
        if self._over.get(rotation.id, 0.0):
            self._journal.fault("rotation.revived", rotation=rotation.id)
            over = rotation.state.moved(stage=RotationStage.DONE, closed_at=self._clock.now())
            return await self._rotations.move(
                rotation, RotationMove(over, secrets=steps.SECRETS_OVER), by=BOT
            )
        moved = await self._guarded(rotation)
        if isinstance(moved, Rotation):  # the step has stored itself
            return moved
        if moved and moved.state.for_owners:
            moved = replace(moved, state=moved.state.moved(owners=self._owners(rotation.variable)))
        stored = await self._rotations.move(rotation, moved, by=BOT) if moved else None
        if stored and stored.state.is_closed:
            self._over.put(stored.id, fact=True, now=0.0)
        return stored

    async def _guarded(self, rotation: Rotation) -> RotationMove | Rotation | None:
        """What a step comes to, whatever goes wrong in it."""
        state, now = rotation.state, self._clock.now()
        try:
            moved = await self._step(rotation)
            return steps.answered(moved) if isinstance(moved, RotationMove) else moved
        except RotationBlockedError as error:
            return steps.answered(steps.blocked(state, now, error.why, str(error)))
        except SourceFaultError as error:
            if error.fault in _PASSING:
                return steps.away(state, now, str(error.fault), str(error))
            return await self._failed(rotation, str(error.fault), str(error))
        except (RotationError, SourceError, ValueMissingError, SealError) as error:
            return await self._failed(rotation, _WHY.get(type(error), "rotator"), str(error))

    async def _failed(self, rotation: Rotation, why: str, says: str) -> RotationMove:
        """A try that came to nothing; of a variable that is gone nothing is tried any more."""
        state, now = rotation.state, self._clock.now()
        if not await self._catalogue.get([rotation.variable]):
            return steps.gone(state, now)
        if state.stage == RotationStage.TASK:
            return RotationMove(state, steps.TASK_AGAIN)
        if state.stage == RotationStage.PUBLISHED:
            return steps.not_killed(state, now, why, says)
        return steps.failed(state, now, why, says)

    async def _step(self, rotation: Rotation) -> RotationMove | Rotation | None:
        key = await self._ledger.key()
        if rotation.state.key != key:
            return RotationMove(_marked_anew(rotation.state, key))
        stage = RotationStage(rotation.state.stage)
        if stage is RotationStage.DUE:
            return await self._begin(rotation)
        if stage in _AWAITED:
            return await self._await(rotation)
        return await self._of_slots(rotation, stage)

    async def _of_slots(self, rotation: Rotation, stage: RotationStage) -> RotationMove:
        """The next step with an issuer that has two slots."""
        rule = self._rotators.rule(rotation.variable)
        rotator = self._rotators.rotator(rule) if rule else None
        if rule is None or rotator is None:
            return self._without_rotator(rotation)
        if stage is RotationStage.PLANNED:
            return await self._prepare(rotation, rule, rotator)
        if stage is RotationStage.PREPARED:
            return await self._publish(rotation)
        return await self._kill(rotation, rule, rotator)

    def _without_rotator(self, rotation: Rotation) -> RotationMove:
        """The file was changed while it ran: a person has to see to the slots, or put the rule back."""
        return steps.blocked(rotation.state, self._clock.now(), BlockedWhy.MISCONFIGURED, _NO_RULE)

    async def _begin(self, rotation: Rotation) -> RotationMove | Rotation | None:
        state, now = rotation.state, self._clock.now()
        if not await self._is_free(rotation):
            return RotationMove(state, LOOK_AGAIN)
        if now < state.wait_until and await self._rotations.holders(rotation.variable):
            left = (state.wait_until - now) / 1_000
            return RotationMove(state, min(left, LOOK_AGAIN))
        current, version = await self._read(rotation)
        if not state.seen:
            return RotationMove(state.moved(seen=version))
        return await self._choose(rotation, current, version)

    async def _choose(
        self, rotation: Rotation, current: Value, version: str
    ) -> RotationMove | Rotation | None:
        """By whom the new value is made, as the file says now."""
        state, now = rotation.state, self._clock.now()
        rule = self._rotators.rule(rotation.variable)
        rotator = self._rotators.rotator(rule) if rule else None
        if rule and rotator:  # whatever is current: one of its slots may still hold what was seen
            return await self._plan(rotation, rule, rotator, current, version)
        if mark_of(version) != mark_of(state.seen):
            return steps.done(state, now, "changed", version)
        asker = self._rotators.asker(rule) if rule else None
        if rule and asker:
            return await self._ask(rotation, rule, asker, version)
        return steps.ask_owner(state, now, state.says)

    async def _is_free(self, rotation: Rotation) -> bool:
        """Whether no other rotation of this variable is under way, or was due before it."""
        for other in await self._rotations.of(rotation.variable):
            if other.id == rotation.id:
                return True
            if other.state.stage in RUNNING or other.state.stage == RotationStage.DUE:
                return False
        return True

    async def _is_overtaken(self, rotation: Rotation) -> bool:
        """Whether a later one makes anew what this one would end: somebody put this record back."""
        mine = (rotation.state.due_at, rotation.id)
        return any(
            (other.state.due_at, other.id) > mine and other.state.stage in RUNNING
            for other in await self._rotations.of(rotation.variable)
        )

    async def _plan(
        self, rotation: Rotation, rule: RotationRule, rotator: Rotator, current: Value, version: str
    ) -> RotationMove:
        state = rotation.state
        op = operation(rotation, rule, current)
        pinned = {**op.pinned, **await _in_time(rotator.plan(op))}
        planned = state.moved(
            stage=RotationStage.PLANNED,
            kind=rule.by,
            pinned=pinned,
            before=version,
            after="",
            asked=state.asked + 1,
            blocked="",
        )
        kept = {"fresh": self._secrets.secret(), "slot": ""}
        return RotationMove(planned, secrets=kept, draw=bool(state.blocked))

    async def _prepare(self, rotation: Rotation, rule: RotationRule, rotator: Rotator) -> RotationMove:
        state = rotation.state
        current, version = await self._read(rotation)
        kept = await self._rotations.secrets(rotation)
        if mark_of(version) != mark_of(state.before) or not kept.fresh:
            return _plan_again(state)
        slot = await _in_time(rotator.prepare(operation(rotation, rule, current, kept.fresh)))
        mark = mark_of(await self._ledger.version(rotation.variable, Value(slot.text, "")))
        prepared = state.moved(
            stage=RotationStage.PREPARED,
            pinned={**(state.pinned or {}), **slot.pinned},
            before=version,
            after=mark,
            blocked="",
        )
        return RotationMove(prepared, secrets={"slot": kept_slot(slot)}, draw=bool(state.blocked))

    async def _publish(self, rotation: Rotation) -> RotationMove:
        state, now = rotation.state, self._clock.now()
        current, version = await self._read(rotation)
        if mark_of(version) == state.after:
            return await self._published(rotation, current, now)
        slot = slot_of(await self._rotations.secrets(rotation))
        if mark_of(version) != mark_of(state.before) or slot is None:
            return _plan_again(state)
        if mark_of(await self._ledger.version(rotation.variable, Value(slot.text, ""))) != state.after:
            return _plan_again(state)
        try:
            await self._publisher.put(
                state.op,
                rotation.variable,
                slot.text,
                after=current.version,
                fields=dict(slot.fields) or None,
            )
        except PublishConflictError:
            return RotationMove(state, 1.0)  # what is there now, the next step sees
        current, version = await self._read(rotation)
        if mark_of(version) != state.after:
            return steps.failed(state, now, "not_shown", "The source does not show what was written to it.")
        return await self._published(rotation, current, now)

    async def _published(self, rotation: Rotation, current: Value, now: int) -> RotationMove:
        await self._ledger.note_current(rotation.variable, current, now)
        rule = self._rotators.rule(rotation.variable)
        state = rotation.state.moved(
            stage=RotationStage.PUBLISHED, changed_at=now, tries=0, blocked="", says=""
        )
        grace = rule.grace if rule else 0
        return RotationMove(
            state,
            grace,
            secrets=steps.SECRETS_OVER,
            draw=bool(rotation.state.blocked),
            tells_holders=True,
            lives=grace,
        )

    async def _kill(self, rotation: Rotation, rule: RotationRule, rotator: Rotator) -> RotationMove:
        state, now = rotation.state, self._clock.now()
        left = state.changed_at + rule.grace * 1_000 - now
        if left > 0:
            return RotationMove(state, left / 1_000)
        if await self._is_overtaken(rotation):
            return RotationMove(state, LOOK_AGAIN)
        current, version = await self._read(rotation)
        if mark_of(version) == mark_of(state.before):
            what = "The source shows the old value again. Write the new one back, or rotate once more."
            return steps.blocked(state, now, BlockedWhy.LIVE_SLOT, what)
        await _in_time(rotator.kill_old(operation(rotation, rule, current)))
        return steps.done(state, now, str(rule.by), version)

    async def _ask(
        self, rotation: Rotation, rule: RotationRule, asker: Asker, version: str
    ) -> Rotation | None:
        """Ask somebody else's system, once under this operation: that it is about to be is stored first."""
        now = self._clock.now()
        state = rotation.state.moved(
            stage=RotationStage.ASKING,
            kind=rule.by,
            before=version,
            asked=rotation.state.asked + 1,
            changed_at=now,
            blocked="",
            away_at=None,
        )
        asking = await self._rotations.move(rotation, RotationMove(state, rule.timeout), by=BOT)
        if asking is None:
            return None
        try:
            await asker.ask(asking.state.op, rotation.variable, rule)
        except RotationUncertainError:
            pass
        except RotationError as error:
            move = steps.failed(asking.state, now, "not_accepted", str(error))
            return await self._rotations.move(asking, move, by=BOT)
        asked = asking.state.moved(stage=RotationStage.ASKED)
        return await self._rotations.move(asking, RotationMove(asked, POLL[0]), by=BOT)

    async def _await(self, rotation: Rotation) -> RotationMove:
        """Look whether the source shows another value: only that counts, whoever says that it is done."""
        state, now = rotation.state, self._clock.now()
        current, version = await self._read(rotation)
        if state.stage == RotationStage.TASK:
            state = await self._without_made(rotation, current)
        if mark_of(version) != mark_of(state.seen):
            await self._ledger.note_current(rotation.variable, current, now)
            return steps.done(state, now, state.kind or "changed", version)
        if state.stage == RotationStage.TASK:
            remind = now - state.told_at >= steps.REMIND
            told = state.moved(told_at=now) if remind else state
            return RotationMove(told, steps.TASK_AGAIN, draw=remind, anew=remind)
        rule = self._rotators.rule(rotation.variable)
        passed = now - state.changed_at
        if rule and passed < rule.timeout * 1_000:
            left = rule.timeout - passed / 1_000
            return RotationMove(state, min(max(POLL[0], passed / 4_000), POLL[1], left))
        if version != state.before:
            return steps.failed(state, now, "changed_nothing", _SAME)
        return steps.failed(state, now, "timed_out", "The source still shows the old value.")

    async def _without_made(self, rotation: Rotation, current: Value) -> RotationSeal:
        """The owner makes the new secret: what the issuer had made is ended, now or at the next look."""
        state, rule = rotation.state, self._rotators.rule(rotation.variable)
        rotator = self._rotators.rotator(rule) if rule else None
        if rule is None or rotator is None or not (state.pinned or {}).get("made"):
            return state
        try:
            await _in_time(rotator.discard(operation(rotation, rule, current)))
        except (RotationError, SourceFaultError) as error:
            self._journal.fault("rotation.not_discarded", rotation=rotation.id, why=str(error))
            return state
        return state.moved(pinned={**(state.pinned or {}), "made": ""})

    async def _read(self, rotation: Rotation) -> tuple[Value, str]:
        """What the source shows now, and which value that is."""
        current = await self._values.read(rotation.variable)
        return current, await self._ledger.version(rotation.variable, current)


async def _in_time(step: Awaitable[T]) -> T:
    """A step of an issuer, which must not hang for ever. Raises `RotationError`."""
    try:
        async with asyncio.timeout(_STEP_SECONDS):
            return await step
    except TimeoutError:
        raise RotationError("The issuer did not answer in time.") from None


def _marked_anew(state: RotationSeal, key: str) -> RotationSeal:
    """Its marks were made with no key yet, or with one that is gone: whatever is current counts as seen."""
    if not state.key:
        return state.moved(key=key)
    if state.stage == RotationStage.PUBLISHED:  # what is ended was pinned, whatever the values are
        return state.moved(key=key, before="", after="")
    return state.moved(key=key, stage=RotationStage.DUE, seen="", before="", after="")


def _plan_again(state: RotationSeal) -> RotationMove:
    """What was planned does not fit, or what is kept cannot be opened: from the begin."""
    return RotationMove(state.moved(stage=RotationStage.DUE, before="", after=""), secrets=steps.SECRETS_OVER)
