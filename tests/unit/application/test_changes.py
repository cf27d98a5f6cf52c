"""Who waits for a request is woken by its events, by no other's, and by the end of the process."""

import asyncio
import contextlib
from collections.abc import Sequence

import pytest

from envaccess.domain.audit import BOT, Event
from envaccess.domain.errors import StoreUnavailableError
from envaccess.projections.changes import Changes, ChangeWatch


class FakeStream:
    """Fits `ports.audit.Stream`: what a test appends, and may lose."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.fault: Exception | None = None

    def add(self, request: str, grant: str = "", **detail: str) -> None:
        number = len(self.events) + 1
        self.events.append(
            Event(f"{number}-0", "request.approved", number, BOT, request, grant, detail=detail)
        )

    async def after(self, cursor: str, count: int) -> Sequence[Event]:
        if self.fault:
            raise self.fault
        known = [event.id for event in self.events]
        start = known.index(cursor) + 1 if cursor in known else 0
        return self.events[start : start + count]

    bare = after

    async def last(self) -> str:
        return self.events[-1].id if self.events else "0-0"

    async def wait(self, last: str, seconds: float) -> str:
        del seconds
        return last

    async def holds(self, event: str) -> bool:
        return event in [found.id for found in self.events]


async def is_woken(watch: ChangeWatch) -> bool:
    waiting = asyncio.create_task(watch.changed(60))
    for _ in range(5):
        await asyncio.sleep(0)
    woken = waiting.done()
    waiting.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await waiting
    return woken


@pytest.fixture
async def stream() -> FakeStream:
    stream = FakeStream()
    stream.add("before")
    return stream


async def test_an_event_wakes_those_who_wait_for_its_request_and_nobody_else(stream: FakeStream) -> None:
    changes = Changes(stream)
    await changes.step()
    with changes.watch("mine") as mine, changes.watch("mine") as too, changes.watch("other") as other:
        stream.add("mine")
        await changes.step()
        assert [await is_woken(mine), await is_woken(too), await is_woken(other)] == [True, True, False]
        assert not await is_woken(mine)
        stream.add("", grant="other")
        await changes.step()
        assert await is_woken(other)


async def test_an_event_between_the_look_and_the_wait_is_not_missed(stream: FakeStream) -> None:
    changes = Changes(stream)
    await changes.step()
    with changes.watch("mine") as mine:
        stream.add("mine")
        await changes.step()
        assert await is_woken(mine)


async def test_after_an_outage_it_goes_on_where_it_was(stream: FakeStream) -> None:
    changes = Changes(stream)
    await changes.step()
    with changes.watch("mine") as mine:
        stream.fault = StoreUnavailableError("x")
        with pytest.raises(StoreUnavailableError):
            await changes.step()
        stream.add("mine")
        stream.fault = None
        await changes.step()
        assert await is_woken(mine)


async def test_a_stream_that_was_lost_wakes_everybody(stream: FakeStream) -> None:
    changes = Changes(stream)
    await changes.step()
    with changes.watch("mine") as mine:
        stream.events.clear()
        await changes.step()
        assert await is_woken(mine)


async def test_the_end_of_the_process_wakes_everybody_for_good(stream: FakeStream) -> None:
    changes = Changes(stream)
    with changes.watch("mine") as mine:
        changes.close()
        assert mine.over
        assert await is_woken(mine)
        assert await is_woken(mine)


async def test_ten_thousand_who_wait_cost_nothing_when_nothing_of_theirs_happens(stream: FakeStream) -> None:
    """No task, no timer and no call of the store for those that wait; only their place in memory."""
    changes = Changes(stream)
    await changes.step()
    with contextlib.ExitStack() as stack:
        watches = [stack.enter_context(changes.watch(f"r{number}")) for number in range(10_000)]
        stream.add("r7")
        await changes.step()
        assert [number for number in (6, 7, 8) if watches[number]._woken.is_set()] == [7]
    assert changes._watches == {}


async def test_who_waits_for_a_request_is_woken_when_their_session_ends(stream: FakeStream) -> None:
    changes = Changes(stream)
    await changes.step()
    with changes.watch("mine", "se_k3x9m2aq") as mine, changes.watch("mine", "se_another1") as another:
        stream.add("", session="se_k3x9m2aq")
        await changes.step()
        assert await is_woken(mine)
        assert not await is_woken(another)
    assert changes._watches == {}


async def test_who_waits_for_a_login_is_woken_when_somebody_picked(stream: FakeStream) -> None:
    changes = Changes(stream)
    await changes.step()
    with changes.watch("se_k3x9m2aq") as login, changes.watch("se_another1") as another:
        stream.add("", session="se_k3x9m2aq")
        await changes.step()
        assert await is_woken(login)
        assert not await is_woken(another)
