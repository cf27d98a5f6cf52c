"""Handing a value over: what certainly did not leave is given back, what may have stays spent (law 2)."""

import asyncio
from dataclasses import replace

import pytest

from envaccess.application.grants.push import is_pushed, push
from envaccess.application.grants.reveal import claim_reveal, hand_over
from envaccess.application.requests.decide import decide
from envaccess.domain.errors import (
    EnvaccessError,
    MessageDelayedError,
    MessageRefusedError,
    MessageUncertainError,
    SealError,
    SourceError,
    StoreUnavailableError,
    StoreUncertainError,
    ValueMissingError,
)
from envaccess.domain.outcome import TOGETHER_MAX, VALUE_MAX, Claim, Decided, Failure
from envaccess.domain.policy.book import built_in
from envaccess.domain.refusal import Reason
from envaccess.domain.request import GrantState, Verb
from tests.fakes.context import APPROVERS
from tests.unit.application.stage import ALICE, BOB, DB, STRIPE, VALUE, Stage


@pytest.fixture
def stage() -> Stage:
    return Stage()


async def test_a_fresh_claim_shows_every_value_to_the_requester_alone(stage: Stage) -> None:
    claim = await stage.claimed(STRIPE, DB)
    assert await hand_over(stage.context, stage.messages, claim) is None
    assert stage.messages.shown == [(ALICE, {STRIPE: VALUE, DB: VALUE})]
    assert stage.books.given_back == []


async def test_a_repeated_claim_hands_nothing_over_and_gives_nothing_back(stage: Stage) -> None:
    """Law 10: the first delivery may have shown it already."""
    claim = replace(await stage.claimed(once=True), fresh=False)
    assert await hand_over(stage.context, stage.messages, claim) is Failure.REPEATED
    assert (stage.messages.shown, stage.books.given_back) == ([], [])


@pytest.mark.parametrize(
    ("fault", "failure"),
    [
        (ValueMissingError("gone"), Failure.VALUE_MISSING),
        (SealError("sealed"), Failure.SEALED),
        (SourceError("down"), Failure.SOURCE_DOWN),
        (StoreUnavailableError("down"), Failure.SOURCE_DOWN),
        (StoreUncertainError("late"), Failure.SOURCE_DOWN),
    ],
)
async def test_what_could_not_be_read_is_given_back(
    stage: Stage, fault: EnvaccessError, failure: Failure
) -> None:
    claim = await stage.claimed(once=True)
    stage.source.fault = fault
    assert await hand_over(stage.context, stage.messages, claim) is failure
    assert stage.messages.shown == []
    assert stage.books.given_back == [failure]
    assert stage.books.requests[claim.id].grant is GrantState.ACTIVE


@pytest.mark.parametrize(
    ("fault", "failure"),
    [
        (MessageRefusedError("channel_not_found"), Failure.DM_CLOSED),
        (MessageRefusedError("msg_too_long"), Failure.TOO_LONG),
        (MessageDelayedError(30), Failure.SLACK_REFUSED),
    ],
)
async def test_what_slack_certainly_did_not_take_is_given_back(
    stage: Stage, fault: EnvaccessError, failure: Failure
) -> None:
    claim = await stage.claimed(once=True)
    stage.messages.fault = fault
    assert await hand_over(stage.context, stage.messages, claim) is failure
    assert stage.books.given_back == [failure]


async def test_what_slack_may_have_shown_stays_spent(stage: Stage) -> None:
    """An answer that was lost: giving the use back would make two reveals of a `once`."""
    claim = await stage.claimed(once=True)
    stage.messages.fault = MessageUncertainError("no answer")
    assert await hand_over(stage.context, stage.messages, claim) is Failure.UNKNOWN
    assert stage.books.given_back == []
    assert stage.books.requests[claim.id].grant is GrantState.USED_UP


@pytest.mark.parametrize(
    ("sizes", "failure"),
    [
        ((VALUE_MAX, 1), None),
        ((VALUE_MAX + 1, 1), Failure.TOO_LONG),
        ((1, VALUE_MAX + 1), Failure.TOO_LONG),
        ((VALUE_MAX, VALUE_MAX), None),
    ],
)
async def test_values_that_slack_cannot_draw_are_not_sent(
    stage: Stage, sizes: tuple[int, int], failure: Failure | None
) -> None:
    stage.books.values = dict(zip((STRIPE, DB), ("x" * size for size in sizes), strict=True))
    assert await hand_over(stage.context, stage.messages, await stage.claimed(STRIPE, DB)) is failure
    assert bool(stage.messages.shown) is (failure is None)


