"""What a live grant, its request's record and an audit event weigh in Redis."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.children import until
from benchmarks.harness import BenchmarkHarness, client, open_harness, open_home
from benchmarks.machine import Cores
from benchmarks.payloads import VARIABLE_NAMES
from benchmarks.scale import Scale
from benchmarks.seeding import new_ids, seed_live
from benchmarks.table import Goal, Row
from envaccess.store.client import Client

_HOUR = 3_600_000
_BATCH = 5_000
_PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class _Weight:
    """Bytes of each.

    Attributes:
        grant: its key, its deadline and its two index entries: what deleting them frees.
        record: its request's fields, texts and history entries.
        event: an entry of the stream.
    """

    grant: float
    record: float
    event: float


async def run(scale: Scale, cores: Cores, folder: Path) -> list[Row]:
    """Weigh the product's store, then the least that could do the same."""
    async with open_harness(cores, folder / "ours") as harness:
        ours = await _weigh(harness, scale.items)
    with open_home(folder / "bare") as url:
        async with client(url) as redis:
            limit = await _weigh_bare(redis, scale.items)

    def row(what: str, number: float, beside: str, least: float, bound: float | None = None) -> Row:
        goal = None if bound is None else Goal(bound)
        return Row(what, f"{number:.0f} bytes", f"{beside} {least:.0f}", number / least, goal, number)

    return [
        row(f"Redis, a live grant (of {scale.items:,})", ours.grant, "one small hash", limit.grant, 450),
        row("Redis, its request's record, kept 400 days", ours.record, "one small hash", limit.grant),
        row(f"Redis, an audit event (of {3 * scale.items:,})", ours.event, "eight fields", limit.event, 350),
    ]


async def _weigh(harness: BenchmarkHarness, count: int) -> _Weight:
    """By `used_memory`, which counts keys, tables and what the allocator adds; the stream by its nodes."""
    redis, runner = harness.redis, harness.runner
    before = await _used(redis)
    first = int(time.time() * 1000) + _HOUR
    await seed_live(runner, range(first, first + count), f"default/{VARIABLE_NAMES[0]}")
    stream = runner.key("audit")
    events = int(await redis.memory_usage(stream, samples=0) or 0)
    full = await _used(redis)
    for kind in ("grant", "held", "shared", "deadlines"):
        await _delete(redis, [name async for name in _keys(redis, runner.key(kind))])
    freed = full - await _settled(redis)
    return _Weight(
        grant=freed / count,
        record=(full - before - events - freed) / count,
        event=events / await redis.xlen(stream),
    )


async def _weigh_bare(redis: Client, count: int) -> _Weight:
    """A grant as one hash that the server keeps compact, with a TTL; an event as eight short fields."""
    before = await _used(redis)
    for ids in _batched(new_ids(count)):
        pipe = redis.pipeline(transaction=False)
        for request in ids:
            pipe.hset(f"envaccess:{{T0BENCHMARK}}:grant:{request}", mapping=_GRANT)
            pipe.pexpire(f"envaccess:{{T0BENCHMARK}}:grant:{request}", _HOUR)
        await pipe.execute()
    grants = await _used(redis) - before
    for ids in _batched(new_ids(3 * count)):
        pipe = redis.pipeline(transaction=False)
        for request in ids:
            pipe.xadd("events", {**_EVENT, "request": request, "grant": request})
        await pipe.execute()
    events = int(await redis.memory_usage("events", samples=0) or 0)
    return _Weight(grants / count, 0, events / (3 * count))


_GRANT: dict[Any, Any] = {
    "requester": "U0LIVE000001",
    "variables": "default/STRIPE_KEY_00",
    "state": "active",
    "approver": "U0APPROVER0",
    "created_at": "1800000000000",
    "expires_at": "1800003600000",
    "version": "3",
}
_EVENT: dict[Any, Any] = {
    "event": "grant.activated",
    "at": "1800000000000",
    "actor": "person:U0APPROVER0",
    "variables": "default/STRIPE_KEY_00",
    "requester": "U0LIVE000001",
    "detail": "{}",
}


async def _used(redis: Client) -> int:
    info = await redis.info("memory")
    return int(info["used_memory"])


async def _settled(redis: Client) -> int:
    """The same once everything deleted is freed: the server does that in a thread."""

    async def all_freed() -> bool:
        return int((await redis.info("memory"))["lazyfree_pending_objects"]) == 0

    await until(all_freed, _PATIENCE)
    await asyncio.sleep(1)  # tables shrink step by step
    return await _used(redis)


def _batched(items: list[str]) -> Iterable[list[str]]:
    return (items[start : start + _BATCH] for start in range(0, len(items), _BATCH))


async def _keys(redis: Client, beginning: str) -> AsyncIterator[str]:
    pattern = beginning.replace("{", "\\{").replace("}", "\\}")
    async for name in redis.scan_iter(match=f"{pattern}*", count=_BATCH):
        yield name


async def _delete(redis: Client, names: list[str]) -> None:
    for part in _batched(names):
        await redis.delete(*part)
