"""Locks as the services see them: who may lock, and whom nobody counts on any more."""

from dataclasses import replace

import pytest

from envaccess.application.home import Home, show_home
from envaccess.application.people.delegate import give_duty
from envaccess.application.people.lock import lock_target, unlock_by_id, unlock_target
from envaccess.application.requests.decide import decide, may_decide
from envaccess.application.requests.filing import open_request
from envaccess.application.requests.status import show_status
from envaccess.domain.approval_progress import Delegation
from envaccess.domain.call import by_person
from envaccess.domain.command import Ask
from envaccess.domain.duration import Duration
from envaccess.domain.lock import Lock, Target, first_lock, read_target
from envaccess.domain.outcome import Decided, Locked
from envaccess.domain.policy.machines import Issuer, Machine
from envaccess.domain.policy.principal_set import PrincipalSet
from envaccess.domain.programs import Platform
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import Verb
from envaccess.domain.variable import Variable
from tests.unit.application.stage import ALICE, BOB, CAROL, INELIGIBLE, STRIPE, WHY, Stage

DANA, ERIN = "U0DANA", "U0ERIN"


@pytest.fixture
def stage() -> Stage:
    """Dana and Erin look after security."""
    stage = Stage()
    stage.directory.join(DANA, ERIN)
    rulebook = stage.context.rulebook
    rulebook.current = replace(rulebook.current, security=PrincipalSet((DANA, ERIN)))
    return stage


async def lock(stage: Stage, target: Target, who: str = DANA) -> Locked | Refusal:
    return await lock_target(stage.context, by_person(stage.op(), who), target, "laptop stolen")


def reason(outcome: object) -> Reason:
    assert isinstance(outcome, Refusal), outcome
    return outcome.reason


@pytest.mark.parametrize("why", INELIGIBLE, ids=str)
async def test_a_security_person_who_is_no_member_any_more_locks_nothing(stage: Stage, why: Reason) -> None:
    stage.turn_into(DANA, why)
    assert reason(await lock(stage, Target(ALICE))) is why
    assert reason(await unlock_target(stage.context, by_person(stage.op(), DANA), Target(ALICE))) is why
    assert stage.refusals() == [why, why]
    assert not stage.books.locks


async def test_nobody_else_locks_or_unlocks(stage: Stage) -> None:
    for who in (ALICE, BOB):
        assert reason(await lock(stage, Target(CAROL), who)) is Reason.NOT_SECURITY
    found = await lock(stage, Target(CAROL))
    assert isinstance(found, Locked)
    assert (
        reason(await unlock_by_id(stage.context, by_person(stage.op(), BOB), found.lock.id))
        is Reason.NOT_SECURITY
    )
    assert list(stage.books.locks) == [Target(CAROL)]


@pytest.mark.parametrize(
    ("target", "why"),
    [
        (Target("U0NOBODY"), Reason.NOT_FOUND),
        (Target(variable=Variable("default", "STRIPE_KEYS")), Reason.UNKNOWN_VARIABLE),
        (Target(program="machine:deploy"), Reason.NO_PROGRAM),
        (Target(program="agent:ag_7k2p"), Reason.NO_PROGRAM),
    ],
)
async def test_a_lock_on_what_does_not_exist_is_refused(stage: Stage, target: Target, why: Reason) -> None:
    """gravitational/teleport#69739."""
    assert reason(await lock(stage, target)) is why
    assert not stage.books.locks


async def test_who_left_can_be_locked_before_they_come_back(stage: Stage) -> None:
    stage.turn_into(CAROL, Reason.DEACTIVATED)
    assert isinstance(await lock(stage, Target(CAROL)), Locked)


async def test_an_unlock_button_of_an_earlier_lock_does_not_lift_a_later_one(stage: Stage) -> None:
    first = await lock(stage, Target(ALICE))
    assert isinstance(first, Locked)
    await unlock_target(stage.context, by_person(stage.op(), ERIN), Target(ALICE))
    stage.books.now += 1_000
    await lock(stage, Target(ALICE))
    assert (
        reason(await unlock_by_id(stage.context, by_person(stage.op(), ERIN), first.lock.id))
        is Reason.NOT_LOCKED
    )
    assert Target(ALICE) in stage.books.locks


