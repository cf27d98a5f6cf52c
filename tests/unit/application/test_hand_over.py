"""Handing a value over: what certainly did not leave is given back, what may have stays spent (law 2)."""

import asyncio
from dataclasses import replace

import pytest

from envaccess.application.grants.push import is_pushed, push
from envaccess.application.grants.reveal import claim_by_name, claim_reveal, hand_over
from envaccess.application.requests.decide import decide
from envaccess.domain.call import by_person
from envaccess.domain.delivery import Delivered, MaybeDelivered, NotDelivered, Outcome
from envaccess.domain.errors import (
    EnvaccessError,
    SealError,
    SourceError,
    StoreUnavailableError,
    StoreUncertainError,
    ValueMissingError,
)
from envaccess.domain.outcome import Claim, Decided, Failure
from envaccess.domain.policy.book import built_in
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import GrantState, Verb
from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from envaccess.domain.sources.value import Value
from tests.fakes.context import APPROVERS
from tests.fakes.delivery import FakeDelivery
from tests.unit.application.stage import ALICE, BOB, DB, STRIPE, VALUE, Stage


@pytest.fixture
def stage() -> Stage:
    return Stage()


async def test_a_fresh_claim_shows_every_value_to_the_requester_alone(stage: Stage) -> None:
    claim = await stage.claimed(STRIPE, DB)
    assert await hand_over(stage.context, claim, stage.delivery) is None
    assert stage.delivery.shown == [(ALICE, {STRIPE: VALUE, DB: VALUE})]
    assert stage.books.given_back == []


async def test_a_repeated_claim_hands_nothing_over_and_gives_nothing_back(stage: Stage) -> None:
    """Law 10: the first delivery may have shown it already."""
    claim = replace(await stage.claimed(once=True), fresh=False)
    assert await hand_over(stage.context, claim, stage.delivery) is Failure.REPEATED
    assert (stage.delivery.shown, stage.books.given_back) == ([], [])


@pytest.mark.parametrize(
    ("fault", "failure"),
    [
        (ValueMissingError("gone"), Failure.VALUE_MISSING),
        (SealError("sealed"), Failure.SEALED),
        (SourceError("down"), Failure.SOURCE_DOWN),
        (StoreUnavailableError("down"), Failure.SOURCE_DOWN),
        (StoreUncertainError("late"), Failure.SOURCE_DOWN),
        *((SourceFaultError(fault, "kv"), Failure(f"source_{fault}")) for fault in SourceFault),
    ],
)
async def test_what_could_not_be_read_is_given_back(
    stage: Stage, fault: EnvaccessError, failure: Failure
) -> None:
    claim = await stage.claimed(once=True)
    stage.source.fault = fault
    assert await hand_over(stage.context, claim, stage.delivery) is failure
    assert stage.delivery.shown == []
    assert stage.books.given_back == [failure]
    assert stage.books.requests[claim.id].grant is GrantState.ACTIVE


async def test_a_value_is_not_read_elsewhere_than_where_it_was_agreed_to(stage: Stage) -> None:
    """The file was changed since, or this process has another one, or an old record was put back in Redis."""
    claim = await stage.claimed(STRIPE, DB, once=True)
    stage.source.elsewhere[DB] = "another"
    assert await hand_over(stage.context, claim, stage.delivery) is Failure.MOVED
    assert (stage.delivery.shown, stage.books.given_back) == ([], [Failure.MOVED])


async def test_a_claim_that_names_no_source_shows_nothing(stage: Stage) -> None:
    claim = replace(await stage.claimed(once=True), sources=())
    assert await hand_over(stage.context, claim, stage.delivery) is Failure.MOVED


@pytest.mark.parametrize("failure", [Failure.DM_CLOSED, Failure.TOO_LONG, Failure.SLACK_REFUSED])
async def test_what_certainly_did_not_leave_is_given_back(stage: Stage, failure: Failure) -> None:
    claim = await stage.claimed(once=True)
    stage.delivery.outcome = NotDelivered(failure)
    assert await hand_over(stage.context, claim, stage.delivery) is failure
    assert stage.books.given_back == [failure]


async def test_what_may_have_left_stays_spent(stage: Stage) -> None:
    """An answer that was lost: giving the use back would make two reveals of a `once`."""
    claim = await stage.claimed(once=True)
    stage.delivery.outcome = MaybeDelivered()
    assert await hand_over(stage.context, claim, stage.delivery) is Failure.UNKNOWN
    assert stage.books.given_back == []
    assert stage.books.requests[claim.id].grant is GrantState.USED_UP


async def test_no_use_is_counted_for_whom_the_delivery_cannot_reach(stage: Stage) -> None:
    request = await stage.granted(once=True)
    stage.delivery.refusal = Refusal(Reason.DM_SLOW)
    refused = await claim_reveal(stage.context, stage.delivery, by_person(stage.op(), ALICE), request)
    assert refused == stage.delivery.refusal
    by_name = await claim_by_name(stage.context, stage.delivery, by_person(stage.op(), ALICE), STRIPE)
    assert by_name == stage.delivery.refusal
    assert stage.books.requests[request].reveals == 0


