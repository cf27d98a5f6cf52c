"""Asking again from a card that is over: the same request as then, ruled by the policy of now."""

from dataclasses import replace

import pytest

from envaccess.application.requests.again import ask_again
from envaccess.application.requests.decide import Narrower, decide
from envaccess.domain.call import by_person
from envaccess.domain.duration import ONCE
from envaccess.domain.outcome import Filed
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import State, Verb
from tests.unit.application.stage import ALICE, BOB, DB, STRIPE, WHY, Stage


@pytest.fixture
def stage() -> Stage:
    return Stage()


async def again(stage: Stage, request: str, who: str = ALICE) -> Filed | Refusal:
    return await ask_again(stage.context, by_person(stage.op(), who), request)


async def test_what_was_denied_is_asked_for_again_as_it_was_asked_for(stage: Stage) -> None:
    """Not as little as an approver once let through."""
    request = await stage.filed(STRIPE, DB)
    less = Narrower(600, (DB,))
    await decide(stage.context, by_person(stage.op(), BOB), request, Verb.APPROVE, "", less)
    outcome = await again(stage, request)
    assert isinstance(outcome, Filed)
    found = stage.books.requests[outcome.id]
    assert (found.state, found.variables, found.duration.seconds) == (State.PENDING, (STRIPE, DB), 3600)
    assert (found.reason, found.requester, outcome.id != request) == (WHY, ALICE, True)


async def test_a_once_is_asked_for_again_as_a_once(stage: Stage) -> None:
    claim = await stage.claimed(once=True)
    outcome = await again(stage, claim.id)
    assert isinstance(outcome, Filed)
    assert outcome.duration == ONCE


async def test_nobody_asks_again_with_anothers_card(stage: Stage) -> None:
    request = await stage.granted()
    assert await again(stage, request, BOB) == Refusal(Reason.NOT_YOURS, request=request)
    assert await again(stage, "zzzzzzzz") == Refusal(Reason.UNKNOWN_ID, request="zzzzzzzz")
    assert stage.refusals() == [Reason.NOT_YOURS, Reason.UNKNOWN_ID]
    assert list(stage.books.requests) == [request]


async def test_the_policy_of_now_rules(stage: Stage) -> None:
    request = await stage.granted()
    book = stage.context.rulebook
    book.current = replace(book.current, rules=())
    outcome = await again(stage, request)
    assert isinstance(outcome, Refusal)
    assert outcome.reason is Reason.NO_RULE


async def test_whoever_may_ask_no_more_may_not_ask_again(stage: Stage) -> None:
    request = await stage.granted()
    stage.turn_into(ALICE, Reason.GUEST)
    assert await again(stage, request) == Refusal(Reason.GUEST)


async def test_pressed_twice_it_is_one_request(stage: Stage) -> None:
    request = await stage.granted()
    first, second = await again(stage, request), await again(stage, request)
    assert isinstance(first, Filed)
    assert isinstance(second, Filed)
    assert (second.id, second.repeated) == (first.id, True)
