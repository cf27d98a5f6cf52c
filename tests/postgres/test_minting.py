"""How the login of a lease is made, on real servers."""

import asyncio
import re
from urllib.parse import unquote, urlsplit

import asyncpg
import pytest

from envaccess.domain.leases import Gone, LeaseTooShortError, StillThere
from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from envaccess.sources.postgres import quoting, scram
from envaccess.sources.postgres.values import encoded
from tests.fakes.postgres import PASSWORD, Tenant, left, login, works

EVERY_CLASS = "aZ0 !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~äß漢🔑"
ACL_ITEMS = """
SELECT (SELECT count(*) FROM pg_shdepend WHERE refobjid = $1::regrole)
  + (SELECT cardinality(relacl) FROM pg_class WHERE oid = ($2 || '.orders')::regclass)
  + (SELECT cardinality(nspacl) FROM pg_namespace WHERE nspname = $2)
"""


async def test_password_is_never_in_the_log_of_a_server_that_logs_every_statement(tenant: Tenant) -> None:
    await tenant.run(f"ALTER ROLE {tenant.minter} SET log_statement = 'all'")
    lease = await tenant.lease()
    again = await tenant.lease()
    await tenant.leases().extend(lease.held, left(900))
    await tenant.leases().revoke(lease.held)
    log = tenant.server.log
    assert f'CREATE ROLE "{lease.role}"' in log
    assert f'ALTER ROLE "{lease.role}"' in log
    assert "SCRAM-SHA-256$" in log
    for value in (lease.value, again.value):
        assert (urlsplit(value).password or "none") not in log


async def test_rights_come_by_membership_that_is_no_right_to_act_as_the_group(tenant: Tenant) -> None:
    lease = await tenant.lease()
    async with login(lease.value) as session:
        await session.execute(f"INSERT INTO {tenant.schema}.orders VALUES (7)")
        assert await session.fetchval(f"SELECT id FROM {tenant.schema}.orders") == 7
        for forbidden in (
            f"GRANT {tenant.group} TO {tenant.minter}",
            f'GRANT "{lease.role}" TO {tenant.minter}',
            f"ALTER ROLE \"{lease.role}\" VALID UNTIL 'infinity'",
            f'ALTER ROLE "{lease.role}" CONNECTION LIMIT 99',
            f"COMMENT ON ROLE \"{lease.role}\" IS 'nobody''s'",
            "CREATE ROLE another",
            f"DELETE FROM {tenant.schema}.orders",
        ):
            with pytest.raises(asyncpg.PostgresError):
                await session.execute(forbidden)
    assert await tenant.ask("SELECT count(*) FROM pg_shdepend WHERE refobjid = $1", lease.oid) == 0


async def test_access_lists_are_as_long_after_many_mints_and_ends(
    tenant: Tenant, request: pytest.FixtureRequest
) -> None:
    """GRANTs to each role ended in `row is too big` at the 2,442nd."""
    before = await tenant.ask(ACL_ITEMS, tenant.group, tenant.schema)
    for use in range(1, request.config.getoption("--mints-tried") + 1):
        lease = await tenant.lease(use=use)
        assert await tenant.leases().revoke(lease.held) == Gone()
    assert await tenant.ask(ACL_ITEMS, tenant.group, tenant.schema) == before
    assert await tenant.leases().stray(tenant.workspace) == []


async def test_end_is_the_servers_clock_in_whatever_zone_it_lives(tenant: Tenant) -> None:
    """hashicorp/vault: an expiry without a zone ended leases hours early, or late."""
    await tenant.run(
        f"ALTER ROLE {tenant.minter} SET timezone = 'Etc/GMT-3'",
        f"ALTER ROLE {tenant.minter} SET datestyle = 'SQL, DMY'",
    )
    lease = await tenant.lease(seconds=600)
    left_there = "SELECT extract(epoch FROM rolvaliduntil - clock_timestamp()) FROM pg_roles WHERE oid = $1"
    assert 540 < await tenant.ask(left_there, lease.oid) <= 600
    await tenant.leases().extend(lease.held, left(1200))
    assert 1140 < await tenant.ask(left_there, lease.oid) <= 1200
    assert await tenant.leases().extend(lease.held, left(60)) in range(1140, 1201)
    assert 1140 < await tenant.ask(left_there, lease.oid) <= 1200


async def test_login_is_refused_after_its_end_although_nobody_ended_it(tenant: Tenant) -> None:
    """The bot may be dead: the server itself lets nobody in any more."""
    lease = await tenant.lease()
    assert await tenant.leases().alive(lease.held)
    await tenant.run(f"ALTER ROLE \"{lease.role}\" VALID UNTIL 'yesterday'")
    assert not await works(lease.value)
    assert not await tenant.leases().alive(lease.held)


async def test_nothing_is_made_with_less_than_three_seconds_left(tenant: Tenant) -> None:
    with pytest.raises(LeaseTooShortError):
        await tenant.lease(seconds=2.9)
    assert await tenant.leases().stray(tenant.workspace) == []


async def test_names_with_quotes_and_of_other_scripts_are_names(tenant: Tenant) -> None:
    group, database = f'{tenant.name} "O\'Brien"; -- \\ группа', f'{tenant.name} /?&#%@: "data" 漢'
    await tenant.run(
        f"CREATE ROLE {quoting.name(group)}",
        f"GRANT {quoting.name(group)} TO {tenant.minter} WITH ADMIN OPTION",
        f"CREATE DATABASE {quoting.name(database)}",
    )
    lease = await tenant.lease(group=group, database=database)
    async with login(lease.value) as session:
        assert await session.fetchval("SELECT current_database()") == database
        assert await session.fetchval("SELECT pg_has_role(current_user, $1, 'USAGE')", group)
    assert await tenant.leases().revoke(lease.held) == Gone()
    await tenant.run(f"DROP DATABASE {quoting.name(database)}")


