"""What the end of a lease ends, on real servers: whatever its holder did while it lived."""

import asyncio

import asyncpg
import pytest

from envaccess.domain.leases import Gone, Remains, StillThere
from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from tests.fakes.postgres import Lease, Tenant, login, works

IS_ROLE = "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)"


async def end(tenant: Tenant, lease: Lease) -> Gone | StillThere:
    return await tenant.leases().revoke(lease.held)


async def test_after_set_role_and_the_end_nothing_more_is_written(tenant: Tenant) -> None:
    """`SET ROLE` survives `DROP ROLE`: only ending the session ends it. From 16 on it is refused as well."""
    lease = await tenant.lease()
    async with login(lease.value) as session:
        await session.execute(f"INSERT INTO {tenant.schema}.orders VALUES (1)")
        if tenant.is_15:
            await session.execute(f"SET ROLE {tenant.group}")
        else:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await session.execute(f"SET ROLE {tenant.group}")
        assert await end(tenant, lease) == Gone()
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
            await session.execute(f"INSERT INTO {tenant.schema}.orders VALUES (2)")
    assert await tenant.ask(f"SELECT sum(id) FROM {tenant.schema}.orders") == 1
    assert not await tenant.ask(IS_ROLE, lease.role)


async def test_open_transaction_and_every_session_end_with_the_lease(tenant: Tenant) -> None:
    lease = await tenant.lease()
    sessions = [await asyncpg.connect(lease.value) for _ in range(4)]
    await sessions[0].execute(f"BEGIN; INSERT INTO {tenant.schema}.orders VALUES (1)")
    assert await end(tenant, lease) == Gone()
    assert await tenant.ask("SELECT count(*) FROM pg_stat_activity WHERE usesysid = $1", lease.oid) == 0
    assert await tenant.ask(f"SELECT count(*) FROM {tenant.schema}.orders") == 0
    for session in sessions:
        session.terminate()


async def test_security_definer_function_left_behind_is_not_the_groups(tenant: Tenant) -> None:
    """`REASSIGN OWNED` made it the group's; `DROP OWNED` would have dropped what others use by now."""
    if tenant.is_15:
        pytest.skip("below 16 a group with CREATE is refused: see test_groups.py")
    await tenant.run(f"GRANT CREATE ON SCHEMA {tenant.schema} TO {tenant.group}")
    lease = await tenant.lease()
    async with login(lease.value) as session:
        await session.execute(
            f"CREATE FUNCTION {tenant.schema}.back_door() RETURNS int LANGUAGE sql SECURITY DEFINER"
            f" AS 'SELECT count(*)::int FROM {tenant.schema}.orders'"
        )
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await session.execute(f"ALTER FUNCTION {tenant.schema}.back_door OWNER TO {tenant.group}")
    ended = await end(tenant, lease)
    assert isinstance(ended, StillThere)
    assert ended.why is Remains.OWNS
    assert lease.role in ended.what
    assert not await works(lease.value)
    owner = await tenant.ask("SELECT proowner::regrole::text FROM pg_proc WHERE proname = 'back_door'")
    assert owner == f'"{lease.role}"'
    assert await end(tenant, lease) == ended  # nothing is dropped the second time either
    await tenant.run(f"DROP FUNCTION {tenant.schema}.back_door")
    assert await end(tenant, lease) == Gone()


async def test_objects_and_grants_in_a_second_database_are_found_and_told(tenant: Tenant) -> None:
    """`DROP OWNED` takes back no privilege that another role granted, and says nothing of it (15 and 18)."""
    other = f"{tenant.name}_other"
    await tenant.run(f"CREATE DATABASE {other}")
    await tenant.run("CREATE TABLE one (id int)", "CREATE TABLE two (id int)", database=other)
    granted, owns = await tenant.lease(), await tenant.lease("0another")
    await tenant.run(f'GRANT SELECT ON one TO "{granted.role}"', database=other)
    await tenant.run(f'ALTER TABLE two OWNER TO "{owns.role}"', database=other)
    for lease, mend in (
        (granted, f'DROP OWNED BY "{granted.role}"'),
        (owns, "ALTER TABLE two OWNER TO postgres"),
    ):
        ended = await end(tenant, lease)
        assert isinstance(ended, StillThere)
        assert ended.why is Remains.OWNS
        assert other in ended.what
        assert not await works(lease.value)
        await tenant.run(mend, database=other)
        assert await end(tenant, lease) == Gone()
    await tenant.run(f"DROP DATABASE {other}")


