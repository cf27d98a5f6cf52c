"""What seals cost: filings and reveals beside a version without them, in one run (`--before`)."""

import contextlib
from pathlib import Path
from typing import Any

from benchmarks import load
from benchmarks.children import ROOT, quiet
from benchmarks.harness import BenchmarkHarness, Bot, open_harness
from benchmarks.machine import Cores, cpu_seconds
from benchmarks.payloads import PER_PERSON, commands, new_people, press
from benchmarks.scale import Scale
from benchmarks.slack_stub import DECIDERS
from benchmarks.table import Goal, Row, middle, milliseconds
from envaccess.slack.names import APPROVE, REVEAL

_CONNECTIONS = 8
_HOLDERS = 8
"""People with a grant whom reveals are shared out among: nobody may press without end."""
_PRESSES = 15
"""Reveals by each of them in a round, which stay within a minute's limit however few rounds pass in it."""
_GOAL = Goal(1.1)


class Subject:
    """A bot of one version, with people who hold access."""

    def __init__(self, harness: BenchmarkHarness, bot: Bot) -> None:
        self._harness, self._bot = harness, bot
        self.filing: list[float] = []
        self.revealing: list[float] = []
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
        """Measure filings and reveals; the processor time of each, in milliseconds."""
        people = new_people(count, PER_PERSON)
        self.filing.append(await self._cost(commands(people, count), b"Filed as request"))
        await self._harness.forget_drawings()
        await self.grant()
        await self._harness.forget_drawings()
        presses = [press(*self._pressed(place)) for place in range(_HOLDERS * _PRESSES)]
        self.revealing.append(await self._cost(presses, b""))
        await self._revealed(len(presses))

    def _pressed(self, place: int) -> tuple[str, str, str]:
        person, request = self._held[place % _HOLDERS]
        return person, REVEAL, request

    async def _cost(self, requests: list[bytes], wanted: bytes) -> float:
        await quiet(self._bot.process)
        before = cpu_seconds(self._bot.process)
        await load.press(self._bot.port, requests, connections=_CONNECTIONS, wanted=wanted)
        await quiet(self._bot.process)
        after = cpu_seconds(self._bot.process)
        assert before is not None
        assert after is not None
        return (after - before) / len(requests) * 1_000

    async def _revealed(self, count: int) -> None:
        """Fail unless each press was a reveal."""
        stream = self._harness.runner.key("audit")
        newest: Any = await self._harness.redis.xrevrange(stream, count=2 * count)
        found = sum(fields["event"] == "grant.revealed" for _, fields in newest)
        assert found == count, f"{found} of {count} presses revealed"


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
    return [
        _row("a filing", now.filing, before.filing),
        _row("a reveal", now.revealing, before.revealing),
    ]


async def _subject(stack: contextlib.AsyncExitStack, cores: Cores, folder: Path, checkout: Path) -> Subject:
    harness = await stack.enter_async_context(open_harness(cores, folder))
    return Subject(harness, await stack.enter_async_context(harness.bot(checkout=checkout)))


def _row(what: str, now: list[float], before: list[float]) -> Row:
    ratio = middle(now) / middle(before)
    return Row(
        f"processor time of {what}, with what the relay draws",
        milliseconds(middle(now)),
        f"the version before {milliseconds(middle(before))}",
        ratio,
        _GOAL,
    )
