"""Who has seen a value is told to its owners and to security people, and to nobody else."""

from dataclasses import replace

import pytest

from envaccess.application.exposure import who_has_seen, with_seen
from envaccess.application.grants.reveal import hand_over
from envaccess.application.rulebook import Rulebook
from envaccess.domain.call import by_person
from envaccess.domain.exposure import SeenCount, SeenPage
from envaccess.domain.policy.principal_set import PrincipalSet
from envaccess.domain.policy.rules import Owners
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.variable import Variable
from tests.fakes.lease_sources import FakeLeaseSources
from tests.unit.application.stage import ALICE, BOB, CAROL, STRIPE, Stage

DANA = "U0DANA"


@pytest.fixture
def stage() -> Stage:
    """Carol owns everything, and Dana is of security."""
    stage = Stage()
    stage.directory.join(DANA)
    owners = (Owners(match=("*/*",), who=PrincipalSet.of([CAROL])),)
    policy = replace(stage.context.rulebook.current, owners=owners, security=PrincipalSet.of([DANA]))
    stage.context = replace(stage.context, rulebook=Rulebook(policy))
    return stage


async def asked(stage: Stage, who: str, variable: Variable = STRIPE) -> SeenPage | Refusal:
    return await who_has_seen(stage.context, by_person(stage.op(), who), variable)


@pytest.mark.parametrize("who", [CAROL, DANA])
async def test_owners_and_security_people_see_who_has_seen_it(stage: Stage, who: str) -> None:
    await hand_over(stage.context, await stage.claimed(), stage.delivery)
    page = await asked(stage, who)
    assert isinstance(page, SeenPage)
    assert [one.seer.id for one in page.seen] == [ALICE]


@pytest.mark.parametrize("who", [ALICE, BOB])
async def test_nobody_else_does_not_who_saw_it_nor_who_approves_and_the_attempt_is_audited(
    stage: Stage, who: str
) -> None:
    refused = await asked(stage, who)
    assert isinstance(refused, Refusal)
    assert refused.reason is Reason.SEEN_NOT_YOURS
    assert stage.refusals() == [Reason.SEEN_NOT_YOURS]


async def test_of_what_does_not_exist_there_is_nothing_to_see(stage: Stage) -> None:
    refused = await asked(stage, DANA, Variable("default", "NO_SUCH"))
    assert isinstance(refused, Refusal)
    assert refused.reason is Reason.UNKNOWN_VARIABLE


async def test_approvers_are_shown_how_many_have_seen_it_while_the_request_waits(stage: Stage) -> None:
    await hand_over(stage.context, await stage.claimed(), stage.delivery)
    granted = await stage.context.requests.get(next(iter(stage.books.requests)))
    assert granted is not None
    assert (await with_seen(stage.context, granted)).seen == ()
    waiting = replace(granted, state=type(granted.state).PENDING)
    assert (await with_seen(stage.context, waiting)).seen == ((STRIPE, SeenCount(1)),)


async def test_of_a_login_that_is_made_for_each_use_approvers_are_told_of_nobody(stage: Stage) -> None:
    await hand_over(stage.context, await stage.claimed(), stage.delivery)
    granted = await stage.context.requests.get(next(iter(stage.books.requests)))
    assert granted is not None
    made = replace(stage.context, lease_sources=FakeLeaseSources({STRIPE: "pg"}))
    assert (await with_seen(made, replace(granted, state=type(granted.state).PENDING))).seen == ()
