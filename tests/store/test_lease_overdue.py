"""Whoever writes to Redis and has no key keeps no open session alive past the end (law 13).

A database refuses new logins by then by itself, but leaves open sessions alone.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from envaccess.domain.leases import HeldLease, LeaseId
from envaccess.domain.outcome import Claim
from envaccess.domain.person import Person
from envaccess.domain.sources.faults import SourceFault
from tests.store.harness import ALICE, StoreHarness
from tests.store.leasing import Leasing

OTHER = "U0CAROL"
FAR = 9_000_000_000_000
END = 3_602
LATE = 70
"""Seconds after which nobody waits any longer for what is written of a login."""


@pytest.fixture
def leasing(harness: StoreHarness) -> Leasing:
    return Leasing(harness)


class Forger:
    """Writes to Redis what is of use."""

    def __init__(self, leasing: Leasing, request: str) -> None:
        self.short = f"{request}_0_1"
        self.request = request
        self.leasing, self.runner = leasing, leasing.store.runner
        self.client: Any = leasing.store.client

    def key(self, kind: str, *of: str) -> str:
        return self.runner.key(kind, *of)

    async def write(self, **fields: object) -> None:
        await self.client.hset(self.key("source_lease", self.short), mapping=fields)

    async def hide(self) -> None:
        """The end of its grant ends what its request lists, too."""
        await self.client.hdel(self.key("request", self.request), "leases")

    async def forget(self) -> None:
        await self.client.delete(self.key("source_lease", self.short), self.key("leases_at", "pg"))
        await self.client.delete(self.key("leasing"))

    async def forget_all(self) -> None:
        await self.forget()
        await self.client.delete(self.key("request", self.request), self.key("grant", self.request))

    async def defer(self) -> None:
        await self.client.zadd(self.key("leases_at", "pg"), {self.short: FAR})
        await self.client.zrem(self.key("deadlines"), f"lease:{self.short}")

    async def unlist(self) -> None:
        await self.client.zrem(self.key("leases_at", "pg"), self.short)
        await self.client.zrem(self.key("deadlines"), f"lease:{self.short}")

    async def prolong(self) -> None:
        await self.write(ends_at=FAR, works_deadline=FAR)
        await self.defer()

    async def move(self) -> None:
        await self.write(source="nowhere")

    async def look(self) -> None:
        """It is to be looked at now."""
        await self.client.zadd(self.key("leases_at", "pg"), {self.short: 1})
        await self.client.hset(self.key("leasing"), "pg", "1")

    async def spoil(self) -> None:
        await self.write(state="paused")
        await self.defer()

    async def say_it_ends(self) -> None:
        await self.write(state="ending", ending_at=FAR)
        await self.defer()

    async def give_to_another(self) -> None:
        await self.write(request=await self.leasing.store.grant("B", seconds=8 * 3_600))
        await self.defer()


@pytest.mark.parametrize(
    "forge",
    [
        Forger.forget,
        Forger.forget_all,
        Forger.defer,
        Forger.unlist,
        Forger.prolong,
        Forger.move,
        Forger.spoil,
        Forger.say_it_ends,
        Forger.give_to_another,
    ],
)
async def test_whatever_is_made_of_its_record_an_open_session_ends_and_the_audit_says_so(
    leasing: Leasing, forge: Callable[[Forger], Awaitable[None]]
) -> None:
    request, value = await leasing.granted()
    assert leasing.server.log_in(value)
    forger = Forger(leasing, request)
    await forge(forger)
    await forger.hide()
    await leasing.pass_time(END - 10)
    await forge(forger)
    await forger.hide()
    await leasing.pass_time(10 + LATE)
    assert (leasing.server.sessions, leasing.server.roles) == ([], {})
    assert await leasing.kept() == []
    told = [one for one in await leasing.store.events() if one.event in {"lease.ending", "lease.revoked"}]
    assert [one.event for one in told] == ["lease.ending", "lease.revoked"]
    assert {one.detail["why"] for one in told} == {"overdue"}
    assert {one.detail["lease"] for one in told} == {f"ev_{leasing.store.workspace}_{request}_0_1"}
    assert {one.request for one in told} == {request}
    assert {one.requester for one in told} <= {ALICE, ""}


async def test_a_source_that_always_has_something_to_do_is_asked_as_well(leasing: Leasing) -> None:
    request, value = await leasing.granted()
    assert leasing.server.log_in(value)
    leasing.directory.people[OTHER] = Person(OTHER, leasing.store.workspace)
    busy = await leasing.store.grant("A", who=OTHER, seconds=8 * 3_600)
    claim = await leasing.store.claim(busy, who=OTHER)
    assert isinstance(claim, Claim)
    assert await leasing.hand_over(claim) is None
    await leasing.pass_time(END + LATE, asleep=True)
    await Forger(leasing, request).forget()
    for _ in range(3):
        await Forger(leasing, busy).look()
        await leasing.sweep.step("pg")
    assert leasing.server.sessions == []


async def test_the_end_that_was_asked_for_and_then_deferred_comes_at_its_own_time(leasing: Leasing) -> None:
    request, value = await leasing.granted()
    assert leasing.server.log_in(value)
    await leasing.store.revoke(request)
    await Forger(leasing, request).defer()
    await leasing.pass_time(END)
    assert leasing.server.sessions, "until then who deletes an end has the time that was agreed to"
    await leasing.pass_time(LATE)
    assert (leasing.server.sessions, leasing.server.roles) == ([], {})


async def test_what_is_tended_as_it_should_be_is_ended_once_and_as_time_ends_it(leasing: Leasing) -> None:
    await leasing.granted()
    await leasing.pass_time(END + 1_000, asleep=True)
    leasing.start()
    await leasing.work()
    assert await leasing.tags() == ["lease.intended", "lease.minted", "lease.revoked"]


async def test_two_replicas_that_find_the_same_one_end_it_once(leasing: Leasing) -> None:
    request, _ = await leasing.granted()
    await Forger(leasing, request).forget()
    await leasing.pass_time(END + LATE, asleep=True)
    held = HeldLease(LeaseId(f"ev_{leasing.store.workspace}_{request}_0_1"), *_of(leasing))
    assert await leasing.leases.take_up(held)
    assert not await leasing.another().leases.take_up(held)
    await leasing.work()
    assert (await leasing.tags())[-2:] == ["lease.ending", "lease.revoked"]


async def test_an_extension_that_its_source_was_not_told_of_yet_is_no_end(leasing: Leasing) -> None:
    request, value = await leasing.granted()
    leasing.server.log_in(value)
    filing = (await leasing.get(request)).sealed
    assert filing
    leasing.server.fault = SourceFault.DOWN
    more = await leasing.store.file("A", extends=request, extends_mac=filing.mac)
    await leasing.store.decide(more)
    await leasing.pass_time(END + LATE)
    leasing.server.fault = None
    held = await leasing.sources.makers["pg"].overdue(leasing.store.workspace)
    assert len(held) == 1
    await leasing.pass_time(301)
    assert leasing.server.log_in(value)
    assert len(leasing.server.sessions) == 2
    assert "lease.ending" not in await leasing.tags()


async def test_nothing_is_taken_up_that_works_still_or_is_another_workspaces(leasing: Leasing) -> None:
    request, value = await leasing.granted()
    await Forger(leasing, request).forget()
    leasing.server.create("ev_T0ANOTHER_00000001_0_1", 1)
    leasing.server.create("ev_nobody", 1)
    await leasing.pass_time(END - 100)
    assert leasing.server.log_in(value), "another installation may have made it"
    await leasing.pass_time(100 + LATE)
    assert sorted(leasing.server.roles) == ["ev_T0ANOTHER_00000001_0_1", "ev_nobody"]


async def test_what_is_left_to_a_person_is_told_once_however_often_it_is_found(leasing: Leasing) -> None:
    request, value = await leasing.granted()
    leasing.server.roles[value.partition(":")[0]].owns = 1
    await leasing.pass_time(END)
    for _ in range(5):
        await leasing.pass_time(400)
    assert (await leasing.tags()).count("lease.stuck") == 1
    assert "lease.ending" not in await leasing.tags()
    assert [one.is_tombstone for one in await leasing.kept()] == [True]
    await Forger(leasing, request).forget()
    await leasing.pass_time(400)
    assert [one.is_tombstone for one in await leasing.kept()] == [True]
    assert (await leasing.tags()).count("lease.stuck") == 2


async def test_forged_record_of_anothers_role_ends_nothing_but_what_its_id_names(leasing: Leasing) -> None:
    """The seal of a living login under the id of one that never was: what is pinned in it does not count."""
    request, value = await leasing.granted()
    forger = Forger(leasing, request)
    seal = await forger.client.hget(forger.key("source_lease", forger.short), "seal")
    forger.short = f"{request}_0_9"
    await forger.write(
        state="ending", source="pg", request=request, requester="U0", variable="A", seal=seal, ending_at=1,
        ends_at=1, works_deadline=1, intended_at=1, minted_at=1, schema=1, id=forger.short, names="A",
    )  # fmt: skip
    await forger.client.zadd(forger.key("leases_at", "pg"), {forger.short: 1})
    await leasing.work()
    assert leasing.server.log_in(value)
    assert ("revoke", f"ev_{leasing.store.workspace}_{forger.short}") in leasing.server.calls


async def test_a_source_that_the_file_no_longer_has_is_an_alarm_only_while_something_lives_there(
    leasing: Leasing,
) -> None:
    request, _ = await leasing.granted()
    makers = dict(leasing.sources.makers)
    leasing.sources.makers.clear()
    await leasing.work(1)
    assert ("lease_source_missing", "pg") in leasing.alarms.told
    leasing.sources.makers.update(makers)
    await leasing.store.revoke(request)
    await leasing.work()
    leasing.sources.makers.clear()
    await leasing.sweep.step("pg")
    assert leasing.alarms.told == {}


def _of(leasing: Leasing) -> tuple[Any, str]:
    return next(iter(leasing.sources.leased)), "pg"
