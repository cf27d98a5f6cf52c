"""What is said where the server does not do it, without a word of the DSN or of the server's answer."""

import asyncio
import logging
import os
import signal
import socket
import traceback

import pytest

from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from envaccess.sources.adapter import NotConnectedError
from envaccess.sources.postgres.address import DsnError, password_of, read_address
from tests.fakes.postgres import PASSWORD, Tenant, login, works

SECRET = "value-for-tests"
WRONG_DSNS = (
    f"postgresql://minter:{SECRET}/x@db/app",
    f"postgresql://minter:{SECRET}#x@db/app",
    f"postgresql://minter:{SECRET}?x@db/app",
    f"postgresql://minter:p@{SECRET}@db/app",
    f"postgresql://minter:{SECRET}@db:port/app",
    f"postgresql://minter:{SECRET}@[db/app",
    f"postgresql://minter:{SECRET}@db/app?sslmode",
    f"postgresql://minter:{SECRET}@db/app?connect_timeout=3",
    f"host=db user=minter password={SECRET}",
    f"mysql://minter:{SECRET}@db/app",
    "",
)


async def failure(tenant: Tenant, dsn: str) -> SourceFaultError:
    """How a mint fails with a DSN; neither it nor the whole traceback tells the DSN's password."""
    with pytest.raises(SourceFaultError) as failed:
        await tenant.leases(dsn=dsn).stray(tenant.workspace)
    told = "".join(traceback.format_exception(failed.value))
    assert SECRET not in told
    assert SECRET not in repr(failed.value)
    assert failed.value.source == "pg"
    return failed.value


async def test_each_fault_has_its_own_meaning(tenant: Tenant, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    server = tenant.server
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        closed = held.getsockname()[1]
    cases = {
        server.dsn(tenant.minter, f"{PASSWORD}x", "postgres"): (SourceFault.DENIED, "28P01"),
        server.dsn("nobody_here", PASSWORD, "postgres"): (SourceFault.DENIED, "28P01"),
        server.dsn(tenant.minter, PASSWORD, "no_such"): (SourceFault.MISSING, "3D000"),
        tenant.dsn().replace(f":{server.port}/", f":{closed}/"): (SourceFault.DOWN, "could not be reached"),
        tenant.dsn().replace("sslmode=disable", "sslmode=require"): (SourceFault.DOWN, ""),
        tenant.dsn().replace("sslmode=disable", "sslmode=whatever"): (SourceFault.MALFORMED, ""),
    }
    for dsn, (fault, said) in cases.items():
        failed = await failure(tenant, dsn)
        assert failed.fault is fault, dsn
        assert said in str(failed)
    assert SECRET not in caplog.text


async def test_only_a_connection_that_was_not_made_is_tried_again(tenant: Tenant) -> None:
    unreachable = await failure(tenant, f"postgresql://m:{PASSWORD}@/app?host=/no/such/folder")
    assert isinstance(unreachable, NotConnectedError)
    refused = await failure(tenant, tenant.server.dsn(tenant.minter, f"{PASSWORD}x", "postgres"))
    assert not isinstance(refused, NotConnectedError)


@pytest.mark.parametrize("dsn", WRONG_DSNS)
def test_dsn_that_leads_nowhere_is_told_without_a_part_of_it(dsn: str) -> None:
    with pytest.raises(DsnError) as failed:
        read_address(dsn)
    assert SECRET not in "".join(traceback.format_exception(failed.value))


def test_dsn_is_read_as_libpq_reads_it() -> None:
    for dsn, expected in {
        "postgresql://minter:p%40@db.internal:6432/app?sslmode=verify-full": ("db.internal", "6432", "app"),
        "postgres://minter@[::1]/app": ("::1", "5432", "app"),
        "postgresql://minter:p@a:1,b:2/app?target_session_attrs=read-write": ("a,b", "1,2", "app"),
        "postgresql://minter@/app?host=/var/run/postgresql&port=5433": ("/var/run/postgresql", "5433", "app"),
        "postgresql://minter@db": ("db", "5432", "minter"),
    }.items():
        found = read_address(dsn)
        assert (found.host, found.port, found.database) == expected
        assert found.user == "minter"
    assert password_of("postgresql://minter:p%40@db/app") == ["p%40", "p@"]
    assert password_of("postgresql://minter@db/app?password=p%40") == ["p@"]


async def test_full_server_is_down_and_not_denied(tenant: Tenant) -> None:
    """`max_connections` reached, or the role's own limit: passing, not a lack of privileges."""
    await tenant.run(f"ALTER ROLE {tenant.minter} CONNECTION LIMIT 0")
    failed = await failure(tenant, tenant.dsn())
    assert failed.fault is SourceFault.DOWN
    assert "no connection left" in str(failed)


async def test_server_that_accepts_and_says_nothing_is_slow(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("envaccess.sources.postgres.session.SECONDS", 0.05)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        port = silent.getsockname()[1]
        failed = await failure(tenant, tenant.dsn().replace(f":{tenant.server.port}/", f":{port}/"))
    assert failed.fault is SourceFault.SLOW


async def test_server_that_answers_nonsense_is_not_taken_for_one(tenant: Tenant) -> None:
    async def nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(8)
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n" + SECRET.encode())
        writer.close()

    server = await asyncio.start_server(nonsense, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        failed = await failure(tenant, tenant.dsn().replace(f":{tenant.server.port}/", f":{port}/"))
    assert failed.fault in {SourceFault.DOWN, SourceFault.MALFORMED}


async def test_minting_role_that_may_not_end_sessions_is_denied_and_locks_out_all_the_same(
    tenant: Tenant,
) -> None:
    lease = await tenant.lease()
    await tenant.run(f"REVOKE pg_signal_backend FROM {tenant.minter}")
    async with login(lease.value):
        with pytest.raises(SourceFaultError) as failed:
            await tenant.leases().revoke(lease.held)
        assert failed.value.fault is SourceFault.DENIED
        assert not await works(lease.value)


def test_nothing_of_a_dsn_is_in_a_repr(tenant: Tenant) -> None:
    assert PASSWORD not in repr(tenant.source())
    assert PASSWORD not in repr(tenant.leases())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may stop another user's process")
async def test_server_that_freezes_in_a_statement_is_slow_and_its_session_is_not_waited_for(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MagicStack/asyncpg#1326, #1356: closing waited without end for a cancel that nobody answered."""
    monkeypatch.setattr("envaccess.sources.postgres.session.SECONDS", 0.3)
    stopped: list[int] = []

    async def freeze() -> None:
        async with tenant.source().session() as session:
            stopped.append(int(await session.fetchval("SELECT pg_backend_pid()")))
            os.kill(stopped[0], signal.SIGSTOP)
            await session.fetchval("SELECT 1")

    try:
        with pytest.raises(SourceFaultError) as failed:
            await asyncio.wait_for(freeze(), 30)
    finally:
        os.kill(stopped[0], signal.SIGCONT)
    assert failed.value.fault is SourceFault.SLOW
