"""`kill -9` around any call of a rotation, to the store or to a real PostgreSQL: the value always logs in.

A plain run kills at a few of the calls, `--kills=200` at each of them.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest

from envaccess.crypto.sealing import Sealer
from envaccess.domain.sources.rotation_rule import RotationRule, RotatorKind
from envaccess.sources.postgres.rotating import PostgresRotator
from envaccess.sources.postgres.session import Server
from envaccess.sources.sealed import SealedSource
from envaccess.store.client import Client
from tests.fakes.postgres import DB_URL, RotatedRoles, Tenant, rotated_roles, works
from tests.store.harness import KEYRING, OPERATOR, StoreHarness
from tests.store.whole_rotations import Called, KilledError, Process, WholeRotations, kills

CALLS = 90
"""More than a rotation makes; beyond the last one nothing is killed."""


@dataclass(frozen=True)
class CalledServer(Server):
    """A server each of whose statements, logins and goodbyes is a call of a process."""

    process: Process = field(default_factory=Process)

    async def _open(self, *args: Any) -> Any:
        opened: list[Any] = []

        async def connect() -> None:
            opened.append(await Server._open(self, *args))

        try:
            await self.process.call(connect)
        except KilledError:
            for session in opened:  # as the system does with what a process had open
                session.terminate()
            raise
        return CalledSession(opened[0], self.process)


class CalledSession(Called):
    """A session; what the driver answers at once is no call."""

    def __getattr__(self, name: str) -> Any:
        if name in {"get_server_version", "terminate", "close"}:
            return getattr(self._inner, name)
        if name == "transaction":
            return self._inner.transaction  # type: ignore[attr-defined]
        return super().__getattr__(name)


@dataclass
class Rotated:
    roles: RotatedRoles
    whole: WholeRotations

    async def may_log_in(self) -> int:
        query = "SELECT count(*) FROM pg_roles WHERE rolcanlogin AND rolname = ANY($1)"
        return int(await self.roles.tenant.ask(query, list(self.roles.roles)))


@pytest.fixture
async def rotated(tenant: Tenant, redis: Client) -> Rotated:
    harness, roles = StoreHarness(redis), await rotated_roles(tenant)
    sealed = SealedSource(harness.sealed, Sealer(KEYRING), harness.workspace, harness.ledger)
    await sealed.write("first", DB_URL, roles.first, OPERATOR, replace=False)
    rule = RotationRule(RotatorKind.POSTGRES, url=roles.url, roles=roles.roles, source="pg")

    def rotator(process: Process) -> PostgresRotator:
        return PostgresRotator(CalledServer("pg", roles.tenant.dsn, unsafe_15=True, process=process))

    def place(process: Process) -> Any:
        return Called(sealed, process)

    return Rotated(roles, WholeRotations(harness, DB_URL, rule, place, rotator))


async def test_killed_around_any_call_the_value_logs_in_and_what_was_seen_ends(
    rotated: Rotated, pytestconfig: pytest.Config
) -> None:
    whole, killed = rotated.whole, 0
    for count, process in enumerate(kills(CALLS, pytestconfig.getoption("kills")), 1):
        where = f"killed {'before' if process.before else 'after'} call {process.at}"
        seen = await whole.shown()
        await whole.due()
        killed += await whole.killed(process)
        assert await works(await whole.shown()), where
        await whole.run(whole.driver(Process()))
        assert await works(await whole.shown()), where
        assert not await works(seen), where
        assert await rotated.may_log_in() == 1, where
        tags = [event.event for event in await whole.harness.events()]
        assert tags.count("rotation.done") == tags.count("rotation.due") == count, where
    assert killed


async def test_two_replicas_at_once_rotate_once(rotated: Rotated, pytestconfig: pytest.Config) -> None:
    whole = rotated.whole
    for _ in range(pytestconfig.getoption("races_tried")):
        seen = await whole.shown()
        await whole.due()
        before = (await whole.current()).version
        while going := await whole.open():
            drivers = (whole.driver(Process()), whole.driver(Process()))
            await asyncio.gather(*(driver.step(one) for one in going for driver in drivers))
        assert int((await whole.current()).version) == int(before) + 1, "published once"
        assert await works(await whole.shown())
        assert not await works(seen)
    tags = [event.event for event in await whole.harness.events()]
    assert tags.count("rotation.due") == tags.count("rotation.done")
