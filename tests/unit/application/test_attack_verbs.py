"""Attacks on the verbs: access that the policy takes back, or never meant, is had by another way round."""

from dataclasses import replace
from typing import Any

import pytest

from envaccess.application.grants.reveal import claim_by_name
from envaccess.application.people.delegate import give_duty
from envaccess.application.requests.decide import decide
from envaccess.application.requests.filing import open_request
from envaccess.domain.approval_progress import Delegation
from envaccess.domain.call import by_person
from envaccess.domain.command import Ask
from envaccess.domain.duration import Duration
from envaccess.domain.outcome import Claim, Decided, Filed
from envaccess.domain.policy.book import Policy
from envaccess.domain.policy.hours import Hours
from envaccess.domain.policy.principal_set import EVERYBODY, OWNERS, PrincipalSet
from envaccess.domain.policy.rules import Automatic, DeliveryMode, Owners, Rule, Step
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import State, Verb
from tests.fakes.books import NOON
from tests.fakes.context import APPROVERS
from tests.unit.application.stage import ALICE, BOB, STRIPE, WHY, Stage

TEAM = "S0TEAM"
UTC_MINUTE = NOON // 60_000 % (24 * 60)
"""Minutes after midnight at which the stage begins, in UTC."""


@pytest.fixture
def stage() -> Stage:
    return Stage()


def let(stage: Stage, **more: Any) -> None:
    """From now on one rule holds, for everything."""
    rule = Rule("everything", ("*/*",), (Step(PrincipalSet((APPROVERS,))),), **more)
    stage.context.rulebook.current = Policy((rule,), APPROVERS, digest=f"digest-{sorted(more)}")


async def ask(stage: Stage, start: int | None = None) -> Filed:
    outcome = await open_request(
        stage.context, by_person(stage.op(), ALICE), Ask((STRIPE,), Duration(600), WHY, start)
    )
    assert isinstance(outcome, Filed), outcome
    return outcome


async def approve(stage: Stage, request: str) -> Decided | Refusal:
    return await decide(stage.context, by_person(stage.op(), BOB), request, Verb.APPROVE, "")


async def test_many_grants_do_not_hide_one_that_the_policy_takes_back(stage: Stage) -> None:
    """Who is no requester any more reveals nothing by name, however many newer grants they hold."""
    stage.directory.groups[TEAM] = {ALICE}
    let(stage, requesters=PrincipalSet((TEAM,)))
    assert await approve(stage, (await ask(stage)).id)
    first = next(iter(stage.books.requests.values()))
    for number in range(25):
        other = replace(first, id=f"9999{number:04d}", variables=(replace(STRIPE, name=f"V{number}"),))
        stage.books.requests[other.id] = other
    stage.directory.groups[TEAM] = set()
    outcome = await claim_by_name(stage.context, stage.delivery, by_person(stage.op(), ALICE), STRIPE)
    assert not isinstance(outcome, Claim)
    assert outcome.reason is Reason.NOT_REQUESTER


@pytest.mark.parametrize(
    "now",
    [
        {"delivery": (DeliveryMode.CLI,)},
        {"single_use": True},
        {"use_within": 300},
        {"tap": True},
    ],
    ids=["delivery", "single_use", "use_within", "tap"],
)
async def test_a_changed_policy_never_approves_more_than_it_would_give_now(
    stage: Stage, now: dict[str, Any]
) -> None:
    let(stage)
    request = (await ask(stage)).id
    let(stage, **now)
    outcome = await approve(stage, request)
    assert outcome == Refusal(Reason.POLICY_CHANGED, request=request)


@pytest.mark.parametrize(
    "before",
    [{"delivery": (DeliveryMode.REVEAL,)}, {"single_use": True}, {"use_within": 300}, {"tap": True}],
    ids=["delivery", "single_use", "use_within", "tap"],
)
async def test_a_loosened_policy_still_approves_what_was_pinned(stage: Stage, before: dict[str, Any]) -> None:
    let(stage, **before)
    request = (await ask(stage)).id
    let(stage, delivery=(DeliveryMode.REVEAL, DeliveryMode.CLI))
    assert isinstance(await approve(stage, request), Decided)


@pytest.mark.parametrize(
    ("start", "state"), [(UTC_MINUTE + 90, State.PENDING), (UTC_MINUTE + 20, State.APPROVED)]
)
async def test_a_later_start_does_not_carry_automatic_access_out_of_its_hours(
    stage: Stage, start: int, state: State
) -> None:
    """Asked for within the hours, to begin after them: somebody must agree."""
    hours = Hours("UTC", UTC_MINUTE - 30, UTC_MINUTE + 60, ("mon", "tue", "wed", "thu", "fri", "sat", "sun"))
    let(stage, automatic=Automatic(EVERYBODY, 3600, hours))
    assert (await ask(stage, start)).state is state


async def test_nobody_hands_over_a_duty_that_is_not_theirs(stage: Stage) -> None:
    """Each message that waits would say that somebody stands in for somebody, and would be drawn again."""
    stage.directory.join("U0DAVE")
    outcome = await give_duty(stage.context, by_person(stage.op(), "U0DAVE"), BOB, Duration(600))
    assert outcome == Refusal(Reason.NOT_APPROVER)
    assert stage.refusals() == [Reason.NOT_APPROVER]
    assert await stage.context.delegations.standing() == []


@pytest.mark.parametrize(
    "who", [{"escalate": PrincipalSet((ALICE,))}, {"approvers": PrincipalSet((OWNERS,))}], ids=str
)
async def test_whoever_may_ever_decide_hands_their_duty_over(stage: Stage, who: dict[str, Any]) -> None:
    step = replace(Step(PrincipalSet((APPROVERS,))), **who)
    rule = Rule("everything", ("*/*",), (step,))
    owners = (Owners(("*/*",), PrincipalSet((ALICE,))),)
    stage.context.rulebook.current = Policy((rule,), APPROVERS, digest="with-owners", owners=owners)
    outcome = await give_duty(stage.context, by_person(stage.op(), ALICE), BOB, Duration(600))
    assert isinstance(outcome, Delegation)
