"""What a test has of a real PostgreSQL: a group, a minting role with the least privileges, and a superuser.

Groups, minting roles and databases are each test's own; the server is shared. Without a server the tests are
skipped, and say so.
"""

import itertools
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from envaccess.domain.leases import HeldLease, LeaseIntent, TimeLeft, lease_id
from envaccess.domain.sources.places import LeasePlace
from envaccess.domain.variable import Variable
from envaccess.sources.postgres import scram
from envaccess.sources.postgres.leases import PostgresLeases
from envaccess.sources.postgres.session import Server
from envaccess.sources.postgres.source import PostgresSource
from tests.fakes.postgres_server import PostgresServer, binaries, shared_server

DB_URL = Variable("production", "DB_URL")
PASSWORD = "value-for-tests"
_COUNT = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Lease:
    """A lease that was made.

    Attributes:
        intended: what was pinned before it was made, which is all that a killed process leaves.
    """

    held: HeldLease
    value: str
    intended: Mapping[str, str]

    @property
    def role(self) -> str:
        return self.held.id

    @property
    def oid(self) -> int:
        return int(self.held.pinned["oid"])


@dataclass(slots=True)
class Tenant:
    """One test's part of a server.

    Attributes:
        database: where its schema is; the superuser's own is `postgres`.
        group: may read and write the table `{schema}.orders`.
    """

    server: PostgresServer
    database: str
    name: str
    group: str
    minter: str
    options: dict[str, str] = field(default_factory=dict)
    unsafe_15: bool = True

    @property
    def schema(self) -> str:
        return self.name

    @property
    def is_15(self) -> bool:
        return self.server.version == "15"

    def dsn(self, database: str = "") -> str:
        """The DSN of the minting role."""
        return self.server.dsn(self.minter, PASSWORD, database or self.database)

    def source(self, *, dsn: str = "", pooler: str = "") -> Server:
        return Server("pg", lambda: dsn or self.dsn(), unsafe_15=self.unsafe_15, pooler=pooler)

    def leases(self, *, dsn: str = "") -> PostgresLeases:
        return PostgresLeases(self.source(dsn=dsn))

    @property
    def workspace(self) -> str:
        return self.name.upper().replace("_", "N")

    async def lease(
        self,
        request: str = "0request",
        *,
        use: int = 1,
        seconds: float = 300,
        by: PostgresLeases | None = None,
        **options: str,
    ) -> "Lease":
        """A lease that is made."""
        leases, place, found = (
            by or self.leases(),
            self.place(**options),
            lease_id(self.workspace, request, 0, use),
        )
        pinned = await leases.pin(found, place)
        minted = await leases.mint(LeaseIntent(found, place, pinned), left(seconds))
        return Lease(HeldLease(found, DB_URL, "pg", minted.pinned), minted.value.text, pinned)

    def place(self, **options: str) -> LeasePlace:
        given: Mapping[str, str] = {"group": self.group, "database": self.database, **self.options, **options}
        return LeasePlace(DB_URL, "pg", given)

    @asynccontextmanager
    async def admin(self, database: str = "") -> AsyncIterator[Any]:
        """A session of the superuser."""
        session = await asyncpg.connect(self.server.admin, database=database or self.database)
        try:
            yield session
        finally:
            await session.close()

    async def run(self, *statements: str, database: str = "") -> None:
        """Statements of the superuser, each on its own."""
        async with self.admin(database) as session:
            for statement in statements:
                await session.execute(statement)

    async def ask(self, query: str, *args: object) -> Any:
        """What the superuser sees."""
        async with self.admin() as session:
            return await session.fetchval(query, *args)


@dataclass(frozen=True, slots=True)
class RotatedRoles:
    """Two roles that take turns.

    Attributes:
        first: the value that is current: the login of the first role.
        roles: the names of both.
        url: what a rule makes of a login.
    """

    tenant: Tenant
    first: str
    roles: tuple[str, str]
    url: str


async def rotated_roles(tenant: Tenant) -> RotatedRoles:
    """Two roles as docs/how-to/sources-postgres.md makes them; only the first one can log in."""
    one, other = f"{tenant.name}_a", f"{tenant.name}_b"
    how = "WITH ADMIN OPTION" if tenant.is_15 else "WITH ADMIN TRUE, INHERIT FALSE, SET FALSE"
    await tenant.run(
        f"CREATE ROLE {one} LOGIN PASSWORD '{PASSWORD}'",
        f"CREATE ROLE {other}",
        f"GRANT {one}, {other} TO {tenant.minter} {how}",
    )
    url = tenant.server.dsn("{user}", "{password}", tenant.database)
    return RotatedRoles(tenant, tenant.server.dsn(one, PASSWORD, tenant.database), (one, other), url)


@asynccontextmanager
async def source_of(tenant: Tenant, *, pooler: str = "", dsn: str = "") -> AsyncIterator[PostgresSource]:
    """The adapter as the bot has it, whose sessions wait some seconds for the next call."""
    source = PostgresSource(tenant.source(pooler=pooler, dsn=dsn))
    try:
        yield source
    finally:
        await source.close()


@asynccontextmanager
async def login(value: str) -> AsyncIterator[Any]:
    """A session of whoever was shown this value."""
    session = await asyncpg.connect(value, timeout=60)
    try:
        yield session
    finally:
        session.terminate()


async def works(value: str) -> bool:
    """Whether a value lets somebody in anew."""
    try:
        async with login(value) as session:
            return bool(await session.fetchval("SELECT true"))
    except (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidPasswordError):
        return False


def left(seconds: float) -> TimeLeft:
    """So many seconds, by a clock that stands."""
    return TimeLeft(int(seconds * 1000) + 1000, lambda: 0.0)


def server_of(version: str, folder: Path) -> PostgresServer:
    """The shared server of a version, or a skip that is seen."""
    if binaries(version) is None:
        pytest.skip(f"PostgreSQL {version} is not installed: nothing about it was tested")
    server = shared_server(version, folder)
    assert server is not None
    return server


async def tenant_of(server: PostgresServer) -> Tenant:
    """A group with a table, and a minting role as docs/how-to/sources-postgres.md makes it."""
    name = f"t{os.getpid()}_{next(_COUNT)}"
    tenant = Tenant(server, "postgres", name, f"{name}_rw", f"{name}_minter")
    await tenant.run(
        f"CREATE SCHEMA {name}; CREATE TABLE {name}.orders (id int); CREATE ROLE {tenant.group};"
        f"GRANT USAGE ON SCHEMA {name} TO {tenant.group};"
        f"GRANT SELECT, INSERT ON {name}.orders TO {tenant.group};"
        f"CREATE ROLE {tenant.minter} LOGIN CREATEROLE PASSWORD '{scram.verifier(PASSWORD)}';"
        f"GRANT pg_signal_backend TO {tenant.minter};"
        + (
            f"GRANT {tenant.group} TO {tenant.minter} WITH ADMIN OPTION;"
            if tenant.is_15
            else f"GRANT {tenant.group} TO {tenant.minter} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE;"
        )
    )
    return tenant
