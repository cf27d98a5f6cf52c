"""What a holder leaves behind gives nobody what the group has, once the lease ended."""

import asyncpg
import pytest

from envaccess.domain.leases import Gone, Remains, StillThere
from envaccess.domain.sources.faults import SourceFaultError
from tests.fakes.postgres import PASSWORD, Tenant, login


async def friend_of(tenant: Tenant) -> str:
    """The DSN of a colleague, who may log in and has no right on data."""
    name = f"{tenant.name}_friend"
    await tenant.run(
        f"CREATE ROLE {name} LOGIN PASSWORD '{PASSWORD}'", f"GRANT USAGE ON SCHEMA {tenant.schema} TO {name}"
    )
    return tenant.server.dsn(name, PASSWORD, tenant.database)


async def test_function_and_view_left_behind_read_nothing_of_the_groups(tenant: Tenant) -> None:
    """Both act as their owner, the locked role: it has the group's rights for as long as it is a member."""
    if tenant.is_15:
        pytest.skip("below 16 a group with CREATE is refused: see test_groups.py")
    friend, schema = await friend_of(tenant), tenant.schema
    await tenant.run(f"GRANT CREATE ON SCHEMA {schema} TO {tenant.group}")
    await tenant.run(f"INSERT INTO {schema}.orders VALUES (1)")
    lease = await tenant.lease()
    async with login(lease.value) as session:
        await session.execute(
            f"CREATE FUNCTION {schema}.door() RETURNS int LANGUAGE sql SECURITY DEFINER"
            f" AS 'SELECT count(*)::int FROM {schema}.orders';"
            f"CREATE VIEW {schema}.window AS SELECT id FROM {schema}.orders;"
            f"GRANT SELECT ON {schema}.window TO PUBLIC"
        )
    ways = (f"SELECT {schema}.door()", f"SELECT count(*) FROM {schema}.window")
    async with login(friend) as session:
        assert [await session.fetchval(way) for way in ways] == [1, 1]
        ended = await tenant.leases().revoke(lease.held)
        assert isinstance(ended, StillThere)
        assert ended.why is Remains.OWNS
        for way in ways:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await session.fetchval(way)
    await tenant.run(f"DROP FUNCTION {schema}.door; DROP VIEW {schema}.window")
    assert await tenant.leases().revoke(lease.held) == Gone()


async def test_role_called_like_a_lease_that_we_did_not_make_is_left_alone(tenant: Tenant) -> None:
    """Also where making the lease was refused for it: what ends then is found by the id alone."""
    lease = await tenant.lease()
    assert await tenant.leases().revoke(lease.held) == Gone()
    await tenant.run(f'CREATE ROLE "{lease.role}" LOGIN')
    if not tenant.is_15:
        await tenant.run(f'GRANT "{lease.role}" TO {tenant.minter} WITH ADMIN TRUE')
    with pytest.raises(SourceFaultError):
        await tenant.lease()
    ended = await tenant.leases().revoke(lease.held)
    assert isinstance(ended, StillThere)
    assert ended.why is Remains.LOGIN
    assert "not made here" in ended.what
    assert await tenant.ask("SELECT rolcanlogin FROM pg_roles WHERE rolname = $1", lease.role)


async def test_what_belongs_to_a_session_ends_with_it_and_what_stays_is_told(tenant: Tenant) -> None:
    """Temporary tables and settings of the role go; a large object needs no CREATE anywhere, and stays."""
    gone, kept, defaults = [await tenant.lease(use=use) for use in (1, 2, 3)]
    async with login(gone.value) as session:
        await session.execute("CREATE TEMPORARY TABLE mine (id int); BEGIN; SELECT pg_advisory_lock(7)")
        await session.execute(f"ALTER ROLE \"{gone.role}\" SET work_mem = '8MB'")
        assert await tenant.leases().revoke(gone.held) == Gone()
    async with login(kept.value) as session:
        large = await session.fetchval("SELECT lo_create(0)")
    async with login(defaults.value) as session:
        await session.execute("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC")
    for lease, mend in (
        (kept, f"SELECT lo_unlink({large})"),
        (defaults, f'DROP OWNED BY "{defaults.role}"'),
    ):
        ended = await tenant.leases().revoke(lease.held)
        assert isinstance(ended, StillThere)
        assert ended.why is Remains.OWNS
        await tenant.run(mend)
        assert await tenant.leases().revoke(lease.held) == Gone()


async def test_open_session_goes_on_after_valid_until_and_ends_with_the_lease(tenant: Tenant) -> None:
    """Which is why an end by time alone is not said to be one."""
    lease = await tenant.lease()
    async with login(lease.value) as session:
        await tenant.run(f"ALTER ROLE \"{lease.role}\" VALID UNTIL 'yesterday'")
        assert await session.fetchval("SELECT 1") == 1
        assert await tenant.leases().revoke(lease.held) == Gone()
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
            await session.fetchval("SELECT 1")


async def test_bystanders_of_the_minting_role_are_out_of_its_reach_from_16_on(tenant: Tenant) -> None:
    """Below it a CREATEROLE changes anybody's password, which is why leases are refused there."""
    await friend_of(tenant)
    async with login(tenant.dsn()) as session:
        changing = f"ALTER ROLE {tenant.name}_friend PASSWORD 'value-for-tests-too'"
        if tenant.is_15:
            await session.execute(changing)
        else:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await session.execute(changing)
