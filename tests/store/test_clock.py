"""The tests' own clock: moving it must be the same as waiting, or the tests about time prove nothing."""

import asyncio
from typing import Any

import pytest

from envaccess.domain.request import GrantState
from tests.store.harness import HOUR, MINUTE, StoreHarness


async def test_moving_the_clock_moves_every_stored_time_and_ttl_alike(harness: StoreHarness) -> None:
    request = await harness.grant("A,B", seconds=3600)
    before, left = await harness.get(request), await harness.left(request)
    await harness.pass_time(25 * MINUTE)
    after = await harness.get(request)
    for name in ("created_at", "deadline_at", "decided_at", "expires_at"):
        assert getattr(before, name) - getattr(after, name) == 25 * MINUTE
    assert after.ended_at == before.ended_at == 0
    assert 0 <= left - 25 * MINUTE - await harness.left(request) < 1_000
    for kind, name in (("held", "U0ALICE"), ("shared", "default/A"), ("deadlines", "")):
        content: Any = await harness.content(harness.runner.key(kind, name))
        wanted = after.expires_at + (1 if kind == "deadlines" else 0)
        assert wanted in [score for _, score in content]


async def test_the_key_still_ends_exactly_when_the_record_says(harness: StoreHarness) -> None:
    """However often the clock is moved, by whatever odd steps."""
    request = await harness.grant(seconds=3600)
    client: Any = harness.client
    for step in (1, 59, 60_001, 999_999, 7):
        await harness.pass_time(step)
        ends = await client.pexpiretime(harness.runner.key("grant", request))
        # On fakeredis the clock may tick between two commands of one step.
        assert abs(ends - (await harness.get(request)).expires_at) <= 10


async def test_moving_past_the_end_is_the_end(harness: StoreHarness) -> None:
    request = await harness.grant(seconds=60)
    await harness.pass_time(MINUTE)
    assert await harness.left(request) == -2
    assert (await harness.get(request)).grant is GrantState.EXPIRED


async def test_moving_the_clock_writes_no_event_and_leaves_the_lease(harness: StoreHarness) -> None:
    await harness.outbox.lead()
    await harness.grant("A")
    tags = await harness.tags()
    await harness.pass_time(HOUR * 100)
    assert await harness.tags() == tags
    assert await harness.outbox.lead()


@pytest.mark.real
async def test_waiting_and_moving_come_to_the_same(real: StoreHarness) -> None:
    """The one test that waits: a real second, beside a moved one."""
    waited, moved = await real.grant("A", seconds=1), await real.grant("B", "U0OTHER", seconds=1)
    await asyncio.sleep(1.005)
    assert (await real.get(waited)).grant is (await real.get(moved)).grant is GrantState.EXPIRED
    third = await real.grant("staging/DB", seconds=1)
    await real.pass_time(1000)
    assert (await real.get(third)).grant is GrantState.EXPIRED
