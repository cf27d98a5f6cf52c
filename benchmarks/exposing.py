"""The ledger: a leaver's list over 100,000 exposures, and what writing one down adds to a reveal.

What it adds to a whole reveal through Slack, `sealing` measures beside a version without it (`--before`).
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

from benchmarks.harness import BenchmarkHarness, open_harness
from benchmarks.machine import Cores
from benchmarks.payloads import VARIABLE_NAMES
from benchmarks.scale import Scale
from benchmarks.seeding import holder, seed_live
from benchmarks.table import Goal, Row, middle, milliseconds
from envaccess.crypto.keys import Keyring, MasterKey
from envaccess.domain.exposure import Seer, SeerKind
from envaccess.domain.outcome import Claim
from envaccess.domain.sources.value import Value
from envaccess.domain.variable import Variable
from envaccess.store.ledger import RedisLedger
from envaccess.store.reveals import RedisReveals
from envaccess.wiring.ledger_key import open_ledger
from envaccess.wiring.parts import RandomIds

_LEAVER: Final = Seer(SeerKind.PERSON, "U0LEAVER")
_EXPOSURES: Final = 100_000
_PAGE: Final = 10_000
_SHOWN: Final = 100
_HOURS: Final = 3_600_000
_A: Final = Variable("default", VARIABLE_NAMES[0])


async def run(scale: Scale, cores: Cores, folder: Path) -> list[Row]:
    """One person who has seen 100,000 values that are current; then steps of reveals, in turns."""
    async with open_harness(cores, folder) as harness:
        ledger = open_ledger(harness.runner, Keyring((MasterKey(harness.key),)), _workspace(harness))
        await _seed(harness)
        times = [await _timed(lambda: _list(ledger)) for _ in range(scale.rounds * 3)]
        listed = middle(times) * 1_000
        steps = await _steps(harness, ledger, scale)
    claims, sees = steps
    return [
        Row(
            f"the first {_SHOWN} of a leaver's {_EXPOSURES:,} exposures, and how many there are",
            milliseconds(listed),
            goal=Goal(50),
            number=listed,
        ),
        Row(
            "writing down who sees a value",
            milliseconds(sees),
            f"claiming it {milliseconds(claims)}",
            sees / claims,
        ),
    ]


def _workspace(harness: BenchmarkHarness) -> str:
    return harness.runner.prefix.partition("{")[2].partition("}")[0]


async def _list(ledger: RedisLedger) -> None:
    page = await ledger.exposed(_LEAVER, 0, _SHOWN)
    assert (len(page.found), page.total) == (_SHOWN, _EXPOSURES)


async def _timed(act: Callable[[], Awaitable[None]]) -> float:
    begun = time.perf_counter()
    await act()
    return time.perf_counter() - begun


async def _seed(harness: BenchmarkHarness) -> None:
    """As the scripts leave it when so many values were shown to one person."""
    key, now, seer = harness.runner.key, int(time.time() * 1_000), str(_LEAVER)
    for start in range(0, _EXPOSURES, _PAGE):
        pipe: Any = harness.redis.pipeline(transaction=False)
        for number in range(start, start + _PAGE):
            name, mark = f"default/SEEN_{number}", f"{number:016x}"
            value, at = f"{name}~{mark}", now - number
            pipe.hset(key("current", name), mark, f"{at};kept;1")
            pipe.hset(key("seen", value), seer, f"{at};{at};slack=1")
            pipe.zadd(key("seen_people", value), {seer: at})
            pipe.zadd(key("exposed", seer), {value: at})
            pipe.zadd(key("exposures"), {name: 1})
        await pipe.execute()


async def _steps(harness: BenchmarkHarness, ledger: RedisLedger, scale: Scale) -> tuple[float, float]:
    """Milliseconds of a claim, and of the step of the ledger after it."""
    ends = [int(time.time() * 1_000) + _HOURS]
    ((grant, _),) = (await seed_live(harness.runner, ends, str(_A), each=1)).items()
    reveals, ids = RedisReveals(harness.runner, await harness.reader(), RandomIds().operation), RandomIds()
    request, person = grant if isinstance(grant, tuple) else (grant, holder(0))
    claims, sees = list[float](), list[float]()
    for _ in range(scale.approvals * 4):
        begun = time.perf_counter()
        claimed = await reveals.claim(ids.operation(), request, person)
        claims.append(time.perf_counter() - begun)
        assert isinstance(claimed, Claim), claimed
        begun = time.perf_counter()
        await ledger.see(claimed, {_A: Value("value-for-tests", "1")}, int(time.time() * 1_000))
        sees.append(time.perf_counter() - begun)
        await asyncio.sleep(0)
    return middle(claims) * 1_000, middle(sees) * 1_000
