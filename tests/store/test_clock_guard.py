"""A clock of Redis that stepped back, or that is off: no value is shown, and the operator is told."""

from pathlib import Path
from typing import Any

import pytest

from envaccess.domain.clock_guard import clock_fault
from envaccess.domain.outcome import Decided
from envaccess.domain.refusal import Reason, Refusal
from envaccess.slack.alarms import Alarms
from envaccess.store.health import read_clocks
from envaccess.wiring.clock_guard import ClockGuard
from tests.store.harness import HOUR, StoreHarness

NOW = 1_795_824_000_000


async def foretell(harness: StoreHarness, milliseconds: int) -> str:
    """Write an event so far ahead of Redis' clock, as if that had stepped back since; its id."""
    redis, _ = await read_clocks(harness.runner)
    client: Any = harness.client
    return str(await client.xadd(harness.runner.key("audit"), {"event": "x"}, id=f"{redis + milliseconds}-0"))


@pytest.mark.parametrize("once", [True, False])
async def test_nobody_is_shown_a_value_by_a_clock_that_stepped_back(
    harness: StoreHarness, once: bool
) -> None:
    """A grant of an hour would live three."""
    request = await harness.grant("A", once=once, seconds=900)
    await foretell(harness, 2 * HOUR)
    before = await harness.tags()
    for _ in range(2):
        refusal = await harness.claim(request, op="op-claim")
        assert isinstance(refusal, Refusal)
        assert refusal.reason is Reason.CLOCK_OFF
    assert await harness.tags() == before
    assert (await harness.get(request)).reveals == 0


async def test_a_step_of_less_than_a_second_stops_nobody(harness: StoreHarness) -> None:
    request = await harness.grant("A")
    await foretell(harness, 900)
    await harness.use(request)


async def test_what_ends_access_goes_on(harness: StoreHarness) -> None:
    pending, granted = await harness.file("B"), await harness.grant("A")
    await foretell(harness, 2 * HOUR)
    assert not isinstance(await harness.revoke(granted), Refusal)
    assert isinstance(await harness.decide(pending), Decided)


@pytest.mark.parametrize("forged", ["9999999999999-1", f"{2**64 - 1}-1", f"{2**64 - 1}-{2**64 - 1}"])
@pytest.mark.parametrize("deleted", [1, 100])
async def test_an_id_that_was_made_up_and_deleted_stops_nothing_without_a_word(
    harness: StoreHarness, forged: str, deleted: int
) -> None:
    """After the last id that there is, no event is taken any more, and so no script gets anywhere."""
    await harness.grant("A")
    client: Any = harness.client
    events = harness.runner.key("audit")
    await client.xadd(events, {"event": "x"}, id=forged)
    await client.xdel(events, *[one for one, _ in await client.xrevrange(events, count=deleted)])
    redis, newest = await read_clocks(harness.runner)
    fault = clock_fault(redis, newest, redis)
    assert fault
    assert fault.tag == "clock_back"


RUNBOOK = Path(__file__).parents[2] / "docs" / "how-to" / "runbook-clock.md"


@pytest.mark.real
async def test_the_runbook_lets_reveals_go_on(real: StoreHarness) -> None:
    """Its command, as it stands there."""
    client: Any = real.client
    command = next(line for line in RUNBOOK.read_text().splitlines() if " EVAL " in line)
    _, text, words = command.split('"')
    request, stream = await real.grant("A"), real.runner.key("audit")
    before = await client.xrange(stream)
    forged = await foretell(real, 2 * HOUR)
    names = [word.strip("'") for word in words.split()]
    assert names[:2] == ["3", stream]
    assert await client.eval(text, 3, *names[1:4], before[-1][0]) == before[-1][0]
    assert await client.xrange(stream) == before
    assert (await client.xrange(f"{stream}-aside"))[-1][0] == forged
    await real.use(request)
    redis, last = await read_clocks(real.runner)
    assert abs(redis - last) < HOUR


async def test_the_alarm_lasts_as_long_as_the_fault(harness: StoreHarness) -> None:
    alarms, off = Alarms(), 0
    redis, _ = await read_clocks(harness.runner)
    guard = ClockGuard(harness.runner, lambda: redis + off, alarms)
    await guard.step()
    assert not alarms.faults
    off = -120_000
    await guard.step()
    assert list(alarms.faults) == ["clock_off"]
    await foretell(harness, 2 * HOUR)
    await guard.step()
    assert list(alarms.faults) == ["clock_back"]
    client: Any = harness.client
    await client.delete(harness.runner.key("audit"))
    off = 0
    await guard.step()
    assert not alarms.faults


@pytest.mark.parametrize(
    ("redis", "newest", "ours", "tag"),
    [
        (NOW, 0, NOW, None),
        (NOW, NOW, NOW, None),
        (NOW, NOW + 1_000, NOW, None),
        (NOW, NOW + 1_001, NOW, "clock_back"),
        (NOW, NOW - HOUR, NOW, None),
        (NOW, NOW, NOW + 30_000, None),
        (NOW, NOW, NOW + 30_001, "clock_off"),
        (NOW, NOW, NOW - 30_001, "clock_off"),
        (NOW - 2 * HOUR, NOW, NOW, "clock_back"),
        (NOW - 2 * HOUR, 0, NOW, "clock_off"),
    ],
)
def test_each_clock_is_held_against_the_others(redis: int, newest: int, ours: int, tag: str | None) -> None:
    found = clock_fault(redis, newest, ours)
    assert (found.tag if found else None) == tag