async def test_a_locked_approver_is_nobody_who_could_decide(stage: Stage) -> None:
    """Law 9: what only a locked person could approve is refused when it is asked for."""
    await lock(stage, Target(BOB))
    await lock(stage, Target(CAROL))
    ask = Ask((STRIPE,), Duration(3600), WHY)
    assert reason(await open_request(stage.context, by_person(stage.op(), ALICE), ask)) is Reason.NO_APPROVERS
    await unlock_target(stage.context, by_person(stage.op(), DANA), Target(CAROL))
    filed = await open_request(stage.context, by_person(stage.op(), ALICE), ask)
    assert not isinstance(filed, Refusal)
    assert filed.approvers == (CAROL,)


async def test_a_duty_that_a_locked_person_handed_over_gives_nobody_a_say(stage: Stage) -> None:
    request = await stage.filed()
    assert isinstance(
        await give_duty(stage.context, by_person(stage.op(), BOB), ERIN, Duration(3600)), Delegation
    )
    assert not isinstance(await may_decide(stage.context, by_person(stage.op(), ERIN), request), Refusal)
    await lock(stage, Target(BOB))
    assert (
        reason(await may_decide(stage.context, by_person(stage.op(), ERIN), request)) is Reason.NOT_APPROVER
    )


async def test_a_locked_person_opens_no_form_to_decide(stage: Stage) -> None:
    request = await stage.filed()
    await lock(stage, Target(BOB))
    for verb in (Verb.APPROVE, Verb.DENY, "ask"):
        assert (
            reason(await may_decide(stage.context, by_person(stage.op(), BOB), request, verb))
            is Reason.LOCKED
        )
    assert isinstance(
        await decide(stage.context, by_person(stage.op(), CAROL), request, Verb.APPROVE, ""), Decided
    )


async def test_home_and_status_tell_somebody_of_their_lock_and_security_of_all(stage: Stage) -> None:
    await lock(stage, Target(BOB))
    await lock(stage, Target(variable=STRIPE))
    mine, theirs = await show_home(stage.context, BOB), await show_home(stage.context, DANA)
    assert isinstance(mine, Home)
    assert isinstance(theirs, Home)
    assert mine.lock
    assert (mine.lock.target, list(mine.locks)) == (Target(BOB), [])
    assert {found.target for found in theirs.locks} == {Target(BOB), Target(variable=STRIPE)}
    held = await show_status(stage.context, by_person(stage.op(), BOB))
    assert not isinstance(held, Refusal)
    assert held.lock == mine.lock


@pytest.mark.parametrize("target", [Target("U0BOB"), Target(variable=Variable("staging", "DB_URL"))])
def test_a_target_is_read_as_it_was_written(target: Target) -> None:
    assert read_target(str(target)) == target


def test_what_is_no_target_names_nothing() -> None:
    assert read_target("") == read_target("nonsense") == Target()


async def test_a_machine_of_the_policy_is_locked_by_its_name_with_all_its_runs(stage: Stage) -> None:
    rulebook = stage.context.rulebook
    machine = Machine("deploy", Issuer("https://token.actions.example.com", Platform.GITHUB))
    rulebook.current = replace(rulebook.current, machines=(machine,))
    assert isinstance(await lock(stage, Target(program="machine:deploy")), Locked)
    assert reason(await lock(stage, Target(program="machine:deploys"))) is Reason.NO_PROGRAM
    assert list(stage.books.locks) == [Target(program="machine:deploy")]
    unlocked = await unlock_target(
        stage.context, by_person(stage.op(), DANA), Target(program="machine:deploy")
    )
    assert isinstance(unlocked, Locked)


@pytest.mark.parametrize("text", ["machine:deploy", "agent:ag_7k2p"])
def test_a_program_is_read_as_it_is_kept(text: str) -> None:
    assert read_target(text) == Target(program=text)
    assert str(Target(program=text)) == text


def test_a_lock_on_a_machine_is_on_each_of_its_runs() -> None:
    held = Lock("1-0", Target(program="machine:deploy"), "person:U0DANA", 1, "a runner was taken over")
    assert first_lock({held.target: held}, ["machine:deploy/9f86d081884c7d65"]) == held
    assert first_lock({held.target: held}, ["machine:deploys/9f86d081884c7d65", "U0ALICE", ""]) is None
