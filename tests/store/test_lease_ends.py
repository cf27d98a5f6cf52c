"""Ends that are real, or said: a database that is away, a process that dies, a person who left something."""

from dataclasses import replace

import pytest

from envaccess.domain.leases import LeaseState, Remains, Standing
from envaccess.domain.sources.faults import SourceFault
from tests.fakes.lease_server import FakeLeases, LeaseServer
from tests.store.harness import MINUTE, StoreHarness, var
from tests.store.leasing import A, Leasing

DONE = ["lease.intended", "lease.minted", "lease.revoked"]


@pytest.fixture
def leasing(harness: StoreHarness) -> Leasing:
    return Leasing(harness)


async def standings(leasing: Leasing, request: str) -> list[Standing]:
    return [one.standing for one in (await leasing.get(request)).leases]


async def test_database_down_at_the_end_and_the_bot_killed_and_both_back_one_event_and_the_card_is_right(
    leasing: Leasing,
) -> None:
    """Law 15: retried until confirmed; what could not be is shown to a person, for as long as it is so."""
    request, value = await leasing.granted()
    leasing.server.log_in(value)
    leasing.server.fault = SourceFault.DOWN
    await leasing.pass_time(3_601)
    assert await standings(leasing, request) == [Standing.CLOSED], "its own clock ended it for new logins"
    await leasing.pass_time(600, asleep=True)
    leasing.server.fault = None
    leasing.start()  # a new process, which remembers no pause
    version = (await leasing.get(request)).version
    await leasing.work()
    assert await leasing.tags() == DONE
    found = await leasing.get(request)
    assert (found.leases, found.leases_gone, leasing.server.sessions) == ((), 1, [])
    assert found.version > version, "its card is drawn again"


async def test_a_lane_that_comes_before_the_deadlines_ends_it_at_its_moment(leasing: Leasing) -> None:
    """A look in place of the end would leave its sessions open for another minute."""
    _, value = await leasing.granted()
    leasing.server.log_in(value)
    await leasing.pass_time(3_601, asleep=True)
    await leasing.sweep.step("pg")
    assert await leasing.tags() == DONE
    assert leasing.server.sessions == []


async def test_an_early_end_while_the_database_is_away_says_until_when_what_was_shown_works(
    leasing: Leasing,
) -> None:
    request, value = await leasing.granted()
    leasing.server.fault = SourceFault.SLOW
    await leasing.store.revoke(request)
    await leasing.work()
    found = await leasing.get(request)
    assert [(one.standing, one.works_until) for one in found.leases] == [(Standing.ENDING, found.expires_at)]
    assert leasing.server.log_in(value), "the card says so because it is so"
    await leasing.pass_time(3_601)
    assert await standings(leasing, request) == [Standing.CLOSED]
    assert not leasing.server.log_in(value)


async def test_what_does_not_end_for_a_quarter_of_an_hour_is_told_once_and_still_asked_for(
    leasing: Leasing,
) -> None:
    request, _ = await leasing.granted()
    leasing.server.fault = SourceFault.DENIED
    await leasing.store.revoke(request)
    for _ in range(40):
        await leasing.pass_time(60)
    assert (await leasing.tags()).count("lease.stuck") == 1
    (told,) = leasing.alarms.told
    assert told == ("lease_stuck", (await leasing.kept())[0].id)
    asked = len(leasing.server.calls)
    leasing.server.fault = None
    await leasing.pass_time(300)
    assert len(leasing.server.calls) > asked
    assert await leasing.tags() == ["lease.intended", "lease.minted", "lease.stuck", "lease.revoked"]
    assert leasing.alarms.told == {}


async def test_pauses_double_to_five_minutes_and_begin_anew_once_the_source_answers(leasing: Leasing) -> None:
    request, _ = await leasing.granted()
    other, _ = await leasing.granted()
    leasing.server.fault = SourceFault.DOWN
    await leasing.store.revoke(request)
    await leasing.store.revoke(other)
    await leasing.store.work()
    waits = [await leasing.sweep.step("pg") for _ in range(12)]
    assert waits[0] == 1.0
    assert max(waits) <= 300.0
    before = len(leasing.server.calls)
    await leasing.pass_time(3_000, asleep=True)
    for _ in range(4):
        await leasing.sweep.step("pg")
    assert len(leasing.server.calls) - before <= 4, "while it is away one lease at a time asks"
    leasing.server.fault = None
    for _ in range(3):
        await leasing.pass_time(300, asleep=True)
        await leasing.sweep.step("pg")
    assert leasing.server.roles == {}


