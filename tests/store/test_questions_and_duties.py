"""Questions, answers and delegated duties on both kinds of server."""

import pytest

from envaccess.domain.approval_progress import QUESTIONS_MAX, Delegation, Notification, Question
from envaccess.domain.audit import person
from envaccess.domain.outcome import Recorded
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import Verb
from tests.store.harness import ALICE, BOB, CAROL, HOUR, MINUTE, StoreHarness

DANA = "U0DANA"


async def ask(
    harness: StoreHarness, request: str, text: str = "which refund?", who: str = BOB
) -> Recorded | Refusal:
    return await harness.requests.ask(harness.op(), request, who, text, "")


async def answer(
    harness: StoreHarness, request: str, text: str = "of Monday", who: str = ALICE
) -> Recorded | Refusal:
    return await harness.requests.answer(harness.op(), request, who, text, "")


def why(outcome: object) -> Reason:
    assert isinstance(outcome, Refusal)
    return outcome.reason


async def test_a_question_calls_the_requester_and_its_answer_calls_the_approvers(
    harness: StoreHarness,
) -> None:
    request = await harness.file()
    assert isinstance(await ask(harness, request, 'which "refund"? \\ <@U0X>'), Recorded)
    found = await harness.get(request)
    assert (found.progress.open_question, found.calls) == (Question(BOB, 'which "refund"? \\ <@U0X>'), 1)
    assert isinstance(await answer(harness, request), Recorded)
    found = await harness.get(request)
    assert found.progress.open_question is None
    assert found.progress.questions[0].answer == "of Monday"
    assert found.progress.notification is Notification.ANSWERED
    assert [event.detail["text"] for event in (await harness.events())[-2:]] == [
        'which "refund"? \\ <@U0X>',
        "of Monday",
    ]


async def test_an_answer_is_given_once_and_only_by_the_requester(harness: StoreHarness) -> None:
    request = await harness.file()
    assert why(await answer(harness, request)) is Reason.NO_QUESTION
    await ask(harness, request)
    assert why(await answer(harness, request, who=BOB)) is Reason.NOT_YOURS
    await answer(harness, request)
    assert why(await answer(harness, request, "no, of Tuesday")) is Reason.NO_QUESTION
    assert (await harness.get(request)).progress.questions[0].answer == "of Monday"


async def test_questions_are_bounded(harness: StoreHarness) -> None:
    """A message in Slack has room for so many; more would leave the request without a message."""
    request = await harness.file()
    for _ in range(QUESTIONS_MAX):
        assert isinstance(await ask(harness, request), Recorded)
    refusal = await ask(harness, request)
    assert isinstance(refusal, Refusal)
    assert (refusal.reason, refusal.limit) == (Reason.QUESTIONS, QUESTIONS_MAX)
    assert len((await harness.get(request)).progress.questions) == QUESTIONS_MAX


async def test_nothing_is_asked_or_answered_once_it_is_decided(harness: StoreHarness) -> None:
    request = await harness.file()
    await ask(harness, request)
    await harness.decide(request, verb=Verb.DENY)
    for outcome in (await ask(harness, request), await answer(harness, request)):
        assert isinstance(outcome, Refusal)
        assert (outcome.reason, outcome.state, outcome.by) == (Reason.NOT_PENDING, "denied", BOB)


async def test_a_question_holds_up_no_decision(harness: StoreHarness) -> None:
    request = await harness.file()
    await ask(harness, request)
    await harness.decide(request, CAROL)
    assert (await harness.get(request)).live


async def duties(harness: StoreHarness) -> list[tuple[str, str]]:
    return [(duty.giver, duty.taker) for duty in await harness.delegations.standing()]


async def test_a_duty_is_in_one_persons_hands_at_a_time(harness: StoreHarness) -> None:
    until = await harness.delegations.give(harness.op(), BOB, CAROL, 3600)
    assert isinstance(until, int)
    assert list(await harness.delegations.standing()) == [Delegation(BOB, CAROL, until)]
    await harness.delegations.give(harness.op(), BOB, DANA, 3600)
    await harness.delegations.give(harness.op(), CAROL, DANA, 1800)
    assert sorted(await duties(harness)) == [(BOB, DANA), (CAROL, DANA)]
    assert await harness.delegations.take_back(harness.op(), BOB)
    assert await duties(harness) == [(CAROL, DANA)]
    assert not await harness.delegations.take_back(harness.op(), BOB)
    events = [event for event in await harness.events() if event.event.startswith("duty.")]
    assert [(event.event, event.actor) for event in events] == [
        ("duty.delegated", person(BOB)),
        ("duty.returned", person(BOB)),
        ("duty.delegated", person(BOB)),
        ("duty.delegated", person(CAROL)),
        ("duty.returned", person(BOB)),
    ]
    assert events[-1].detail == {"from": DANA}


@pytest.mark.parametrize("worked", [True, False])
async def test_a_duty_comes_back_when_its_time_is_over_whoever_runs(
    harness: StoreHarness, worked: bool
) -> None:
    await harness.delegations.give(harness.op(), BOB, CAROL, 3600)
    await harness.pass_time(HOUR - MINUTE)
    await harness.work()
    assert await duties(harness) == [(BOB, CAROL)]
    await harness.pass_time(MINUTE)
    if worked:
        await harness.work()
        assert (await harness.tags())[-1] == "duty.returned"
    assert await duties(harness) == []


async def test_a_duty_given_anew_is_not_taken_back_by_the_old_ones_end(harness: StoreHarness) -> None:
    await harness.delegations.give(harness.op(), BOB, CAROL, 3600)
    await harness.pass_time(30 * MINUTE)
    await harness.delegations.give(harness.op(), BOB, CAROL, 3600)
    await harness.pass_time(40 * MINUTE)
    await harness.work()
    assert await duties(harness) == [(BOB, CAROL)]
    returned = [event for event in await harness.events() if event.event == "duty.returned"]
    assert [event.actor for event in returned] == [person(BOB)], "by handing it on, not by time"


async def test_pending_requests_are_drawn_again_when_a_duty_changes_hands(harness: StoreHarness) -> None:
    """Their messages name who may decide."""
    request = await harness.file()
    version = (await harness.get(request)).version
    await harness.delegations.give(harness.op(), BOB, CAROL, 3600)
    assert (await harness.get(request)).version > version
