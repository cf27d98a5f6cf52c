"""Groups whose members could outlive their lease, or become more than it says: none is leased."""

import pytest

from envaccess.domain.leases import Gone
from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from tests.fakes.postgres import Tenant

MIGHTY = ("SUPERUSER", "CREATEROLE", "CREATEDB", "REPLICATION", "BYPASSRLS")
PREDEFINED = (
    "pg_read_server_files", "pg_write_server_files", "pg_execute_server_program", "pg_signal_backend",
)  # fmt: skip


async def refused(tenant: Tenant, group: str = "") -> str:
    """What is said where no lease is made for a group."""
    await tenant.run(f"GRANT {group or tenant.group} TO {tenant.minter} WITH ADMIN OPTION")
    with pytest.raises(SourceFaultError) as failed:
        await tenant.lease(group=group or tenant.group)
    assert failed.value.fault is SourceFault.DENIED
    assert await tenant.leases().stray(tenant.workspace) == []
    return str(failed.value)


async def test_group_with_an_attribute_is_refused_itself_and_through_others(tenant: Tenant) -> None:
    mighty, between = f"{tenant.name}_mighty", f"{tenant.name}_between"
    await tenant.run(
        f"CREATE ROLE {mighty}",
        f"CREATE ROLE {between} IN ROLE {mighty}",
        f"GRANT {between} TO {tenant.group}",
    )
    for attribute in MIGHTY:
        await tenant.run(f"ALTER ROLE {mighty} {attribute}")
        assert mighty in await refused(tenant, mighty)
        assert mighty in await refused(tenant)
        await tenant.run(f"ALTER ROLE {mighty} NO{attribute}")


async def test_group_that_belongs_to_a_predefined_role_beyond_data_is_refused(tenant: Tenant) -> None:
    for role in PREDEFINED:
        await tenant.run(f"GRANT {role} TO {tenant.group}")
        assert role in await refused(tenant)
        await tenant.run(f"REVOKE {role} FROM {tenant.group}")
    lease = await tenant.lease()
    assert await tenant.leases().revoke(lease.held) == Gone()


async def test_group_that_may_make_members_is_refused(tenant: Tenant) -> None:
    """A leased member would inherit `ADMIN OPTION`, and make a colleague a member for good."""
    await tenant.run(
        f"CREATE ROLE {tenant.name}_other", f"GRANT {tenant.name}_other TO {tenant.group} WITH ADMIN OPTION"
    )
    assert "ADMIN OPTION" in await refused(tenant)


async def test_group_of_the_minting_role_is_refused(tenant: Tenant) -> None:
    await tenant.run(f"CREATE ROLE {tenant.name}_ops", f"GRANT {tenant.minter} TO {tenant.name}_ops")
    with pytest.raises(SourceFaultError) as failed:
        await tenant.lease(group=f"{tenant.name}_ops")
    assert tenant.minter in str(failed.value)


async def test_group_that_owns_a_function_is_refused(tenant: Tenant) -> None:
    """A member could make it SECURITY DEFINER, or its body another one: that stays the group's."""
    await tenant.run(
        f"CREATE FUNCTION {tenant.schema}.one() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        f"ALTER FUNCTION {tenant.schema}.one OWNER TO {tenant.group}",
    )
    assert "owns" in await refused(tenant)


async def test_group_without_admin_option_is_refused_by_the_server(tenant: Tenant) -> None:
    if tenant.is_15:
        pytest.skip("below 16 a role with CREATEROLE may grant every group")
    await tenant.run(f"CREATE ROLE {tenant.name}_other")
    with pytest.raises(SourceFaultError) as failed:
        await tenant.lease(group=f"{tenant.name}_other")
    assert failed.value.fault is SourceFault.DENIED
    assert "sources check" in str(failed.value)


async def test_server_below_16_is_refused_unless_that_is_accepted(tenant: Tenant) -> None:
    tenant.unsafe_15 = False
    if not tenant.is_15:
        lease = await tenant.lease()
        assert await tenant.leases().revoke(lease.held) == Gone()
        return
    with pytest.raises(SourceFaultError) as failed:
        await tenant.lease()
    assert failed.value.fault is SourceFault.DENIED
    assert "ENVACCESS_UNSAFE_POSTGRES_15=1" in str(failed.value)


async def test_group_with_create_anywhere_is_refused_below_16_whatever_is_accepted(tenant: Tenant) -> None:
    """What is made after `SET ROLE` is the group's there, and stays."""
    if not tenant.is_15:
        pytest.skip("from 16 on SET ROLE is refused: see test_ends.py")
    other = f"{tenant.name}_other"
    await tenant.run(f"CREATE DATABASE {other}")
    await tenant.run(f"CREATE SCHEMA theirs; GRANT CREATE ON SCHEMA theirs TO {tenant.group}", database=other)
    said = await refused(tenant)
    assert other in said
    assert "CREATE" in said
    await tenant.run(f"DROP DATABASE {other}")
    await tenant.run(f"GRANT CREATE ON DATABASE {tenant.database} TO {tenant.group}")
    assert tenant.database in await refused(tenant)
    await tenant.run(f"REVOKE CREATE ON DATABASE {tenant.database} FROM {tenant.group}")
