"""Whoever moves requests is killed between any two steps: nothing is lost, and nothing is shown twice."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from envaccess.projections.archiving import Archiving
from envaccess.wiring.parts import RandomIds
from tests.store.archived import ArchivedStore
from tests.store.harness import ALICE, StoreHarness
from tests.store.sealed_store import Journal


class Killed(BaseException):
    """The process is gone: nothing that would follow is done."""


class UntilKilled:
    """Passes calls on, and is killed before or after the n-th of all.

    Attributes:
        left: half steps that are left.
    """

    def __init__(self, behind: Any, left: list[int]) -> None:
        self._behind = behind
        self._left = left

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        async def call(*given: Any, **named: Any) -> Any:
            self._tick()
            answer = await getattr(self._behind, name)(*given, **named)
            self._tick()
            return answer

        return call

    def _tick(self) -> None:
        self._left[0] -= 1
        if self._left[0] < 0:
            raise Killed


def killed_after(store: ArchivedStore, steps: int) -> Archiving:
    """A process that moves requests, and is killed after so many half steps."""
    left = [steps]
    hot: Any = UntilKilled(store.hot, left)
    archive: Any = UntilKilled(store.archive, left)
    lease = store.harness.outbox
    return Archiving(lease, hot, archive, RandomIds(), lambda now: now + 3_600_000, Journal())


@pytest.mark.parametrize("steps", range(0, 24, 3))
async def test_a_process_that_is_killed_between_two_steps_loses_and_doubles_nothing(
    real: StoreHarness, tmp_path: Path, steps: int
) -> None:
    store = ArchivedStore(real, tmp_path)
    over = [await store.over("A"), await store.over("B")]
    live = await real.grant("staging/DB")
    await store.drawn()
    dying = killed_after(store, steps)
    with pytest.raises(Killed):
        await go_on(dying)
    await looks_whole(store, over, live)
    heir = ArchivedStore(real, tmp_path, index="heir")
    await heir.move()
    await looks_whole(heir, over, live)
    assert not any([await heir.in_redis(one) for one in over])
    told = [event.detail["requests"] for event in await real.events() if event.event == "store.archived"]
    assert sum(map(int, told)) == len(over)


async def go_on(dying: Archiving) -> None:
    """Move requests for ever."""
    while True:
        await dying.step()


async def looks_whole(store: ArchivedStore, over: list[str], live: str) -> None:
    """Everybody finds every request, and each once."""
    held = await store.requests.held_by(ALICE)
    assert sorted(one.id for one in held.ended) == sorted(over)
    assert [one.id for one in held.live] == [live]
    for one in over:
        assert await store.requests.get(one)
