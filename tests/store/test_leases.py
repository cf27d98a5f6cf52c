"""The life of a lease: made for one use, prolonged with its grant, and gone with it."""

from typing import Any

import pytest

from envaccess.application.people.leavers import sweep
from envaccess.domain.delivery import NotDelivered
from envaccess.domain.end_reasons import EndReason
from envaccess.domain.leases import Standing
from envaccess.domain.outcome import Failure
from envaccess.domain.person import Person
from envaccess.domain.request import GrantState
from envaccess.domain.sources.faults import SourceFault
from envaccess.store.exclusive import ExclusiveLease
from tests.store.harness import ALICE, OPERATOR, StoreHarness, var
from tests.store.leasing import Leasing

DONE = ["lease.intended", "lease.minted", "lease.revoked"]


@pytest.fixture
def leasing(harness: StoreHarness) -> Leasing:
    return Leasing(harness)


async def test_what_was_shown_works_until_its_grant_ends_and_then_nothing_of_it_is_left(
    leasing: Leasing,
) -> None:
    request, value = await leasing.granted()
    assert leasing.server.log_in(value)
    await leasing.pass_time(3_602)
    assert not leasing.server.log_in(value)
    assert (leasing.server.roles, leasing.server.sessions) == ({}, [])
    assert await leasing.tags() == DONE
    assert await leasing.kept() == []
    found = await leasing.get(request)
    assert (found.leases, found.leases_gone) == ((), 1)


async def test_it_ends_as_soon_as_somebody_ends_the_grant(leasing: Leasing) -> None:
    request, value = await leasing.granted()
    leasing.server.log_in(value)
    await leasing.store.revoke(request)
    await leasing.work()
    assert (leasing.server.roles, leasing.server.sessions) == ({}, [])
    assert await leasing.tags() == DONE


async def test_a_lock_or_a_deleted_variable_ends_it_too(leasing: Leasing) -> None:
    for end in ("person", "variable", "deleted"):
        await leasing.store.add("A")
        _, value = await leasing.granted()
        if end == "deleted":
            await leasing.store.sealed.delete(leasing.store.op(), var("A"), OPERATOR)
        else:
            await leasing.store.lock(ALICE if end == "person" else "A")
            await leasing.store.unlock(ALICE if end == "person" else "A")
        await leasing.work()
        assert not leasing.server.log_in(value), end
        assert leasing.server.roles == {}, end


async def test_what_a_single_use_showed_lives_a_quarter_of_an_hour_from_the_use(leasing: Leasing) -> None:
    request = await leasing.store.grant("A", once=True, seconds=900)
    await leasing.pass_time(800)
    value = await leasing.shown(request)
    found = await leasing.get(request)
    assert found.grant is GrantState.USED_UP
    assert [one.standing for one in found.leases] == [Standing.MINTED]
    await leasing.pass_time(600)
    assert leasing.server.log_in(value)
    await leasing.pass_time(302)
    assert leasing.server.roles == {}
    assert await leasing.tags() == DONE


@pytest.mark.parametrize("end", ["revoke", "person", "variable", "deleted"])
async def test_what_a_single_use_showed_can_be_ended_like_any_access(leasing: Leasing, end: str) -> None:
    request, value = await leasing.granted(once=True, seconds=900)
    if end == "revoke":
        await leasing.store.revoke(request)
    elif end == "deleted":
        await leasing.store.sealed.delete(leasing.store.op(), var("A"), OPERATOR)
    else:
        await leasing.store.lock(ALICE if end == "person" else "A")
    await leasing.work()
    assert not leasing.server.log_in(value)
    assert leasing.server.roles == {}


async def test_more_time_for_a_grant_is_more_time_for_what_was_shown(leasing: Leasing) -> None:
    request, value = await leasing.granted()
    more = await leasing.store.file(
        "A",
        extends=request,
        extends_mac=(await leasing.get(request)).sealed.mac,  # type: ignore[union-attr]
    )
    await leasing.store.decide(more)
    await leasing.work()
    await leasing.pass_time(3_700)
    assert leasing.server.log_in(value), "the same password goes on working"
    assert await leasing.tags() == ["lease.intended", "lease.minted", "lease.extended"]
    await leasing.pass_time(3_500)
    assert leasing.server.roles == {}


async def test_each_reveal_has_a_login_of_its_own_and_all_end_together(leasing: Leasing) -> None:
    request, first = await leasing.granted()
    values = {first, *[await leasing.shown(request) for _ in range(4)]}
    assert len(values) == len(leasing.server.roles) == 5
    assert all(leasing.server.log_in(value) for value in values)
    assert await leasing.reveal(request) is Failure.LEASES_FULL
    assert len(leasing.server.roles) == 5
    assert (await leasing.get(request)).reveals == 5, "the use went back"
    await leasing.store.revoke(request)
    await leasing.work()
    assert leasing.server.roles == {}


