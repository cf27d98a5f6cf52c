"""Law 5 along a chain: whatever people press in the same moment, one outcome stands, and it is a lawful one.

Each race is run `--rounds-tried` times on the real server: which side wins is up to it.
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
from envaccess.domain.approval_progress import Review
from envaccess.domain.audit import person
from envaccess.domain.call import by_person
from envaccess.domain.command import Ask
from envaccess.domain.duration import Duration
from envaccess.domain.outcome import Decided, Ended, Filed, Recorded
from envaccess.domain.policy.rules import Starts
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import GrantState, Request, State, Verb
from envaccess.store import keys
from envaccess.store.client import Client
from envaccess.store.script_text import compose
from tests.fakes.delivery import FakeDelivery
from tests.property.harness import PolicyHarness
from tests.property.policies import CHAINS, HOUR, LEADS, ON_CALL, POLICIES, step
from tests.store.harness import OPERATOR, var

pytestmark = pytest.mark.real

ANN, BEN, CAY, DAN, EVE, FAY = "U0ANN", "U0BEN", "U0CAY", "U0DAN", "U0EVE", "U0FAY"


@pytest.fixture
async def harness(redis: Client, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[PolicyHarness]:
    """People without limits, which hundreds of rounds do not need."""
    for limit in keys.MOST:
        monkeypatch.setitem(keys.MOST, limit, 100_000)
    compose.cache_clear()
    found = PolicyHarness(redis)
    await found.stock()
    yield found
    compose.cache_clear()


@pytest.fixture
def rounds(pytestconfig: pytest.Config) -> int:
    return int(pytestconfig.getoption("--rounds-tried"))


async def file(harness: PolicyHarness, name: str, who: str = EVE, seconds: int = 1_800, **more: Any) -> str:
    """File a request that must be filed."""
    ask = Ask((var(name),), Duration(seconds), "a failed refund", **more)
    filed = await open_request(harness.context, by_person(harness.store.op(), who), ask)
    assert isinstance(filed, Filed), filed
    return filed.id


def approve(
    harness: PolicyHarness, request: str, who: str, less: Narrower = WHOLE
) -> Awaitable[Decided | Refusal]:
    return decide(harness.context, by_person(harness.store.op(), who), request, Verb.APPROVE, "", less)


async def tags(harness: PolicyHarness, request: str) -> Counter[str]:
    """What the stream says of one request, without refused attempts."""
    events = await harness.store.events()
    return Counter(e.event for e in events if e.request == request and e.event != "access.refused")


async def sound(harness: PolicyHarness, request: str) -> Request:
    """The request as it stands: a key lives, with a TTL, exactly while its record says so."""
    found = await harness.store.get(request)
    left = await harness.store.left(request)
    assert (left > 0) is found.live
    assert left != -1
    return found


def split(outcomes: Sequence[Any]) -> tuple[list[Any], list[Refusal]]:
    """What landed, and what was refused."""
    refused = [outcome for outcome in outcomes if isinstance(outcome, Refusal)]
    return [outcome for outcome in outcomes if not isinstance(outcome, Refusal)], refused


async def test_two_approvers_of_one_step_make_one_step(harness: PolicyHarness, rounds: int) -> None:
    """The other is told that the request has moved on, or that it is not their step; it counts nothing."""
    for _ in range(rounds):
        request = await file(harness, "A")
        landed, refused = split(
            await asyncio.gather(approve(harness, request, ANN), approve(harness, request, FAY))
        )
        assert len(landed) in {1, 2}
        found = await sound(harness, request)
        assert (found.progress.step, found.state, found.progress.count(0)) == (1, State.PENDING, 1) or (
            # Ann is also in the channel that decides the second step.
            found.state is State.APPROVED and found.progress.approvals[1].by == ANN
        )
        assert len(found.progress.approvals) == len(landed)
        assert all(one.reason in {Reason.NOT_YOUR_STEP, Reason.NOT_APPROVER} for one in refused)
        assert (await tags(harness, request))["grant.activated"] == (found.state is State.APPROVED)
        await revoke_grant(harness.context, by_person(harness.store.op(), EVE), request)
        await harness.store.requests.cancel(harness.store.op(), request, person(EVE))


async def test_three_last_approvals_at_once_are_two_and_one_grant(
    harness: PolicyHarness, rounds: int
) -> None:
    for _ in range(rounds):
        request = await file(harness, "B")
        presses = [approve(harness, request, who) for who in (ANN, BEN, CAY, ANN)]
        landed, refused = split(await asyncio.gather(*presses))
        found = await sound(harness, request)
        told = await tags(harness, request)
        assert (len(landed), len(refused)) == (2, 2)
        assert found.state is State.APPROVED
        assert (
            len({approval.by for approval in found.progress.approvals}) == len(found.progress.approvals) == 2
        )
        assert (told["request.step_approved"], told["request.approved"], told["grant.activated"]) == (1, 1, 1)
        await revoke_grant(harness.context, by_person(harness.store.op(), EVE), request)


async def test_an_approval_at_the_end_of_a_steps_time_comes_before_it_or_not_at_all(
    harness: PolicyHarness, rounds: int
) -> None:
    rule = replace(CHAINS.rules[0], steps=(step(LEADS, timeout=60),))
    harness.rulebook.current = replace(CHAINS, rules=(rule,))
    seen = Counter[State]()
    for number in range(rounds):
        request = await file(harness, "A")
        await harness.pass_time(59)
        found = await harness.store.get(request)
        left = found.progress.step_deadline - harness.context.clock.now()
        await harness.store.pass_time(left - number % 4)
        outcome, *_ = await asyncio.gather(
            approve(harness, request, ANN), *(harness.store.work() for _ in "ab")
        )
        await harness.store.pass_time(10)
        await harness.store.work()
        found = await sound(harness, request)
        seen[found.state] += 1
        assert isinstance(outcome, Decided) is (found.state is State.APPROVED)
        told = await tags(harness, request)
        assert told["request.approved"] + told["request.timed_out"] == 1
        await revoke_grant(harness.context, by_person(harness.store.op(), EVE), request)
    assert set(seen) <= {State.APPROVED, State.TIMED_OUT}


@pytest.mark.parametrize(
    ("name", "word"), [("A", "request.escalated"), ("staging/C", "request.step_skipped")]
)
async def test_what_nobody_could_pass_and_somebody_does_moves_one_step(
    harness: PolicyHarness, rounds: int, name: str, word: str
) -> None:
    """A step is approved, or passed over, never both; an escalation changes nothing of a later step."""
    for _ in range(rounds):
        request = await file(harness, name)
        found = await harness.store.get(request)
        outcome, _ = await asyncio.gather(
            approve(harness, request, FAY),
            harness.store.requests.escalate(harness.store.op(), found, "gone"),
        )
        found, told = await sound(harness, request), await tags(harness, request)
        counted = found.progress.count(0)
        if word == "request.step_skipped":
            assert counted + told[word] == 1
            assert len(found.progress.approvals) == isinstance(outcome, Decided)
        else:
            assert counted == 1
            assert not found.progress.escalated
        assert found.progress.step == 1 or found.state is State.APPROVED
        await revoke_grant(harness.context, by_person(harness.store.op(), EVE), request)
        await harness.store.requests.cancel(harness.store.op(), request, person(EVE))


async def hold(harness: PolicyHarness) -> str:
    """A grant of Eve's that anybody in the channel may prolong."""
    harness.rulebook.current = POLICIES[-1]
    request = await file(harness, "A", seconds=60)
    assert isinstance(await approve(harness, request, ANN), Decided)
    return request


