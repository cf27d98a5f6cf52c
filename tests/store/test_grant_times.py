"""Grants that begin later, last longer, warn and lapse, on both kinds of server: exact to the millisecond."""

import pytest

from envaccess.domain.outcome import Decided, Ended, Filed
from envaccess.domain.policy.rules import Starts
from envaccess.domain.policy.ruling import Ruling
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import GrantState, State
from tests.fakes.rulings import ruled
from tests.store.harness import ALICE, CAROL, HOUR, MINUTE, OPERATOR, StoreHarness, var

FIRST_USE = ruled(starts=Starts.FIRST_USE, use_within=600)
USE_SOON = ruled(use_within=600)


def why(outcome: object) -> Reason:
    assert isinstance(outcome, Refusal)
    return outcome.reason


async def pass_and_work(harness: StoreHarness, milliseconds: float) -> None:
    await harness.pass_time(milliseconds)
    await harness.work()


async def scheduled(harness: StoreHarness, wait: int = HOUR) -> str:
    """A grant of an hour that begins after this wait, milliseconds."""
    starts = await harness.now() + wait
    return await harness.grant("A", starts_at=starts, ruling=ruled())


# Scheduled starts


async def test_before_its_hour_a_scheduled_grant_gives_nothing_and_can_be_ended(
    harness: StoreHarness,
) -> None:
    request = await scheduled(harness)
    found = await harness.get(request)
    assert (found.grant, found.expires_at, await harness.left(request)) == (GrantState.WAITING, 0, -2)
    refusal = await harness.claim(request)
    assert isinstance(refusal, Refusal)
    assert (refusal.reason, refusal.at) == (Reason.NOT_BEGUN, found.starts_at)
    assert why(await harness.reveals.claim_named(harness.op(), var("A"), ALICE)) is Reason.NOT_BEGUN
    assert isinstance(await harness.revoke(request), Ended)
    await pass_and_work(harness, 2 * HOUR)
    assert (await harness.get(request)).grant is GrantState.REVOKED
    assert "grant.activated" not in await harness.tags()


@pytest.mark.parametrize("late", [0, 1, 7 * MINUTE, HOUR - 2_000])
async def test_it_begins_to_the_millisecond_however_late_a_worker_runs(
    harness: StoreHarness, late: int
) -> None:
    """A stop over the hour takes nothing from what comes after it, and adds nothing to its end."""
    request = await scheduled(harness)
    starts = (await harness.get(request)).starts_at - await harness.now()
    await pass_and_work(harness, starts + late)
    found = await harness.get(request)
    assert found.grant is GrantState.ACTIVE
    assert found.expires_at == found.starts_at + HOUR
    assert 0 < await harness.left(request) <= HOUR - late
    assert found.calls == 2 + found.warnings, "its requester is told that it has begun"


async def test_whoever_is_there_before_the_worker_begins_it(harness: StoreHarness) -> None:
    request = await scheduled(harness)
    await harness.pass_time(HOUR + MINUTE)
    claim = await harness.use(request)
    assert claim.expires_at == (await harness.get(request)).starts_at + HOUR


async def test_what_was_slept_through_whole_lapses_and_is_no_access(harness: StoreHarness) -> None:
    request = await scheduled(harness)
    await pass_and_work(harness, 2 * HOUR + MINUTE)
    found = await harness.get(request)
    assert (found.grant, found.ended_at) == (GrantState.LAPSED, found.starts_at + HOUR)
    assert "grant.activated" not in await harness.tags()
    assert why(await harness.claim(request)) is Reason.ENDED


async def test_an_hour_that_has_passed_at_the_approval_begins_at_once(harness: StoreHarness) -> None:
    request = await harness.file("A", starts_at=await harness.now() + MINUTE)
    await harness.pass_time(10 * MINUTE)
    decided = await harness.decide(request)
    assert isinstance(decided, Decided)
    found = await harness.get(request)
    assert (decided.grant, found.expires_at) == (GrantState.ACTIVE, found.decided_at + HOUR)


async def test_deleting_a_variable_ends_what_has_not_begun(harness: StoreHarness) -> None:
    for request in (await scheduled(harness), await harness.grant("A", CAROL, ruling=FIRST_USE)):
        await harness.sealed.delete(harness.op(), var("A"), OPERATOR)
        assert (await harness.get(request)).grant is GrantState.REVOKED
        await harness.add("A")


# First use


