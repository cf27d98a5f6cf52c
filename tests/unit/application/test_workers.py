"""The loops beside the listeners: each survives any fault, and a stream that lost events says so."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from envaccess.domain.cursors import LINES
from envaccess.domain.errors import StoreUnavailableError
from envaccess.projections import workers
from envaccess.projections.trimming import Trimming
from tests.unit.application.showing import APPROVERS, FakeJournal, Screen
from tests.unit.application.stage import ALICE, Stage

ONE = "7k2m9xq4"


class EndError(BaseException):
    """Ends a loop that has no end."""


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What the loops waited for; nothing really waits."""
    slept: list[float] = []
    sleep = asyncio.sleep

    async def note(seconds: float) -> None:
        slept.append(seconds)
        await sleep(0)

    monkeypatch.setattr("envaccess.projections.workers.asyncio.sleep", note)
    return slept


async def run(*answers: float | BaseException) -> FakeJournal:
    """Run a loop over these outcomes of its step."""
    journal, left = FakeJournal(), list(answers)

    async def step() -> float:
        if not left:
            raise EndError
        answer = left.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    with pytest.raises(EndError):
        await workers.keep_on("some", journal, step)
    return journal


async def test_a_loop_waits_as_long_as_its_step_says(waits: list[float]) -> None:
    await run(0.0, 0.7, 3.0)
    assert waits == [0.0, 0.7, 3.0]


async def test_a_store_that_is_away_is_told_of_once_and_asked_twice_a_second(waits: list[float]) -> None:
    away = StoreUnavailableError("away")
    journal = await run(*[away] * 50, 1.0, away)
    assert journal.faults == ["some.store StoreUnavailableError"] * 2
    assert set(waits[:50]) == {0.5}


async def test_a_loop_outlives_what_nobody_expected(waits: list[float]) -> None:
    """A worker that dies would leave messages wrong for ever, and nobody would know."""
    journal = await run(ZeroDivisionError(), 1.0)
    assert [type(error) for error in journal.crashes] == [ZeroDivisionError]
    assert waits == [0.5, 1.0]


async def test_the_clock_settles_as_long_as_more_waits(waits: list[float]) -> None:
    class Deadlines:
        def __init__(self) -> None:
            self.left = [0.0, 0.0, 0.4]

        async def settle(self, limit: int) -> float:
            assert limit > 1
            if not self.left:
                raise EndError
            return self.left.pop(0)

    with pytest.raises(EndError):
        await workers.keep_time(Deadlines(), FakeJournal())
    assert waits == [0.0, 0.0, 0.4]


async def harness(stage: Stage, screen: Screen, waits: list[float], turns: int) -> None:
    """Keep house for so many turns."""
    trim = screen.cursors.trim

    async def count() -> int:
        if screen.cursors.trims + 1 >= turns:
            raise EndError
        return await trim()

    screen.cursors.trim = count  # type: ignore[method-assign]
    trimming = Trimming(screen.cursors, lambda: False, screen.journal)
    with pytest.raises(EndError):
        await workers.keep_tidy(stage.context, trimming, screen.outbox, screen.journal)
    del waits


async def test_the_hourly_sweep_ends_what_leavers_hold(waits: list[float]) -> None:
    stage, screen = Stage(), Screen()
    request = await stage.granted()
    stage.directory.people.pop(ALICE)
    await harness(stage, screen, waits, turns=2)
    assert not stage.books.requests[request].live
    assert waits == [3600.0]


async def test_who_does_not_lead_looks_every_minute_whether_it_does_by_now(waits: list[float]) -> None:
    stage, screen = Stage(), Screen()
    screen.outbox.leads = False
    lead, asked = screen.outbox.lead, 0

    async def later() -> bool:
        nonlocal asked
        asked += 1
        screen.outbox.leads = asked > 3
        return await lead()

    screen.outbox.lead = later  # type: ignore[method-assign]
    await harness(stage, screen, waits, turns=1)
    assert waits == [60.0] * 3


async def test_memory_is_sampled_every_five_seconds(waits: list[float]) -> None:
    samples = 0

    async def sample() -> None:
        nonlocal samples
        samples += 1
        if samples == 3:
            raise EndError

    with pytest.raises(EndError):
        await workers.keep_sampling(sample, FakeJournal())
    assert waits == [5.0, 5.0]


