"""Filing a request beside a million old ones, and beside none."""

import time
from pathlib import Path

from redis import RedisError

from benchmarks.children import until
from benchmarks.harness import BenchmarkHarness, open_harness
from benchmarks.machine import Cores
from benchmarks.payloads import VARIABLE_NAMES
from benchmarks.scale import Scale
from benchmarks.seeding import REASON, new_ids, seed_old
from benchmarks.slack_stub import APPROVERS
from benchmarks.table import Goal, Row, middle, milliseconds
from envaccess.domain.catalogue import incarnations_of
from envaccess.domain.duration import Duration
from envaccess.domain.outcome import Filed, NewRequest
from envaccess.domain.policy.principal_set import PrincipalSet
from envaccess.domain.policy.rules import Step
from envaccess.domain.policy.ruling import Ruling
from envaccess.domain.variable import Variable
from envaccess.store.catalogue import RedisCatalogue
from envaccess.store.client import Client
from envaccess.wiring.parts import RandomIds

RULING = Ruling(APPROVERS, (Step(PrincipalSet((APPROVERS,))),))
_EACH = 100
"""Old requests of one person: seven or eight of them in the last thirty days."""
_DAYS = 400
_PATIENCE = 60.0
_DAY = 86_400_000


async def run(scale: Scale, cores: Cores, folder: Path) -> list[Row]:
    """Two servers, one full and one empty, by turns. The people who file have the old requests."""
    async with (
        open_harness(cores, folder / "full") as full,
        open_harness(cores, folder / "empty") as empty,
    ):
        people = [f"U0OLD{number:08}" for number in range(max(scale.fresh, scale.old // _EACH))]
        for harness in (full, empty):
            await harness.redis.config_set("appendonly", "no")  # the log would take as much memory again
        await _fill(full, scale.old, people)
        for harness in (full, empty):
            await _restart(harness)
        times: dict[str, list[float]] = {"full": [], "empty": []}
        for number in range(scale.rounds):
            part = [people[(number * scale.fresh + place) % len(people)] for place in range(scale.fresh)]
            times["empty"].append(await _file(empty, part, number))
            times["full"].append(await _file(full, part, number))
    ours, limit = middle(times["full"]), middle(times["empty"])
    what = f"filing (Redis step) beside {scale.old:,} old requests"
    return [
        Row(what, f"p50 {milliseconds(ours)}", f"beside none {milliseconds(limit)}", ours / limit, Goal(1.1))
    ]


async def _fill(harness: BenchmarkHarness, count: int, people: list[str]) -> None:
    now = int(time.time() * 1000)
    made = [now - _DAYS * _DAY + place * _DAYS * _DAY // count for place in range(count)]
    await seed_old(harness.runner, made, people, [f"default/{name}" for name in VARIABLE_NAMES])


async def _restart(harness: BenchmarkHarness) -> None:
    """Have the server write everything down and start anew, with memory that no filling has torn up.

    The wheel's server has glibc's allocator: in a heap full of small holes every Lua string costs three
    times as much.
    """
    redis = harness.redis
    await redis.config_set("appendonly", "yes")
    await until(lambda: _has_written(redis), _PATIENCE)
    await redis.shutdown(nosave=True)
    await until(lambda: _serves(redis), _PATIENCE)  # the embedded server's watcher starts it again


async def _has_written(redis: Client) -> bool:
    facts = await redis.info("persistence")
    return not (facts["aof_rewrite_in_progress"] or facts["aof_rewrite_scheduled"])


async def _serves(redis: Client) -> bool:
    try:
        return bool(await redis.ping())
    except RedisError:
        return False


async def _file(harness: BenchmarkHarness, people: list[str], number: int) -> float:
    """The median of filing once for each of these people, in milliseconds."""
    requests, ids, times = await harness.requests(), RandomIds(), []
    variable = Variable("default", VARIABLE_NAMES[number % len(VARIABLE_NAMES)])
    catalogue = RedisCatalogue(harness.runner, (await harness.reader()).sealing)
    meant = incarnations_of(await catalogue.get([variable]), [variable])
    for person, made in zip(people, new_ids(len(people)), strict=True):
        new = NewRequest(made, person, (variable,), Duration(3600), REASON, RULING, meant)
        began = time.perf_counter()
        filed = await requests.open(ids.operation(), new)
        times.append((time.perf_counter() - began) * 1000)
        assert isinstance(filed, Filed), filed
    return middle(times)
