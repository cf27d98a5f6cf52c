"""Sessions that wait for the next call: no answer is older for it, and nobody is held up by it."""

import asyncio
from dataclasses import replace
from typing import cast

import pytest

from envaccess.domain.leases import Gone
from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from envaccess.sources.adapter import NotConnectedError
from envaccess.sources.postgres import session
from envaccess.sources.postgres.keeping import KeptSessions
from envaccess.sources.postgres.session import PostgresSession
from envaccess.sources.postgres.source import PostgresSource
from tests.fakes.postgres import Lease, Tenant, source_of

OPEN = "SELECT count(*) FROM pg_stat_activity WHERE usename = $1"
END = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = $1"


class FakeSession:
    """A session that can only be closed."""

    def __init__(self) -> None:
        self.gone = asyncio.Event()

    def is_closed(self) -> bool:
        return self.gone.is_set()

    async def close(self, *, timeout: float | None = None) -> None:  # noqa: ASYNC109 - the driver's own
        del timeout
        self.gone.set()


def fake(session: FakeSession | None = None) -> PostgresSession:
    return cast("PostgresSession", session or FakeSession())


async def made(source: PostgresSource, tenant: Tenant, use: int = 1) -> Lease:
    return await tenant.lease(use=use, by=source)


async def test_sessions_are_used_again_and_closed_with_the_source(tenant: Tenant) -> None:
    async with source_of(tenant) as source:
        for number in range(3):
            lease = await made(source, tenant, number + 1)
            assert await source.revoke(lease.held) == Gone()
        assert 1 <= await tenant.ask(OPEN, tenant.minter) <= 8
    for _ in range(100):
        if not await tenant.ask(OPEN, tenant.minter):
            return
        await asyncio.sleep(0.01)
    pytest.fail("sessions are left open")


async def test_create_that_is_granted_between_two_logins_is_seen_before_the_second(tenant: Tenant) -> None:
    """Below 16, wherever it is: to the group, to a role that it belongs to, or to everybody."""
    if not tenant.is_15:
        pytest.skip("from 16 on SET ROLE is refused: see test_ends.py")
    other, above = f"{tenant.name}_other", f"{tenant.name}_above"
    await tenant.run(f"CREATE DATABASE {other}", f"CREATE ROLE {above}; GRANT {above} TO {tenant.group}")
    await tenant.run("CREATE SCHEMA theirs", database=other)
    async with source_of(tenant) as source:
        for number, grantee in enumerate((tenant.group, above, "PUBLIC")):
            await made(source, tenant, number + 1)
            await tenant.run(f"GRANT CREATE ON SCHEMA theirs TO {grantee}", database=other)
            with pytest.raises(SourceFaultError) as failed:
                await made(source, tenant, 9)
            assert failed.value.fault is SourceFault.DENIED
            assert other in str(failed.value)
            await tenant.run(f"REVOKE CREATE ON SCHEMA theirs FROM {grantee}", database=other)
    await tenant.run(f"DROP DATABASE {other}")


async def test_rights_that_the_minting_role_or_the_group_lost_or_gained_count_at_once(tenant: Tenant) -> None:
    async with source_of(tenant) as source:
        lease = await made(source, tenant)
        for there, back in (
            (f"ALTER ROLE {tenant.minter} NOCREATEROLE", f"ALTER ROLE {tenant.minter} CREATEROLE"),
            (f"ALTER ROLE {tenant.group} CREATEDB", f"ALTER ROLE {tenant.group} NOCREATEDB"),
        ):
            await tenant.run(there)
            with pytest.raises(SourceFaultError) as failed:
                await made(source, tenant, 2)
            assert failed.value.fault is SourceFault.DENIED
            await tenant.run(back)
        assert await source.revoke(lease.held) == Gone()


async def test_databases_are_dropped_and_copied_while_logins_are_made(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both wait 5 s for others to leave, and a session is kept for 3 at most, however much it is used."""
    assert session.KEPT_SECONDS < 5
    monkeypatch.setattr(session, "KEPT_SECONDS", 0.2)
    other = f"{tenant.name}_other"
    await tenant.run(f"CREATE DATABASE {other}")
    async with source_of(tenant) as source:
        await made(source, tenant)
        await tenant.run(f"CREATE DATABASE {other}_copy TEMPLATE {other}", f"DROP DATABASE {other}_copy")
        await tenant.run(f"ALTER DATABASE {other} RENAME TO {other}_renamed")
        await made(source, tenant, 2)
        await tenant.run(f"DROP DATABASE {other}_renamed")
        await made(source, tenant, 3)


async def test_session_that_was_ended_meanwhile_is_opened_anew(tenant: Tenant) -> None:
    """By a restart, a failover, an administrator: at most it is tried again as a connection not made."""
    async with source_of(tenant) as source:
        await made(source, tenant)
        for number in range(1, 4):
            await tenant.ask(END, tenant.minter)
            try:
                await made(source, tenant, number + 1)
            except SourceFaultError as failed:
                assert isinstance(failed, NotConnectedError)  # noqa: PT017 - either will do
                await made(source, tenant, number + 1)


async def test_nothing_is_kept_of_a_session_in_which_something_failed(tenant: Tenant) -> None:
    kept = KeptSessions()
    server = tenant.source()
    with pytest.raises(SourceFaultError):
        async with replace(server, kept=kept).session() as opened:
            await opened.execute("BEGIN; SELECT 1/0")
    assert kept.take(tenant.dsn(), tenant.database) is None


async def test_session_is_closed_at_its_end_although_nobody_asks_any_more() -> None:
    kept, waits, old = KeptSessions(), FakeSession(), FakeSession()
    now = asyncio.get_running_loop().time()
    assert kept.give("dsn", "app", fake(waits), now + 0.01)
    assert not kept.give("dsn", "other", fake(old), now)
    assert not kept.give("dsn", "app", fake(), now + 9)
    await asyncio.wait_for(waits.gone.wait(), 60)
    assert kept.take("dsn", "app") is None


async def test_changed_credential_and_another_database_open_their_own() -> None:
    kept, now = KeptSessions(), asyncio.get_running_loop().time()
    assert kept.give("dsn", "app", fake(), now + 60)
    assert kept.take("dsn of today", "app") is None
    assert kept.take("dsn", "other") is None
    assert kept.take("dsn", "app")
    assert kept.take("dsn", "app") is None
    await kept.close()
    assert not kept.give("dsn", "app", fake(), now + 60)
