"""What `doctor` and `sources check` find, and docs/how-to/sources-postgres.md, run as it stands."""

import re
from pathlib import Path

import pytest

from envaccess.domain.leases import Gone
from envaccess.domain.sources.health import SourceFinding
from tests.fakes.postgres import PASSWORD, Tenant, login, source_of, tenant_of, works
from tests.fakes.postgres_server import PostgresServer

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "sources-postgres.md"


async def found(tenant: Tenant, *, pooler: str = "", dsn: str = "") -> list[SourceFinding]:
    async with source_of(tenant, pooler=pooler, dsn=dsn) as source:
        return [*await source.check(), *await source.check_place(tenant.place())]


async def lacks_of_place(tenant: Tenant) -> list[SourceFinding]:
    async with source_of(tenant) as source:
        return [one for one in await source.check_place(tenant.place()) if not one.ok]


def wrong(findings: list[SourceFinding]) -> list[str]:
    return [finding.mend for finding in findings if not finding.ok]


def of_16(tenant: Tenant, findings: list[SourceFinding]) -> list[str]:
    """What is wrong, but for the version of a server that is too old."""
    return wrong(findings)[1:] if tenant.is_15 else wrong(findings)


async def test_minting_role_of_the_page_lacks_nothing_and_is_told_so(tenant: Tenant) -> None:
    assert of_16(tenant, await found(tenant)) == []


async def test_each_lack_is_told_with_the_statement_that_mends_it(tenant: Tenant) -> None:
    """Each statement is pasted, and the lack is gone."""
    other = f"{tenant.name}_other"
    lacks = [
        f"ALTER ROLE {tenant.minter} NOCREATEROLE",
        f"REVOKE pg_signal_backend FROM {tenant.minter}",
        f"REVOKE {tenant.group} FROM {tenant.minter}",
        f"REVOKE CONNECT ON DATABASE {other} FROM PUBLIC",
        f"GRANT CONNECT ON DATABASE {other} TO {tenant.group}",
    ]
    await tenant.run(f"CREATE DATABASE {other}", *lacks)
    mends = of_16(tenant, await found(tenant))
    assert len(mends) == 4
    await tenant.run(*mends)
    assert of_16(tenant, await found(tenant)) == []
    lease = await tenant.lease()
    assert await tenant.leases().revoke(lease.held) == Gone()
    await tenant.run(f"DROP DATABASE {other}")


async def test_group_that_may_not_connect_is_told(tenant: Tenant) -> None:
    """gravitational/teleport#52287: CONNECT was revoked from PUBLIC, and every login made was useless."""
    other = f"{tenant.name}_closed"
    await tenant.run(f"CREATE DATABASE {other}", f"REVOKE ALL ON DATABASE {other} FROM PUBLIC")
    tenant.options["database"] = other
    mends = of_16(tenant, await found(tenant))
    assert mends[0] == f'GRANT CONNECT ON DATABASE "{other}" TO "{tenant.group}";'
    await tenant.run(mends[0])
    await tenant.run(*of_16(tenant, await found(tenant)))
    assert await works((await tenant.lease()).value)
    assert of_16(tenant, await found(tenant)) == []
    tenant.options["database"] = "no_such"
    assert of_16(tenant, await found(tenant)) == ["Name one that is there"]


@pytest.mark.parametrize(
    ("pooler", "warned"),
    [("pgbouncer 1.18.0", True), ("pgbouncer 1.24.0", True), ("pgbouncer", True), ("odyssey 1.3", True),
     ("pgbouncer 1.24.1", False), ("pgbouncer 1.25", False), ("pgbouncer 2.0.0", False), ("", False)],
)  # fmt: skip
async def test_pooler_that_ignores_the_end_of_a_password_is_warned_of(
    tenant: Tenant, pooler: str, warned: bool
) -> None:
    """CVE-2025-2291."""
    mends = of_16(tenant, await found(tenant, pooler=pooler))
    assert bool(mends) is warned
    assert not any(one.grave for one in await found(tenant, pooler=pooler) if pooler and one.mend in mends)


