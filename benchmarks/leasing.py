"""A login of PostgreSQL for one use: beside asyncpg alone, and whether the access lists grow."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import asyncpg

from benchmarks.machine import Cores
from benchmarks.scale import Scale
from benchmarks.table import Goal, Row
from envaccess.domain.leases import Gone, HeldLease, LeaseIntent, TimeLeft, lease_id
from envaccess.domain.sources.places import LeasePlace
from envaccess.domain.variable import Variable
from envaccess.sources.postgres import scram
from envaccess.sources.postgres.leases import PostgresLeases
from envaccess.sources.postgres.session import Server
from tests.fakes.postgres_server import VERSIONS, binaries, start

_EACH = 20
_GOAL = Goal(1.5)
_PLACE = LeasePlace(Variable("production", "DB_URL"), "pg", {"group": "bench_ro", "database": "postgres"})
_SETUP = """
CREATE ROLE bench_ro; CREATE TABLE bench (id int); GRANT SELECT ON bench TO bench_ro;
CREATE ROLE bench_minter LOGIN CREATEROLE PASSWORD 'value-for-tests';
GRANT pg_signal_backend TO bench_minter; GRANT bench_ro TO bench_minter WITH ADMIN OPTION
"""
_ITEMS = """
SELECT (SELECT cardinality(relacl) FROM pg_class WHERE relname = 'bench')
  + (SELECT count(*) FROM pg_shdepend WHERE refobjid = 'bench_ro'::regrole)
"""


@dataclass(frozen=True, slots=True)
class _Bench:
    leases: PostgresLeases
    dsn: str
    admin: str
    alone: str

    async def ours(self, use: int) -> HeldLease:
        """A lease is made, as a reveal has it made."""
        lease = lease_id("T0BENCH", "0request", 0, use)
        intent = LeaseIntent(lease, _PLACE, await self.leases.pin(lease, _PLACE))
        minted = await self.leases.mint(intent, TimeLeft(300_000, time.monotonic))
        return HeldLease(lease, _PLACE.variable, "pg", minted.pinned)

    async def bare(self, use: int) -> None:
        """The same role by the driver alone: no look at the group, nothing that finds it again."""
        session = await asyncpg.connect(self.dsn, statement_cache_size=0)
        until = await session.fetchval("SELECT (clock_timestamp() + make_interval(secs => 300))::text")
        await session.execute(
            f"CREATE ROLE bare_{use} LOGIN PASSWORD '{scram.verifier(scram.new_password())}'"
            f" VALID UNTIL '{until}'; GRANT bench_ro TO bare_{use}{self.alone}"
        )
        await session.close()

    async def items(self) -> int:
        """How long the access lists are."""
        session = await asyncpg.connect(self.admin)
        found = int(await session.fetchval(_ITEMS))
        await session.close()
        return found


async def run(scale: Scale, _cores: Cores, _folder: Path) -> list[Row]:
    """Both on each version that is installed, in interleaved rounds; then many, made and ended."""
    rows: list[Row] = []
    for version in VERSIONS:
        if binaries(version) is None:
            rows.append(Row(f"PostgreSQL {version}", "not installed"))
            continue
        bench = await _prepared(version)
        rows += [await _making(scale, bench, version), await _keeping(scale, bench, version)]
    return rows


async def _prepared(version: str) -> _Bench:
    server = start(version)
    session = await asyncpg.connect(server.admin)
    await session.execute(_SETUP)
    await session.close()
    dsn = server.dsn("bench_minter", "value-for-tests", "postgres")
    alone = "" if version == "15" else " WITH INHERIT TRUE, SET FALSE"
    return _Bench(PostgresLeases(Server("pg", lambda: dsn, unsafe_15=True)), dsn, server.admin, alone)


async def _making(scale: Scale, bench: _Bench, version: str) -> Row:
    taken: dict[str, list[float]] = {"ours": [], "bare": []}
    for rounds in range(scale.rounds):
        for which, makes in (("ours", bench.ours), ("bare", bench.bare)):
            first = rounds * _EACH
            taken[which] += [await _milliseconds(makes, use) for use in range(first + 1, first + _EACH + 1)]
    ours, bare = median(taken["ours"]), median(taken["bare"])
    what = f"a login is made (PostgreSQL {version})"
    return Row(what, f"{ours:.1f} ms", f"asyncpg alone {bare:.1f} ms", ours / bare, _GOAL)


async def _keeping(scale: Scale, bench: _Bench, version: str) -> Row:
    before, count = await bench.items(), scale.items * 3 // 200
    began = time.perf_counter()
    for use in range(count):
        assert await bench.leases.revoke(await bench.ours(100_000 + use)) == Gone()
    each = (time.perf_counter() - began) / count * 1000
    grown = await bench.items() - before
    what = f"{count} logins made and ended (PostgreSQL {version})"
    return Row(
        what, f"{each:.1f} ms each", f"access lists {before} items", None, Goal(0, unit=" more"), grown
    )


async def _milliseconds(makes: Callable[[int], Awaitable[Any]], use: int) -> float:
    began = time.perf_counter()
    await makes(use)
    return (time.perf_counter() - began) * 1000
