"""From the moment a leading process gives its lease up, in order, to another that leads."""

import asyncio
import contextlib
import os
import signal
import time
from pathlib import Path

from benchmarks.children import ChildError
from benchmarks.harness import BenchmarkHarness, Bot, open_harness
from benchmarks.machine import Cores
from benchmarks.scale import Scale
from benchmarks.table import Goal, Row, middle, milliseconds

_LOOK = 0.001
_PATIENCE = 30.0
_MILLISECONDS = 1_000.0


async def run(scale: Scale, cores: Cores, folder: Path) -> list[Row]:
    """The leading one of two is told to stop, and another is started, as often as a command is started."""
    times = []
    async with open_harness(cores, folder) as harness:
        leading = contextlib.AsyncExitStack()
        bot = await leading.enter_async_context(harness.bot())
        for _ in range(scale.starts):
            following = contextlib.AsyncExitStack()
            other = await following.enter_async_context(harness.bot())
            times.append(await _handed_over(harness, bot))
            await _ended(leading)
            leading, bot = following, other
        await leading.aclose()
    longest = Row("the same, the longest", milliseconds(max(times)))
    bound = Goal(_MILLISECONDS, unit=" ms")
    return [
        Row(
            "hand-over of the lease, stopped in order",
            milliseconds(middle(times)),
            goal=bound,
            number=max(times),
        ),
        longest,
    ]


async def _ended(leading: contextlib.AsyncExitStack) -> None:
    """It was told to stop, and may have ended already."""
    with contextlib.suppress(ChildError):
        await leading.aclose()


async def _handed_over(harness: BenchmarkHarness, bot: Bot) -> float:
    """Milliseconds in which nobody led; where they were too few to be seen, those between two looks."""
    lease = harness.runner.key("lease")
    holder = await _until(harness, lease, None)
    os.kill(bot.process, signal.SIGTERM)
    last = time.perf_counter()
    async with asyncio.timeout(_PATIENCE):
        while await harness.redis.get(lease) == holder:
            last = time.perf_counter()
            await asyncio.sleep(_LOOK)
    await _until(harness, lease, holder)
    return (time.perf_counter() - last) * 1_000


async def _until(harness: BenchmarkHarness, lease: str, before: str | None) -> str:
    """Who leads, another than before."""
    async with asyncio.timeout(_PATIENCE):
        while (holder := await harness.redis.get(lease)) in {None, before}:  # noqa: ASYNC110 - Redis rings no bell
            await asyncio.sleep(_LOOK)
    return str(holder)
