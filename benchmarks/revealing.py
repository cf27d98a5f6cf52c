"""Reveals tried after the TTL: none may work, and no worker runs that could have helped."""

import asyncio
import itertools
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.harness import BenchmarkHarness, open_harness
from benchmarks.machine import Cores
from benchmarks.payloads import VARIABLE_NAMES
from benchmarks.scale import Scale
from benchmarks.seeding import holder, seed_live
from benchmarks.table import Goal, Row
from envaccess.domain.audit import Tag
from envaccess.domain.outcome import Claim
from envaccess.domain.variable import Variable
from envaccess.store.reveals import RedisReveals
from envaccess.store.trail import RedisTrail
from envaccess.wiring.parts import RandomIds

_CLAIMERS = 16
_EARLY_SECONDS = 0.003
_GAP = 100
"""Milliseconds between the ends of two grants: while one is tried, the next still lives."""
_TRIES = 250
"""Tries of each grant after its end."""
_AHEAD = 3_000
_PAGE = 20_000


@dataclass(slots=True)
class _Count:
    """What came of the tries: early ones prove that the probe can succeed."""

    early: int = 0
    late: int = 0
    late_claims: int = 0


async def run(scale: Scale, cores: Cores, folder: Path) -> list[Row]:
    """Try each grant from just before its last millisecond on, as fast as sixteen callers can."""
    async with open_harness(cores, folder) as harness:
        first = int(time.time() * 1000) + _AHEAD
        ends = [first + place * _GAP for place in range(scale.reveals // _TRIES)]
        lives = await seed_live(harness.runner, ends, f"default/{VARIABLE_NAMES[0]}", each=1)
        count = _Count()
        for number, (grant, end) in enumerate(lives.items()):
            await asyncio.sleep(end / 1000 - _EARLY_SECONDS - time.time())
            tries = itertools.count()
            one = (grant, holder(number))
            await asyncio.gather(*(_claim_on(harness, count, one, end, tries) for _ in range(_CLAIMERS)))
        after = await _events_after(harness, lives)
    assert count.early, "no reveal worked before the TTL, so that the rest proves nothing"
    what = f"reveals after the TTL ({count.early:,} of the same callers worked before)"
    wrong = max(count.late_claims, after)
    return [Row(what, f"{wrong} of {count.late:,}", goal=Goal(0), number=wrong)]


async def _claim_on(
    harness: BenchmarkHarness, count: _Count, grant: tuple[str, str], end: int, tries: "itertools.count[int]"
) -> None:
    """Claim the same grant over and over, by its id and by its name in turn."""
    reveals, ids = RedisReveals(harness.runner, await harness.reader(), RandomIds().operation), RandomIds()
    request, person = grant
    for number in itertools.count():
        # At its exact expiry millisecond a key still lives: late is from the next one on.
        late = time.time() * 1000 >= end + 1
        if late and next(tries) >= _TRIES:
            return
        claim = (
            reveals.claim(ids.operation(), request, person)
            if number % 2
            else reveals.claim_named(ids.operation(), Variable("default", VARIABLE_NAMES[0]), person)
        )
        worked = isinstance(await claim, Claim)
        count.late += late
        count.late_claims += late and worked
        count.early += worked and not late


async def _events_after(harness: BenchmarkHarness, ends: dict[str, int]) -> int:
    """How many `grant.revealed` events of the stream are younger than their grant's end."""
    trail, cursor, wrong = RedisTrail(harness.runner), "0-0", 0
    while found := await trail.after(cursor, _PAGE):
        cursor = found[-1].id
        wrong += sum(event.event == Tag.GRANT_REVEALED and event.at > ends[event.grant] for event in found)
    return wrong
