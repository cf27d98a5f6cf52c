"""What seals cost: filings and reveals beside a version without them, in one run (`--before`).

Slack's limits are off: who is reached by no direct messages in this minute would be refused unclaimed.
"""

import contextlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from benchmarks import load
from benchmarks.children import ROOT, quiet
from benchmarks.harness import BenchmarkHarness, Bot, open_harness
from benchmarks.machine import Cores, cpu_seconds
from benchmarks.payloads import PER_PERSON, VARIABLE_NAMES, commands, new_people, press
from benchmarks.scale import Scale
from benchmarks.slack_stub import DECIDERS
from benchmarks.table import Goal, Row, middle, milliseconds
from envaccess.domain.audit import Tag
from envaccess.slack.names import APPROVE, REVEAL
from envaccess.store.trail import RedisTrail

_HOLDERS = 8
"""People with a grant whom reveals are shared out among: nobody may press without end."""
_PRESSES = 15
"""Reveals by each of them in a round, which stay within a minute's limit however few rounds pass in it."""
_GOAL = Goal(1.1)


@dataclass(frozen=True, slots=True)
class _Cost:
    """What one payload costs, in milliseconds.

    Attributes:
        acked: from its arrival to its ack, the median.
        cpu: processor time, with what the relay renders meanwhile and afterwards.
    """

    acked: float
    cpu: float


class Subject:
    """A bot of one version, with people who hold access."""

    def __init__(self, harness: BenchmarkHarness, bot: Bot) -> None:
        self._harness, self._bot = harness, bot
        self.filing: list[_Cost] = []
        self.revealing: list[_Cost] = []
        self._held: list[tuple[str, str]] = []

    async def grant(self) -> None:
        """Give so many new people access."""
        people = new_people(_HOLDERS, 1)
        await load.press(
            self._bot.port, commands(people, _HOLDERS), connections=1, wanted=b"Filed as request"
        )
        runner, redis = self._harness.runner, self._harness.redis
        self._held = []
        for person in people:
            (request,) = await redis.zrevrange(runner.key("asked", person), 0, 0)
            await load.press(self._bot.port, [press(DECIDERS[0], APPROVE, str(request))], connections=1)
            self._held.append((person, str(request)))

    async def round(self, count: int) -> None:
        """Measure filings and reveals."""
        people = new_people(count, PER_PERSON)
        self.filing.append(await self._cost(commands(people, count), b"Filed as request"))
        await self._harness.forget_drawings()
        await self.grant()
        await self._harness.forget_drawings()
        presses = [press(*self._pressed(place)) for place in range(_HOLDERS * _PRESSES)]
        trail = RedisTrail(self._harness.runner)
        before = await trail.last()
        self.revealing.append(await self._cost(presses, b""))
        tags = Counter(event.event for event in await trail.after(before, 4 * len(presses)))
        assert (tags[Tag.GRANT_REVEALED], tags[Tag.GRANT_REVEAL_FAILED]) == (len(presses), 0), tags

    def _pressed(self, place: int) -> tuple[str, str, str]:
        person, request = self._held[place % _HOLDERS]
        return person, REVEAL, request

    async def _cost(self, requests: list[bytes], wanted: bytes) -> _Cost:
        await quiet(self._bot.process)
        before = cpu_seconds(self._bot.process)
        outcome = await load.press(self._bot.port, requests, connections=1, wanted=wanted)
        await quiet(self._bot.process)
        after = cpu_seconds(self._bot.process)
        assert before is not None
        assert after is not None
        return _Cost(middle(outcome.times), (after - before) / len(requests) * 1_000)


async def run(scale: Scale, cores: Cores, folder: Path) -> list[Row]:
    """Both versions in turn; without another one there is nothing to compare with, and no row."""
    if scale.before is None:
        return []
    async with contextlib.AsyncExitStack() as stack:
        now, before = [
            await _subject(stack, cores, folder / name, checkout)
            for name, checkout in (("now", ROOT), ("before", scale.before))
        ]
        for subject in (now, before):
            await subject.round(scale.filings // 4)
            subject.filing.clear()
            subject.revealing.clear()
        for _ in range(scale.rounds):
            for subject in (now, before):
                await subject.round(scale.filings)
    found = {"a filing": (now.filing, before.filing), "a reveal": (now.revealing, before.revealing)}
    return [row for what, (ours, theirs) in found.items() for row in _rows(what, ours, theirs)]


async def _let_0_1_0_read_values(harness: BenchmarkHarness) -> None:
    """Before there was a catalogue, a value's record said when it was made and changed."""
    for name in VARIABLE_NAMES:
        key = harness.runner.key("secret", f"default/{name}")
        times = {"created_at": "1", "changed_at": "1", "born": "1"}
        await harness.redis.hset(key, mapping=times)  # type: ignore[arg-type]


async def _subject(stack: contextlib.AsyncExitStack, cores: Cores, folder: Path, checkout: Path) -> Subject:
    harness = await stack.enter_async_context(open_harness(cores, folder, slack_limits=False))
    await _let_0_1_0_read_values(harness)
    return Subject(harness, await stack.enter_async_context(harness.bot(checkout=checkout)))


def _rows(what: str, now: list[_Cost], before: list[_Cost]) -> list[Row]:
    """Until the ack, which is what somebody waits for; and all that it costs, which explains it."""
    acked, acked_before = [middle(cost.acked for cost in costs) for costs in (now, before)]
    cpu, cpu_before = [middle(cost.cpu for cost in costs) for costs in (now, before)]
    return [
        _row(f"{what} acked, p50, one connection", acked, acked_before, _GOAL),
        _row(f"processor time of {what}, with what the relay renders", cpu, cpu_before),
    ]


def _row(what: str, now: float, before: float, goal: Goal | None = None) -> Row:
    beside = f"the version before {milliseconds(before)}"
    return Row(what, milliseconds(now), beside, now / before, goal)