async def ask_more(harness: PolicyHarness, request: str) -> Filed | Refusal:
    return await extend_grant(
        harness.context, by_person(harness.store.op(), EVE), request, Duration(600), "still at it"
    )


async def test_an_extension_never_brings_an_ended_grant_back(harness: PolicyHarness, rounds: int) -> None:
    """Approved, revoked and expiring at once: the revoked or expired one stays ended.

    What somebody ended is not approved anew by a yes to more of it; what ran out may be.
    """
    ways = Counter[str]()
    for number in range(rounds):
        request = await hold(harness)
        more = await ask_more(harness, request)
        assert isinstance(more, Filed)
        left = await harness.store.left(request)
        if number % 2:
            await harness.store.pass_time(left - number % 5)
        decided, ended, _ = await asyncio.gather(
            approve(harness, more.id, BEN),
            revoke_grant(harness.context, by_person(harness.store.op(), CAY), request),
            harness.store.work(),
        )
        old, new = await sound(harness, request), await sound(harness, more.id)
        told = await tags(harness, request)
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
        await revoke_grant(harness.context, by_person(harness.store.op(), EVE), more.id)


async def test_two_extensions_are_one_and_prolong_once(harness: PolicyHarness, rounds: int) -> None:
    for _ in range(rounds):
        request = await hold(harness)
        before = (await harness.store.get(request)).expires_at
        first, second = await asyncio.gather(ask_more(harness, request), ask_more(harness, request))
        assert isinstance(first, Filed)
        assert isinstance(second, Filed)
        assert first.id == second.id
        landed, _ = split(
            await asyncio.gather(approve(harness, first.id, BEN), approve(harness, first.id, CAY))
        )
        found = await sound(harness, request)
        assert len(landed) == 1
        assert found.expires_at == before + 600_000
        await revoke_grant(harness.context, by_person(harness.store.op(), EVE), request)


