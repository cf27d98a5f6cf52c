"""Grants that begin later, last longer, warn and lapse, on both kinds of server: exact to the millisecond."""

import pytest

from envaccess.domain.outcome import Decided, Ended, Filed
from envaccess.domain.policy.rules import Starts
from envaccess.domain.policy.ruling import Ruling
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import GrantState, State
from tests.fakes.rulings import ruled
from tests.store.house import ALICE, CAROL, HOUR, MINUTE, OPERATOR, House, var

FIRST_USE = ruled(starts=Starts.FIRST_USE, use_within=600)
USE_SOON = ruled(use_within=600)


def why(outcome: object) -> Reason:
    assert isinstance(outcome, Refusal)
    return outcome.reason


async def pass_and_work(house: House, milliseconds: float) -> None:
    await house.pass_time(milliseconds)
    await house.work()


async def scheduled(house: House, wait: int = HOUR) -> str:
    """A grant of an hour that begins after this wait, milliseconds."""
    starts = await house.now() + wait
    return await house.grant("A", starts_at=starts, ruling=ruled())


# Scheduled starts


async def test_before_its_hour_a_scheduled_grant_gives_nothing_and_can_be_ended(house: House) -> None:
    request = await scheduled(house)
    found = await house.get(request)
    assert (found.grant, found.expires_at, await house.left(request)) == (GrantState.WAITING, 0, -2)
    refusal = await house.claim(request)
    assert isinstance(refusal, Refusal)
    assert (refusal.reason, refusal.at) == (Reason.NOT_BEGUN, found.starts_at)
    assert why(await house.reveals.claim_named(house.op(), var("A"), ALICE)) is Reason.NOT_BEGUN
    assert isinstance(await house.revoke(request), Ended)
    await pass_and_work(house, 2 * HOUR)
    assert (await house.get(request)).grant is GrantState.REVOKED
    assert "grant.activated" not in await house.tags()


@pytest.mark.parametrize("late", [0, 1, 7 * MINUTE, HOUR - 2_000])
async def test_it_begins_to_the_millisecond_however_late_a_worker_runs(house: House, late: int) -> None:
    """A stop over the hour takes nothing from what comes after it, and adds nothing to its end."""
    request = await scheduled(house)
    starts = (await house.get(request)).starts_at - await house.now()
    await pass_and_work(house, starts + late)
    found = await house.get(request)
    assert found.grant is GrantState.ACTIVE
    assert found.expires_at == found.starts_at + HOUR
    assert 0 < await house.left(request) <= HOUR - late
    assert found.calls == 2 + found.warnings, "its requester is told that it has begun"


async def test_whoever_is_there_before_the_worker_begins_it(house: House) -> None:
    request = await scheduled(house)
    await house.pass_time(HOUR + MINUTE)
    claim = await house.use(request)
    assert claim.expires_at == (await house.get(request)).starts_at + HOUR


async def test_what_was_slept_through_whole_lapses_and_is_no_access(house: House) -> None:
    request = await scheduled(house)
    await pass_and_work(house, 2 * HOUR + MINUTE)
    found = await house.get(request)
    assert (found.grant, found.ended_at) == (GrantState.LAPSED, found.starts_at + HOUR)
    assert "grant.activated" not in await house.tags()
    assert why(await house.claim(request)) is Reason.ENDED


async def test_an_hour_that_has_passed_at_the_approval_begins_at_once(house: House) -> None:
    request = await house.file("A", starts_at=await house.now() + MINUTE)
    await house.pass_time(10 * MINUTE)
    decided = await house.decide(request)
    assert isinstance(decided, Decided)
    found = await house.get(request)
    assert (decided.grant, found.expires_at) == (GrantState.ACTIVE, found.decided_at + HOUR)


async def test_deleting_a_variable_ends_what_has_not_begun(house: House) -> None:
    for request in (await scheduled(house), await house.grant("A", CAROL, ruling=FIRST_USE)):
        await house.sealed.delete(house.op(), var("A"), OPERATOR)
        assert (await house.get(request)).grant is GrantState.REVOKED
        await house.add("A")


# First use


