"""Chains on both kinds of server: steps in order, distinct people, narrower only, and time."""

from typing import Any

import pytest

from envaccess.domain.course import Nudge
from envaccess.domain.outcome import Decided
from envaccess.domain.policy.rules import Step, Then
from envaccess.domain.policy.ruling import Ruling
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import GrantState, Request, State, Verb
from tests.fakes.rulings import HERE, OTHERS, TWO_STEPS, ruled
from tests.store.house import ALICE, BOB, CAROL, HOUR, MINUTE, House, var

DANA = "U0DANA"
TWO_OF_ONE = ruled(Step(HERE, approvals=2))


async def approve(house: House, request: str, who: str, **vote: Any) -> Decided | Refusal:
    """Approve what is awaited now, having looked at every earlier approval."""
    course = (await house.get(request)).course
    known: dict[str, Any] = {"step": course.step, "checked": len(course.approvals)}
    return await house.decide(request, who, **{**known, **vote})


def why(outcome: object) -> Reason:
    assert isinstance(outcome, Refusal)
    return outcome.reason


async def test_a_chain_of_two_gives_access_when_the_second_agrees_and_not_before(house: House) -> None:
    request = await house.file("A,B", ruling=TWO_STEPS)
    first = await approve(house, request, BOB)
    assert isinstance(first, Decided)
    assert (first.state, first.grant, await house.left(request)) == (State.PENDING, None, -2)
    found = await house.get(request)
    assert (found.course.step, found.course.nudge, found.decided_by) == (1, Nudge.STEP, "")
    assert why(await house.claim(request)) is Reason.NO_GRANT
    second = await approve(house, request, CAROL)
    assert isinstance(second, Decided)
    assert (second.state, second.grant) == (State.APPROVED, GrantState.ACTIVE)
    found = await house.get(request)
    assert [(given.by, given.step) for given in found.course.approvals] == [(BOB, 0), (CAROL, 1)]
    assert found.expires_at == found.decided_at + HOUR


@pytest.mark.parametrize("ruling", [TWO_STEPS, TWO_OF_ONE], ids=["two steps", "two of one"])
async def test_one_person_counts_once_whatever_step_they_try(house: House, ruling: Ruling) -> None:
    """Law 3: somebody in both circles must not be the whole chain."""
    request = await house.file(ruling=ruling)
    await approve(house, request, BOB)
    assert why(await approve(house, request, BOB)) is Reason.ALREADY_COUNTED
    assert isinstance(await approve(house, request, CAROL), Decided)
    assert (await house.get(request)).live


@pytest.mark.parametrize(("who", "behalf"), [(BOB, ""), (CAROL, ""), (DANA, BOB), (DANA, CAROL)])
async def test_a_duty_that_was_handed_over_uses_up_both(house: House, who: str, behalf: str) -> None:
    """Law 3: else one of the two decides twice, once in each name."""
    request = await house.file(ruling=TWO_STEPS)
    await approve(house, request, BOB, behalf=CAROL)
    assert why(await approve(house, request, who, behalf=behalf)) is Reason.ALREADY_COUNTED
    assert not (await house.get(request)).live


@pytest.mark.parametrize("verb", [Verb.APPROVE, Verb.DENY])
@pytest.mark.parametrize("step", [0, 1])
async def test_nobody_decides_in_the_requesters_name_in_any_step(house: House, verb: Verb, step: int) -> None:
    request = await house.file(ruling=TWO_STEPS)
    if step:
        await approve(house, request, BOB)
    assert why(await house.decide(request, CAROL, verb, step=step, behalf=ALICE)) is Reason.SELF_APPROVAL
    assert why(await house.decide(request, ALICE, verb, step=step, behalf=DANA)) is Reason.SELF_APPROVAL


async def test_a_vote_about_an_earlier_step_changes_nothing_and_may_be_cast_again(house: House) -> None:
    request = await house.file(ruling=TWO_STEPS)
    await approve(house, request, BOB)
    assert why(await house.decide(request, CAROL, op="vote", step=0)) is Reason.MOVED_ON
    assert isinstance(await house.decide(request, CAROL, op="vote", step=1, checked=1), Decided)


