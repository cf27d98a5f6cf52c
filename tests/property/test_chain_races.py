"""Law 5 along a chain: whatever people press in the same moment, one outcome stands, and it is a lawful one.

Each race is run many times on the real server: which side wins is up to it.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from envaccess.application.grants.reveal import claim_reveal
from envaccess.application.grants.revoke import revoke_grant
from envaccess.application.people.delegate import give_duty, take_duty_back
from envaccess.application.requests.decide import WHOLE, Narrower, decide
from envaccess.application.requests.extend import extend_grant
from envaccess.application.requests.filing import open_request
from envaccess.application.reviews.review import close_review
from envaccess.domain.audit import person
from envaccess.domain.command import Ask
from envaccess.domain.course import Review
from envaccess.domain.duration import Duration
from envaccess.domain.outcome import Decided, Ended, Filed, Said
from envaccess.domain.policy.rules import Starts
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import GrantState, Request, State, Verb
from envaccess.store import keys
from envaccess.store.client import Client
from tests.fakes.desk import FakeMessages
from tests.property.policies import CHAINS, HOUR, LEADS, ON_CALL, POLICIES, step
from tests.property.town import Town
from tests.store.house import OPERATOR, var

pytestmark = pytest.mark.real

ROUNDS = 150
ANN, BEN, CAY, DAN, EVE, FAY = "U0ANN", "U0BEN", "U0CAY", "U0DAN", "U0EVE", "U0FAY"


@pytest.fixture
async def town(redis: Client, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Town]:
    """The real server without its disk, and people without limits, which hundreds of rounds do not need."""
    for limit in keys.MOST:
        monkeypatch.setitem(keys.MOST, limit, 100_000)
    await redis.config_set("appendfsync", "no")
    found = Town(redis)
    await found.stock()
    yield found
    await redis.config_set("appendfsync", "always")


async def file(town: Town, name: str, who: str = EVE, seconds: int = 1_800, **more: Any) -> str:
    """File a request that must be filed."""
    ask = Ask((var(name),), Duration(seconds), "a failed refund", **more)
    filed = await open_request(town.world, town.house.op(), who, ask)
    assert isinstance(filed, Filed), filed
    return filed.id


def approve(town: Town, request: str, who: str, less: Narrower = WHOLE) -> Awaitable[Decided | Refusal]:
    return decide(town.world, town.house.op(), who, request, Verb.APPROVE, "", "", less)


async def tags(town: Town, request: str) -> Counter[str]:
    """What the stream says of one request, without refused attempts."""
    events = await town.house.events()
    return Counter(e.event for e in events if e.request == request and e.event != "access.refused")


async def sound(town: Town, request: str) -> Request:
    """The request as it stands: a key lives, with a TTL, exactly while its record says so."""
    found = await town.house.get(request)
    left = await town.house.left(request)
    assert (left > 0) is found.live
    assert left != -1
    return found


def split(outcomes: Sequence[Any]) -> tuple[list[Any], list[Refusal]]:
    """What landed, and what was refused."""
    refused = [outcome for outcome in outcomes if isinstance(outcome, Refusal)]
    return [outcome for outcome in outcomes if not isinstance(outcome, Refusal)], refused


async def test_two_approvers_of_one_step_make_one_step(town: Town) -> None:
    """The other is told that the request has moved on, or that it is not their step; it counts nothing."""
    for _ in range(ROUNDS):
        request = await file(town, "A")
        landed, refused = split(
            await asyncio.gather(approve(town, request, ANN), approve(town, request, FAY))
        )
        assert len(landed) in {1, 2}
        found = await sound(town, request)
        assert (found.course.step, found.state, found.course.count(0)) == (1, State.PENDING, 1) or (
            # Ann is also in the channel that decides the second step.
            found.state is State.APPROVED and found.course.approvals[1].by == ANN
        )
        assert len(found.course.approvals) == len(landed)
        assert all(one.reason in {Reason.NOT_YOUR_STEP, Reason.NOT_APPROVER} for one in refused)
        assert (await tags(town, request))["grant.activated"] == (found.state is State.APPROVED)
        await revoke_grant(town.world, town.house.op(), EVE, request)
        await town.house.requests.cancel(town.house.op(), request, person(EVE))


async def test_three_last_approvals_at_once_are_two_and_one_grant(town: Town) -> None:
    for _ in range(ROUNDS):
        request = await file(town, "B")
        presses = [approve(town, request, who) for who in (ANN, BEN, CAY, ANN)]
        landed, refused = split(await asyncio.gather(*presses))
        found = await sound(town, request)
        told = await tags(town, request)
        assert (len(landed), len(refused)) == (2, 2)
        assert found.state is State.APPROVED
        assert len({approval.by for approval in found.course.approvals}) == len(found.course.approvals) == 2
        assert (told["request.step_approved"], told["request.approved"], told["grant.activated"]) == (1, 1, 1)
        await revoke_grant(town.world, town.house.op(), EVE, request)


async def test_an_approval_at_the_end_of_a_steps_time_comes_before_it_or_not_at_all(town: Town) -> None:
    rule = replace(CHAINS.rules[0], steps=(step(LEADS, timeout=60),))
    town.rulebook.current = replace(CHAINS, rules=(rule,))
    seen = Counter[State]()
    for number in range(ROUNDS):
        request = await file(town, "A")
        await town.pass_time(59)
        found = await town.house.get(request)
        left = found.course.step_deadline - town.world.clock.now()
        await town.house.pass_time(left - number % 4)
        outcome, *_ = await asyncio.gather(approve(town, request, ANN), *(town.house.work() for _ in "ab"))
        await town.house.pass_time(10)
        await town.house.work()
        found = await sound(town, request)
        seen[found.state] += 1
        assert isinstance(outcome, Decided) is (found.state is State.APPROVED)
        told = await tags(town, request)
        assert told["request.approved"] + told["request.timed_out"] == 1
        await revoke_grant(town.world, town.house.op(), EVE, request)
    assert set(seen) <= {State.APPROVED, State.TIMED_OUT}


@pytest.mark.parametrize(
    ("name", "word"), [("A", "request.escalated"), ("staging/C", "request.step_skipped")]
)
async def test_what_nobody_could_pass_and_somebody_does_moves_one_step(
    town: Town, name: str, word: str
) -> None:
    """A step is approved, or passed over, never both; an escalation changes nothing of a later step."""
    for _ in range(ROUNDS):
        request = await file(town, name)
        found = await town.house.get(request)
        outcome, _ = await asyncio.gather(
            approve(town, request, FAY), town.house.requests.escalate(town.house.op(), found, "gone")
        )
        found, told = await sound(town, request), await tags(town, request)
        counted = found.course.count(0)
        if word == "request.step_skipped":
            assert counted + told[word] == 1
            assert len(found.course.approvals) == isinstance(outcome, Decided)
        else:
            assert counted == 1
            assert not found.course.escalated
        assert found.course.step == 1 or found.state is State.APPROVED
        await revoke_grant(town.world, town.house.op(), EVE, request)
        await town.house.requests.cancel(town.house.op(), request, person(EVE))


async def hold(town: Town) -> str:
    """A grant of Eve's that anybody in the channel may prolong."""
    town.rulebook.current = POLICIES[-1]
    request = await file(town, "A", seconds=60)
    assert isinstance(await approve(town, request, ANN), Decided)
    return request