async def test_less_and_all_at_once_is_what_the_winner_said(harness: PolicyHarness, rounds: int) -> None:
    harness.rulebook.current = POLICIES[-1]
    for _ in range(rounds):
        request = await file(harness, "A")
        less, whole = await asyncio.gather(
            approve(harness, request, ANN, Narrower(seconds=60)), approve(harness, request, BEN)
        )
        found = await sound(harness, request)
        assert isinstance(less, Decided) is not isinstance(whole, Decided)
        assert found.duration.seconds == (60 if isinstance(less, Decided) else 1_800)
        assert found.decided_by == (ANN if isinstance(less, Decided) else BEN)
        await revoke_grant(harness.context, by_person(harness.store.op(), EVE), request)


async def test_less_and_all_where_both_count_is_less(harness: PolicyHarness, rounds: int) -> None:
    for _ in range(rounds):
        request = await file(harness, "B")
        await asyncio.gather(
            approve(harness, request, ANN, Narrower(seconds=60)), approve(harness, request, BEN)
        )
        found = await sound(harness, request)
        assert (found.state, found.duration.seconds) == (State.APPROVED, 60)
        assert found.expires_at <= harness.context.clock.now() + 60_000
        await revoke_grant(harness.context, by_person(harness.store.op(), EVE), request)


async def test_a_duty_taken_back_at_the_click_counts_once_or_not(harness: PolicyHarness, rounds: int) -> None:
    harness.rulebook.current = POLICIES[-1]
    for _ in range(rounds):
        request = await file(harness, "A", ANN)
        await give_duty(harness.context, by_person(harness.store.op(), BEN), FAY, Duration(HOUR))
        outcome, own, _ = await asyncio.gather(
            approve(harness, request, FAY),
            approve(harness, request, BEN),
            take_duty_back(harness.context, by_person(harness.store.op(), BEN)),
        )
        found = await sound(harness, request)
        landed, _ = split([outcome, own])
        assert len(landed) == 1
        assert [approval.behalf for approval in found.progress.approvals] == (
            [BEN] if isinstance(outcome, Decided) else [""]
        )
        await revoke_grant(harness.context, by_person(harness.store.op(), ANN), request)


