"""Four eyes are two people's, however many ids one of them has (law 3): Enterprise Grid and its migration."""

from dataclasses import replace

import pytest

from envaccess.application.people.delegate import give_duty
from envaccess.application.people.one_person import same_person
from envaccess.application.requests.decide import decide
from envaccess.domain.call import by_person
from envaccess.domain.duration import Duration
from envaccess.domain.outcome import Decided
from envaccess.domain.person import Person, is_one_person
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import Verb
from tests.fakes.context import WORKSPACE
from tests.unit.application.stage import ALICE, BOB, CAROL, Stage

TWIN = "W0ALICE"


@pytest.fixture
def stage() -> Stage:
    """Alice has an id of the organisation, too, which is in the approvers channel."""
    stage = Stage()
    stage.directory.people[ALICE] = Person(ALICE, WORKSPACE, account=TWIN)
    stage.directory.people[TWIN] = Person(TWIN, WORKSPACE, account=TWIN)
    stage.directory.approvers |= {TWIN}
    return stage


async def approved(stage: Stage, who: str, request: str) -> object:
    return await decide(stage.context, by_person(stage.op(), who), request, Verb.APPROVE, "")


async def test_nobody_approves_their_own_request_under_their_other_id(stage: Stage) -> None:
    request = await stage.filed()
    assert await approved(stage, TWIN, request) == Refusal(Reason.SELF_APPROVAL, request=request)
    assert stage.refusals() == [Reason.SELF_APPROVAL]
    assert isinstance(await approved(stage, BOB, request), Decided)


async def test_nobody_approves_it_by_a_duty_that_was_handed_over_by_that_id(stage: Stage) -> None:
    stage.directory.approvers = frozenset({TWIN, CAROL})
    given = await give_duty(stage.context, by_person(stage.op(), TWIN), BOB, Duration(3600))
    assert not isinstance(given, Refusal), given
    request = await stage.filed()
    assert await approved(stage, BOB, request) == Refusal(Reason.SELF_APPROVAL, request=request)


async def test_what_was_filed_under_an_id_that_a_migration_replaced_is_approved_by_nobody(
    stage: Stage,
) -> None:
    request = await stage.filed()
    del stage.directory.people[ALICE]
    assert await approved(stage, BOB, request) == Refusal(Reason.NOT_FOUND, request=request, by=ALICE)


async def test_ids_of_different_people_stay_different(stage: Stage) -> None:
    assert await same_person(stage.context, TWIN, (ALICE, BOB, "", CAROL)) == {ALICE}
    assert await same_person(stage.context, BOB, (ALICE, BOB, CAROL)) == {BOB}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (Person("U1", "T1", account="W1"), Person("W1", "T1", account="W1"), True),
        (Person("U1", "T1", account="W1"), Person("U2", "T1", account="W1"), True),
        (Person("U1", "T1", account="W1"), Person("W1", "T1"), True),
        (Person("U1", "T1"), Person("U2", "T1"), False),
        (Person("U1", "T1", account="W1"), Person("U2", "T1", account="W2"), False),
        (None, Person("U2", "T1"), False),
        (None, None, False),
    ],
)
def test_one_person_is_known_by_any_id_of_theirs(one: Person, other: Person, same: bool) -> None:
    assert is_one_person(one, other) is is_one_person(other, one) is same


async def test_a_second_approval_of_one_person_counts_for_nothing(stage: Stage) -> None:
    """A chain of two people: Bob and his id of the organisation are one."""
    policy = stage.context.rulebook.current
    (rule,) = policy.rules
    two = replace(rule, steps=(replace(rule.steps[0], approvals=2),))
    stage.context.rulebook.current = replace(policy, rules=(two,))
    stage.directory.people[BOB] = Person(BOB, WORKSPACE, account="W0BOB")
    stage.directory.people["W0BOB"] = Person("W0BOB", WORKSPACE, account="W0BOB")
    stage.directory.approvers |= {"W0BOB"}
    request = await stage.filed()
    assert isinstance(await approved(stage, BOB, request), Decided)
    assert await approved(stage, "W0BOB", request) == Refusal(Reason.ALREADY_COUNTED, request=request)
    assert isinstance(await approved(stage, CAROL, request), Decided)