async def ask_more(town: Town, request: str) -> Filed | Refusal:
    return await extend_grant(town.world, town.house.op(), EVE, request, Duration(600), "still at it")


async def test_an_extension_never_brings_an_ended_grant_back(town: Town) -> None:
    """Approved, revoked and expiring at once: the revoked or expired one stays ended.

    What somebody ended is not approved anew by a yes to more of it; what ran out may be.
    """
    ways = Counter[str]()
    for number in range(ROUNDS):
        request = await hold(town)
        more = await ask_more(town, request)
        assert isinstance(more, Filed)
        left = await town.house.left(request)
        if number % 2:
            await town.house.pass_time(left - number % 5)
        decided, ended, _ = await asyncio.gather(
            approve(town, more.id, BEN),
            revoke_grant(town.world, town.house.op(), CAY, request),
            town.house.work(),
        )
        old, new = await sound(town, request), await sound(town, more.id)
        told = await tags(town, request)
        if isinstance(decided, Refusal):
            assert decided.reason is Reason.EXTENDS_ENDED
            assert told["grant.revoked"] == 1
            assert new.grant is None
            ways["refused"] += 1
            continue
        assert not old.live
        assert told["grant.revoked"] + told["grant.expired"] == 1
        assert told["grant.revoked"] == isinstance(ended, Ended)
        assert told["grant.extended"] == new.extended
        assert new.extended is (new.grant is None)
        ways["extended" if new.extended else "anew"] += 1
        await revoke_grant(town.world, town.house.op(), EVE, more.id)


async def test_two_extensions_are_one_and_prolong_once(town: Town) -> None:
    for _ in range(ROUNDS):
        request = await hold(town)
        before = (await town.house.get(request)).expires_at
        first, second = await asyncio.gather(ask_more(town, request), ask_more(town, request))
        assert isinstance(first, Filed)
        assert isinstance(second, Filed)
        assert first.id == second.id
        landed, _ = split(await asyncio.gather(approve(town, first.id, BEN), approve(town, first.id, CAY)))
        found = await sound(town, request)
        assert len(landed) == 1
        assert found.expires_at == before + 600_000
        await revoke_grant(town.world, town.house.op(), EVE, request)


async def test_less_and_all_at_once_is_what_the_winner_said(town: Town) -> None:
    town.rulebook.current = POLICIES[-1]
    for _ in range(ROUNDS):
        request = await file(town, "A")
        less, whole = await asyncio.gather(
            approve(town, request, ANN, Narrower(seconds=60)), approve(town, request, BEN)
        )
        found = await sound(town, request)
        assert isinstance(less, Decided) is not isinstance(whole, Decided)
        assert found.duration.seconds == (60 if isinstance(less, Decided) else 1_800)
        assert found.decided_by == (ANN if isinstance(less, Decided) else BEN)
        await revoke_grant(town.world, town.house.op(), EVE, request)