async def test_the_first_use_starts_the_clock_and_the_second_does_not(house: House) -> None:
    request = await house.grant(ruling=FIRST_USE)
    assert (await house.get(request)).waits_for_use
    await house.pass_time(9 * MINUTE)
    first = await house.use(request)
    began = await house.now()
    assert abs(first.expires_at - HOUR - began) < 1_000
    ends = (await house.get(request)).expires_at
    await house.use(request)
    assert (await house.get(request)).expires_at == ends
    assert (await house.tags()).count("grant.activated") == 1
    await pass_and_work(house, 30 * MINUTE)
    assert (await house.get(request)).live, "what is used does not lapse"


async def test_by_name_what_runs_already_is_used_before_a_clock_is_started(house: House) -> None:
    unused = await house.grant("A", ruling=FIRST_USE)
    running = await house.grant("A,B")
    claim = await house.reveals.claim_named(house.op(), var("A"), ALICE)
    assert not isinstance(claim, Refusal)
    assert claim.id == running
    await house.revoke(running)
    claim = await house.reveals.claim_named(house.op(), var("A"), ALICE)
    assert not isinstance(claim, Refusal)
    assert claim.id == unused


@pytest.mark.parametrize("ruling", [FIRST_USE, USE_SOON], ids=["first use", "use within"])
async def test_what_nobody_uses_in_time_lapses_also_before_any_worker_ran(
    house: House, ruling: Ruling
) -> None:
    request = await house.grant(ruling=ruling)
    decided = (await house.get(request)).decided_at
    await house.pass_time(10 * MINUTE)
    found = await house.get(request)
    assert (found.grant, found.ended_at - found.decided_at) == (GrantState.LAPSED, 10 * MINUTE)
    assert why(await house.claim(request)) is Reason.ENDED
    assert await house.left(request) == -2
    await house.work()
    assert (await house.tags()).count("grant.lapsed") == 1
    assert decided > found.decided_at


async def test_a_first_use_that_the_policy_does_not_bound_waits_for_eight_hours(house: House) -> None:
    request = await house.grant(ruling=ruled(starts=Starts.FIRST_USE))
    await pass_and_work(house, 8 * HOUR - MINUTE)
    assert (await house.get(request)).grant is GrantState.WAITING
    await pass_and_work(house, MINUTE)
    assert (await house.get(request)).grant is GrantState.LAPSED


async def test_what_was_used_in_time_is_kept_to_its_end(house: House) -> None:
    request = await house.grant(ruling=USE_SOON)
    await house.pass_time(9 * MINUTE)
    await house.use(request)
    await pass_and_work(house, 40 * MINUTE)
    assert (await house.get(request)).live
    await pass_and_work(house, 12 * MINUTE)
    assert (await house.get(request)).grant is GrantState.EXPIRED


async def test_a_use_that_failed_is_none_and_the_grant_lapses(house: House) -> None:
    request = await house.grant(ruling=USE_SOON)
    claim = await house.use(request)
    await house.reveals.give_back(claim, "source_down")
    await pass_and_work(house, 11 * MINUTE)
    assert (await house.get(request)).grant is GrantState.LAPSED


# Extensions


async def extended(house: House, granted: str, seconds: int = 3600, most: int = 8 * 3600) -> str:
    """A request for more time, approved."""
    ruling = ruled(max_seconds=most)
    more = await house.file("A", seconds=seconds, extends=granted, ruling=ruling)
    assert isinstance(await house.decide(more), Decided)
    return more


async def test_an_extension_has_no_gap_and_no_grant_of_its_own(house: House) -> None:
    granted = await house.grant("A")
    ends = (await house.get(granted)).expires_at
    await house.pass_time(50 * MINUTE)
    more = await extended(house, granted)
    prolonged, asked = await house.get(granted), await house.get(more)
    assert prolonged.expires_at == asked.expires_at == ends - 50 * MINUTE + HOUR
    assert (asked.state, asked.extended, asked.grant) == (State.APPROVED, True, None)
    assert await house.left(more) == -2
    assert HOUR < await house.left(granted) <= 70 * MINUTE
    await pass_and_work(house, 69 * MINUTE)
    assert (await house.get(granted)).live
    await pass_and_work(house, 2 * MINUTE)
    assert (await house.get(granted)).grant is GrantState.EXPIRED


