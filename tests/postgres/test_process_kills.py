"""`kill -9` of real processes between any two steps of a login's life at a real PostgreSQL.

A step is a call of Redis or a statement of the database, and a process may die before it, while it is on its
way, or after its answer. Ten such deaths are played; `--kills=1000` plays every one.
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pytest

from envaccess.store.client import Client
from tests.fakes.postgres import Tenant, login, server_of, tenant_of, works
from tests.postgres.conftest import run_folder
from tests.postgres.mortal_process import MOMENTS
from tests.scenario.watch import comes_true
from tests.store.harness import StoreHarness
from tests.store.leasing import Leasing

pytestmark = pytest.mark.real
Life = Callable[[Client, "Mortals", int, str], Awaitable[bool]]
ROOT = Path(__file__).parents[2]
EVERY = 1_000
ROLES = "SELECT count(*) FROM pg_roles WHERE starts_with(rolname, 'ev_' || $1 || '_')"
BACKENDS = "SELECT count(*) FROM pg_stat_activity WHERE usename = $1"
SESSIONS = "SELECT count(*) FROM pg_stat_activity WHERE starts_with(usename, 'ev_' || $1 || '_')"


@pytest.fixture
async def postgres_18(tmp_path_factory: pytest.TempPathFactory) -> Tenant:
    return await tenant_of(server_of("18", run_folder(tmp_path_factory)))


@dataclass
class Mortals:
    """Starts processes that are killed."""

    asks: IO[str]
    answers: IO[str]
    folder: Path
    redis: str
    tenant: Tenant
    count: int = 0

    async def live(self, workspace: str, does: str, request: str, step: int, moment: str) -> tuple[bool, str]:
        """Let one live until that step; whether it was killed there, and what it showed somebody."""
        self.count += 1
        said = self.folder / f"{self.count}"
        told = {
            "redis": self.redis, "workspace": workspace, "options": dict(self.tenant.place().options),
            "dsn": self.tenant.dsn(), "does": does, "request": request, "op": f"mortal-{self.count}",
            "step": step, "moment": moment, "said": str(said),
        }  # fmt: skip

        def wait() -> bool:
            self.asks.write(json.dumps(told) + "\n")
            self.asks.flush()
            return bool(json.loads(self.answers.readline()))

        killed = await asyncio.to_thread(wait)

        async def is_forgotten() -> bool:
            return not await self.tenant.ask(BACKENDS, self.tenant.minter)

        await comes_true(
            is_forgotten
        )  # its statement that was on its way is over: no grace of ours is as short
        return killed, said.read_text() if said.exists() else ""


@pytest.fixture
async def mortals(valkey: str, postgres_18: Tenant, tmp_path: Path) -> AsyncIterator[Mortals]:
    pipe = subprocess.PIPE
    words = (sys.executable, "-m", "tests.postgres.mortal_process")
    with subprocess.Popen(words, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as program:  # noqa: ASYNC220, S603
        assert program.stdin
        assert program.stdout
        yield Mortals(program.stdin, program.stdout, tmp_path, valkey, postgres_18)


async def workspace(client: Client, name: str, tenant: Tenant) -> Leasing:
    store = StoreHarness(client, name)
    await store.add("A")
    leasing = Leasing(store)
    leasing.sources.options = dict(tenant.place().options)
    leasing.made_by(tenant.leases())
    return leasing


async def check_gone(leasing: Leasing, tenant: Tenant) -> None:
    """No stray, no session, and one event for each end."""
    name = leasing.store.workspace
    assert (await tenant.ask(ROLES, name), await tenant.ask(SESSIONS, name)) == (0, 0)
    assert await leasing.kept() == []
    events = await leasing.store.events()
    intended = [one.detail["lease"] for one in events if one.event == "lease.intended"]
    revoked = [one.detail["lease"] for one in events if one.event == "lease.revoked"]
    assert sorted(revoked) == sorted(set(intended)) == sorted(intended)
    assert "lease.ending" not in [one.event for one in events], "nothing had to be found as overdue"


async def killed_while_revealing(client: Client, mortals: Mortals, step: int, moment: str) -> bool:
    name = f"{mortals.tenant.workspace}R{mortals.count}"
    leasing = await workspace(client, name, mortals.tenant)
    request = await leasing.store.grant("A")
    killed, value = await mortals.live(name, "reveal", request, step, moment)
    leasing.start()
    await leasing.work(1)
    if value:
        assert await works(value), "what somebody was shown works until the access ends"
    await leasing.pass_time(31)
    roles = await mortals.tenant.ask(ROLES, name)
    assert roles == len(await leasing.kept()), "what is there is known, and ends with its grant"
    assert roles == 1 or not value
    await leasing.pass_time(3_602)
    assert not value or not await works(value)
    await check_gone(leasing, mortals.tenant)
    return killed


async def killed_while_ending(client: Client, mortals: Mortals, step: int, moment: str) -> bool:
    name = f"{mortals.tenant.workspace}E{mortals.count}"
    leasing = await workspace(client, name, mortals.tenant)
    request, value = await leasing.granted()
    async with login(value):
        await leasing.store.revoke(request)
        killed, _ = await mortals.live(name, "end", request, step, moment)
        leasing.start()
        await leasing.pass_time(21)  # what it had taken is free by then
    assert not await works(value)
    await check_gone(leasing, mortals.tenant)
    return killed


async def test_process_that_is_killed_leaves_no_login_that_outlives_its_grant_and_no_end_is_told_twice(
    redis: Client, mortals: Mortals, request: pytest.FixtureRequest
) -> None:
    whole = request.config.getoption("--kills") >= EVERY
    deaths = [
        await _deaths(redis, mortals, life, apart, whole=whole)
        for life, apart in ((killed_while_revealing, 2), (killed_while_ending, 4))
    ]
    assert min(deaths) >= (25 if whole else 4), deaths


async def _deaths(client: Client, mortals: Mortals, life: Life, apart: int, *, whole: bool) -> int:
    """Every step of a life and each moment of it, or a step here and there."""
    deaths = 0
    for number in range(EVERY if whole else 5):
        step, moments = (number, MOMENTS) if whole else (1 + number * apart, (MOMENTS[number % 3],))
        killed = [await life(client, mortals, step, moment) for moment in moments]
        deaths += sum(killed)
        if not any(killed):
            break
    return deaths
