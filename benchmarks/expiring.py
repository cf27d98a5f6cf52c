"""How late the bot writes down that a grant's TTL is over; access itself has ended with the TTL."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from benchmarks.children import child, until
from benchmarks.harness import SLACK_MILLISECONDS, BenchmarkHarness, open_harness
from benchmarks.machine import Cores
from benchmarks.payloads import VARIABLE_NAMES
from benchmarks.scale import Scale
from benchmarks.seeding import new_ids, seed_live, seed_others
from benchmarks.table import Goal, Row, milliseconds, share
from envaccess.domain.audit import Tag
from envaccess.store.trail import RedisTrail

SPREAD_SECONDS = 5
_AHEAD_SECONDS = 4
"""From the seeding's end to the first expiry."""
_PATIENCE = 120.0
_PAGE = 5_000
_OTHERS_SECONDS = 900


async def run(scale: Scale, cores: Cores, folder: Path) -> list[Row]:
    """Spread over some seconds, then all in one millisecond; with and without the product."""
    async with open_harness(cores, folder, slack_milliseconds=SLACK_MILLISECONDS) as harness:
        await seed_others(harness.runner, scale.others, _OTHERS_SECONDS)
        even = SPREAD_SECONDS * 1000
        async with _bare(harness):
            limit = [await _bare_round(harness, scale.expiries, spread) for spread in (even, 0)]
        async with harness.bot():
            ours = [await _round(harness, scale.expiries, spread) for spread in (even, 0)]
    crowd = f"{scale.expiries:,} with {scale.others:,} other TTL keys"
    return [
        _row(f"expiry notice, {crowd}, over {SPREAD_SECONDS} s", ours[0], limit[0], Goal(20, unit=" ms")),
        _lost(ours[0], scale.expiries),
        _row(f"expiry notice, {crowd}, in one millisecond", ours[1], limit[1], None),
        _lost(ours[1], scale.expiries),
    ]


def _row(what: str, ours: list[float], limit: list[float], goal: Goal | None) -> Row:
    number, least = share(ours, 0.99), share(limit, 0.99)
    shown = (
        f"p50 {milliseconds(share(ours, 0.5))}, p99 {milliseconds(number)}, worst {milliseconds(max(ours))}"
    )
    beside = f"bare sorted set p50 {milliseconds(share(limit, 0.5))}, p99 {milliseconds(least)}"
    return Row(what, shown, beside, number / max(least, 1), goal, number)


def _lost(ours: list[float], count: int) -> Row:
    missing = count - len(ours)
    return Row("expiry notices lost", f"{missing} of {count:,}", goal=Goal(0), number=missing)


def _ends(count: int, spread: int) -> list[int]:
    """When each shall end: evenly over so many milliseconds, after the seeding."""
    first = int(time.time() * 1000) + _AHEAD_SECONDS * 1000
    return [first + place * spread // count for place in range(count)]


async def _round(harness: BenchmarkHarness, count: int, spread: int) -> list[float]:
    """How late each notice is, by the event that the bot wrote."""
    trail = RedisTrail(harness.runner)
    ends = await seed_live(harness.runner, _ends(count, spread), f"default/{VARIABLE_NAMES[0]}")
    cursor = await trail.last()
    await harness.forget_drawings()
    late: list[float] = []
    async with asyncio.timeout(_PATIENCE):
        while len(late) < count:
            await asyncio.sleep(1)
            found = await trail.after(cursor, _PAGE)
            late += [
                event.at - ends[event.grant]
                for event in found
                if event.event == Tag.GRANT_EXPIRED and event.grant in ends
            ]
            cursor = found[-1].id if found else cursor
            if not found and time.time() * 1000 > max(ends.values()) + 10_000:
                break
    await harness.forget_drawings()
    return late


@contextlib.asynccontextmanager
async def _bare(harness: BenchmarkHarness) -> AsyncIterator[None]:
    """The limit: nothing but a sorted set, and one process that sleeps until its next score."""
    arguments = ("-m", "benchmarks.bare_clock", harness.redis_url)
    async with child(arguments, core=harness.cores.subject, log=harness.folder / "clock.log"):
        yield


async def _bare_round(harness: BenchmarkHarness, count: int, spread: int) -> list[float]:
    redis, late = harness.runner.client, "bare:late"
    await redis.delete(late)
    ends: Mapping[str, float] = dict(zip(new_ids(count), _ends(count, spread), strict=True))
    await redis.zadd("bare:deadlines", dict(ends))

    async def all_told() -> bool:
        return int(await redis.xlen(late)) >= count

    await until(all_told, _PATIENCE, every=1)
    return [float(fields["late"]) for _, fields in await redis.xrange(late)]
