"""Chains on both kinds of server: steps in order, distinct people, narrower only, and time."""

from typing import Any

import pytest

from envaccess.domain.approval_progress import Notification
from envaccess.domain.outcome import Decided
from envaccess.domain.policy.rules import Step, Then
from envaccess.domain.policy.ruling import Ruling
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import GrantState, Request, State, Verb
from tests.fakes.rulings import HERE, OTHERS, TWO_STEPS, ruled
from tests.store.harness import ALICE, BOB, CAROL, HOUR, MINUTE, StoreHarness, var

DANA = "U0DANA"
TWO_OF_ONE = ruled(Step(HERE, approvals=2))


async def approve(harness: StoreHarness, request: str, who: str, **vote: Any) -> Decided | Refusal:
    """Approve what is awaited now, having looked at every earlier approval."""
    progress = (await harness.get(request)).progress
    known: dict[str, Any] = {"step": progress.step, "checked": len(progress.approvals)}
    return await harness.decide(request, who, **{**known, **vote})


def why(outcome: object) -> Reason:
    assert isinstance(outcome, Refusal)
    return outcome.reason


async def test_a_chain_of_two_gives_access_when_the_second_agrees_and_not_before(
    harness: StoreHarness,
) -> None:
    request = await harness.file("A,B", ruling=TWO_STEPS)
    first = await approve(harness, request, BOB)
    assert isinstance(first, Decided)
    assert (first.state, first.grant, await harness.left(request)) == (State.PENDING, None, -2)
    found = await harness.get(request)
    assert (found.progress.step, found.progress.notification, found.decided_by) == (1, Notification.STEP, "")
    assert why(await harness.claim(request)) is Reason.NO_GRANT
    second = await approve(harness, request, CAROL)
    assert isinstance(second, Decided)
    assert (second.state, second.grant) == (State.APPROVED, GrantState.ACTIVE)
    found = await harness.get(request)
    assert [(given.by, given.step) for given in found.progress.approvals] == [(BOB, 0), (CAROL, 1)]
    assert found.expires_at == found.decided_at + HOUR


@pytest.mark.parametrize("ruling", [TWO_STEPS, TWO_OF_ONE], ids=["two steps", "two of one"])
async def test_one_person_counts_once_whatever_step_they_try(harness: StoreHarness, ruling: Ruling) -> None:
    """Law 3: somebody in both circles must not be the whole chain."""
    request = await harness.file(ruling=ruling)
    await approve(harness, request, BOB)
    assert why(await approve(harness, request, BOB)) is Reason.ALREADY_COUNTED
    assert isinstance(await approve(harness, request, CAROL), Decided)
    assert (await harness.get(request)).live


@pytest.mark.parametrize(("who", "behalf"), [(BOB, ""), (CAROL, ""), (DANA, BOB), (DANA, CAROL)])
async def test_a_duty_that_was_handed_over_uses_up_both(harness: StoreHarness, who: str, behalf: str) -> None:
    """Law 3: else one of the two decides twice, once in each name."""
    request = await harness.file(ruling=TWO_STEPS)
    await approve(harness, request, BOB, behalf=CAROL)
    assert why(await approve(harness, request, who, behalf=behalf)) is Reason.ALREADY_COUNTED
    assert not (await harness.get(request)).live


@pytest.mark.parametrize("verb", [Verb.APPROVE, Verb.DENY])
@pytest.mark.parametrize("step", [0, 1])
async def test_nobody_decides_in_the_requesters_name_in_any_step(
    harness: StoreHarness, verb: Verb, step: int
) -> None:
    request = await harness.file(ruling=TWO_STEPS)
    if step:
        await approve(harness, request, BOB)
    assert why(await harness.decide(request, CAROL, verb, step=step, behalf=ALICE)) is Reason.SELF_APPROVAL
    assert why(await harness.decide(request, ALICE, verb, step=step, behalf=DANA)) is Reason.SELF_APPROVAL


async def test_a_vote_about_an_earlier_step_changes_nothing_and_may_be_cast_again(
    harness: StoreHarness,
) -> None:
    request = await harness.file(ruling=TWO_STEPS)
    await approve(harness, request, BOB)
    assert why(await harness.decide(request, CAROL, op="vote", step=0)) is Reason.MOVED_ON
    assert isinstance(await harness.decide(request, CAROL, op="vote", step=1, checked=1), Decided)


