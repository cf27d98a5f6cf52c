"""Questions, answers and delegated duties on both kinds of server."""

import pytest

from envaccess.domain.audit import person
from envaccess.domain.course import QUESTIONS_MAX, Delegation, Nudge, Question
from envaccess.domain.outcome import Said
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import Verb
from tests.store.house import ALICE, BOB, CAROL, HOUR, MINUTE, House

DANA = "U0DANA"


async def ask(house: House, request: str, text: str = "which refund?", who: str = BOB) -> Said | Refusal:
    return await house.requests.ask(house.op(), request, who, text, "")


async def answer(house: House, request: str, text: str = "of Monday", who: str = ALICE) -> Said | Refusal:
    return await house.requests.answer(house.op(), request, who, text, "")


def why(outcome: object) -> Reason:
    assert isinstance(outcome, Refusal)
    return outcome.reason


async def test_a_question_calls_the_requester_and_its_answer_calls_the_approvers(house: House) -> None:
    request = await house.file()
    assert isinstance(await ask(house, request, 'which "refund"? \\ <@U0X>'), Said)
    found = await house.get(request)
    assert (found.course.open_question, found.calls) == (Question(BOB, 'which "refund"? \\ <@U0X>'), 1)
    assert isinstance(await answer(house, request), Said)
    found = await house.get(request)
    assert found.course.open_question is None
    assert found.course.questions[0].answer == "of Monday"
    assert found.course.nudge is Nudge.ANSWERED
    assert [event.detail["text"] for event in (await house.events())[-2:]] == [
        'which "refund"? \\ <@U0X>',
        "of Monday",
    ]


async def test_an_answer_is_given_once_and_only_by_the_requester(house: House) -> None:
    request = await house.file()
    assert why(await answer(house, request)) is Reason.NO_QUESTION
    await ask(house, request)
    assert why(await answer(house, request, who=BOB)) is Reason.NOT_YOURS
    await answer(house, request)
    assert why(await answer(house, request, "no, of Tuesday")) is Reason.NO_QUESTION
    assert (await house.get(request)).course.questions[0].answer == "of Monday"


async def test_questions_are_bounded(house: House) -> None:
    """A message in Slack has room for so many; more would leave the request without a message."""
    request = await house.file()
    for _ in range(QUESTIONS_MAX):
        assert isinstance(await ask(house, request), Said)
    refusal = await ask(house, request)
    assert isinstance(refusal, Refusal)
    assert (refusal.reason, refusal.limit) == (Reason.QUESTIONS, QUESTIONS_MAX)
    assert len((await house.get(request)).course.questions) == QUESTIONS_MAX


async def test_nothing_is_asked_or_answered_once_it_is_decided(house: House) -> None:
    request = await house.file()
    await ask(house, request)
    await house.decide(request, verb=Verb.DENY)
    for outcome in (await ask(house, request), await answer(house, request)):
        assert isinstance(outcome, Refusal)
        assert (outcome.reason, outcome.state, outcome.by) == (Reason.NOT_PENDING, "denied", BOB)


async def test_a_question_holds_up_no_decision(house: House) -> None:
    request = await house.file()
    await ask(house, request)
    await house.decide(request, CAROL)
    assert (await house.get(request)).live


async def duties(house: House) -> list[tuple[str, str]]:
    return [(duty.giver, duty.taker) for duty in await house.delegations.standing()]


async def test_a_duty_is_in_one_persons_hands_at_a_time(house: House) -> None:
    until = await house.delegations.give(house.op(), BOB, CAROL, 3600)
    assert isinstance(until, int)
    assert list(await house.delegations.standing()) == [Delegation(BOB, CAROL, until)]
    await house.delegations.give(house.op(), BOB, DANA, 3600)
    await house.delegations.give(house.op(), CAROL, DANA, 1800)
    assert sorted(await duties(house)) == [(BOB, DANA), (CAROL, DANA)]
    assert await house.delegations.take_back(house.op(), BOB)
    assert await duties(house) == [(CAROL, DANA)]
    assert not await house.delegations.take_back(house.op(), BOB)
    events = [event for event in await house.events() if event.event.startswith("duty.")]
    assert [(event.event, event.actor) for event in events] == [
        ("duty.delegated", person(BOB)),
        ("duty.returned", person(BOB)),
        ("duty.delegated", person(BOB)),
        ("duty.delegated", person(CAROL)),
        ("duty.returned", person(BOB)),
    ]
    assert events[-1].detail == {"from": DANA}


@pytest.mark.parametrize("worked", [True, False])
async def test_a_duty_comes_back_when_its_time_is_over_whoever_runs(house: House, worked: bool) -> None:
    await house.delegations.give(house.op(), BOB, CAROL, 3600)
    await house.pass_time(HOUR - MINUTE)
    await house.work()
    assert await duties(house) == [(BOB, CAROL)]
    await house.pass_time(MINUTE)
    if worked:
        await house.work()
        assert (await house.tags())[-1] == "duty.returned"
    assert await duties(house) == []


async def test_a_duty_given_anew_is_not_taken_back_by_the_old_ones_end(house: House) -> None:
    await house.delegations.give(house.op(), BOB, CAROL, 3600)
    await house.pass_time(30 * MINUTE)
    await house.delegations.give(house.op(), BOB, CAROL, 3600)
    await house.pass_time(40 * MINUTE)
    await house.work()
    assert await duties(house) == [(BOB, CAROL)]
    returned = [event for event in await house.events() if event.event == "duty.returned"]
    assert [event.actor for event in returned] == [person(BOB)], "by handing it on, not by time"


async def test_pending_requests_are_drawn_again_when_a_duty_changes_hands(house: House) -> None:
    """Their messages name who may decide."""
    request = await house.file()
    version = (await house.get(request)).version
    await house.delegations.give(house.op(), BOB, CAROL, 3600)
    assert (await house.get(request)).version > version
