"""Leases through a real PgBouncer that does not heed `VALID UNTIL`, and by a clock that is wrong."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from envaccess.domain.leases import Gone
from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from tests.fakes.postgres import Tenant, login, tenant_of, works
from tests.fakes.postgres_server import PostgresServer, binaries, start

PGBOUNCER = Path("/usr/sbin/pgbouncer")
FAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")


@pytest.fixture
def pooler(postgres: PostgresServer) -> Iterator[int]:
    """The port of a PgBouncer in front of the server, which asks it for passwords, as most are set up."""
    if not PGBOUNCER.exists():
        pytest.skip("pgbouncer is not installed: nothing about a pooler was tested")
    folder = Path(f"/tmp/envaccess-bouncer-{os.getpid()}-{time.monotonic_ns():x}")  # noqa: S108 for another user
    folder.mkdir(mode=0o755)
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
    (folder / "ini").write_text(
        f"[databases]\n* = host={postgres.folder} port={postgres.port}\n[pgbouncer]\n"
        "listen_addr = 127.0.0.1\nquery_wait_timeout = 2\nserver_login_retry = 1\n"
        f"listen_port = {port}\nunix_socket_dir =\nauth_type = scram-sha-256\nauth_user = postgres\n"
        "auth_query = SELECT usename, passwd FROM pg_shadow WHERE usename=$1\npool_mode = transaction\n"
    )
    running = subprocess.Popen(  # noqa: S603 - our own words
        [str(PGBOUNCER), "-q", str(folder / "ini")], cwd="/", stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, user="nobody" if os.geteuid() == 0 else None,
    )  # fmt: skip
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with socket.socket() as asked:
            if not asked.connect_ex(("127.0.0.1", port)):
                break
        time.sleep(0.02)
    yield port
    running.kill()
    running.wait()
    shutil.rmtree(folder)


def through(value: str, tenant: Tenant, port: int) -> str:
    return value.replace(f":{tenant.server.port}/", f":{port}/")


async def test_end_holds_through_a_pooler_that_ignores_the_end_of_a_password(
    tenant: Tenant, pooler: int
) -> None:
    """CVE-2025-2291: before 1.24.1 it lets in whoever it has a session for. Ending the sessions ends that."""
    lease = await tenant.lease()
    pooled = through(lease.value, tenant, pooler)
    async with login(pooled) as session:
        await session.execute(f"INSERT INTO {tenant.schema}.orders VALUES (1)")
        await tenant.run(f"ALTER ROLE \"{lease.role}\" VALID UNTIL 'yesterday'")
        assert not await works(lease.value)
        async with login(pooled) as late:  # in, after its end
            await late.execute(f"INSERT INTO {tenant.schema}.orders VALUES (2)")
        assert await tenant.leases().revoke(lease.held) == Gone()
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
            await session.execute(f"INSERT INTO {tenant.schema}.orders VALUES (3)")
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
        async with login(pooled) as after:
            await after.execute(f"INSERT INTO {tenant.schema}.orders VALUES (4)")
    assert await tenant.ask(f"SELECT sum(id) FROM {tenant.schema}.orders") == 3


async def test_minting_role_is_told_that_its_dsn_leads_to_a_pooler(tenant: Tenant, pooler: int) -> None:
    with pytest.raises(SourceFaultError) as failed:
        await tenant.leases(dsn=through(tenant.dsn(), tenant, pooler)).stray(tenant.workspace)
    assert failed.value.fault is SourceFault.MALFORMED
    assert "pooler" in str(failed.value)


@pytest.mark.skipif(
    not FAKETIME.exists() or binaries("18") is None,
    reason="libfaketime or PostgreSQL 18 is not installed: no wrong clock was tested",
)
async def test_clock_that_is_ten_minutes_off_is_the_one_that_counts() -> None:
    """By our clock the login would have ended before it began."""
    wrong = {"LD_PRELOAD": str(FAKETIME), "FAKETIME": "+600s", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    tenant = await tenant_of(start("18", {"timezone": "Etc/GMT-3"}, wrong))
    ahead = await tenant.ask("SELECT extract(epoch FROM clock_timestamp())::float8") - time.time()
    assert 590 < ahead < 700
    lease = await tenant.lease(seconds=300)
    assert await works(lease.value)
    assert await tenant.leases().alive(lease.held)
    ends = await tenant.ask(
        "SELECT extract(epoch FROM rolvaliduntil) FROM pg_roles WHERE oid = $1", lease.oid
    )
    assert 860 < float(ends) - time.time() < 960
    assert await tenant.leases().revoke(lease.held) == Gone()