async def test_open_sessions_that_do_not_end_are_said_and_asked_for_again(leasing: Leasing) -> None:
    request, value = await leasing.granted()
    leasing.server.log_in(value)
    leasing.server.stubborn = 1
    await leasing.store.revoke(request)
    await leasing.work()
    (kept,) = await leasing.kept()
    assert (kept.left, kept.sessions, kept.state) == (Remains.SESSIONS, 1, LeaseState.ENDING)
    assert await standings(leasing, request) == [Standing.CLOSED]
    assert not leasing.server.log_in(value)
    leasing.server.stubborn = 0
    await leasing.pass_time(5)
    assert await leasing.kept() == []
    assert leasing.server.sessions == []


async def test_what_owns_something_is_locked_out_told_and_left_to_a_person(leasing: Leasing) -> None:
    request, value = await leasing.granted()
    (role,) = leasing.server.roles.values()
    role.owns = 2
    await leasing.store.revoke(request)
    await leasing.work()
    assert not leasing.server.log_in(value)
    (kept,) = await leasing.kept()
    assert kept.is_tombstone
    assert await standings(leasing, request) == [Standing.LEFT]
    assert [tag for tag, _ in leasing.alarms.told] == ["lease_stuck"]
    for _ in range(10):
        await leasing.pass_time(900)
    assert (await leasing.tags()).count("lease.stuck") == 1
    role.owns = 0  # the person gave it to somebody else
    await leasing.pass_time(300)
    assert await leasing.kept() == []
    assert leasing.alarms.told == {}


async def test_a_login_dropped_by_hand_is_confirmed_at_once(leasing: Leasing) -> None:
    """vault#3410, #9018: a lease whose login somebody had dropped was asked for again for ever."""
    request, _ = await leasing.granted()
    leasing.server.roles.clear()
    await leasing.store.revoke(request)
    await leasing.work()
    assert await leasing.tags() == DONE


async def test_what_ended_early_at_its_source_is_never_shown_as_live(leasing: Leasing) -> None:
    request, _ = await leasing.granted()
    leasing.server.roles.clear()
    await leasing.pass_time(61)
    found = await leasing.get(request)
    assert (found.made, found.live, found.leases_early) == (False, True, 1)
    events = [one for one in await leasing.store.events() if one.event == "lease.revoked"]
    assert [one.detail["why"] for one in events] == ["source"]
    assert leasing.server.log_in(await leasing.shown(request))


async def test_a_source_that_lets_it_live_shorter_is_believed(leasing: Leasing) -> None:
    """A Vault token that dies before its lease takes the lease with it."""
    mint = leasing.sources.makers["pg"].mint

    async def short(lease: object, left: object) -> object:
        return replace(await mint(lease, left), seconds=120)  # type: ignore[arg-type]

    leasing.sources.makers["pg"].mint = short  # type: ignore[method-assign, assignment]
    request, _ = await leasing.granted()
    found = await leasing.get(request)
    assert found.leases[0].works_until < found.expires_at - 50 * MINUTE
    leasing.server.roles.clear()
    await leasing.pass_time(121)
    found = await leasing.get(request)
    assert (found.made, found.live, found.leases_early) == (False, True, 1)


async def test_one_hanging_source_delays_only_itself(leasing: Leasing) -> None:
    """The lanes are apart: what another source made is gone although this one never answers."""
    other = LeaseServer("other")
    leasing.sources.makers["other"] = FakeLeases(other)
    leasing.sources.leased[var("B")] = "other"
    request = await leasing.store.grant("A,B")
    await leasing.reveal(request)
    leasing.server.fault = SourceFault.SLOW
    await leasing.store.revoke(request)
    await leasing.work()
    assert other.roles == {}
    assert {kept.source for kept in await leasing.kept()} == {"pg"}


async def test_a_source_that_the_file_has_no_more_is_told_and_nothing_is_forgotten(leasing: Leasing) -> None:
    request, _ = await leasing.granted()
    makers = leasing.sources.makers.pop("pg")
    await leasing.store.revoke(request)
    await leasing.work()
    assert [tag for tag, _ in leasing.alarms.told] == ["lease_source_missing"]
    leasing.sources.makers["pg"] = makers
    await leasing.work()
    assert await leasing.kept() == []
    assert leasing.alarms.told == {}
    assert leasing.sources.leased[A] == "pg"
