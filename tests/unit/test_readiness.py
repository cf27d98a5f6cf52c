"""Readiness: true at the moment, and cheap whoever asks, since anybody may."""

import asyncio
from collections.abc import Callable

import pytest

from envaccess.domain.errors import StoreUnavailableError
from envaccess.http import HttpIntake
from envaccess.wiring import readiness as wired
from envaccess.wiring.readiness import KEPT_SECONDS, Readiness

READY = {"redis": True, "slack": True, "intake": True, "channels": True}


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine seconds pass before an answer that has come is looked at."""
    monkeypatch.setattr(wired, "_SLACK_SECONDS", 60.0)


class Harness:
    """Redis and Slack, as readiness asks them."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.asked: list[str] = []
        self.broken: set[str] = set()
        self.gate: asyncio.Event | None = None
        self.reached = asyncio.Event()
        self.lost = False
        self.readiness = Readiness(lambda: self.ask("redis"), lambda: self.ask("slack"), lambda: self.now)

    async def ask(self, part: str) -> None:
        self.asked.append(part)
        self.reached.set()
        if self.gate:
            await self.gate.wait()
        if part in self.broken:
            raise StoreUnavailableError("down")

    async def joined(self) -> "Harness":
        door = HttpIntake()
        await door.start()
        self.readiness.serve(door, lambda: self.lost)
        return self


async def test_nothing_is_ready_before_the_parts_are_joined() -> None:
    harness = Harness()
    assert await harness.readiness.ask() == READY | {"intake": False, "channels": False}


async def test_many_who_ask_at_once_or_soon_after_cost_one_question() -> None:
    harness = await Harness().joined()
    harness.gate = asyncio.Event()
    asking = [asyncio.create_task(harness.readiness.ask()) for _ in range(300)]
    await harness.reached.wait()
    harness.now += 10 * KEPT_SECONDS  # an answer that is long under way is still the one to wait for
    asking += [asyncio.create_task(harness.readiness.ask()) for _ in range(300)]
    await asyncio.sleep(0)
    harness.gate.set()
    assert all(answer == READY for answer in await asyncio.gather(*asking))
    harness.now += KEPT_SECONDS - 0.1
    await harness.readiness.ask()
    assert sorted(harness.asked) == ["redis", "slack"]


@pytest.mark.parametrize("part", ["redis", "slack"])
async def test_a_part_that_fails_and_comes_back_is_told_within_two_seconds(part: str) -> None:
    harness = await Harness().joined()
    assert await harness.readiness.ask() == READY
    harness.broken = {part}
    harness.now += KEPT_SECONDS
    assert await harness.readiness.ask() == READY | {part: False}
    harness.broken = set()
    harness.now += KEPT_SECONDS
    assert await harness.readiness.ask() == READY


async def test_what_the_process_knows_itself_is_never_old() -> None:
    harness = await Harness().joined()
    assert await harness.readiness.ask() == READY
    harness.lost = True
    assert await harness.readiness.ask() == READY | {"channels": False}


async def test_the_lag_of_sinks_is_told_and_decides_nothing() -> None:
    harness = Harness()
    behind: dict[str, int] | StoreUnavailableError = {"splunk": 86_400}
    asked = []

    async def lag() -> dict[str, int]:
        asked.append(behind)
        if isinstance(behind, StoreUnavailableError):
            raise behind
        return behind

    assert await harness.readiness.lag() == {}
    intake = HttpIntake()
    await intake.start()
    harness.readiness.serve(intake, lambda: False, lag)
    harness.now += KEPT_SECONDS
    assert [await harness.readiness.lag() for _ in range(50)] == [{"splunk": 86_400}] * 50
    assert len(asked) == 1
    assert await harness.readiness.ask() == READY
    behind = StoreUnavailableError("down")
    harness.now += KEPT_SECONDS
    assert await harness.readiness.lag() == {"splunk": 86_400}


async def test_one_who_goes_away_takes_the_answer_from_nobody() -> None:
    """A health check that times out must not make the next one fail."""
    harness = await Harness().joined()
    harness.gate = asyncio.Event()
    first = asyncio.create_task(harness.readiness.ask())
    await harness.reached.wait()
    second = asyncio.create_task(harness.readiness.ask())
    await asyncio.sleep(0)
    first.cancel()
    harness.gate.set()
    assert await second == READY
    assert first.cancelled()


def _forever() -> Callable[[], "asyncio.Future[None]"]:
    return lambda: asyncio.get_running_loop().create_future()


async def test_a_slack_that_hangs_is_not_ready_and_holds_up_no_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    harness = Harness()
    readiness = Readiness(lambda: harness.ask("redis"), _forever(), lambda: harness.now)
    monkeypatch.setattr(wired, "_SLACK_SECONDS", 0.01)
    assert not (await readiness.ask())["slack"]
    monkeypatch.setattr(wired, "_SLACK_SECONDS", 60.0)
    harness.now += KEPT_SECONDS
    asking = asyncio.create_task(readiness.ask())
    await asyncio.sleep(0)
    async with asyncio.timeout(60):
        await readiness.aclose()
        await asyncio.gather(asking, return_exceptions=True)
    await Readiness(_forever(), _forever(), lambda: 0.0).aclose()