async def test_values_that_are_too_long_only_together_are_not_sent(stage: Stage) -> None:
    many = [replace(STRIPE, name=f"V{number}") for number in range(10)]
    stage.books.values = dict.fromkeys(many, "x" * (TOGETHER_MAX // 10 + 1))
    assert await hand_over(stage.context, stage.messages, await stage.claimed(*many)) is Failure.TOO_LONG
    assert stage.messages.shown == []


async def test_one_missing_value_of_two_shows_neither(stage: Stage) -> None:
    """A `once` shows all of a request's variables or none."""
    claim = await stage.claimed(STRIPE, DB, once=True)
    read = stage.source.read

    async def missing(variable: object) -> str:
        if variable == DB:
            raise ValueMissingError("gone")
        return await read(STRIPE)

    stage.source.read = missing  # type: ignore[method-assign]
    assert await hand_over(stage.context, stage.messages, claim) is Failure.VALUE_MISSING
    assert stage.messages.shown == []


async def test_a_use_is_given_back_also_when_redis_blinks(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = await stage.claimed(once=True)
    stage.source.fault = SourceError("down")
    stage.books.fault = StoreUnavailableError("away")
    waits: list[float] = []

    async def mend(seconds: float) -> None:
        waits.append(seconds)
        stage.books.fault = None

    monkeypatch.setattr(asyncio, "sleep", mend)
    assert await hand_over(stage.context, stage.messages, claim) is Failure.SOURCE_DOWN
    assert stage.books.given_back == [Failure.SOURCE_DOWN]
    assert len(waits) == 1


async def test_a_use_that_cannot_be_given_back_is_told_as_such(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = await stage.claimed(once=True)
    stage.source.fault = SourceError("down")
    stage.books.fault = StoreUncertainError("late")

    async def wait(_: float) -> None:
        return

    monkeypatch.setattr(asyncio, "sleep", wait)
    assert await hand_over(stage.context, stage.messages, claim) is Failure.NOT_RETURNED


async def approved(stage: Stage, *, once: bool = False, by_push: bool = True) -> Decided:
    stage.context.rulebook.current = built_in(APPROVERS, push=by_push)
    outcome = await decide(stage.context, stage.op(), BOB, await stage.filed(once=once), Verb.APPROVE, "", "")
    assert isinstance(outcome, Decided)
    return outcome


async def deliver(stage: Stage, outcome: Decided) -> None:
    """What follows a decision: push, where that is what it came to."""
    if is_pushed(outcome):
        await push(stage.context, stage.messages, outcome.id, outcome.requester)


async def test_push_shows_the_value_at_approval_and_reveal_still_works(stage: Stage) -> None:
    decided = await approved(stage)
    await deliver(stage, decided)
    assert stage.messages.shown == [(ALICE, {STRIPE: VALUE})]
    assert isinstance(await claim_reveal(stage.context, stage.messages, stage.op(), ALICE, decided.id), Claim)


async def test_push_is_tried_once_however_often_the_approval_is_delivered(stage: Stage) -> None:
    decided = await approved(stage)
    for _ in range(3):
        await deliver(stage, decided)
    assert len(stage.messages.shown) == 1
    assert stage.books.requests[decided.id].reveals == 1


async def test_push_never_spends_a_once(stage: Stage) -> None:
    """An ephemeral message may not arrive: the only reveal waits for its owner's press."""
    decided = await approved(stage, once=True)
    await deliver(stage, decided)
    assert stage.messages.shown == []
    assert stage.books.requests[decided.id].live


async def test_push_shows_nothing_after_a_denial(stage: Stage) -> None:
    stage.context.rulebook.current = built_in(APPROVERS, push=True)
    request = await stage.filed()
    decided = await decide(stage.context, stage.op(), BOB, request, Verb.DENY, "no", "")
    assert isinstance(decided, Decided)
    await deliver(stage, decided)
    assert stage.messages.shown == []


async def test_push_checks_the_requester_like_a_press(stage: Stage) -> None:
    decided = await approved(stage)
    stage.turn_into(ALICE, Reason.DEACTIVATED)
    await deliver(stage, decided)
    assert stage.messages.shown == []
    assert stage.refusals() == [Reason.DEACTIVATED]


async def test_push_gives_way_to_the_card_when_slack_or_redis_is_away(stage: Stage) -> None:
    decided = await approved(stage)
    stage.fail()
    await deliver(stage, decided)
    stage.directory.fault, stage.books.fault = None, StoreUncertainError("late")
    await deliver(stage, decided)
    assert stage.messages.shown == []


async def test_the_pinned_ruling_says_whether_a_value_is_pushed(stage: Stage) -> None:
    """A policy that changes between the request and its approval shows nothing that was not asked for."""
    decided = await approved(stage, by_push=False)
    stage.context.rulebook.current = built_in(APPROVERS, push=True)
    await deliver(stage, decided)
    assert stage.messages.shown == []