async def test_nothing_is_made_in_the_last_seconds(leasing: Leasing) -> None:
    request = await leasing.store.grant("A")
    await leasing.pass_time(3_597)
    assert await leasing.reveal(request) is Failure.LEASE_SHORT
    assert leasing.server.made == 0
    assert await leasing.tags() == []


async def test_what_is_made_ends_a_second_before_its_grant(leasing: Leasing) -> None:
    await leasing.granted()
    (role,) = leasing.server.roles.values()
    left = role.valid_until - leasing.server.now
    assert 3_590_000 < left <= 3_599_000


@pytest.mark.parametrize("mute", [False, True])
async def test_what_failed_was_shown_to_nobody_and_leaves_nothing(leasing: Leasing, mute: bool) -> None:
    request = await leasing.store.grant("A")
    leasing.server.mute = mute
    leasing.server.fault = None if mute else SourceFault.DOWN
    assert await leasing.reveal(request) is (Failure.SOURCE_SLOW if mute else Failure.SOURCE_DOWN)
    assert (await leasing.get(request)).reveals == 0
    leasing.server.mute, leasing.server.fault = False, None
    await leasing.work()
    await leasing.pass_time(31)
    assert leasing.server.roles == {}
    assert await leasing.kept() == []
    value = await leasing.shown(request)
    assert leasing.server.log_in(value)


async def test_what_slack_did_not_take_ends_at_once(leasing: Leasing) -> None:
    request = await leasing.store.grant("A")
    leasing.delivery.outcome = NotDelivered(Failure.SLACK_REFUSED)
    assert await leasing.reveal(request) is Failure.SLACK_REFUSED
    await leasing.work()
    assert leasing.server.roles == {}


@pytest.mark.parametrize("once", [True, False])
async def test_what_somebody_was_shown_ends_when_they_leave_also_by_the_sweep(
    leasing: Leasing, once: bool
) -> None:
    """A lost `user_change` is made good within the hour; a single use is over by then, its login is not."""
    _, value = await leasing.granted(once=once, seconds=900)
    leasing.directory.people[ALICE] = Person(ALICE, leasing.store.workspace, deleted=True)
    assert await sweep(leasing.context) == 1
    await leasing.work()
    assert not leasing.server.log_in(value)
    assert leasing.server.roles == {}


async def test_a_restored_backup_ends_what_lives_in_it(leasing: Leasing) -> None:
    """A database knows nothing of a restore: what was made lives on there until it is told."""
    _, value = await leasing.granted()
    await leasing.granted(once=True, seconds=900)
    await ExclusiveLease(leasing.store.runner, "restoring").end_live(OPERATOR, EndReason.RESTORED)
    await leasing.work()
    assert not leasing.server.log_in(value)
    assert leasing.server.roles == {}


async def test_who_writes_to_redis_prolongs_nothing(leasing: Leasing) -> None:
    """Law 13: an extension that nobody agreed to is one of Redis alone."""
    request, value = await leasing.granted()
    runner, late = leasing.store.runner, await leasing.store.now() + 30 * 86_400_000
    name = runner.key("source_lease", f"{request}_0_1")
    await leasing.store.client.hset(name, mapping={"ends_at": str(late), "extending": "1"})
    await leasing.store.client.zadd(runner.key("leases_at", "pg"), {f"{request}_0_1": 1})
    await leasing.work()
    await leasing.pass_time(3_700)
    assert not leasing.server.log_in(value)


async def test_who_writes_to_redis_has_nothing_ended_but_by_an_id_of_ours(leasing: Leasing) -> None:
    """What is pinned, such as another role's oid, is sealed; without its seal only the id counts."""
    request, _ = await leasing.granted()
    runner = leasing.store.runner
    name, other = runner.key("source_lease", f"{request}_0_1"), runner.key("source_lease", "postgres")
    await leasing.store.client.hset(name, mapping={"seal": "lease.1.1.{}", "state": "ending"})
    fields: Any = await leasing.store.client.hgetall(name)
    await leasing.store.client.hset(other, mapping=fields)
    await leasing.store.client.zadd(runner.key("leases_at", "pg"), {f"{request}_0_1": 1, "postgres": 1})
    await leasing.work()
    assert {lease for _, lease in leasing.server.calls} == {f"ev_T0ACME_{request}_0_1"}
    assert leasing.server.roles == {}
