"""Made-up lives of a value in two slots: whatever happens, it logs in, and what was seen does not for long.

Processes die at any place, two drive at once, issuer and source fail, somebody writes by hand, an old record
is put back, the key that makes marks is lost.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from envaccess.domain.rotation import RotationError
from tests.fakes.rotations import DB_URL, World
from tests.fakes.two_slots import Killed

if TYPE_CHECKING:
    from envaccess.domain.rotation_record import Rotation

T = TypeVar("T")


class RotationMachine(RuleBasedStateMachine):
    """One value, its issuer, and whoever meddles."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.Runner()
        self.world = World()
        self.seen: set[str] = set()
        self.stolen: list[tuple[Rotation, dict[str, str]]] = []
        self.hands = 0

    def wait(self, call: Awaitable[T]) -> T:
        async def run() -> T:
            return await call

        return self.loop.run(run())

    @rule()
    def somebody_sees_it(self) -> None:
        self.seen.add(self.world.value)
        self.wait(self.world.due())

    @rule(at=st.integers(1, 12), seconds=st.integers(0, 90))
    def it_runs_until_the_process_dies(self, at: int, seconds: int) -> None:
        reached = 0

        def reach(_: str) -> None:
            nonlocal reached
            reached += 1
            if reached == at:
                raise Killed

        self._run(reach, seconds)
        self.world.driver = self.world.another()

    @rule(seconds=st.integers(0, 400))
    def it_runs(self, seconds: int) -> None:
        self._run(lambda _: None, seconds)

    @rule(place=st.sampled_from(["before prepare", "after prepare", "before kill", "before put"]))
    def issuer_or_source_fails(self, place: str) -> None:
        def reach(reached: str) -> None:
            if reached == place:
                raise RotationError("It failed.")

        self._run(reach, 5)

    @rule()
    def two_processes_drive_at_once(self) -> None:
        due = self.wait(self.world.rotations.due(5))[0]
        two = (self.world.driver, self.world.another())

        async def both() -> None:
            await asyncio.gather(*(driver.step(one) for one in due for driver in two))

        self.wait(both())

    @rule()
    def somebody_writes_it_by_hand(self) -> None:
        """A new password of the role that is live, stored where it is read."""
        self.hands += 1
        role, text = self.world.value.partition(":")[0], f"value-by-hand-{self.hands}"
        self.world.issuer.passwords[role] = text
        self.world.place.set(DB_URL, f"{role}:{text}")

    @rule()
    def somebody_copies_the_records(self) -> None:
        texts = self.world.rotations.texts
        self.stolen += [(one, dict(texts.get(one.id, {}))) for one in self.world.rotations.kept.values()][-3:]

    @precondition(lambda self: self.stolen)
    @rule(which=st.integers(0, 20))
    def somebody_puts_a_record_back(self, which: int) -> None:
        rotation, texts = self.stolen[which % len(self.stolen)]
        self.world.rotations.kept[rotation.id] = rotation
        self.world.rotations.texts[rotation.id] = dict(texts)
        self.world.rotations.next_at[rotation.id] = self.world.clock.now()

    @rule()
    def key_of_marks_is_lost(self) -> None:
        self.world.ledger.name += "x"

    @invariant()
    def value_of_the_source_logs_in(self) -> None:
        assert self.world.issuer.works(self.world.value)

    def _run(self, reach: Callable[[str], None], seconds: int) -> None:
        self.world.reach(reach)
        try:
            self.wait(self.world.run(seconds, most=2_000))
        except Killed:
            pass
        finally:
            self.world.reach(lambda _: None)

    def teardown(self) -> None:
        self._run(lambda _: None, 3 * 24 * 3_600)
        self.value_of_the_source_logs_in()
        for one in self.wait(self.world.rotations.open()):
            assert one.state.for_owners, "it is told as long as it is not done"
        if not self.wait(self.world.rotations.open()):
            assert not [text for text in self.seen if self.world.issuer.works(text)]
        self.loop.close()


def test_made_up_lives_of_a_value(pytestconfig: pytest.Config) -> None:
    tried = pytestconfig.getoption("--sequences-tried")
    run_state_machine_as_test(
        RotationMachine, settings=settings(max_examples=tried, stateful_step_count=12, deadline=None)
    )