async def test_superuser_as_minting_role_is_warned_of(tenant: Tenant) -> None:
    findings = await found(tenant, dsn=tenant.server.admin)
    assert [one.grave for one in findings if "superuser" in one.said] == [False]


async def test_server_below_16_is_grave_until_that_is_accepted(tenant: Tenant) -> None:
    for accepted in (False, True):
        tenant.unsafe_15 = accepted
        async with source_of(tenant) as source:
            findings = await source.check()
            places = await source.check_place(tenant.place())
        assert any(one.grave and not one.ok for one in findings) is (tenant.is_15 and not accepted)
        assert any("or accept that with" in one.mend for one in findings) is (tenant.is_15 and not accepted)
        assert all(one.ok for one in places), "it is said of the server, once"


async def test_group_that_is_too_mighty_is_told(tenant: Tenant) -> None:
    await tenant.run(f"GRANT pg_read_server_files TO {tenant.group}")
    (finding,) = await lacks_of_place(tenant)
    assert "pg_read_server_files" in finding.said


async def test_group_whose_members_can_hand_rights_on_for_good_is_told(tenant: Tenant) -> None:
    """As whoever holds a lease does it: nobody can tell afterwards who gave the right."""
    lease = await tenant.lease()
    async with login(lease.value) as session:
        await session.execute(
            f"ALTER DEFAULT PRIVILEGES FOR ROLE {tenant.group} GRANT ALL ON TABLES TO PUBLIC"
        )
    (finding,) = await lacks_of_place(tenant)
    assert "default privileges" in finding.said
    assert not finding.grave
    await tenant.run(
        f"DROP OWNED BY {tenant.group}",
        f"GRANT USAGE ON SCHEMA {tenant.schema} TO {tenant.group}",
        f"GRANT SELECT ON {tenant.schema}.orders TO {tenant.group} WITH GRANT OPTION",
    )
    (finding,) = await lacks_of_place(tenant)
    assert "GRANT OPTION" in finding.said
    assert "default" not in finding.said


async def test_statements_of_the_page_make_a_role_that_leases_and_rotates(postgres: PostgresServer) -> None:
    """They are run as they stand, but for the names, which are each test's own."""
    tenant = await tenant_of(postgres)
    name, heading = tenant.name, "older than 16" if tenant.is_15 else "16 and newer"
    page = PAGE.read_text()
    blocks = re.findall(
        r"```sql\n(.*?)```", page.partition(f"### {heading}")[2].partition("\n### ")[0], re.DOTALL
    )
    await tenant.run(f"DROP ROLE IF EXISTS {name}_minter; CREATE ROLE {name}_ro")
    for block in blocks:
        made = block.replace("envaccess_minter", f"{name}_minter").replace("app_ro", f"{name}_ro")
        made = (
            made.replace("app_a", f"{name}_a")
            .replace("app_b", f"{name}_b")
            .replace("app_owner", f"{name}_owner")
        )
        made = re.sub(r"PASSWORD '[^']*'", f"PASSWORD '{PASSWORD}'", made)
        made = re.sub(r"DATABASE app\b", f"DATABASE {tenant.database}", made)
        await tenant.run(*filter(str.strip, made.split(";")))
    tenant.group = f"{name}_ro"
    assert of_16(tenant, await found(tenant)) == []
    lease = await tenant.lease()
    assert await works(lease.value)
    assert await tenant.leases().revoke(lease.held) == Gone()


async def test_group_that_reads_everybodys_verifiers_is_told(tenant: Tenant) -> None:
    """`pg_read_all_data` is said to read data; it reads `pg_authid` as well."""
    await tenant.run(f"GRANT pg_read_all_data TO {tenant.group}")
    lease = await tenant.lease()
    async with login(lease.value) as session:
        assert await session.fetchval("SELECT count(rolpassword) FROM pg_authid")
    (finding,) = await lacks_of_place(tenant)
    assert ("pg_authid" in finding.said, finding.grave) == (True, False)
    assert await tenant.leases().revoke(lease.held) == Gone()