async def test_the_first_use_starts_the_clock_and_the_second_does_not(harness: StoreHarness) -> None:
    request = await harness.grant(ruling=FIRST_USE)
    assert (await harness.get(request)).waits_for_use
    await harness.pass_time(9 * MINUTE)
    first = await harness.use(request)
    began = await harness.now()
    assert abs(first.expires_at - HOUR - began) < 1_000
    ends = (await harness.get(request)).expires_at
    await harness.use(request)
    assert (await harness.get(request)).expires_at == ends
    assert (await harness.tags()).count("grant.activated") == 1
    await pass_and_work(harness, 30 * MINUTE)
    assert (await harness.get(request)).live, "what is used does not lapse"


async def test_by_name_what_runs_already_is_used_before_a_clock_is_started(harness: StoreHarness) -> None:
    unused = await harness.grant("A", ruling=FIRST_USE)
    running = await harness.grant("A,B")
    claim = await harness.reveals.claim_named(harness.op(), var("A"), ALICE)
    assert not isinstance(claim, Refusal)
    assert claim.id == running
    await harness.revoke(running)
    claim = await harness.reveals.claim_named(harness.op(), var("A"), ALICE)
    assert not isinstance(claim, Refusal)
    assert claim.id == unused


@pytest.mark.parametrize("ruling", [FIRST_USE, USE_SOON], ids=["first use", "use within"])
async def test_what_nobody_uses_in_time_lapses_also_before_any_worker_ran(
    harness: StoreHarness, ruling: Ruling
) -> None:
    request = await harness.grant(ruling=ruling)
    decided = (await harness.get(request)).decided_at
    await harness.pass_time(10 * MINUTE)
    found = await harness.get(request)
    assert (found.grant, found.ended_at - found.decided_at) == (GrantState.LAPSED, 10 * MINUTE)
    assert why(await harness.claim(request)) is Reason.ENDED
    assert await harness.left(request) == -2
    await harness.work()
    assert (await harness.tags()).count("grant.lapsed") == 1
    assert decided > found.decided_at


async def test_a_first_use_that_the_policy_does_not_bound_waits_for_eight_hours(
    harness: StoreHarness,
) -> None:
    request = await harness.grant(ruling=ruled(starts=Starts.FIRST_USE))
    await pass_and_work(harness, 8 * HOUR - MINUTE)
    assert (await harness.get(request)).grant is GrantState.WAITING
    await pass_and_work(harness, MINUTE)
    assert (await harness.get(request)).grant is GrantState.LAPSED


async def test_what_was_used_in_time_is_kept_to_its_end(harness: StoreHarness) -> None:
    request = await harness.grant(ruling=USE_SOON)
    await harness.pass_time(9 * MINUTE)
    await harness.use(request)
    await pass_and_work(harness, 40 * MINUTE)
    assert (await harness.get(request)).live
    await pass_and_work(harness, 12 * MINUTE)
    assert (await harness.get(request)).grant is GrantState.EXPIRED


async def test_a_use_that_failed_is_none_and_the_grant_lapses(harness: StoreHarness) -> None:
    request = await harness.grant(ruling=USE_SOON)
    claim = await harness.use(request)
    await harness.reveals.give_back(claim, "source_down")
    await pass_and_work(harness, 11 * MINUTE)
    assert (await harness.get(request)).grant is GrantState.LAPSED


# Extensions


async def extended(harness: StoreHarness, granted: str, seconds: int = 3600, most: int = 8 * 3600) -> str:
    """A request for more time, approved."""
    ruling = ruled(max_seconds=most)
    more = await harness.file("A", seconds=seconds, extends=granted, ruling=ruling)
    assert isinstance(await harness.decide(more), Decided)
    return more


async def test_an_extension_has_no_gap_and_no_grant_of_its_own(harness: StoreHarness) -> None:
    granted = await harness.grant("A")
    ends = (await harness.get(granted)).expires_at
    await harness.pass_time(50 * MINUTE)
    more = await extended(harness, granted)
    prolonged, asked = await harness.get(granted), await harness.get(more)
    assert prolonged.expires_at == asked.expires_at == ends - 50 * MINUTE + HOUR
    assert (asked.state, asked.extended, asked.grant) == (State.APPROVED, True, None)
    assert await harness.left(more) == -2
    assert HOUR < await harness.left(granted) <= 70 * MINUTE
    await pass_and_work(harness, 69 * MINUTE)
    assert (await harness.get(granted)).live
    await pass_and_work(harness, 2 * MINUTE)
    assert (await harness.get(granted)).grant is GrantState.EXPIRED


