"""`/envaccess` filed and acked, beside servers that do less: how much of the time is ours."""

import contextlib
from collections.abc import Mapping
from pathlib import Path

from benchmarks import load
from benchmarks.children import quiet
from benchmarks.harness import SLACK_MILLISECONDS, BenchmarkHarness, Bot, open_house
from benchmarks.machine import Cores
from benchmarks.payloads import PER_PERSON, commands, new_people, searches
from benchmarks.scale import Scale
from benchmarks.table import Goal, Row, middle, milliseconds

CONNECTIONS = 32
FILED = b"Filed as request"
_STAND_INS = ("signature", "empty", "lean", "script", "asking")
_KNOWN, _UNKNOWN = "known", "unknown"

Rounds = dict[str, list[load.Outcome]]


async def run(scale: Scale, cores: Cores, folder: Path) -> list[Row]:
    """Every server in turn, round after round, so that whatever disturbs the machine disturbs all of them."""
    async with (
        open_house(cores, folder, slack_milliseconds=SLACK_MILLISECONDS) as harness,
        contextlib.AsyncExitStack() as stack,
    ):
        bots = {kind: await stack.enter_async_context(harness.stand_in(kind)) for kind in _STAND_INS}
        bots[_KNOWN] = bots[_UNKNOWN] = await stack.enter_async_context(harness.bot())
        await _play(harness, bots, connections=CONNECTIONS, rounds=1, count=scale.filings // 4)
        many = await _play(harness, bots, connections=CONNECTIONS, rounds=scale.rounds, count=scale.filings)
        single = await _play(harness, bots, connections=1, rounds=scale.rounds, count=scale.filings // 5)
    return [*_rates(many), *_times(single)]


async def _play(
    harness: BenchmarkHarness, bots: Mapping[str, Bot], *, connections: int, rounds: int, count: int
) -> Rounds:
    outcomes: Rounds = {kind: [] for kind in bots}
    for _ in range(rounds):
        for kind, bot in bots.items():
            outcomes[kind].append(await _round(harness, bot, kind, connections, count))
    return outcomes


async def _round(
    harness: BenchmarkHarness, bot: Bot, kind: str, connections: int, count: int
) -> load.Outcome:
    people = new_people(count, 1 if kind == _UNKNOWN else PER_PERSON)
    if kind == _KNOWN:
        await load.press(bot.port, searches(people), connections=CONNECTIONS)
        await load.press(bot.port, commands(new_people(1, 1), 1), connections=1, wanted=FILED)
    await quiet(bot.process)
    wanted = FILED if kind in {_KNOWN, _UNKNOWN} else b""
    outcome = await load.press(bot.port, commands(people, count), connections=connections, wanted=wanted)
    await harness.forget_drawings()
    await quiet(bot.process)
    return outcome


def _rates(rounds: Rounds) -> list[Row]:
    rate = {kind: middle(outcome.rate for outcome in outcomes) for kind, outcomes in rounds.items()}

    def row(what: str, kind: str, beside: str = "empty", goal: Goal | None = None) -> Row:
        names = {"empty": "empty Bolt listener", "asking": "the same in Bolt alone"}
        return Row(
            what,
            f"{rate[kind]:,.0f} req/s",
            f"{names[beside]} {rate[beside]:,.0f} req/s",
            rate[kind] / rate[beside],
            goal,
        )

    return [
        row("signature check and parse, no Bolt", "signature"),
        row("our door and our Bolt, empty listener", "lean"),
        row("empty Bolt + the script that files", "script"),
        row("`/envaccess` filed and acked, 32 connections", _KNOWN, goal=Goal(0.45, most=False)),
        row("empty Bolt + a Slack call + the script", "asking"),
        row("the same by people not seen for 10 s", _UNKNOWN),
    ]


def _times(rounds: Rounds) -> list[Row]:
    p50 = {kind: middle(middle(outcome.times) for outcome in outcomes) for kind, outcomes in rounds.items()}

    def row(what: str, kind: str, goal: Goal | None = None) -> Row:
        beside = f"empty Bolt listener {milliseconds(p50['empty'])}"
        return Row(what, f"p50 {milliseconds(p50[kind])}", beside, p50[kind] / p50["empty"], goal)

    return [
        row("one connection: empty Bolt + the script", "script"),
        row("one connection: `/envaccess` filed and acked", _KNOWN, Goal(4)),
        row("one connection: people not seen for 10 s", _UNKNOWN),
    ]