async def test_database_where_the_minting_role_may_not_connect_is_told(tenant: Tenant) -> None:
    other = f"{tenant.name}_closed"
    await tenant.run(f"CREATE DATABASE {other}", f"REVOKE CONNECT ON DATABASE {other} FROM PUBLIC")
    lease = await tenant.lease()
    await tenant.run("CREATE TABLE audit (id int)", database=other)
    await tenant.run(f'GRANT SELECT ON audit TO "{lease.role}"', database=other)
    ended = await end(tenant, lease)
    assert isinstance(ended, StillThere)
    assert ended.why is Remains.OWNS
    assert other in ended.what
    assert not await works(lease.value)
    await tenant.run(f"DROP DATABASE {other}")
    assert await end(tenant, lease) == Gone()


async def test_role_that_somebody_dropped_is_confirmed_at_once(tenant: Tenant) -> None:
    """hashicorp/vault#3410, #9018: the revocation of a user that is gone failed for ever."""
    lease = await tenant.lease()
    async with login(lease.value) as session:
        await tenant.run(f'DROP ROLE "{lease.role}"')
        assert await session.fetchval("SELECT 1") == 1
        assert await end(tenant, lease) == Gone()
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
            await session.fetchval("SELECT 1")
    assert await tenant.ask("SELECT count(*) FROM pg_stat_activity WHERE usesysid = $1", lease.oid) == 0


async def test_sessions_of_a_bystander_with_the_recorded_oid_are_left_alone(tenant: Tenant) -> None:
    """A server that was restored from a dump gives its roles other oids."""
    lease, bystander = await tenant.lease(), await tenant.lease("bystandr")
    await tenant.run(f'DROP ROLE "{lease.role}"')
    pinned = {**lease.held.pinned, "oid": str(bystander.oid)}
    async with login(bystander.value) as session:
        held = type(lease.held)(lease.held.id, lease.held.variable, "pg", pinned)
        assert await tenant.leases().revoke(held) == Gone()
        assert await session.fetchval("SELECT 1") == 1


async def test_role_that_somebody_renamed_is_ended_all_the_same(tenant: Tenant) -> None:
    lease = await tenant.lease()
    async with login(lease.value):
        await tenant.run(f'ALTER ROLE "{lease.role}" RENAME TO {tenant.name}_renamed')
        assert lease.held.id in await tenant.leases().stray(tenant.workspace)
        assert await end(tenant, lease) == Gone()
    assert not await tenant.ask(IS_ROLE, f"{tenant.name}_renamed")
    assert await tenant.leases().stray(tenant.workspace) == []


async def test_holder_who_locks_their_own_role_is_ended(tenant: Tenant) -> None:
    """Anybody may change their own password, and holds a lock on their role until that is committed."""
    lease = await tenant.lease()
    async with login(lease.value) as session:
        await session.execute("BEGIN")
        await session.execute(f"ALTER ROLE \"{lease.role}\" PASSWORD 'mine'")
        assert await end(tenant, lease) == Gone()
    assert not await tenant.ask(IS_ROLE, lease.role)


async def test_holder_who_logs_in_and_locks_again_and_again_is_ended(tenant: Tenant) -> None:
    lease = await tenant.lease()
    stop = asyncio.Event()

    async def hold() -> None:
        while not stop.is_set():
            try:
                async with login(lease.value) as session:
                    await session.execute("BEGIN")
                    await session.execute(f"ALTER ROLE \"{lease.role}\" PASSWORD 'mine'")
                    await session.execute("SELECT pg_sleep(10)")
            except (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError):
                await asyncio.sleep(0)

    holders = [asyncio.create_task(hold()) for _ in range(3)]
    await asyncio.sleep(0.1)
    try:
        assert await end(tenant, lease) == Gone()
    finally:
        stop.set()
        await asyncio.gather(*holders)
    assert not await tenant.ask(IS_ROLE, lease.role)


