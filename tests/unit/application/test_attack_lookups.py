"""How many questions to Slack one press costs when nothing is remembered: it has about a hundred a minute."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest

from envaccess.application.home import show_home
from envaccess.application.people.membership import NAMED
from envaccess.application.requests.approvers import who_could_decide
from envaccess.application.requests.decide import decide
from envaccess.application.requests.filing import open_request
from envaccess.domain.call import by_person
from envaccess.domain.command import Ask
from envaccess.domain.duration import Duration
from envaccess.domain.outcome import Decided, Filed
from envaccess.domain.person import Person
from envaccess.domain.policy.book import Policy
from envaccess.domain.policy.principal_set import PrincipalSet
from envaccess.domain.policy.rules import Rule, Step
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import Verb
from tests.fakes.context import APPROVERS, FakeDirectory, FakeSource, make_context
from tests.unit.application.stage import ALICE, STRIPE, WHY, Stage

GROUPS = [f"S0GROUP{number}" for number in range(5)]


@dataclass
class Counting(FakeDirectory):
    """A directory that remembers nothing and counts what it is asked."""

    asked: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        super().__init__()

    async def person(self, user: str) -> Person | None:
        self.asked["person"] += 1
        return await super().person(user)


@pytest.fixture
def stage() -> Stage:
    """A chain of five groups of ten people each."""
    stage = Stage()
    directory = Counting()
    directory.join(ALICE)
    directory.approvers = frozenset({"U0BOB"})
    for group in GROUPS:
        directory.groups[group] = {f"U{group}{number}" for number in range(10)}
        directory.join(*directory.groups[group])
    stage.directory, stage.context = directory, make_context(stage.books, directory, FakeSource(stage.books))
    let(stage, *(Step(PrincipalSet((group,))) for group in GROUPS))
    return stage


def let(stage: Stage, *steps: Step) -> None:
    stage.context.rulebook.current = Policy((Rule("long", ("*/*",), steps),), APPROVERS, digest="long-chain")


def asked(stage: Stage) -> Any:
    assert isinstance(stage.directory, Counting)
    return stage.directory.asked


async def file(stage: Stage) -> Filed | Refusal:
    return await open_request(stage.context, by_person(stage.op(), ALICE), Ask((STRIPE,), Duration(600), WHY))


async def test_filing_for_a_chain_of_five_groups_asks_about_those_named_and_one_of_each(stage: Stage) -> None:
    """Twenty-five, as for five steps of the same people, would use up Slack's limit with four commands."""
    assert isinstance(await file(stage), Filed)
    assert asked(stage)["person"] <= 1 + NAMED + len(GROUPS) - 1


async def test_steps_of_the_same_people_ask_about_as_many_as_they_need_together(stage: Stage) -> None:
    let(stage, *(Step(PrincipalSet((GROUPS[0],))) for _ in GROUPS))
    assert isinstance(await file(stage), Filed)
    assert asked(stage)["person"] <= 1 + len(GROUPS) ** 2


async def test_an_overlap_is_found_where_the_first_of_a_group_cannot_decide(stage: Stage) -> None:
    """Two steps share all but one: who is asked about must be enough for both."""
    groups = stage.directory.groups
    groups[GROUPS[0]], groups[GROUPS[1]] = {"U0ANN", "U0BEN"}, {"U0ANN", "U0CAY"}
    stage.directory.join("U0ANN", "U0BEN", "U0CAY")
    let(stage, Step(PrincipalSet((GROUPS[0],)), approvals=1), Step(PrincipalSet((GROUPS[1],)), approvals=1))
    assert isinstance(await file(stage), Filed)
    del stage.directory.people["U0BEN"], stage.directory.people["U0CAY"]
    stage.books.requests.clear()
    outcome = await file(stage)
    assert isinstance(outcome, Refusal)
    assert outcome.reason is Reason.NO_APPROVERS


async def test_a_press_in_a_chain_of_five_groups_asks_about_those_who_agreed(stage: Stage) -> None:
    filed = await file(stage)
    assert isinstance(filed, Filed)
    for group in GROUPS:
        asked(stage).clear()
        actor = f"U{group}3"
        outcome = await decide(stage.context, by_person(stage.op(), actor), filed.id, Verb.APPROVE, "")
        assert isinstance(outcome, Decided), outcome
        assert asked(stage)["person"] <= 2 + len(GROUPS)


async def test_a_home_tab_over_a_hundred_waiting_requests_asks_about_its_owner_only(stage: Stage) -> None:
    filed = await file(stage)
    assert isinstance(filed, Filed)
    requests = stage.books.requests
    requests |= {f"8888{number:04d}": requests[filed.id] for number in range(100)}
    asked(stage).clear()
    home = await show_home(stage.context, f"U{GROUPS[0]}1")
    assert not isinstance(home, Refusal)
    assert asked(stage)["person"] == 1


async def test_what_no_rule_is_about_waits_for_nobody(stage: Stage) -> None:
    stage.context.rulebook.current = Policy((), APPROVERS, digest="empty")
    assert await who_could_decide(stage.context, ALICE, STRIPE) == ()
