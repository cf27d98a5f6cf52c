"""Two roles whose passwords are rotated in turn, on real servers."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import asyncpg
import pytest

from envaccess.domain.rotation import BlockedWhy, RotationBlockedError, RotationOp
from envaccess.domain.sources.value import Value
from envaccess.sources.postgres.rotating import PostgresRotator
from tests.fakes.postgres import PASSWORD, Tenant, login, rotated_roles, works
from tests.fakes.rotator_contract import DB_URL, FRESH, LATER, RotatorContract


@dataclass
class Issued:
    tenant: Tenant
    first: str
    options: Mapping[str, str]

    async def works(self, text: str) -> bool:
        return await works(text)


@pytest.fixture
async def issued(tenant: Tenant) -> Issued:
    found = await rotated_roles(tenant)
    return Issued(tenant, found.first, {"roles": ",".join(found.roles), "url": found.url})


@pytest.fixture
def rotator(tenant: Tenant) -> PostgresRotator:
    return PostgresRotator(tenant.source())


class TestPostgresRotator(RotatorContract):
    """What every rotator with two slots promises."""


def op(issued: Issued, text: str = "", fresh: str = FRESH, **pinned: str) -> RotationOp:
    return RotationOp("0rotate1", DB_URL, issued.options, Value(text or issued.first, "1"), fresh, pinned)


async def blocked(call: Any) -> BlockedWhy:
    with pytest.raises(RotationBlockedError) as failed:
        await call
    assert PASSWORD not in str(failed.value)
    return failed.value.why


async def test_killed_between_any_two_steps_the_value_of_the_source_always_logs_in(
    rotator: PostgresRotator, issued: Issued
) -> None:
    """Each step is run by a process that is killed after it, and again by the next one."""
    shown = issued.first
    for fresh in (FRESH, LATER, FRESH + "x"):
        planned = op(issued, shown, fresh)
        planned = replace(planned, pinned=dict(await rotator.plan(planned)))
        assert await works(shown)
        slots = [await rotator.prepare(planned) for _ in range(2)]
        assert await works(shown)
        assert slots[0] == slots[1]
        seen, shown = shown, slots[0].text  # published
        assert await works(shown)
        with pytest.raises(RotationBlockedError):  # whoever prepares now was killed before it knew of that
            await rotator.prepare(replace(planned, current=Value(shown, "2")))
        assert await works(shown)
        for _ in range(2):
            await rotator.kill_old(replace(planned, current=Value(shown, "2")))
            assert await works(shown)
        assert not await works(seen)


async def test_process_that_was_stopped_for_long_breaks_no_value_that_was_published(
    rotator: PostgresRotator, issued: Issued
) -> None:
    """It read the value before somebody else published: its password is the operation's, hence the same."""
    planned = op(issued)
    planned = replace(planned, pinned=dict(await rotator.plan(planned)))
    shown = (await rotator.prepare(planned)).text
    assert (await rotator.prepare(planned)).text == shown
    assert await works(shown)


async def test_seen_password_is_refused_and_its_open_sessions_end(
    rotator: PostgresRotator, issued: Issued
) -> None:
    planned = op(issued)
    planned = replace(planned, pinned=dict(await rotator.plan(planned)))
    shown = (await rotator.prepare(planned)).text
    async with login(issued.first) as seen, login(shown) as now:
        await rotator.kill_old(replace(planned, current=Value(shown, "2")))
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
            await seen.fetchval("SELECT 1")
        assert await now.fetchval("SELECT 1") == 1
    assert not await works(issued.first)


async def test_password_is_never_in_the_log(rotator: PostgresRotator, issued: Issued) -> None:
    await issued.tenant.run(f"ALTER ROLE {issued.tenant.minter} SET log_statement = 'all'")
    planned = op(issued, fresh="value-for-tests-in-no-log")
    planned = replace(planned, pinned=dict(await rotator.plan(planned)))
    await rotator.prepare(planned)
    assert planned.fresh not in issued.tenant.server.log


async def test_role_that_somebody_uses_is_not_taken(rotator: PostgresRotator, issued: Issued) -> None:
    other = issued.options["roles"].split(",")[1]
    await issued.tenant.run(f"ALTER ROLE {other} LOGIN PASSWORD '{PASSWORD}'")
    async with login(issued.tenant.server.dsn(other, PASSWORD, issued.tenant.database)) as session:
        assert await blocked(rotator.plan(op(issued))) is BlockedWhy.SLOTS_FULL
        assert await session.fetchval("SELECT 1") == 1


async def test_what_cannot_be_rotated_is_told_before_anything_changes(
    rotator: PostgresRotator, issued: Issued
) -> None:
    tenant = issued.tenant
    one, other = issued.options["roles"].split(",")
    assert await blocked(rotator.plan(op(issued, "postgresql://nobody:x@db/app"))) is BlockedWhy.UNREADABLE
    assert await blocked(rotator.plan(op(issued, f"host=db user={one}"))) is BlockedWhy.UNREADABLE
    for roles in (one, f"{one},{one}", f"{one},{other},third", f"{one},"):
        wrong = replace(op(issued), options={**issued.options, "roles": roles})
        assert await blocked(rotator.plan(wrong)) is BlockedWhy.MISCONFIGURED
    missing = replace(op(issued), options={**issued.options, "roles": f"{one},{tenant.name}_none"})
    assert await blocked(rotator.plan(missing)) is BlockedWhy.MISCONFIGURED
    superuser = replace(op(issued), options={**issued.options, "roles": f"{one},postgres"})
    assert await blocked(rotator.plan(superuser)) is BlockedWhy.MISCONFIGURED
    if not tenant.is_15:
        await tenant.run(f"REVOKE {other} FROM {tenant.minter}")
        planned = replace(op(issued), pinned={"old": one, "new": other})
        assert await blocked(rotator.prepare(planned)) is BlockedWhy.DENIED
    assert await works(issued.first)


async def test_two_replicas_rotate_at_once_and_the_value_logs_in(
    rotator: PostgresRotator, issued: Issued
) -> None:
    planned = op(issued)
    planned = replace(planned, pinned=dict(await rotator.plan(planned)))
    slots = await asyncio.gather(*(rotator.prepare(planned) for _ in range(4)))
    assert len({slot.text for slot in slots}) == 1
    assert await works(slots[0].text)
    after = replace(planned, current=Value(slots[0].text, "2"))
    await asyncio.gather(*(rotator.kill_old(after) for _ in range(4)))
    assert await works(slots[0].text)
    assert not await works(issued.first)


async def test_last_role_that_logs_in_is_not_ended(rotator: PostgresRotator, issued: Issued) -> None:
    """An old record that was put back ended the new role before it was published: then the old one is all."""
    planned = op(issued)
    planned = replace(planned, pinned=dict(await rotator.plan(planned)))
    shown = (await rotator.prepare(planned)).text
    await issued.tenant.run(f"ALTER ROLE {planned.pinned['new']} NOLOGIN")
    ending = rotator.kill_old(replace(planned, current=Value(shown, "2")))
    assert await blocked(ending) is BlockedWhy.LIVE_SLOT
    assert await works(issued.first)