async def test_name_that_the_server_would_cut_is_refused(tenant: Tenant) -> None:
    for group in ("g" * 64, "ä" * 32, "", "g\0"):
        with pytest.raises(SourceFaultError) as failed:
            await tenant.lease(group=group)
        assert failed.value.fault is SourceFault.MALFORMED


async def test_group_that_was_renamed_meanwhile_is_missed_for_new_leases_and_ends_the_old(
    tenant: Tenant,
) -> None:
    lease = await tenant.lease()
    await tenant.run(f"ALTER ROLE {tenant.group} RENAME TO {tenant.group}_renamed")
    with pytest.raises(SourceFaultError) as failed:
        await tenant.lease("0another")
    assert failed.value.fault is SourceFault.MISSING
    assert tenant.group in str(failed.value)
    assert await works(lease.value)
    await tenant.leases().extend(lease.held, left(900))
    assert await tenant.leases().revoke(lease.held) == Gone()


async def test_lease_that_was_ended_is_never_made_again(tenant: Tenant) -> None:
    """A tombstone stays locked out, whoever mints with its id."""
    lease = await tenant.lease()
    await tenant.run(f'ALTER ROLE "{lease.role}" NOLOGIN PASSWORD NULL')
    for call in (tenant.lease(), tenant.leases().extend(lease.held, left(900))):
        with pytest.raises(SourceFaultError) as failed:
            await call
        assert failed.value.fault in {SourceFault.DELETED, SourceFault.MISSING}
    assert not await works(lease.value)
    assert not await tenant.leases().alive(lease.held)


async def test_role_of_that_name_that_we_did_not_make_is_not_taken(tenant: Tenant) -> None:
    await tenant.run(f"CREATE ROLE \"ev_{tenant.workspace}_0request_0_1\" LOGIN PASSWORD '{PASSWORD}'")
    with pytest.raises(SourceFaultError) as failed:
        await tenant.lease()
    assert failed.value.fault is SourceFault.DENIED


async def test_sessions_of_one_lease_are_bounded(tenant: Tenant) -> None:
    lease = await tenant.lease()
    assert await tenant.ask("SELECT rolconnlimit FROM pg_roles WHERE oid = $1", lease.oid) == 10


async def test_two_replicas_make_and_end_one_lease_at_once(
    tenant: Tenant, request: pytest.FixtureRequest
) -> None:
    """Whatever comes first, nothing is left once it was ended and nobody makes it any more."""
    for use in range(1, request.config.getoption("--races-tried") + 1):
        first = await tenant.lease(use=use)
        calls = [
            *(tenant.lease(use=use) for _ in range(2)),
            *(tenant.leases().revoke(first.held) for _ in range(2)),
            tenant.leases().extend(first.held, left(600)),
        ]
        done = await asyncio.gather(*calls, return_exceptions=True)
        for one in done:
            assert not isinstance(one, BaseException) or isinstance(one, SourceFaultError), repr(one)
            assert not isinstance(one, StillThere), one
        assert await tenant.leases().revoke(first.held) == Gone()
    assert await tenant.leases().stray(tenant.workspace) == []


async def test_two_replicas_make_one_lease_at_once_and_one_of_the_passwords_works(tenant: Tenant) -> None:
    both = await asyncio.gather(tenant.lease(), tenant.lease(), return_exceptions=True)
    made = [one for one in both if not isinstance(one, BaseException)]
    assert made
    assert len({one.oid for one in made}) == 1
    assert sum([await works(one.value) for one in made]) == 1


async def test_url_takes_a_login_of_every_character(tenant: Tenant) -> None:
    """What is filled into a URL is percent-encoded: `@`, `/`, `%` and the like stay the password's."""
    password = "".join(char for char in EVERY_CLASS if char.isascii())
    await tenant.run(f"ALTER ROLE {tenant.minter} PASSWORD {quoting.text(password)}")
    dsn = tenant.server.dsn(tenant.minter, encoded(password), tenant.database)
    assert unquote(urlsplit(dsn).password or "") == password
    async with tenant.source(dsn=dsn).session() as session:
        assert await session.fetchval("SELECT current_user") == tenant.minter
    assert unquote(encoded(EVERY_CLASS)) == EVERY_CLASS
    assert re.fullmatch(r"[A-Za-z0-9%_.~-]+", encoded(EVERY_CLASS))


async def test_template_is_filled_with_the_login(tenant: Tenant) -> None:
    lease = await tenant.lease(url="PGUSER={user} PGPASSWORD={password} PGHOST=db")
    found = re.fullmatch(r"PGUSER=(\w+) PGPASSWORD=([A-Za-z0-9]{40}) PGHOST=db", lease.value)
    assert found
    assert found[1] == lease.role
    assert await works(tenant.server.dsn(found[1], found[2], tenant.database))


async def test_verifier_is_the_one_that_the_server_would_make(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has the password logs in with the verifier that was sent in its place."""
    monkeypatch.setattr(scram, "ITERATIONS", 4096)
    for password in (scram.new_password(), "value-for-tests"):
        await tenant.run(f"ALTER ROLE {tenant.minter} PASSWORD '{scram.verifier(password)}'")
        assert await works(tenant.server.dsn(tenant.minter, password, tenant.database))
        assert not await works(tenant.server.dsn(tenant.minter, password + "x", tenant.database))