async def test_an_extension_that_is_decided_after_the_end_is_a_grant_of_its_own(
    harness: StoreHarness,
) -> None:
    """Its clock starts when it is agreed to: nobody had access in between, and no record says so."""
    granted = await harness.grant("A")
    more = await harness.file("A", extends=granted, ruling=ruled())
    await harness.pass_time(2 * HOUR)
    await harness.decide(more)
    first, second = await harness.get(granted), await harness.get(more)
    assert (first.grant, second.grant, second.extended) == (GrantState.EXPIRED, GrantState.ACTIVE, False)
    assert second.expires_at == second.decided_at + HOUR


async def test_however_often_it_is_extended_it_never_lasts_longer_than_the_policy_lets_it(
    harness: StoreHarness,
) -> None:
    granted = await harness.grant("A")
    for _ in range(4):
        await extended(harness, granted, seconds=3600, most=7200)
        assert await harness.left(granted) <= 2 * HOUR
    assert await harness.left(granted) > 2 * HOUR - MINUTE


async def test_an_extension_never_makes_it_shorter(harness: StoreHarness) -> None:
    granted = await harness.grant("A", seconds=7200)
    ends = (await harness.get(granted)).expires_at
    await extended(harness, granted, seconds=60, most=600)
    assert (await harness.get(granted)).expires_at == ends


async def test_an_extension_is_of_all_of_it_or_of_nothing(harness: StoreHarness) -> None:
    """One grant has one end: prolonging a part of it would prolong what nobody agreed to."""
    granted = await harness.grant("A,B")
    ends = (await harness.get(granted)).expires_at
    more = await harness.file("A,B", extends=granted, ruling=ruled())
    assert why(await harness.decide(more, variables=(var("A"),))) is Reason.NOT_WIDER
    assert (await harness.get(granted)).expires_at == ends
    await harness.decide(more, seconds=600)
    assert (await harness.get(granted)).expires_at == ends + 10 * MINUTE


async def test_only_ones_own_live_timed_grant_is_extended(harness: StoreHarness) -> None:
    once = await harness.grant("A", once=True, seconds=900)
    theirs, ended = await harness.grant("A", CAROL), await harness.grant("A")
    await harness.revoke(ended)
    for other in (once, theirs, ended, await harness.file("B"), "zzzzzzzz"):
        new = harness.new("A", extends=other, ruling=ruled())
        assert why(await harness.requests.open(harness.op(), new)) is Reason.NOT_EXTENDABLE


async def test_asking_twice_to_extend_the_same_is_one_request(harness: StoreHarness) -> None:
    granted = await harness.grant("A")
    more = await harness.file("A", extends=granted, ruling=ruled())
    again = await harness.requests.open(harness.op(), harness.new("A", extends=granted, ruling=ruled()))
    assert isinstance(again, Filed)
    assert (again.id, again.repeated) == (more, True)
    assert await harness.file("A") != more, "asking for a grant beside it is another request"


# Warnings


@pytest.mark.parametrize(
    ("seconds", "before"),
    [(3600, 15 * 60), (8 * 3600, 15 * 60), (1200, 300), (300, 75), (299, 0), (60, 0)],
)
async def test_its_requester_is_warned_once_before_the_end(
    harness: StoreHarness, seconds: int, before: int
) -> None:
    request = await harness.grant(seconds=seconds)
    await pass_and_work(harness, (seconds - before) * 1000 - 500)
    assert "grant.expiring" not in await harness.tags()
    for _ in range(3):
        await pass_and_work(harness, 500 if before else 100)
    found = await harness.get(request)
    assert found.warnings == (await harness.tags()).count("grant.expiring") == bool(before)
    assert found.calls == 1 + bool(before)


async def test_what_is_over_already_is_not_warned_of(harness: StoreHarness) -> None:
    await harness.grant()
    await pass_and_work(harness, 61 * MINUTE)
    assert (await harness.tags())[-1] == "grant.expired"
    assert "grant.expiring" not in await harness.tags()


async def test_a_once_is_never_warned_of(harness: StoreHarness) -> None:
    await harness.grant(once=True, seconds=900)
    await pass_and_work(harness, 899_000)
    assert "grant.expiring" not in await harness.tags()


async def test_what_is_extended_is_warned_of_again_before_its_new_end(harness: StoreHarness) -> None:
    granted = await harness.grant("A")
    await pass_and_work(harness, 46 * MINUTE)
    assert (await harness.get(granted)).warned_at
    await extended(harness, granted)
    assert not (await harness.get(granted)).warned_at
    await pass_and_work(harness, 58 * MINUTE)
    assert (await harness.tags()).count("grant.expiring") == 1
    await pass_and_work(harness, 2 * MINUTE)
    assert (await harness.tags()).count("grant.expiring") == 2
