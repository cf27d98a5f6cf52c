"""Questions, answers and delegated duties on both kinds of server."""

import json
from collections.abc import Callable
from typing import Any, cast

import pytest

from envaccess.domain.approval_progress import QUESTIONS_MAX, Delegation, Notification, Question
from envaccess.domain.audit import person
from envaccess.domain.errors import SealRefusedError
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


async def talk_of(harness: StoreHarness, request: str) -> list[dict[str, str]]:
    stored: Any = await harness.client.hget(harness.runner.key("text", request), "questions")
    return cast("list[dict[str, str]]", json.loads(stored))


async def put_talk(harness: StoreHarness, request: str, talk: list[dict[str, str]]) -> None:
    client: Any = harness.client
    await client.hset(harness.runner.key("text", request), "questions", json.dumps(talk))


Forging = Callable[[list[dict[str, str]], list[dict[str, str]]], object]
FORGED: dict[str, Forging] = {
    "another answer": lambda mine, _: mine[0].update(answer="security agreed"),
    "another question": lambda mine, _: mine[0].update(text="may I?"),
    "somebody else asked": lambda mine, _: mine[0].update(by=CAROL),
    "an answer to another question": lambda mine, _: mine[1].update(
        answer=mine[0]["answer"], answer_seal=mine[0]["answer_seal"]
    ),
    "a question of another request": lambda mine, other: mine.append(other[0]),
    "no seal": lambda mine, _: mine.append({"by": BOB, "text": "which?"}),
    "an answer without a seal": lambda mine, _: mine[1].update(answer="yes"),
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
async def test_nobody_is_made_to_say_what_they_did_not(harness: StoreHarness, forge: Forging) -> None:
    """Approvers decide by what the requester answers: who writes to Redis cannot answer for them."""
    request, other = await harness.file(), await harness.file("B")
    await ask(harness, other)
    await ask(harness, request)
    await answer(harness, request)
    await ask(harness, request, "did security agree?")
    assert len((await harness.get(request)).progress.questions) == 2
    talk = await talk_of(harness, request)
    forge(talk, await talk_of(harness, other))
    await put_talk(harness, request, talk)
    with pytest.raises(SealRefusedError):
        await harness.get(request)


async def test_what_was_answered_is_the_question_that_was_read(harness: StoreHarness) -> None:
    """Another question is put in its place between the look and the answer."""
    request = await harness.file()
    await ask(harness, request, "is it for the refund?")
    first = await talk_of(harness, request)
    await put_talk(harness, request, [])
    await ask(harness, request, "shall I give you everything?")
    second = await talk_of(harness, request)
    await put_talk(harness, request, first)
    load = harness.reader.all_of

    async def swap_after(*args: Any) -> Any:
        found = await load(*args)
        await put_talk(harness, request, second)
        return found

    harness.reader.all_of = swap_after  # type: ignore[method-assign, assignment]
    assert why(await answer(harness, request, "yes")) is Reason.NO_QUESTION
