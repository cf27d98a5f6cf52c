"""How long what happened is kept is a setting: events, what was typed, and records of what is over."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from envaccess.domain.audit_line import REMOVED, day_of, digest_of
from envaccess.domain.request import Verb
from envaccess.domain.tree_check import Outcome
from envaccess.store.cursors import RedisCursors
from envaccess.store.keys import DAY
from envaccess.store.runner import Runner
from tests.store.harness import REASON, StoreHarness
from tests.store.sealed_store import Sealed

WEEK = 7 * DAY


@pytest.fixture
async def kept(harness: StoreHarness) -> AsyncIterator[StoreHarness]:
    """A store whose process was told to keep things for a week."""
    before, harness.runner.retention = harness.runner.retention, WEEK
    yield harness
    harness.runner.retention = before


async def left(harness: StoreHarness, kind: str, name: str) -> float:
    """Days that a key still lives; below nothing where it has no end, or is not there."""
    client: Any = harness.client
    return int(await client.pttl(harness.runner.key(kind, name))) / DAY


async def today(harness: StoreHarness) -> str:
    return str(await harness.now() // DAY)


async def test_a_record_ends_with_the_retention_and_so_does_what_was_typed(kept: StoreHarness) -> None:
    await kept.add("A")
    request = await kept.file("A")
    await kept.decide(request, verb=Verb.DENY)
    for kind in ("request", "text"):
        assert 6.9 < await left(kept, kind, request) <= 7
    assert 7 < await left(kept, "typed", await today(kept)) <= 9


async def test_a_text_is_kept_as_long_as_its_event_however_the_retention_was_changed(
    harness: StoreHarness,
) -> None:
    """The hash of a day got its end from its first event, of a process that was told otherwise."""
    await harness.add("A")
    await harness.file("A")
    day = await today(harness)
    for retention in (WEEK, 800 * DAY, 100 * DAY):
        await RedisCursors(harness.runner, retention).trim()
        days = await left(harness, "typed", day)
        assert retention / DAY < days <= retention / DAY + 2


async def test_a_text_that_is_too_old_goes_while_a_follower_holds_its_event(harness: StoreHarness) -> None:
    """A sink that is away for weeks keeps events, which have no text in them."""
    client: Any = harness.client
    old = f"{await harness.now() - 30 * DAY}-0"
    typed = {"event": "request.created", "typed": f"reason:{digest_of('00', REASON)}"}
    await client.delete(harness.runner.key("audit"))
    await client.xadd(harness.runner.key("audit"), typed, id=old)
    await client.hset(
        harness.runner.key("typed", str(day_of(old))), old, json.dumps({"reason": ["00", REASON]})
    )
    await RedisCursors(harness.runner, 100 * DAY).trim()
    assert (await harness.events())[0].detail["reason"] == REASON
    await RedisCursors(harness.runner, WEEK).trim()
    assert (await harness.events())[0].detail["reason"] == REMOVED


async def test_an_event_of_the_year_1970_makes_no_endless_step(real: StoreHarness) -> None:
    """Whoever writes to Redis can put one there: as many days are looked at as the longest retention has."""
    client: Any = real.client
    await client.delete(real.runner.key("audit"))
    await client.xadd(real.runner.key("audit"), {"event": "policy.loaded"}, id="1-0")
    await client.config_resetstat()
    await RedisCursors(real.runner, WEEK).trim()
    assert (await client.info("commandstats"))["cmdstat_pexpireat"]["calls"] <= 3_651


async def test_a_retention_made_shorter_and_then_longer_again_leaves_every_proof(
    harness: StoreHarness,
) -> None:
    """What is gone stays said: the head says from which event on lines are kept, and never an earlier one."""
    await harness.client.flushall()
    sealed = Sealed(harness, retention=100 * DAY)
    await harness.outbox.lead()
    await sealed.add_plainly(600, age=20 * DAY)
    await sealed.add_plainly(10)
    await sealed.seal()
    assert (await sealed.head()).checkpoint.kept == 0
    kept = list[int]()
    for retention in (WEEK, 100 * DAY, 10 * DAY):
        again = Sealed(harness, retention=retention)
        again.memory = sealed.memory
        await again.add(1)
        await again.seal()
        await again.add(1)
        await again.seal()
        await harness.cursors.move("lines", (await again.entries())[-1][0])
        await RedisCursors(harness.runner, retention).trim()
        kept.append((await again.head()).checkpoint.kept)
        report = await again.verify()
        assert report.outcome is Outcome.VALID, report.problems
    assert kept == [512, 512, 512]
    assert 0 < int((await sealed.entries())[0][1]["n"]) <= 512


def test_a_process_keeps_what_is_over_as_long_as_it_was_told() -> None:
    """Else the cursors would drop events at another time than scripts let records end."""
    runner = Runner.__new__(Runner)
    runner.retention = WEEK
    assert RedisCursors(runner).retention == WEEK
