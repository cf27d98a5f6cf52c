"""Days on which a real database makes no login: what is told, and that nothing is left."""

import re

import pytest

from envaccess.domain.leases import Gone, Remains, StillThere
from envaccess.domain.outcome import Failure
from envaccess.store.client import Client
from tests.fakes.postgres import PASSWORD, Tenant, works
from tests.postgres.bad_day import BadDay
from tests.store.harness import StoreHarness
from tests.store.leasing import Leasing

pytestmark = pytest.mark.real
DENIED, DOWN, MISSING = Failure.SOURCE_DENIED, Failure.SOURCE_DOWN, Failure.SOURCE_MISSING


@pytest.fixture
async def day(redis: Client, tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> BadDay:
    monkeypatch.setattr("envaccess.sources.limits.SECONDS", 60.0)
    monkeypatch.setattr("envaccess.sources.postgres.session.KEPT_SECONDS", 0.3)
    store = StoreHarness(redis, tenant.workspace)
    await store.add("A")
    return BadDay(tenant, Leasing(store))


def days(tenant: Tenant) -> list[tuple[str, str, Failure, str]]:
    """What somebody does to the roles, what mends it, what it comes to, and the operators' words."""
    minter, group = tenant.minter, tenant.group
    found = [
        (f"ALTER ROLE {minter} NOCREATEROLE", f"ALTER ROLE {minter} CREATEROLE", DENIED, "lacks a privilege"),
        (f"ALTER ROLE {minter} NOLOGIN", f"ALTER ROLE {minter} LOGIN", DENIED, "may not log in"),
        (
            f"ALTER ROLE {minter} VALID UNTIL 'yesterday'", f"ALTER ROLE {minter} VALID UNTIL 'infinity'",
            DENIED, "password is refused",
        ),
        (
            f"ALTER ROLE {minter} PASSWORD 'another'", f"ALTER ROLE {minter} PASSWORD '{PASSWORD}'",
            DENIED, "password is refused",
        ),
        (
            f"ALTER ROLE {minter} CONNECTION LIMIT 0", f"ALTER ROLE {minter} CONNECTION LIMIT -1",
            DOWN, "no connection left",
        ),
        (
            f"ALTER ROLE {minter} SET default_transaction_read_only = on",
            f"ALTER ROLE {minter} RESET default_transaction_read_only", DOWN, "read-only",
        ),
        (
            f"ALTER ROLE {group} RENAME TO {group}_gone", f"ALTER ROLE {group}_gone RENAME TO {group}",
            MISSING, "no role",
        ),
        (f"ALTER ROLE {group} CREATEDB", f"ALTER ROLE {group} NOCREATEDB", DENIED, "CREATEDB"),
    ]  # fmt: skip
    if not tenant.is_15:
        grant = f"GRANT {group} TO {minter} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE"
        found.append((f"REVOKE {group} FROM {minter}", grant, DENIED, "lacks a privilege"))
        trigger = f"CREATE EVENT TRIGGER {minter}_refuses ON login EXECUTE FUNCTION {tenant.schema}.refuse()"
        undo = f"DROP EVENT TRIGGER {minter}_refuses; DROP FUNCTION {tenant.schema}.refuse()"
        found.append(
            (f"{refusing(tenant)}; {trigger}", undo, DENIED, "a trigger or function of the server's")
        )
    return found


def refusing(tenant: Tenant) -> str:
    """A function for event triggers, which lets the minting role do nothing."""
    return (
        f"CREATE FUNCTION {tenant.schema}.refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF current_user = '{tenant.minter}' THEN RAISE 'not by you: {PASSWORD}'; END IF; END $$"
    )


async def test_whatever_somebody_does_to_the_roles_is_told_and_the_use_goes_back(
    day: BadDay, tenant: Tenant
) -> None:
    for statement, mend, failure, said in days(tenant):
        await tenant.run(statement)
        outcome, told = await day.refused()
        await tenant.run(mend)
        assert outcome is failure, (statement, outcome, told)
        assert told.startswith(f"{failure}: "), statement
        assert said in told, statement
        await day.recovers()


async def test_database_that_is_gone_or_closed_to_the_group_gets_no_login(
    day: BadDay, tenant: Tenant
) -> None:
    """gravitational/teleport#52287: what was made let nobody in."""
    other = f"{tenant.name}_other"
    await tenant.run(f"CREATE DATABASE {other}")
    await tenant.run(f"REVOKE ALL ON DATABASE {other} FROM PUBLIC")
    outcome, told = await day.refused(database=other)
    assert (outcome, f"may not connect to {other}" in told) == (DENIED, True)
    await tenant.run(f"DROP DATABASE {other}")
    outcome, told = await day.refused(database=other)
    assert (outcome, f"no database {other}" in told) == (MISSING, True)
    await day.recovers()


async def test_lease_whose_group_or_database_was_dropped_meanwhile_ends(day: BadDay, tenant: Tenant) -> None:
    other, group = f"{tenant.name}_other", f"{tenant.name}_ro"
    await tenant.run(
        f"CREATE DATABASE {other}", f"CREATE ROLE {group}; GRANT {group} TO {tenant.minter} WITH ADMIN OPTION"
    )
    request = await day.leasing.store.grant("A")
    async with day.led(database=other, group=group):
        await day.leasing.shown(request)
        await tenant.run(f"DROP DATABASE {other}", f"DROP ROLE {group}")
        await day.leasing.store.revoke(request)
        await day.leasing.work()
        assert await day.leasing.kept() == []
    assert await tenant.leases().stray(tenant.workspace) == []


async def test_event_trigger_that_refuses_what_we_do_keeps_nobody_in(tenant: Tenant) -> None:
    """Roles are shared by all databases, so that only `DROP OWNED` fires one: it is told to a person."""
    lease, granted = await tenant.lease(), await tenant.lease(use=2)
    trigger = (
        f"CREATE EVENT TRIGGER {tenant.name} ON ddl_command_start EXECUTE FUNCTION {tenant.schema}.refuse()"
    )
    await tenant.run(refusing(tenant), trigger, f'GRANT SELECT ON {tenant.schema}.orders TO "{granted.role}"')
    try:
        made = await tenant.lease(use=3)
        assert await tenant.leases().revoke(made.held) == Gone()
        assert await tenant.leases().revoke(lease.held) == Gone()
        ended = await tenant.leases().revoke(granted.held)
        assert isinstance(ended, StillThere)
        assert ended.why is Remains.OWNS
        assert not await works(granted.value)
    finally:
        await tenant.run(f"DROP EVENT TRIGGER {tenant.name}")


async def test_settings_of_roles_and_functions_called_like_the_servers_own_change_nothing(
    tenant: Tenant,
) -> None:
    """CVE-2018-1058: whoever may CREATE in a schema of the search path answers in the server's place."""
    schema = tenant.schema
    body = "RETURNS bool LANGUAGE sql AS 'SELECT true'"
    await tenant.run(
        f"CREATE FUNCTION {schema}.has_schema_privilege(oid, oid, text) {body}",
        f"CREATE FUNCTION {schema}.clock_timestamp() RETURNS timestamptz LANGUAGE sql"
        " AS 'SELECT ''infinity''::timestamptz'",
        f"CREATE VIEW {schema}.pg_roles AS SELECT * FROM pg_catalog.pg_roles WHERE false",
        *(
            f"ALTER ROLE {tenant.minter} SET {setting}"
            for setting in (
                f"search_path = {schema}, pg_catalog", "password_encryption = md5", "role = NONE",
                "standard_conforming_strings = off", "default_transaction_isolation = serializable",
            )
        ),
    )  # fmt: skip
    lease = await tenant.lease()
    verifier = await tenant.ask("SELECT rolpassword FROM pg_authid WHERE oid = $1", lease.oid)
    assert verifier.startswith("SCRAM-SHA-256$")
    assert await works(lease.value)
    ends = "SELECT rolvaliduntil < clock_timestamp() + interval '1 hour' FROM pg_roles WHERE oid = $1"
    assert await tenant.ask(ends, lease.oid)
    assert await tenant.leases().revoke(lease.held) == Gone()


async def test_server_that_is_away_is_told_and_what_was_meant_to_be_made_there_is_forgotten(
    day: BadDay, tenant: Tenant
) -> None:
    away = re.sub(r":\d+/", ":1/", tenant.dsn())
    outcome, told = await day.refused(away)
    assert (outcome, "could not be reached" in told) == (DOWN, True)
    await day.recovers()
