"""One workspace's day of requests, as many times faster as it is shorter, and how late its deadlines are."""

import asyncio
import time
from pathlib import Path
from random import Random  # noqa: TID251 - a simulation

from benchmarks.machine import Cores
from benchmarks.scale import Scale
from benchmarks.simulated.company import simulate
from benchmarks.simulated.crew import Crew
from benchmarks.simulated.deadlines import (
    DAY_SECONDS,
    EMERGENCY,
    LONGEST,
    TIMEOUT,
    Lateness,
    Lengths,
    lateness,
)
from benchmarks.simulated.history import Act
from benchmarks.simulated.world import DIRECTORS, LEADS, Workspace
from benchmarks.table import Goal, Row, milliseconds, share

_ALLOWED = 5_000
"""Milliseconds before the stream was read within which a deadline may still come."""


async def run(scale: Scale, cores: Cores, folder: Path) -> list[Row]:
    """File them, let time do the rest, and read the stream."""
    del cores
    extent = scale.day
    lengths = Lengths(DAY_SECONDS / (extent.minutes * 60))
    stories = DayStories(lengths)
    policy = lengths.policy(LEADS, DIRECTORS)
    outcome = await simulate(extent, folder, policy=policy, story=stories.story)
    team = Workspace(0).team
    entries = outcome.history.entries[team]
    found = lateness(entries, team, lengths, int(time.time() * 1_000), _ALLOWED)
    made = sum(entry.tag == "request.created" for entry in entries)
    head = Row(
        f"a day in {extent.minutes:g} minutes, {lengths.speed:.0f} times as fast",
        f"{made:,} requests",
        f"one of {round(1_000_000 / max(1, made))} of the day's million",
    )
    return [head, *(_row(one) for one in found)]


class DayStories:
    """What people do in such a day: most of it is left to time."""

    def __init__(self, lengths: Lengths) -> None:
        self._lengths = lengths
        self._chance = Random(23)  # noqa: S311 - likewise

    async def story(self, crew: Crew) -> None:
        """One request."""
        who = crew.workspace.person(self._chance.randrange(5_000))
        kind = self._chance.random()
        longest = self._lengths.seconds(LONGEST)
        if kind < 0.7:
            await crew.file(who, "staging", f"{self._chance.randint(1, longest)}s")
        elif kind < 0.98:
            filed = await crew.file(who, "production", f"{self._chance.randint(1, longest)}s")
            if filed.request and kind < 0.85:
                await asyncio.sleep(self._chance.uniform(0, 2 * self._lengths.seconds(TIMEOUT)))
                await crew.press(self._chance.choice(DIRECTORS), Act.APPROVE, filed)
        else:
            await crew.hurry(who, self._lengths.seconds(EMERGENCY))


def _row(found: Lateness) -> Row:
    wrong = found.missing + found.early
    late = found.late or (0,)
    parts = ", ".join(f"p{part * 100:g} {milliseconds(share(late, part))}" for part in (0.5, 0.99))
    measured = f"{parts}, worst {milliseconds(max(late))}"
    beside = f"{found.missing} missing and {found.early} early of {len(found.late) + found.missing:,}"
    return Row(found.what, measured, beside, goal=Goal(0), number=wrong)