@pytest.fixture
async def showing() -> AsyncIterator[Callable[..., Awaitable[Screen]]]:
    """Begins the loops on a fresh screen; they are stopped at the end."""
    tasks: list[asyncio.Task[None]] = []

    async def begin(screen: Screen | None = None) -> Screen:
        screen = screen or Screen()
        loops = workers.RenderLoops(
            screen.relay,
            screen.lines,
            screen.outbox,
            screen.gaps,
            screen.stream,
            screen.journal,
        )
        tasks.append(asyncio.create_task(loops.run()))
        await screen.idle()
        return screen

    yield begin
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something to come true, a minute at most."""
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - a fake has no bell
            await asyncio.sleep(0.001)


async def test_an_event_wakes_relay_and_lines(showing: Callable[..., Awaitable[Screen]]) -> None:
    screen = await showing()
    screen.file(ONE)
    screen.stream.add("request.created", ONE)
    await until(lambda: screen.counts() == {"post_request": 1, "dm": 1, "post_card": 1, "post_lines": 1})
    await until(lambda: not screen.outbox.dirty)


async def test_a_process_that_does_not_lead_shows_nothing_until_it_does(
    showing: Callable[..., Awaitable[Screen]],
) -> None:
    screen = Screen()
    screen.outbox.leads = False
    screen.rate_gate.refused(APPROVERS, "not_in_channel")
    screen.rate_gate.failed("message:x")
    await showing(screen)
    screen.file(ONE)
    screen.stream.add("request.created", ONE)
    await asyncio.sleep(0.02)
    assert screen.slack.calls == []
    assert screen.rate_gate.lost == {}
    assert not screen.rate_gate.failing("message:x")
    screen.outbox.leads = True
    screen.stream.add("bot.started")
    await until(lambda: not screen.outbox.dirty)


async def test_a_stream_that_lost_an_event_we_saw_says_so_in_itself(
    showing: Callable[..., Awaitable[Screen]],
) -> None:
    """Whoever removes events, or a failover that lost them, leaves a gap that is told and alarmed."""
    screen = await showing()
    for _ in range(3):
        screen.stream.add("bot.started")
    await until(lambda: screen.told == screen.stream.events[-1].id)
    lost = [event.id for event in screen.stream.events[1:]]  # the last one that was seen may be either
    screen.stream.events = screen.stream.events[:1]
    await until(lambda: any("audit.gap" in fault for fault in screen.journal.faults))
    assert any("audit.gap" in fault and any(id_ in fault for id_ in lost) for fault in screen.journal.faults)
    await asyncio.sleep(0.02)
    assert [event.event for event in screen.stream.events].count("audit.gap") == 1


async def test_a_loss_while_nobody_served_is_seen_at_the_next_start(
    showing: Callable[..., Awaitable[Screen]],
) -> None:
    screen = Screen()
    screen.stream.add("bot.started")
    screen.cursors.stored[LINES] = "1760000009999-0"
    await showing(screen)
    await until(lambda: any(event.event == "audit.gap" for event in screen.stream.events))


async def test_at_the_end_the_lease_is_given_up_and_what_runs_is_finished(
    showing: Callable[..., Awaitable[Screen]],
) -> None:
    screen = await showing()
    gate, began = asyncio.Event(), asyncio.Event()

    async def wait(_: str) -> None:
        began.set()
        await gate.wait()

    screen.slack.hook = wait
    screen.file(ONE)
    screen.stream.add("request.created", ONE)
    await asyncio.wait_for(began.wait(), 60)
    (task,) = [task for task in asyncio.all_tasks() if "RenderLoops.run" in repr(task)]
    task.cancel()
    await asyncio.sleep(0.01)
    assert not task.done()
    gate.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not screen.outbox.leads
    assert screen.outbox.requests[ONE].surfaces.message


async def test_the_loops_go_on_when_the_store_was_away(showing: Callable[..., Awaitable[Screen]]) -> None:
    screen = await showing()
    screen.outbox.away = True
    await until(lambda: "relay.store StoreUnavailableError" in screen.journal.faults)
    screen.outbox.away = False
    screen.file(ONE)
    screen.stream.add("request.created", ONE)
    await until(lambda: not screen.outbox.dirty)
    assert screen.slack.count("post_request") == 1