async def test_an_extension_that_is_decided_after_the_end_is_a_grant_of_its_own(house: House) -> None:
    """Its clock starts when it is agreed to: nobody had access in between, and no record says so."""
    granted = await house.grant("A")
    more = await house.file("A", extends=granted, ruling=ruled())
    await house.pass_time(2 * HOUR)
    await house.decide(more)
    first, second = await house.get(granted), await house.get(more)
    assert (first.grant, second.grant, second.extended) == (GrantState.EXPIRED, GrantState.ACTIVE, False)
    assert second.expires_at == second.decided_at + HOUR


async def test_however_often_it_is_extended_it_never_lasts_longer_than_the_policy_lets_it(
    house: House,
) -> None:
    granted = await house.grant("A")
    for _ in range(4):
        await extended(house, granted, seconds=3600, most=7200)
        assert await house.left(granted) <= 2 * HOUR
    assert await house.left(granted) > 2 * HOUR - MINUTE


async def test_an_extension_never_makes_it_shorter(house: House) -> None:
    granted = await house.grant("A", seconds=7200)
    ends = (await house.get(granted)).expires_at
    await extended(house, granted, seconds=60, most=600)
    assert (await house.get(granted)).expires_at == ends


async def test_an_extension_is_of_all_of_it_or_of_nothing(house: House) -> None:
    """One grant has one end: prolonging a part of it would prolong what nobody agreed to."""
    granted = await house.grant("A,B")
    ends = (await house.get(granted)).expires_at
    more = await house.file("A,B", extends=granted, ruling=ruled())
    assert why(await house.decide(more, variables=(var("A"),))) is Reason.NOT_WIDER
    assert (await house.get(granted)).expires_at == ends
    await house.decide(more, seconds=600)
    assert (await house.get(granted)).expires_at == ends + 10 * MINUTE


async def test_only_ones_own_live_timed_grant_is_extended(house: House) -> None:
    once = await house.grant("A", once=True, seconds=900)
    theirs, ended = await house.grant("A", CAROL), await house.grant("A")
    await house.revoke(ended)
    for other in (once, theirs, ended, await house.file("B"), "zzzzzzzz"):
        new = house.new("A", extends=other, ruling=ruled())
        assert why(await house.requests.open(house.op(), new)) is Reason.NOT_EXTENDABLE


async def test_asking_twice_to_extend_the_same_is_one_request(house: House) -> None:
    granted = await house.grant("A")
    more = await house.file("A", extends=granted, ruling=ruled())
    again = await house.requests.open(house.op(), house.new("A", extends=granted, ruling=ruled()))
    assert isinstance(again, Filed)
    assert (again.id, again.repeated) == (more, True)
    assert await house.file("A") != more, "asking for a grant beside it is another request"


# Warnings


@pytest.mark.parametrize(
    ("seconds", "before"),
    [(3600, 15 * 60), (8 * 3600, 15 * 60), (1200, 300), (300, 75), (299, 0), (60, 0)],
)
async def test_its_requester_is_warned_once_before_the_end(house: House, seconds: int, before: int) -> None:
    request = await house.grant(seconds=seconds)
    await pass_and_work(house, (seconds - before) * 1000 - 500)
    assert "grant.expiring" not in await house.tags()
    for _ in range(3):
        await pass_and_work(house, 500 if before else 100)
    found = await house.get(request)
    assert found.warnings == (await house.tags()).count("grant.expiring") == bool(before)
    assert found.calls == 1 + bool(before)


async def test_what_is_over_already_is_not_warned_of(house: House) -> None:
    await house.grant()
    await pass_and_work(house, 61 * MINUTE)
    assert (await house.tags())[-1] == "grant.expired"
    assert "grant.expiring" not in await house.tags()


async def test_a_once_is_never_warned_of(house: House) -> None:
    await house.grant(once=True, seconds=900)
    await pass_and_work(house, 899_000)
    assert "grant.expiring" not in await house.tags()


async def test_what_is_extended_is_warned_of_again_before_its_new_end(house: House) -> None:
    granted = await house.grant("A")
    await pass_and_work(house, 46 * MINUTE)
    assert (await house.get(granted)).warned_at
    await extended(house, granted)
    assert not (await house.get(granted)).warned_at
    await pass_and_work(house, 58 * MINUTE)
    assert (await house.tags()).count("grant.expiring") == 1
    await pass_and_work(house, 2 * MINUTE)
    assert (await house.tags()).count("grant.expiring") == 2