async def test_prepared_transaction_of_the_holder_neither_stops_nor_outlives_the_end(
    tenant: Tenant,
) -> None:
    """It holds the lock on the role without any session, and only the role or a superuser may end it."""
    lease = await tenant.lease()
    async with login(lease.value) as session:
        await session.execute("BEGIN")
        await session.execute(f"INSERT INTO {tenant.schema}.orders VALUES (1)")
        await session.execute(f"ALTER ROLE \"{lease.role}\" PASSWORD 'mine'")
        await session.execute(f"PREPARE TRANSACTION 'it''s \\ {tenant.name}'")
    assert await end(tenant, lease) == Gone()
    assert not await tenant.ask("SELECT count(*) FROM pg_prepared_xacts WHERE owner = $1", lease.role)
    assert await tenant.ask(f"SELECT count(*) FROM {tenant.schema}.orders") == 0


async def test_settings_and_temporary_tables_of_the_holder_are_no_tombstone(tenant: Tenant) -> None:
    lease = await tenant.lease()
    async with login(lease.value) as session:
        await session.execute(f"ALTER ROLE \"{lease.role}\" SET search_path = '{tenant.schema}'")
        await session.execute("CREATE TEMPORARY TABLE mine (id int)")
        assert await end(tenant, lease) == Gone()


async def test_privileges_of_the_group_beyond_tables_do_not_keep_the_role(
    tenant: Tenant,
) -> None:
    """hashicorp/vault#1535, #1857, #1994: what was granted beside tables kept a user from being dropped."""
    schema = tenant.schema
    await tenant.run(
        f"CREATE SEQUENCE {schema}.ids;"
        f"CREATE FUNCTION {schema}.one() RETURNS int LANGUAGE sql AS 'SELECT 1';"
        f"GRANT ALL ON ALL SEQUENCES IN SCHEMA {schema} TO {tenant.group};"
        f"GRANT ALL ON ALL FUNCTIONS IN SCHEMA {schema} TO {tenant.group}"
    )
    lease = await tenant.lease()
    async with login(lease.value) as session:
        assert await session.fetchval(f"SELECT nextval('{schema}.ids') + {schema}.one()")
    assert await end(tenant, lease) == Gone()
    assert await tenant.ask(f"SELECT has_sequence_privilege('{tenant.group}', '{schema}.ids', 'USAGE')")


async def test_lease_of_a_workspace_is_not_the_other_ones(tenant: Tenant) -> None:
    mine = await tenant.lease()
    theirs = await tenant.leases().stray(f"{tenant.workspace}X")
    longer = await tenant.leases().stray(tenant.workspace[:-1])
    assert mine.held.id not in [*theirs, *longer]
    assert await tenant.leases().stray(tenant.workspace) == [mine.held.id]


async def test_lease_is_not_said_to_be_gone_where_it_never_was(tenant: Tenant) -> None:
    """The file leads to another server by now: what was made at the old one may still work."""
    lease = await tenant.lease()
    pinned = {**lease.intended, "host": "db.elsewhere", "system": "another"}
    elsewhere = type(lease.held)(lease.held.id, lease.held.variable, "pg", pinned)
    ended = await tenant.leases().revoke(elsewhere)
    assert isinstance(ended, StillThere)
    assert ended.why is Remains.LOGIN
    assert "db.elsewhere" in ended.what
    assert await works(lease.value)
    moved = {**lease.held.pinned, "host": "localhost"}  # another name of the same server
    same = type(lease.held)(lease.held.id, lease.held.variable, "pg", moved)
    assert await tenant.leases().revoke(same) == Gone()


async def test_standby_neither_makes_nor_ends_and_says_so(tenant: Tenant) -> None:
    lease = await tenant.lease()
    await tenant.run(f"ALTER ROLE {tenant.minter} SET default_transaction_read_only = on")
    for call in (tenant.lease("readonly"), end(tenant, lease)):
        with pytest.raises(SourceFaultError) as failed:
            await call
        assert failed.value.fault is SourceFault.DOWN
        assert "read-only" in str(failed.value)
    assert await works(lease.value)
