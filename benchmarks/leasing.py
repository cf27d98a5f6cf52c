"""A login of PostgreSQL for one use: beside asyncpg alone, and whether the access lists grow."""

import itertools
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

import asyncpg

from benchmarks.harness import open_harness
from benchmarks.machine import Cores
from benchmarks.scale import Scale
from benchmarks.table import Goal, Row, milliseconds
from envaccess.application.grants.reveal import hand_over
from envaccess.domain.delivery import Delivered
from envaccess.domain.leases import Gone, HeldLease, LeaseIntent, TimeLeft, lease_id
from envaccess.domain.outcome import Claim, Failure
from envaccess.domain.refusal import Refusal
from envaccess.domain.sources.places import LeasePlace
from envaccess.domain.variable import Variable
from envaccess.slack.calls import call, taken
from envaccess.slack.client import SlackClient
from envaccess.slack.render.blocks import say
from envaccess.sources.postgres import scram
from envaccess.sources.postgres.leases import PostgresLeases
from envaccess.sources.postgres.session import Server
from envaccess.sources.postgres.source import PostgresSource
from tests.fakes.postgres_server import VERSIONS, binaries, start
from tests.store.harness import StoreHarness
from tests.store.leasing import A, Leasing

_EACH = 20
_GOAL = Goal(1.5)
_SETUP = """
CREATE ROLE bench_ro; CREATE TABLE bench (id int); GRANT SELECT ON bench TO bench_ro;
CREATE ROLE bench_minter LOGIN CREATEROLE PASSWORD 'value-for-tests';
GRANT pg_signal_backend TO bench_minter; GRANT bench_ro TO bench_minter WITH ADMIN OPTION
"""
_ITEMS = """
SELECT (SELECT cardinality(relacl) FROM pg_class WHERE relname = 'bench')
  + (SELECT count(*) FROM pg_shdepend WHERE refobjid = 'bench_ro'::regrole)
"""


_PLACE = LeasePlace(A, "pg", {"group": "bench_ro", "database": "postgres"})


class _Shows:
    """Fits `ports.delivery.Delivery`: a message with the value, to the stand-in for Slack."""

    def __init__(self, slack: SlackClient) -> None:
        self._slack = slack

    async def prepare(self, person: str) -> str:
        return f"D{person}"

    async def deliver(self, claim: Claim, values: Mapping[Variable, str]) -> Delivered:
        await self.show(claim.place, values[A])
        return Delivered()

    async def show(self, place: str, text: str) -> None:
        shown = say(text)
        body = {"channel": place, "text": shown.text, "blocks": shown.blocks}
        taken(await call(self._slack.background, "chat.postMessage", json=body))


@dataclass(frozen=True, slots=True)
class _Bench:
    """One server.

    Attributes:
        shows: shows a value in the stand-in for Slack.
        used: numbers, each of one login.
    """

    server: Server
    dsn: str
    admin: str
    alone: str
    shows: _Shows
    used: Iterator[int]

    async def ours(self, leases: PostgresLeases) -> HeldLease:
        """A lease is made, as a reveal has it made."""
        lease = lease_id("T0BENCH", "0request", 0, next(self.used))
        intent = LeaseIntent(lease, _PLACE, await leases.pin(lease, _PLACE))
        minted = await leases.mint(intent, TimeLeft(300_000, time.monotonic))
        return HeldLease(lease, _PLACE.variable, "pg", minted.pinned)

    async def first(self) -> None:
        """The same, by a source that has nothing open."""
        source = PostgresSource(self.server)
        await self.ours(source)
        await source.close()

    async def alone_made(self) -> str:
        """The same role by the driver alone: no look at the group, nothing that finds it again."""
        session, role = await asyncpg.connect(self.dsn, statement_cache_size=0), f"bare_{next(self.used)}"
        until = await session.fetchval("SELECT (clock_timestamp() + make_interval(secs => 300))::text")
        password = scram.new_password()
        await session.execute(
            f"CREATE ROLE {role} LOGIN PASSWORD '{scram.verifier(password)}'"
            f" VALID UNTIL '{until}'; GRANT bench_ro TO {role}{self.alone}"
        )
        await session.close()
        return f"postgresql://{role}:{password}@db/postgres"

    async def alone_shown(self) -> None:
        """That, and a message."""
        await self.shows.show("D0ALICE", await self.alone_made())

    async def items(self) -> int:
        """How long the access lists are."""
        session = await asyncpg.connect(self.admin)
        found = int(await session.fetchval(_ITEMS))
        await session.close()
        return found


