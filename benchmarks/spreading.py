"""Requests filed and acked a second by one, two and four processes of the product on one Redis.

They run wherever there is room, and so do the load, Redis and Slack: with as many cores as processes the
ratio says what the product scales by; with fewer it says what the machine has left.
"""

import asyncio
import contextlib
import os
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks import load
from benchmarks.children import quiet
from benchmarks.filing import FILED
from benchmarks.harness import SLACK_MILLISECONDS, Bot, open_harness
from benchmarks.machine import Cores, untie
from benchmarks.payloads import PER_PERSON, commands, new_people, searches
from benchmarks.scale import Scale
from benchmarks.table import Goal, Row, middle

_COUNTS = (1, 2, 4)
_CONNECTIONS = 32
_GOALS = {2: 1.8, 4: 3.0}


async def run(scale: Scale, cores: Cores, folder: Path) -> list[Row]:
    """Each number of processes in turn, round after round."""
    del cores
    untie()
    rates: dict[int, list[float]] = {count: [] for count in _COUNTS}
    async with (
        open_harness(Cores(None, None), folder, slack_milliseconds=SLACK_MILLISECONDS) as harness,
        contextlib.AsyncExitStack() as stack,
    ):
        bots = [await stack.enter_async_context(harness.bot()) for _ in range(max(_COUNTS))]
        for _ in range(scale.rounds):
            for count in _COUNTS:
                rates[count].append(await _round(bots[:count], scale.filings))
                await harness.forget_drawings()
                await quiet(bots[0].process)
    one = middle(rates[1])
    beside = f"one process {one:,.0f}, {os.cpu_count()} cores in all"
    return [_row(count, middle(rates[count]), beside, one) for count in _COUNTS]


async def _round(bots: Sequence[Bot], count: int) -> float:
    """Answers a second over all of them."""
    each, width = count // len(bots), _CONNECTIONS // len(bots)
    people = [new_people(each, PER_PERSON) for _ in bots]
    await asyncio.gather(
        *(
            load.press(bot.port, searches(some), connections=width)
            for bot, some in zip(bots, people, strict=True)
        )
    )
    requests = [commands(some, each) for some in people]
    began = time.perf_counter()
    await asyncio.gather(
        *(
            load.press(bot.port, some, connections=width, wanted=FILED)
            for bot, some in zip(bots, requests, strict=True)
        )
    )
    return each * len(bots) / (time.perf_counter() - began)


def _row(count: int, rate: float, beside: str, one: float) -> Row:
    what = f"filed and acked by {count} process{'es' if count > 1 else ''}"
    goal = Goal(_GOALS[count], most=False) if count in _GOALS else None
    return Row(what, f"{rate:,.0f} req/s", beside, rate / one, goal)