async def test_less_and_all_where_both_count_is_less(town: Town) -> None:
    for _ in range(ROUNDS):
        request = await file(town, "B")
        await asyncio.gather(approve(town, request, ANN, Narrower(seconds=60)), approve(town, request, BEN))
        found = await sound(town, request)
        assert (found.state, found.duration.seconds) == (State.APPROVED, 60)
        assert found.expires_at <= town.world.clock.now() + 60_000
        await revoke_grant(town.world, town.house.op(), EVE, request)


async def test_a_duty_taken_back_at_the_click_counts_once_or_not(town: Town) -> None:
    town.rulebook.current = POLICIES[-1]
    for _ in range(ROUNDS):
        request = await file(town, "A", ANN)
        await give_duty(town.world, town.house.op(), BEN, FAY, Duration(HOUR))
        outcome, own, _ = await asyncio.gather(
            approve(town, request, FAY),
            approve(town, request, BEN),
            take_duty_back(town.world, town.house.op(), BEN),
        )
        found = await sound(town, request)
        landed, _ = split([outcome, own])
        assert len(landed) == 1
        assert [approval.behalf for approval in found.course.approvals] == (
            [BEN] if isinstance(outcome, Decided) else [""]
        )
        await revoke_grant(town.world, town.house.op(), ANN, request)


async def test_an_emergency_twice_at_once_is_one(town: Town) -> None:
    """Beside a request that nobody has answered, which stays as it is."""
    for _ in range(ROUNDS):
        waiting = await file(town, "staging/C")
        first, second = await asyncio.gather(
            *(file(town, "staging/C", emergency=True, seconds=0) for _ in range(2))
        )
        assert first == second != waiting
        found = await sound(town, first)
        assert found.live
        assert (await town.house.get(waiting)).state is State.PENDING
        assert (await tags(town, first))["emergency.used"] == 1
        assert await file(town, "staging/C") == waiting
        await revoke_grant(town.world, town.house.op(), EVE, first)
        await town.house.requests.cancel(town.house.op(), waiting, person(EVE))


async def test_a_review_closed_twice_at_once_is_closed_once(town: Town) -> None:
    for _ in range(ROUNDS):
        request = await file(town, "staging/C", emergency=True, seconds=0)
        outcomes = await asyncio.gather(
            *(close_review(town.world, town.house.op(), who, request, f"by {who}") for who in (CAY, DAN, EVE))
        )
        landed, refused = split(outcomes)
        found = await sound(town, request)
        assert len(landed) == 1
        assert isinstance(landed[0], Said)
        assert sorted(one.reason for one in refused) == [Reason.NO_REVIEW, Reason.OWN_REVIEW]
        assert found.emergency is not None
        assert found.emergency.review is Review.CLOSED
        assert found.emergency.note == f"by {found.emergency.reviewed_by}"
        assert (await tags(town, request))["emergency.reviewed"] == 1
        await revoke_grant(town.world, town.house.op(), EVE, request)


async def test_first_uses_at_once_start_one_clock(town: Town) -> None:
    town.directory.groups[LEADS] = {ANN}
    for _ in range(ROUNDS):
        request = await file(town, "staging/C")
        await approve(town, request, ANN)
        await approve(town, request, CAY)
        assert (await sound(town, request)).grant is GrantState.WAITING
        await asyncio.gather(
            *(claim_reveal(town.world, FakeMessages(), town.house.op(), EVE, request) for _ in range(3))
        )
        found, told = await sound(town, request), await tags(town, request)
        assert found.live
        assert found.ruling.starts is Starts.FIRST_USE
        assert (told["grant.activated"], told["grant.revealed"]) == (1, 3)
        await revoke_grant(town.world, town.house.op(), EVE, request)


async def test_a_last_approval_and_the_end_of_its_variable_leave_no_access(town: Town) -> None:
    town.rulebook.current = POLICIES[-1]
    for _ in range(ROUNDS):
        request = await file(town, "A")
        outcome, _ = await asyncio.gather(
            approve(town, request, ANN), town.house.sealed.delete(town.house.op(), var("A"), OPERATOR)
        )
        found = await sound(town, request)
        assert not found.live
        assert (found.grant is GrantState.REVOKED) is isinstance(outcome, Decided)
        await town.house.requests.cancel(town.house.op(), request, person(EVE))
        await town.house.add("A")


async def test_automatic_approvals_at_once_keep_to_their_number(town: Town) -> None:
    """Two a day are approved by the policy; what is asked in the same moment waits for people."""
    for _ in range(ROUNDS // 4):
        town.directory.groups[ON_CALL] = {EVE}
        await town.house.client.flushall()
        await town.stock()
        ask = Ask((var("B"),), Duration(600), "a failed refund")
        outcomes = await asyncio.gather(
            *(open_request(town.world, town.house.op(), EVE, ask) for _ in range(5))
        )
        landed, _ = split(outcomes)
        states = Counter(one.state for one in landed if not one.repeated)
        assert states[State.APPROVED] == 2
        assert states[State.PENDING] == 1