async def test_values_go_where_the_delivery_said_before_the_claim(stage: Stage) -> None:
    await hand_over(stage.context, await stage.claimed(), stage.delivery)
    assert stage.delivery.places == [f"place of {ALICE}"]


async def test_another_way_is_tried_where_it_may_work_all_the_same(stage: Stage) -> None:
    other = FakeDelivery()
    stage.delivery.outcome = NotDelivered(Failure.DM_CLOSED, elsewhere=True)
    assert await hand_over(stage.context, await stage.claimed(), stage.delivery, other) is None
    assert other.shown == [(ALICE, {STRIPE: VALUE})]
    assert stage.books.given_back == []


@pytest.mark.parametrize("outcome", [NotDelivered(Failure.TOO_LONG), MaybeDelivered(), Delivered()])
async def test_no_other_way_is_tried_after_anything_else(stage: Stage, outcome: Outcome) -> None:
    """After an answer that was lost it would show the values twice."""
    other = FakeDelivery()
    stage.delivery.outcome = outcome
    await hand_over(stage.context, await stage.claimed(), stage.delivery, other)
    assert other.shown == []


async def test_where_no_way_takes_the_values_the_first_says_why(stage: Stage) -> None:
    stage.delivery.outcome = NotDelivered(Failure.FORBIDDEN, elsewhere=True)
    other = FakeDelivery(NotDelivered(Failure.SLACK_REFUSED))
    assert await hand_over(stage.context, await stage.claimed(), stage.delivery, other) is Failure.FORBIDDEN
    assert stage.books.given_back == [Failure.FORBIDDEN]


async def test_one_missing_value_of_two_shows_neither(stage: Stage) -> None:
    """A `once` shows all of a request's variables or none."""
    claim = await stage.claimed(STRIPE, DB, once=True)
    read = stage.source.read

    async def missing(variable: object) -> Value:
        if variable == DB:
            raise ValueMissingError("gone")
        return await read(STRIPE)

    stage.source.read = missing  # type: ignore[method-assign]
    assert await hand_over(stage.context, claim, stage.delivery) is Failure.VALUE_MISSING
    assert stage.delivery.shown == []


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
    assert await hand_over(stage.context, claim, stage.delivery) is Failure.SOURCE_DOWN
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
    assert await hand_over(stage.context, claim, stage.delivery) is Failure.NOT_RETURNED


async def approved(stage: Stage, *, once: bool = False, by_push: bool = True) -> Decided:
    stage.context.rulebook.current = built_in(APPROVERS, push=by_push)
    outcome = await decide(
        stage.context, by_person(stage.op(), BOB), await stage.filed(once=once), Verb.APPROVE, ""
    )
    assert isinstance(outcome, Decided)
    return outcome


async def deliver(stage: Stage, outcome: Decided) -> None:
    """What follows a decision: push, where that is what it came to."""
    if is_pushed(outcome):
        await push(stage.context, stage.delivery, outcome.id, outcome.requester)


async def test_push_shows_the_value_at_approval_and_reveal_still_works(stage: Stage) -> None:
    decided = await approved(stage)
    await deliver(stage, decided)
    assert stage.delivery.shown == [(ALICE, {STRIPE: VALUE})]
    assert isinstance(
        await claim_reveal(stage.context, stage.delivery, by_person(stage.op(), ALICE), decided.id), Claim
    )


async def test_push_is_tried_once_however_often_the_approval_is_delivered(stage: Stage) -> None:
    decided = await approved(stage)
    for _ in range(3):
        await deliver(stage, decided)
    assert len(stage.delivery.shown) == 1
    assert stage.books.requests[decided.id].reveals == 1


async def test_push_never_spends_a_once(stage: Stage) -> None:
    """An ephemeral message may not arrive: the only reveal waits for its owner's press."""
    decided = await approved(stage, once=True)
    await deliver(stage, decided)
    assert stage.delivery.shown == []
    assert stage.books.requests[decided.id].live


async def test_push_shows_nothing_after_a_denial(stage: Stage) -> None:
    stage.context.rulebook.current = built_in(APPROVERS, push=True)
    request = await stage.filed()
    decided = await decide(stage.context, by_person(stage.op(), BOB), request, Verb.DENY, "no")
    assert isinstance(decided, Decided)
    await deliver(stage, decided)
    assert stage.delivery.shown == []


async def test_push_checks_the_requester_like_a_press(stage: Stage) -> None:
    decided = await approved(stage)
    stage.turn_into(ALICE, Reason.DEACTIVATED)
    await deliver(stage, decided)
    assert stage.delivery.shown == []
    assert stage.refusals() == [Reason.DEACTIVATED]


async def test_push_gives_way_to_the_card_when_slack_or_redis_is_away(stage: Stage) -> None:
    decided = await approved(stage)
    stage.fail()
    await deliver(stage, decided)
    stage.directory.fault, stage.books.fault = None, StoreUncertainError("late")
    await deliver(stage, decided)
    assert stage.delivery.shown == []


async def test_the_pinned_ruling_says_whether_a_value_is_pushed(stage: Stage) -> None:
    """A policy that changes between the request and its approval shows nothing that was not asked for."""
    decided = await approved(stage, by_push=False)
    stage.context.rulebook.current = built_in(APPROVERS, push=True)
    await deliver(stage, decided)
    assert stage.delivery.shown == []
