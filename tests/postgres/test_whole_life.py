"""The whole life of a login on real servers: shown, prolonged, and ended while one of us is dead, too."""

import asyncpg
import pytest

from envaccess.store.client import Client
from tests.fakes.postgres import Tenant, login, works
from tests.store.harness import StoreHarness
from tests.store.leasing import Leasing

pytestmark = pytest.mark.real
DONE = ["lease.intended", "lease.minted", "lease.revoked"]
IS_ROLE = "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)"
UNTIL = "SELECT extract(epoch FROM rolvaliduntil - clock_timestamp()) FROM pg_roles WHERE rolname = $1"


@pytest.fixture
async def leasing(redis: Client, tenant: Tenant) -> Leasing:
    store = StoreHarness(redis, tenant.workspace)
    await store.add("A")
    leasing = Leasing(store)
    leasing.sources.options = dict(tenant.place().options)
    leasing.made_by(tenant.leases())
    return leasing


def role_of(tenant: Tenant, request: str) -> str:
    return f"ev_{tenant.workspace}_{request}_0_1"


async def test_what_is_shown_works_and_its_open_session_ends_with_the_access(
    leasing: Leasing, tenant: Tenant
) -> None:
    request, value = await leasing.granted()
    async with login(value) as session:
        await session.execute(f"INSERT INTO {tenant.schema}.orders VALUES (1)")
        await leasing.store.revoke(request)
        await leasing.work()
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
            await session.execute(f"INSERT INTO {tenant.schema}.orders VALUES (2)")
    assert not await works(value)
    assert not await tenant.ask(IS_ROLE, role_of(tenant, request))
    assert await leasing.tags() == DONE


async def test_an_extension_prolongs_it_and_keeps_the_password(leasing: Leasing, tenant: Tenant) -> None:
    request, value = await leasing.granted()
    assert 3_500 < await tenant.ask(UNTIL, role_of(tenant, request)) < 3_600
    filing = (await leasing.get(request)).sealed
    assert filing
    more = await leasing.store.file("A", extends=request, extends_mac=filing.mac)
    await leasing.store.decide(more)
    await leasing.work()
    assert 7_100 < await tenant.ask(UNTIL, role_of(tenant, request)) < 7_200
    assert await works(value)
    await leasing.pass_time(7_205)
    assert not await works(value)
    assert not await tenant.ask(IS_ROLE, role_of(tenant, request))


async def test_its_end_by_time_while_the_bot_is_dead_comes_with_the_next_process(
    leasing: Leasing, tenant: Tenant
) -> None:
    request, value = await leasing.granted()
    async with login(value):
        await leasing.pass_time(3_700, asleep=True)
        leasing.start()
        await leasing.work()
    assert not await tenant.ask(IS_ROLE, role_of(tenant, request))
    assert await leasing.tags() == DONE


async def test_its_end_while_the_database_is_dead_comes_when_that_is_back(
    leasing: Leasing, tenant: Tenant
) -> None:
    """One event, and the card is right."""
    request, value = await leasing.granted()
    away = tenant.dsn().replace(str(tenant.server.port), "1")
    leasing.made_by(tenant.leases(dsn=away))
    await leasing.store.revoke(request)
    await leasing.work()
    assert (await leasing.get(request)).leases, "it is not said to be gone"
    assert await works(value), "and it is not"
    leasing.made_by(tenant.leases())
    await leasing.pass_time(10)
    assert not await works(value)
    assert await leasing.tags() == DONE
    assert ((await leasing.get(request)).leases, (await leasing.get(request)).leases_gone) == ((), 1)


async def test_a_single_use_and_a_failed_delivery(leasing: Leasing, tenant: Tenant) -> None:
    request, value = await leasing.granted(once=True, seconds=900)
    assert 880 < await tenant.ask(UNTIL, role_of(tenant, request)) < 900
    assert await works(value)
    await leasing.store.revoke(request)
    await leasing.work()
    assert not await works(value)


async def test_an_open_session_ends_though_somebody_deletes_what_is_written_of_its_login(
    leasing: Leasing, tenant: Tenant
) -> None:
    """`VALID UNTIL` ends no session: whoever writes to Redis could keep one open for ever."""
    request, value = await leasing.granted()
    role = role_of(tenant, request)
    async with login(value) as session:
        client, runner = leasing.store.client, leasing.store.runner
        await client.delete(runner.key("source_lease", f"{request}_0_1"), runner.key("leases_at", "pg"))
        await client.delete(runner.key("request", request), runner.key("leasing"))
        await tenant.run(f"ALTER ROLE \"{role}\" VALID UNTIL '{await ago(tenant, 59)}'")
        await leasing.work()
        assert await session.fetchval("SELECT true"), "a minute is for whoever is about to end it"
        await tenant.run(f"ALTER ROLE \"{role}\" VALID UNTIL '{await ago(tenant, 61)}'")
        await leasing.work()
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
            await session.fetchval("SELECT true")
    assert not await tenant.ask(IS_ROLE, role)
    assert (await leasing.tags())[-2:] == ["lease.ending", "lease.revoked"]


async def test_roles_that_are_not_ours_are_not_ended_however_they_are_called(
    leasing: Leasing, tenant: Tenant
) -> None:
    request, _ = await leasing.granted()
    names = [f"ev_{tenant.workspace}_{request}_0_8", f"ev_{tenant.workspace}_zzzzzzzz_0_1"]
    long_ago = await ago(tenant, 3_600)
    await tenant.run(*(f"CREATE ROLE \"{name}\" LOGIN VALID UNTIL '{long_ago}'" for name in names))
    await leasing.work()
    assert [await tenant.ask(IS_ROLE, name) for name in names] == [True, True]
    assert "lease.ending" not in await leasing.tags()


async def ago(tenant: Tenant, seconds: int) -> str:
    """By the server's clock."""
    asked = "SELECT (clock_timestamp() - make_interval(secs => $1))::text"
    return str(await tenant.ask(asked, float(seconds)))


async def test_what_is_there_without_a_record_is_a_stray(leasing: Leasing, tenant: Tenant) -> None:
    request, _ = await leasing.granted()
    assert await tenant.leases().stray(tenant.workspace) == [role_of(tenant, request)]
    await leasing.store.revoke(request)
    await leasing.work()
    assert await tenant.leases().stray(tenant.workspace) == []