async def test_the_last_vote_must_have_looked_at_every_earlier_one(house: House) -> None:
    """An approval that lands in between was not looked at again: the caller must look, and come back."""
    request = await house.file(ruling=ruled(Step(HERE, approvals=2), Step(OTHERS)))
    for who in (BOB, CAROL):
        await approve(house, request, who)
    assert why(await house.decide(request, DANA, step=1, checked=1)) is Reason.MOVED_ON
    assert isinstance(await house.decide(request, DANA, step=1, checked=2), Decided)


async def test_a_step_that_lost_its_approver_reopens_and_keeps_the_newer_approval(house: House) -> None:
    request = await house.file(ruling=TWO_STEPS)
    await approve(house, request, BOB)
    outcome = await approve(house, request, CAROL, lost=(BOB,))
    assert isinstance(outcome, Decided)
    assert (outcome.state, await house.left(request)) == (State.PENDING, -2)
    found = await house.get(request)
    assert (found.course.step, found.course.nudge) == (0, Nudge.REOPENED)
    assert [given.by for given in found.course.approvals] == [CAROL]
    assert (await house.events())[-2].detail == {"lost": BOB}
    assert why(await approve(house, request, CAROL)) is Reason.ALREADY_COUNTED
    await approve(house, request, DANA)
    assert (await house.get(request)).live


async def test_an_approval_may_make_it_shorter_and_smaller_but_never_wider_again(house: House) -> None:
    request = await house.file("A,B,staging/DB", ruling=TWO_STEPS)
    await approve(house, request, BOB, seconds=600, variables=(var("A"), var("B")))
    await approve(house, request, CAROL, seconds=7200, variables=(var("B"), var("staging/DB")))
    found = await house.get(request)
    assert (found.variables, found.duration.seconds) == ((var("B"),), 600)
    assert found.asked_variables == (var("A"), var("B"), var("staging/DB"))
    assert (found.asked_seconds, found.course.narrowed_by) == (3600, CAROL)
    assert found.expires_at == found.decided_at + 10 * MINUTE
    assert why(await house.reveals.claim_named(house.op(), var("A"), ALICE)) is Reason.NO_GRANT


@pytest.mark.parametrize("chosen", ["staging/DB", "default/NOPE"])
async def test_to_approve_none_of_it_is_no_approval(house: House, chosen: str) -> None:
    request = await house.file("A,B")
    assert why(await approve(house, request, BOB, variables=(var(chosen),))) is Reason.NOT_WIDER
    assert (await house.get(request)).state is State.PENDING


async def test_what_was_made_smaller_is_still_the_same_request(house: House) -> None:
    """Law 10: asking for both again returns the pending one; asking for what is left of it is another."""
    request = await house.file("A,B", ruling=TWO_STEPS)
    await approve(house, request, BOB, variables=(var("A"),))
    assert await house.file("B,A", ruling=TWO_STEPS) == request
    assert await house.file("A", ruling=TWO_STEPS) != request
    await house.decide(request, CAROL, Verb.DENY, step=1)
    assert await house.file("A,B", ruling=TWO_STEPS) != request


def slow(then: Then) -> Step:
    return Step(HERE, timeout=600, then=then, escalate=OTHERS)


async def late(house: House, *steps: Step, minutes: float) -> Request:
    """A request that nobody looked at for a while, as a worker finds it."""
    request = await house.file(ruling=ruled(*steps))
    await house.pass_time(minutes * MINUTE)
    await house.work()
    return await house.get(request)


def minutes_in(request: Request, moment: int) -> float:
    return (moment - request.created_at) / MINUTE


async def test_a_step_nobody_passes_is_refused_where_the_policy_says_so(house: House) -> None:
    found = await late(house, slow(Then.REFUSE), Step(OTHERS), minutes=11)
    assert (found.state, minutes_in(found, found.decided_at)) == (State.TIMED_OUT, 10)
    assert (await house.events())[-1].detail == {"why": "nobody decided in time"}