async def test_an_emergency_twice_at_once_is_one(harness: PolicyHarness, rounds: int) -> None:
    """Beside a request that nobody has answered, which stays as it is."""
    for _ in range(rounds):
        waiting = await file(harness, "staging/C")
        first, second = await asyncio.gather(
            *(file(harness, "staging/C", emergency=True, seconds=0) for _ in range(2))
        )
        assert first == second != waiting
        found = await sound(harness, first)
        assert found.live
        assert (await harness.store.get(waiting)).state is State.PENDING
        assert (await tags(harness, first))["emergency.used"] == 1
        assert await file(harness, "staging/C") == waiting
        await revoke_grant(harness.context, by_person(harness.store.op(), EVE), first)
        await harness.store.requests.cancel(harness.store.op(), waiting, person(EVE))


async def test_a_review_closed_twice_at_once_is_closed_once(harness: PolicyHarness, rounds: int) -> None:
    for _ in range(rounds):
        request = await file(harness, "staging/C", emergency=True, seconds=0)
        outcomes = await asyncio.gather(
            *(
                close_review(harness.context, by_person(harness.store.op(), who), request, f"by {who}")
                for who in (CAY, DAN, EVE)
            )
        )
        landed, refused = split(outcomes)
        found = await sound(harness, request)
        assert len(landed) == 1
        assert isinstance(landed[0], Recorded)
        assert sorted(one.reason for one in refused) == [Reason.NO_REVIEW, Reason.OWN_REVIEW]
        assert found.emergency is not None
        assert found.emergency.review is Review.CLOSED
        assert found.emergency.note == f"by {found.emergency.reviewed_by}"
        assert (await tags(harness, request))["emergency.reviewed"] == 1
        await revoke_grant(harness.context, by_person(harness.store.op(), EVE), request)


async def test_first_uses_at_once_start_one_clock(harness: PolicyHarness, rounds: int) -> None:
    harness.directory.groups[LEADS] = {ANN}
    for _ in range(rounds):
        request = await file(harness, "staging/C")
        await approve(harness, request, ANN)
        await approve(harness, request, CAY)
        assert (await sound(harness, request)).grant is GrantState.WAITING
        await asyncio.gather(
            *(
                claim_reveal(harness.context, FakeDelivery(), by_person(harness.store.op(), EVE), request)
                for _ in range(3)
            )
        )
        found, told = await sound(harness, request), await tags(harness, request)
        assert found.live
        assert found.ruling.starts is Starts.FIRST_USE
        assert (told["grant.activated"], told["grant.revealed"]) == (1, 3)
        await revoke_grant(harness.context, by_person(harness.store.op(), EVE), request)


async def test_a_last_approval_and_the_end_of_its_variable_leave_no_access(
    harness: PolicyHarness, rounds: int
) -> None:
    harness.rulebook.current = POLICIES[-1]
    for _ in range(rounds):
        request = await file(harness, "A")
        outcome, _ = await asyncio.gather(
            approve(harness, request, ANN),
            harness.store.sealed.delete(harness.store.op(), var("A"), OPERATOR),
        )
        found = await sound(harness, request)
        assert not found.live
        assert (found.grant is GrantState.REVOKED) is isinstance(outcome, Decided)
        await harness.store.requests.cancel(harness.store.op(), request, person(EVE))
        await harness.store.add("A")


async def test_automatic_approvals_at_once_keep_to_their_number(harness: PolicyHarness, rounds: int) -> None:
    """Two a day are approved by the policy; what is asked in the same moment waits for people."""
    for _ in range(rounds // 4):
        harness.directory.groups[ON_CALL] = {EVE}
        await harness.store.client.flushall()
        await harness.stock()
        ask = Ask((var("B"),), Duration(600), "a failed refund")
        outcomes = await asyncio.gather(
            *(open_request(harness.context, by_person(harness.store.op(), EVE), ask) for _ in range(5))
        )
        landed, _ = split(outcomes)
        states = Counter(one.state for one in landed if not one.repeated)
        assert states[State.APPROVED] == 2
        assert states[State.PENDING] == 1