async def test_the_last_vote_must_have_looked_at_every_earlier_one(harness: StoreHarness) -> None:
    """An approval that lands in between was not looked at again: the caller must look, and come back."""
    request = await harness.file(ruling=ruled(Step(HERE, approvals=2), Step(OTHERS)))
    for who in (BOB, CAROL):
        await approve(harness, request, who)
    assert why(await harness.decide(request, DANA, step=1, checked=1)) is Reason.MOVED_ON
    assert isinstance(await harness.decide(request, DANA, step=1, checked=2), Decided)


async def test_a_step_that_lost_its_approver_reopens_and_keeps_the_newer_approval(
    harness: StoreHarness,
) -> None:
    request = await harness.file(ruling=TWO_STEPS)
    await approve(harness, request, BOB)
    outcome = await approve(harness, request, CAROL, lost=(BOB,))
    assert isinstance(outcome, Decided)
    assert (outcome.state, await harness.left(request)) == (State.PENDING, -2)
    found = await harness.get(request)
    assert (found.progress.step, found.progress.notification) == (0, Notification.REOPENED)
    assert [given.by for given in found.progress.approvals] == [CAROL]
    assert (await harness.events())[-2].detail == {"lost": BOB}
    assert why(await approve(harness, request, CAROL)) is Reason.ALREADY_COUNTED
    await approve(harness, request, DANA)
    assert (await harness.get(request)).live


async def test_an_approval_may_make_it_shorter_and_smaller_but_never_wider_again(
    harness: StoreHarness,
) -> None:
    request = await harness.file("A,B,staging/DB", ruling=TWO_STEPS)
    await approve(harness, request, BOB, seconds=600, variables=(var("A"), var("B")))
    await approve(harness, request, CAROL, seconds=7200, variables=(var("B"), var("staging/DB")))
    found = await harness.get(request)
    assert (found.variables, found.duration.seconds) == ((var("B"),), 600)
    assert found.asked_variables == (var("A"), var("B"), var("staging/DB"))
    assert (found.asked_seconds, found.progress.narrowed_by) == (3600, CAROL)
    assert found.expires_at == found.decided_at + 10 * MINUTE
    assert why(await harness.reveals.claim_named(harness.op(), var("A"), ALICE)) is Reason.NO_GRANT


@pytest.mark.parametrize("chosen", ["staging/DB", "default/NOPE"])
async def test_to_approve_none_of_it_is_no_approval(harness: StoreHarness, chosen: str) -> None:
    request = await harness.file("A,B")
    assert why(await approve(harness, request, BOB, variables=(var(chosen),))) is Reason.NOT_WIDER
    assert (await harness.get(request)).state is State.PENDING


async def test_what_was_made_smaller_is_still_the_same_request(harness: StoreHarness) -> None:
    """Law 10: asking for both again returns the pending one; asking for what is left of it is another."""
    request = await harness.file("A,B", ruling=TWO_STEPS)
    await approve(harness, request, BOB, variables=(var("A"),))
    assert await harness.file("B,A", ruling=TWO_STEPS) == request
    assert await harness.file("A", ruling=TWO_STEPS) != request
    await harness.decide(request, CAROL, Verb.DENY, step=1)
    assert await harness.file("A,B", ruling=TWO_STEPS) != request


def slow(then: Then) -> Step:
    return Step(HERE, timeout=600, then=then, escalate=OTHERS)


async def late(harness: StoreHarness, *steps: Step, minutes: float) -> Request:
    """A request that nobody looked at for a while, as a worker finds it."""
    request = await harness.file(ruling=ruled(*steps))
    await harness.pass_time(minutes * MINUTE)
    await harness.work()
    return await harness.get(request)


def minutes_in(request: Request, moment: int) -> float:
    return (moment - request.created_at) / MINUTE


async def test_a_step_nobody_passes_is_refused_where_the_policy_says_so(harness: StoreHarness) -> None:
    found = await late(harness, slow(Then.REFUSE), Step(OTHERS), minutes=11)
    assert (found.state, minutes_in(found, found.decided_at)) == (State.TIMED_OUT, 10)
    assert (await harness.events())[-1].detail == {"why": "nobody decided in time"}


