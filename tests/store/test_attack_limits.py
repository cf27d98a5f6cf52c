"""Limits of a rule against somebody who counts on their gaps: filing at once, extending late, ask again."""

import asyncio

from envaccess.domain.audit import person
from envaccess.domain.outcome import Decided, Filed
from envaccess.domain.policy.ruling import Limit, Ruling
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import GrantState, State, Verb
from tests.fakes.rulings import EMERGENCY, RULE, ruled
from tests.store.harness import ALICE, HOUR, MINUTE, StoreHarness

ONE_OPEN = ruled(limits=(Limit(RULE, open_max=1),))
COOL = ruled(limits=(Limit(RULE, cool_down=3_600),))
ONE_AUTOMATIC = ruled(automatic=True, limits=(Limit(RULE, automatic=1, per=3_600),))


async def try_to_file(harness: StoreHarness, labels: str, ruling: Ruling) -> Filed | Refusal:
    return await harness.requests.open(harness.op(), harness.new(labels, ruling=ruling))


def reasons(outcomes: list[Filed | Refusal]) -> list[Reason]:
    return [outcome.reason for outcome in outcomes if isinstance(outcome, Refusal)]


async def test_filing_at_once_opens_no_more_than_the_rule_allows(harness: StoreHarness) -> None:
    await harness.add(*(f"V{number}" for number in range(8)))
    outcomes = await asyncio.gather(*(try_to_file(harness, f"V{number}", ONE_OPEN) for number in range(8)))
    assert reasons(list(outcomes)) == [Reason.TOO_MANY_OPEN] * 7


async def test_filing_at_once_is_approved_automatically_no_more_often_than_allowed(
    harness: StoreHarness,
) -> None:
    await harness.add(*(f"V{number}" for number in range(8)))
    outcomes = await asyncio.gather(
        *(try_to_file(harness, f"V{number}", ONE_AUTOMATIC) for number in range(8))
    )
    states = [outcome.state for outcome in outcomes if isinstance(outcome, Filed)]
    assert sorted(states) == [State.APPROVED, *[State.PENDING] * 7]


async def test_access_by_an_extension_that_came_too_late_counts_as_open(harness: StoreHarness) -> None:
    """It is a grant like any other; else two are held where the rule allows one."""
    first = await harness.grant("A", ruling=ONE_OPEN)
    more = await harness.file("A", extends=first, ruling=ONE_OPEN)
    await harness.pass_time(HOUR + 1)
    decided = await harness.decide(more)
    assert isinstance(decided, Decided)
    assert decided.grant is GrantState.ACTIVE
    outcome = await try_to_file(harness, "B", ONE_OPEN)
    assert isinstance(outcome, Refusal), outcome
    assert outcome.reason is Reason.TOO_MANY_OPEN


async def test_a_pending_extension_is_not_counted_beside_its_grant(harness: StoreHarness) -> None:
    limit = ruled(limits=(Limit(RULE, open_max=2),))
    first = await harness.grant("A", ruling=limit)
    await harness.file("A", extends=first, ruling=limit)
    assert isinstance(await try_to_file(harness, "B", limit), Filed)


async def test_a_denial_is_not_forgotten_behind_many_withdrawn_extensions(harness: StoreHarness) -> None:
    """The denied one must not leave the window in which the pause is looked for."""
    taken = await harness.file("A", ruling=EMERGENCY, seconds=7_200)
    denied = await harness.file("A", ruling=COOL)
    await harness.decide(denied, verb=Verb.DENY)
    for _ in range(21):
        more = await harness.file("A", extends=taken, ruling=COOL)
        await harness.pass_time(10)
        await harness.requests.cancel(harness.op(), more, person(ALICE))
    outcome = await try_to_file(harness, "A", COOL)
    assert isinstance(outcome, Refusal), outcome
    assert outcome.reason is Reason.COOL_DOWN


async def test_a_pause_ends_when_it_is_over(harness: StoreHarness) -> None:
    denied = await harness.file("A", ruling=COOL)
    await harness.decide(denied, verb=Verb.DENY)
    await harness.pass_time(59 * MINUTE)
    assert reasons([await try_to_file(harness, "A", COOL)]) == [Reason.COOL_DOWN]
    await harness.pass_time(2 * MINUTE)
    assert isinstance(await try_to_file(harness, "A", COOL), Filed)