async def run(scale: Scale, cores: Cores, folder: Path) -> list[Row]:
    """Both on each version that is installed, in interleaved rounds; then many, made and ended."""
    rows: list[Row] = []
    async with open_harness(cores, folder, slack_limits=False) as harness:
        slack = SlackClient("xoxb-benchmark", f"http://127.0.0.1:{harness.slack}/api/", loopback=True)
        for version in VERSIONS:
            if binaries(version) is None:
                rows.append(Row(f"PostgreSQL {version}", "not installed"))
                continue
            bench = await _prepared(version, _Shows(slack))
            store = StoreHarness(harness.redis, f"T0PG{version}")
            await store.add("A")
            rows += [*await _making(scale, bench, store, version), await _keeping(scale, bench, version)]
        await slack.close()
    return rows


async def _prepared(version: str, shows: _Shows) -> _Bench:
    server = start(version)
    session = await asyncpg.connect(server.admin)
    await session.execute(_SETUP)
    await session.close()
    dsn = server.dsn("bench_minter", "value-for-tests", "postgres")
    alone = "" if version == "15" else " WITH INHERIT TRUE, SET FALSE"
    minter = Server("pg", lambda: dsn, unsafe_15=True)
    return _Bench(minter, dsn, server.admin, alone, shows, itertools.count(1))


async def _making(scale: Scale, bench: _Bench, store: StoreHarness, version: str) -> list[Row]:
    """Made alone by a source that did nothing for some seconds, one after the other, and shown to people."""
    source, leasing = PostgresSource(bench.server), Leasing(store)
    leasing.sources.options = dict(_PLACE.options)
    leasing.made_by(source)
    took: dict[str, list[float]] = {"driver": [], "first": [], "next": [], "driver, shown": [], "shown": []}
    for _ in range(scale.rounds * _EACH):
        request = await store.grant("A")
        ways: dict[str, Callable[[], Awaitable[object]]] = {
            "driver": bench.alone_made,
            "first": bench.first,
            "next": partial(bench.ours, source),
            "driver, shown": bench.alone_shown,
            "shown": partial(_reveal, leasing, bench.shows, request),
        }
        for which, makes in ways.items():
            began = time.perf_counter()
            outcome = await makes()
            took[which].append((time.perf_counter() - began) * 1000)
            assert not isinstance(outcome, Failure | Refusal), outcome
        await store.revoke(request)
        await leasing.work()
    await source.close()
    middles = {which: median(times) for which, times in took.items()}
    return [
        _beside(f"a login is made after a pause (PostgreSQL {version})", middles["first"], middles["driver"]),
        _beside(f"a login is made after others (PostgreSQL {version})", middles["next"], middles["driver"]),
        _beside(f"one is made and shown (PostgreSQL {version})", middles["shown"], middles["driver, shown"]),
    ]


async def _reveal(leasing: Leasing, shows: _Shows, request: str) -> Failure | Refusal | None:
    claim = await leasing.store.claim(request)
    return claim if isinstance(claim, Refusal) else await hand_over(leasing.context, claim, shows)


def _beside(what: str, ours: float, alone: float) -> Row:
    return Row(what, milliseconds(ours), f"asyncpg alone {milliseconds(alone)}", ours / alone, _GOAL)


async def _keeping(scale: Scale, bench: _Bench, version: str) -> Row:
    before, count = await bench.items(), scale.items * 3 // 200
    began = time.perf_counter()
    source = PostgresSource(bench.server)
    for _ in range(count):
        assert await source.revoke(await bench.ours(source)) == Gone()
    each = (time.perf_counter() - began) / count * 1000
    await source.close()
    grown = await bench.items() - before
    what = f"{count} logins made and ended (PostgreSQL {version})"
    return Row(
        what, f"{each:.1f} ms each", f"access lists {before} items", None, Goal(0, unit=" more"), grown
    )