async def test_a_step_nobody_passes_is_skipped_and_the_next_one_is_asked(house: House) -> None:
    found = await late(house, slow(Then.SKIP), Step(OTHERS, timeout=600), minutes=11)
    assert (found.state, found.course.step, found.course.skipped) == (State.PENDING, 1, (0,))
    assert minutes_in(found, found.course.step_deadline) == 20
    assert isinstance(await approve(house, found.id, CAROL), Decided)
    assert (await house.get(found.id)).live


async def test_time_never_gives_access_by_skipping_the_last_step(house: House) -> None:
    """A chain that time alone completes would be an approval by nobody."""
    found = await late(house, Step(HERE), slow(Then.SKIP), minutes=0)
    await approve(house, found.id, BOB)
    await house.pass_time(11 * MINUTE)
    await house.work()
    assert (await house.get(found.id)).state is State.TIMED_OUT
    assert await house.left(found.id) == -2


async def test_an_escalated_step_has_as_long_again_and_then_is_over(house: House) -> None:
    found = await late(house, slow(Then.ESCALATE), minutes=11)
    assert (found.course.escalated, found.course.nudge) == (True, Nudge.ESCALATED)
    assert found.awaited == HERE | OTHERS
    assert minutes_in(found, found.course.step_deadline) == 20
    await house.pass_time(10 * MINUTE)
    found = await house.get(found.id)
    assert isinstance(await approve(house, found.id, BOB), Refusal)
    found = await house.get(found.id)
    assert (found.state, minutes_in(found, found.decided_at)) == (State.TIMED_OUT, 20)


async def test_everything_that_was_overdue_at_once_happens_in_its_order_and_at_its_time(house: House) -> None:
    """After a stop of hours, the record must say when each thing was over, not when somebody looked."""
    found = await late(house, slow(Then.SKIP), slow(Then.ESCALATE), minutes=100)
    assert (found.state, minutes_in(found, found.decided_at)) == (State.TIMED_OUT, 30)
    tags = [tag for tag in await house.tags() if tag.startswith("request.")]
    assert tags == ["request.created", "request.step_skipped", "request.escalated", "request.timed_out"]


async def test_no_step_outlives_the_requests_own_deadline(house: House) -> None:
    found = await late(house, Step(HERE, timeout=5 * 3600, then=Then.ESCALATE), minutes=4 * 60 + 1)
    assert (found.state, found.decided_at) == (State.TIMED_OUT, found.deadline_at)


async def test_reminders_come_ever_more_seldom_and_stop_at_the_deadline(house: House) -> None:
    request = await house.file(ruling=ruled(Step(HERE, remind=600)))
    reminded: list[int] = []
    for minute in range(10, 250, 10):
        await house.pass_time(10 * MINUTE)
        await house.work()
        if (await house.tags()).count("request.reminded") > len(reminded):
            reminded.append(minute)
    assert reminded == [10, 30, 70, 150]
    assert (await house.get(request)).state is State.TIMED_OUT


async def test_reminders_that_were_missed_come_once_and_not_all_at_once(house: House) -> None:
    found = await late(house, Step(HERE, remind=60), minutes=200)
    assert (await house.tags()).count("request.reminded") == 1
    assert (found.course.nudge, found.course.nudges) == (Nudge.REMINDED, 2)


async def test_a_new_step_reminds_from_its_own_beginning(house: House) -> None:
    request = await house.file(ruling=ruled(Step(HERE, remind=60), Step(OTHERS, remind=600)))
    await house.pass_time(2 * MINUTE)
    await house.work()
    await approve(house, request, BOB)
    await house.pass_time(9 * MINUTE)
    await house.work()
    assert (await house.tags()).count("request.reminded") == 1
    await house.pass_time(MINUTE)
    await house.work()
    assert (await house.tags()).count("request.reminded") == 2


async def test_what_nobody_can_pass_is_escalated_once_and_only_as_it_was_seen(house: House) -> None:
    request = await house.file(ruling=ruled(slow(Then.ESCALATE)))
    seen = await house.get(request)
    for _ in range(2):
        await house.requests.escalate(house.op(), seen, "nobody is left")
    assert (await house.tags()).count("request.escalated") == 1
    await house.requests.escalate(house.op(), await house.get(request), "nobody is left")
    assert (await house.get(request)).state is State.TIMED_OUT
