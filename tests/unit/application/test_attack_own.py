"""Attacks on the verbs themselves: whatever surface calls them, the wrong person gets the same no, audited.

A terminal or a pipeline has no button that is missing for whoever may not press it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from envaccess.application.people.lock import lock_target
from envaccess.application.people.standing import refuse_other_workspace
from envaccess.application.requests.again import ask_again
from envaccess.application.requests.approvers import who_could_decide
from envaccess.application.requests.decide import Narrower, decide, may_decide_now
from envaccess.application.requests.extend import extend_grant, may_extend
from envaccess.application.requests.questions import answer_question, ask_requester, may_answer
from envaccess.domain.audit import person
from envaccess.domain.call import by_person
from envaccess.domain.duration import Duration
from envaccess.domain.lock import Target
from envaccess.domain.outcome import Recorded
from envaccess.domain.policy.principal_set import PrincipalSet
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import Request, State, Verb
from tests.fakes.context import WORKSPACE
from tests.unit.application.stage import ALICE, BOB, CAROL, STRIPE, WHY, Stage

MALLORY = "U0MALLORY"
FORGED = "zzzzzzzz"
Own = Callable[[Stage, str, str], Awaitable[object]]
OWN: dict[str, tuple[str, Own]] = {
    "answer": ("answer", lambda s, who, r: may_answer(s.context, by_person(s.op(), who), r)),
    "extend": ("extend", lambda s, who, r: may_extend(s.context, by_person(s.op(), who), r)),
    "extend at once": (
        "extend",
        lambda s, who, r: extend_grant(s.context, by_person(s.op(), who), r, Duration(600), WHY),
    ),
    "again": ("request", lambda s, who, r: ask_again(s.context, by_person(s.op(), who), r)),
}
"""What only the requester may do: what it is called in the audit stream, and the call."""
own = pytest.mark.parametrize(("tried", "act"), OWN.values(), ids=OWN.keys())
asking = pytest.mark.parametrize("tried", [Verb.APPROVE, Verb.DENY, "ask"], ids=str)


@pytest.fixture
def stage() -> Stage:
    stage = Stage()
    stage.directory.join(MALLORY)
    return stage


@own
@pytest.mark.parametrize("who", [BOB, MALLORY])
async def test_nobody_acts_on_somebody_elses_request(stage: Stage, who: str, tried: str, act: Own) -> None:
    request = await stage.granted()
    before = dict(stage.books.requests)
    assert await act(stage, who, request) == Refusal(Reason.NOT_YOURS, request=request)
    ((attempt, reason),) = stage.books.refused
    assert (attempt.actor.id, attempt.tried, attempt.request) == (who, tried, request)
    assert (attempt.names, reason) == ((str(STRIPE),), Reason.NOT_YOURS)
    assert stage.books.requests == before


@own
async def test_a_forged_id_is_refused_and_audited(stage: Stage, tried: str, act: Own) -> None:
    assert await act(stage, MALLORY, FORGED) == Refusal(Reason.UNKNOWN_ID, request=FORGED)
    ((attempt, reason),) = stage.books.refused
    assert (attempt.tried, attempt.request, reason) == (tried, FORGED, Reason.UNKNOWN_ID)


@asking
@pytest.mark.parametrize(("who", "reason"), [(ALICE, Reason.SELF_APPROVAL), (MALLORY, Reason.NOT_APPROVER)])
async def test_whoever_may_not_decide_is_asked_nothing(
    stage: Stage, who: str, reason: Reason, tried: Verb | str
) -> None:
    outcome = await may_decide_now(stage.context, by_person(stage.op(), who), await stage.filed(), tried)
    assert isinstance(outcome, Refusal)
    assert outcome.reason is reason
    assert [(attempt.tried, why) for attempt, why in stage.books.refused] == [(tried, reason)]


@asking
async def test_of_what_is_over_nothing_is_asked(stage: Stage, tried: Verb | str) -> None:
    request = await stage.granted()
    outcome = await may_decide_now(stage.context, by_person(stage.op(), CAROL), request, tried)
    assert isinstance(outcome, Refusal)
    assert (outcome.reason, outcome.state, outcome.by) == (Reason.NOT_PENDING, State.APPROVED, BOB)


@asking
async def test_of_what_waits_an_approver_is_asked(stage: Stage, tried: Verb | str) -> None:
    request = await stage.filed()
    outcome = await may_decide_now(stage.context, by_person(stage.op(), BOB), request, tried)
    assert isinstance(outcome, Request)
    assert outcome.state is State.PENDING


async def test_only_an_open_question_is_answered(stage: Stage) -> None:
    request = await stage.filed()
    none = Refusal(Reason.NO_QUESTION, request=request)
    assert await may_answer(stage.context, by_person(stage.op(), ALICE), request) == none
    assert isinstance(
        await ask_requester(stage.context, by_person(stage.op(), BOB), request, "Which one?"), Recorded
    )
    assert isinstance(await may_answer(stage.context, by_person(stage.op(), ALICE), request), Request)
    assert isinstance(
        await answer_question(stage.context, by_person(stage.op(), ALICE), request, "4711"), Recorded
    )
    assert await may_answer(stage.context, by_person(stage.op(), ALICE), request) == none


@pytest.mark.parametrize("once", [False, True])
async def test_what_ended_or_is_for_one_reveal_is_not_extended(stage: Stage, *, once: bool) -> None:
    request = await stage.granted(once=once)
    stage.books.now = stage.books.requests[request].expires_at if not once else stage.books.now
    for outcome in (
        await may_extend(stage.context, by_person(stage.op(), ALICE), request),
        await extend_grant(stage.context, by_person(stage.op(), ALICE), request, Duration(600), WHY),
    ):
        assert isinstance(outcome, Refusal)
        assert outcome.reason is Reason.NOT_EXTENDABLE


async def test_more_time_under_a_lock_is_refused_as_locked_whoever_calls(stage: Stage) -> None:
    request = await stage.granted()
    policy = stage.context.rulebook.current
    stage.context.rulebook.current = replace(policy, security=PrincipalSet((CAROL,)))
    await lock_target(stage.context, by_person(stage.op(), CAROL), Target(person=ALICE), "laptop stolen")
    lock = next(iter(stage.books.locks.values()))
    stage.books.requests[request] = replace(stage.books.requests[request], lock=lock)
    for outcome in (
        await may_extend(stage.context, by_person(stage.op(), ALICE), request),
        await extend_grant(stage.context, by_person(stage.op(), ALICE), request, Duration(600), WHY),
    ):
        assert isinstance(outcome, Refusal)
        assert outcome.reason is Reason.LOCKED
    assert stage.refusals() == [Reason.LOCKED, Reason.LOCKED]


async def test_an_approval_of_nothing_approves_nothing(stage: Stage) -> None:
    """An empty choice is no choice, and never all of them."""
    request = await stage.filed()
    outcome = await decide(
        stage.context, by_person(stage.op(), BOB), request, Verb.APPROVE, "", Narrower(variables=())
    )
    assert outcome == Refusal(Reason.NOT_WIDER, request=request)
    assert stage.refusals() == [Reason.NOT_WIDER]
    assert stage.books.requests[request].state is State.PENDING


@pytest.mark.parametrize("reason", [Reason.GUEST, Reason.DEACTIVATED])
async def test_who_decides_is_told_to_full_members_only(stage: Stage, reason: Reason) -> None:
    assert await who_could_decide(stage.context, ALICE, STRIPE)
    stage.turn_into(ALICE, reason)
    assert await who_could_decide(stage.context, ALICE, STRIPE) == ()


@pytest.mark.parametrize("issuer", ["T0OTHER", f"{WORKSPACE} T0OTHER"])
async def test_whoever_another_workspace_vouches_for_is_refused_and_audited(
    stage: Stage, issuer: str
) -> None:
    call = by_person("op", ALICE, issuer=issuer)
    refusal = await refuse_other_workspace(stage.context, call, "reveal")
    assert refusal == Refusal(Reason.OTHER_WORKSPACE)
    ((attempt, reason),) = stage.books.refused
    assert (attempt.actor, attempt.tried, reason) == (person(ALICE), "reveal", Reason.OTHER_WORKSPACE)


@pytest.mark.parametrize("issuer", ["", WORKSPACE])
async def test_our_own_workspace_or_none_is_not_refused(stage: Stage, issuer: str) -> None:
    call = by_person("op", ALICE, issuer=issuer)
    assert await refuse_other_workspace(stage.context, call, "reveal") is None
