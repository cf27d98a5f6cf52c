"""`/envaccess` filed and acked, beside servers that do less: how much of the time is ours."""

import contextlib
import math
from dataclasses import dataclass
from pathlib import Path

from benchmarks import load
from benchmarks.children import quiet
from benchmarks.harness import SLACK_MILLISECONDS, BenchmarkHarness, Bot, open_harness
from benchmarks.machine import Cores, cpu_seconds
from benchmarks.payloads import PER_PERSON, commands, new_people, searches
from benchmarks.scale import Scale
from benchmarks.table import Goal, Row, middle, milliseconds

CONNECTIONS = 32
FILED = b"Filed as request"
_STAND_INS = ("signature", "empty", "lean", "script", "asking")
_KNOWN, _UNKNOWN, _BEFORE = "known", "unknown", "before"
_NAMES = {
    "signature": "signature check and parse, no Bolt",
    "lean": "our endpoint and our Bolt, empty listener",
    "script": "empty Bolt + the script that files",
    _KNOWN: "`/envaccess` filed and acked",
    _BEFORE: "`/envaccess` filed and acked, the version before",
    "asking": "empty Bolt + a Slack call + the script",
    _UNKNOWN: "the same by people not seen for 10 s",
}


@dataclass(frozen=True, slots=True)
class _Round:
    """One round of one server.

    Attributes:
        cpu: milliseconds of processor time a request.
    """

    load: load.Outcome
    cpu: float


Subjects = dict[str, tuple[BenchmarkHarness, Bot]]
"""Each server and its surroundings. Two versions share none: the one would draw what the other filed."""
Rounds = dict[str, list[_Round]]


async def run(scale: Scale, cores: Cores, folder: Path) -> list[Row]:
    """Every server in turn, round after round, so that whatever disturbs the machine disturbs all of them."""
    async with contextlib.AsyncExitStack() as stack:
        subjects = await _start(stack, scale, cores, folder)
        await _play(subjects, connections=CONNECTIONS, rounds=1, count=scale.filings // 4)
        many = await _play(subjects, connections=CONNECTIONS, rounds=scale.rounds, count=scale.filings)
        single = await _play(subjects, connections=1, rounds=scale.rounds, count=scale.filings // 5)
    return [*_rates(many), *_costs(many), *_times(single)]


async def _start(stack: contextlib.AsyncExitStack, scale: Scale, cores: Cores, folder: Path) -> Subjects:
    async def surroundings(name: str) -> BenchmarkHarness:
        return await stack.enter_async_context(
            open_harness(cores, folder / name, slack_milliseconds=SLACK_MILLISECONDS)
        )

    harness = await surroundings("now")
    subjects = {
        kind: (harness, await stack.enter_async_context(harness.stand_in(kind))) for kind in _STAND_INS
    }
    subjects[_KNOWN] = subjects[_UNKNOWN] = harness, await stack.enter_async_context(harness.bot())
    if scale.before:
        other = await surroundings("before")
        subjects[_BEFORE] = other, await stack.enter_async_context(other.bot(checkout=scale.before))
    return subjects


async def _play(subjects: Subjects, *, connections: int, rounds: int, count: int) -> Rounds:
    outcomes: Rounds = {kind: [] for kind in subjects}
    for _ in range(rounds):
        for kind, (harness, bot) in subjects.items():
            outcomes[kind].append(await _round(harness, bot, kind, connections, count))
    return outcomes


async def _round(harness: BenchmarkHarness, bot: Bot, kind: str, connections: int, count: int) -> _Round:
    people = new_people(count, 1 if kind == _UNKNOWN else PER_PERSON)
    if kind in {_KNOWN, _BEFORE}:
        await load.press(bot.port, searches(people), connections=CONNECTIONS)
        await load.press(bot.port, commands(new_people(1, 1), 1), connections=1, wanted=FILED)
    await quiet(bot.process)
    wanted = FILED if kind in {_KNOWN, _BEFORE, _UNKNOWN} else b""
    before = cpu_seconds(bot.process)
    outcome = await load.press(bot.port, commands(people, count), connections=connections, wanted=wanted)
    after = cpu_seconds(bot.process)
    await harness.forget_drawings()
    await quiet(bot.process)
    spent = after - before if before is not None and after is not None else math.nan
    return _Round(outcome, spent / count * 1000)


def _rates(rounds: Rounds) -> list[Row]:
    rate = {kind: middle(each.load.rate for each in outcomes) for kind, outcomes in rounds.items()}
    beside = f"empty Bolt listener {rate['empty']:,.0f} req/s"
    return [
        Row(
            f"{name}, {CONNECTIONS} connections",
            f"{rate[kind]:,.0f} req/s",
            beside,
            rate[kind] / rate["empty"],
            Goal(0.45, most=False) if kind == _KNOWN else None,
        )
        for kind, name in _NAMES.items()
        if kind in rate
    ]


def _costs(rounds: Rounds) -> list[Row]:
    """Processor time, which depends less on what else the machine does."""
    cpu = {kind: middle(each.cpu for each in outcomes) for kind, outcomes in rounds.items()}
    beside = f"empty Bolt listener {milliseconds(cpu['empty'])}"
    return [
        Row(
            f"processor time a request: {_NAMES[kind]}",
            milliseconds(cpu[kind]),
            beside,
            cpu[kind] / cpu["empty"],
        )
        for kind in ("script", _KNOWN, _BEFORE)
        if kind in cpu
    ]


def _times(rounds: Rounds) -> list[Row]:
    p50 = {kind: middle(middle(each.load.times) for each in outcomes) for kind, outcomes in rounds.items()}
    beside = f"empty Bolt listener {milliseconds(p50['empty'])}"
    return [
        Row(
            f"one connection: {_NAMES[kind]}",
            f"p50 {milliseconds(p50[kind])}",
            beside,
            p50[kind] / p50["empty"],
            Goal(4) if kind == _KNOWN else None,
        )
        for kind in ("script", _KNOWN, _BEFORE, _UNKNOWN)
        if kind in p50
    ]