async def test_a_step_nobody_passes_is_skipped_and_the_next_one_is_asked(harness: StoreHarness) -> None:
    found = await late(harness, slow(Then.SKIP), Step(OTHERS, timeout=600), minutes=11)
    assert (found.state, found.progress.step, found.progress.skipped) == (State.PENDING, 1, (0,))
    assert minutes_in(found, found.progress.step_deadline) == 20
    assert isinstance(await approve(harness, found.id, CAROL), Decided)
    assert (await harness.get(found.id)).live


async def test_time_never_gives_access_by_skipping_the_last_step(harness: StoreHarness) -> None:
    """A chain that time alone completes would be an approval by nobody."""
    found = await late(harness, Step(HERE), slow(Then.SKIP), minutes=0)
    await approve(harness, found.id, BOB)
    await harness.pass_time(11 * MINUTE)
    await harness.work()
    assert (await harness.get(found.id)).state is State.TIMED_OUT
    assert await harness.left(found.id) == -2


async def test_an_escalated_step_has_as_long_again_and_then_is_over(harness: StoreHarness) -> None:
    found = await late(harness, slow(Then.ESCALATE), minutes=11)
    assert (found.progress.escalated, found.progress.notification) == (True, Notification.ESCALATED)
    assert found.awaited == HERE | OTHERS
    assert minutes_in(found, found.progress.step_deadline) == 20
    await harness.pass_time(10 * MINUTE)
    found = await harness.get(found.id)
    assert isinstance(await approve(harness, found.id, BOB), Refusal)
    found = await harness.get(found.id)
    assert (found.state, minutes_in(found, found.decided_at)) == (State.TIMED_OUT, 20)


async def test_everything_that_was_overdue_at_once_happens_in_its_order_and_at_its_time(
    harness: StoreHarness,
) -> None:
    """After a stop of hours, the record must say when each thing was over, not when somebody looked."""
    found = await late(harness, slow(Then.SKIP), slow(Then.ESCALATE), minutes=100)
    assert (found.state, minutes_in(found, found.decided_at)) == (State.TIMED_OUT, 30)
    tags = [tag for tag in await harness.tags() if tag.startswith("request.")]
    assert tags == ["request.created", "request.step_skipped", "request.escalated", "request.timed_out"]


async def test_no_step_outlives_the_requests_own_deadline(harness: StoreHarness) -> None:
    found = await late(harness, Step(HERE, timeout=5 * 3600, then=Then.ESCALATE), minutes=4 * 60 + 1)
    assert (found.state, found.decided_at) == (State.TIMED_OUT, found.deadline_at)


async def test_reminders_come_ever_more_seldom_and_stop_at_the_deadline(harness: StoreHarness) -> None:
    request = await harness.file(ruling=ruled(Step(HERE, remind=600)))
    reminded: list[int] = []
    for minute in range(10, 250, 10):
        await harness.pass_time(10 * MINUTE)
        await harness.work()
        if (await harness.tags()).count("request.reminded") > len(reminded):
            reminded.append(minute)
    assert reminded == [10, 30, 70, 150]
    assert (await harness.get(request)).state is State.TIMED_OUT


async def test_reminders_that_were_missed_come_once_and_not_all_at_once(harness: StoreHarness) -> None:
    found = await late(harness, Step(HERE, remind=60), minutes=200)
    assert (await harness.tags()).count("request.reminded") == 1
    assert (found.progress.notification, found.progress.notifications) == (Notification.REMINDED, 2)


async def test_a_new_step_reminds_from_its_own_beginning(harness: StoreHarness) -> None:
    request = await harness.file(ruling=ruled(Step(HERE, remind=60), Step(OTHERS, remind=600)))
    await harness.pass_time(2 * MINUTE)
    await harness.work()
    await approve(harness, request, BOB)
    await harness.pass_time(9 * MINUTE)
    await harness.work()
    assert (await harness.tags()).count("request.reminded") == 1
    await harness.pass_time(MINUTE)
    await harness.work()
    assert (await harness.tags()).count("request.reminded") == 2


async def test_what_nobody_can_pass_is_escalated_once_and_only_as_it_was_seen(harness: StoreHarness) -> None:
    request = await harness.file(ruling=ruled(slow(Then.ESCALATE)))
    seen = await harness.get(request)
    for _ in range(2):
        await harness.requests.escalate(harness.op(), seen, "nobody is left")
    assert (await harness.tags()).count("request.escalated") == 1
    await harness.requests.escalate(harness.op(), await harness.get(request), "nobody is left")
    assert (await harness.get(request)).state is State.TIMED_OUT
