"""The product's pool of Redis connections, beside redis-py's own pool whose callers wait in turn."""

import asyncio
import time
from pathlib import Path

from redis.asyncio import BlockingConnectionPool, Redis

from benchmarks.harness import client, open_home
from benchmarks.machine import Cores, on_core
from benchmarks.scale import Scale
from benchmarks.table import Goal, Row, middle
from envaccess.store.client import CONNECTIONS, Client

_CALLERS = 64
_EACH = 50


async def run(scale: Scale, cores: Cores, folder: Path) -> list[Row]:
    """Twice as many callers as connections, by turns on each pool."""
    with open_home(folder) as url:
        pool = BlockingConnectionPool.from_url(
            url, protocol=3, decode_responses=True, max_connections=CONNECTIONS
        )
        async with client(url) as ours, Redis.from_pool(pool) as theirs:
            rates: dict[str, list[float]] = {"ours": [], "theirs": []}
            with on_core(cores.subject):
                for _ in range(scale.rounds):
                    rates["theirs"].append(await _rate(theirs))
                    rates["ours"].append(await _rate(ours))
    number, limit = middle(rates["ours"]), middle(rates["theirs"])
    beside = f"redis-py's BlockingConnectionPool {limit:,.0f}"
    what = f"Redis calls a second, {_CALLERS} callers on {CONNECTIONS} connections"
    return [Row(what, f"{number:,.0f}", beside, number / limit, Goal(1, most=False))]


async def _rate(redis: Client) -> float:
    began = time.perf_counter()
    await asyncio.gather(*(_call(redis) for _ in range(_CALLERS)))
    return _CALLERS * _EACH / (time.perf_counter() - began)


async def _call(redis: Client) -> None:
    for _ in range(_EACH):
        await redis.get("nothing")
