"""Limits of a rule against somebody who counts on their gaps: filing at once, extending late, ask again."""

import asyncio

from envaccess.domain.audit import person
from envaccess.domain.outcome import Decided, Filed
from envaccess.domain.policy.ruling import Limit, Ruling
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import GrantState, State, Verb
from tests.fakes.rulings import EMERGENCY, RULE, ruled
from tests.store.house import ALICE, HOUR, MINUTE, House

ONE_OPEN = ruled(limits=(Limit(RULE, open_max=1),))
COOL = ruled(limits=(Limit(RULE, cool_down=3_600),))
ONE_AUTOMATIC = ruled(automatic=True, limits=(Limit(RULE, automatic=1, per=3_600),))


async def try_to_file(house: House, labels: str, ruling: Ruling) -> Filed | Refusal:
    return await house.requests.open(house.op(), house.new(labels, ruling=ruling))


def reasons(outcomes: list[Filed | Refusal]) -> list[Reason]:
    return [outcome.reason for outcome in outcomes if isinstance(outcome, Refusal)]


async def test_filing_at_once_opens_no_more_than_the_rule_allows(house: House) -> None:
    await house.add(*(f"V{number}" for number in range(8)))
    outcomes = await asyncio.gather(*(try_to_file(house, f"V{number}", ONE_OPEN) for number in range(8)))
    assert reasons(list(outcomes)) == [Reason.TOO_MANY_OPEN] * 7


async def test_filing_at_once_is_approved_automatically_no_more_often_than_allowed(house: House) -> None:
    await house.add(*(f"V{number}" for number in range(8)))
    outcomes = await asyncio.gather(*(try_to_file(house, f"V{number}", ONE_AUTOMATIC) for number in range(8)))
    states = [outcome.state for outcome in outcomes if isinstance(outcome, Filed)]
    assert sorted(states) == [State.APPROVED, *[State.PENDING] * 7]


async def test_access_by_an_extension_that_came_too_late_counts_as_open(house: House) -> None:
    """It is a grant like any other; else two are held where the rule allows one."""
    first = await house.grant("A", ruling=ONE_OPEN)
    more = await house.file("A", extends=first, ruling=ONE_OPEN)
    await house.pass_time(HOUR + 1)
    decided = await house.decide(more)
    assert isinstance(decided, Decided)
    assert decided.grant is GrantState.ACTIVE
    outcome = await try_to_file(house, "B", ONE_OPEN)
    assert isinstance(outcome, Refusal), outcome
    assert outcome.reason is Reason.TOO_MANY_OPEN


async def test_a_pending_extension_is_not_counted_beside_its_grant(house: House) -> None:
    limit = ruled(limits=(Limit(RULE, open_max=2),))
    first = await house.grant("A", ruling=limit)
    await house.file("A", extends=first, ruling=limit)
    assert isinstance(await try_to_file(house, "B", limit), Filed)


async def test_a_denial_is_not_forgotten_behind_many_withdrawn_extensions(house: House) -> None:
    """The denied one must not leave the window in which the pause is looked for."""
    taken = await house.file("A", ruling=EMERGENCY, seconds=7_200)
    denied = await house.file("A", ruling=COOL)
    await house.decide(denied, verb=Verb.DENY)
    for _ in range(21):
        more = await house.file("A", extends=taken, ruling=COOL)
        await house.pass_time(10)
        await house.requests.cancel(house.op(), more, person(ALICE))
    outcome = await try_to_file(house, "A", COOL)
    assert isinstance(outcome, Refusal), outcome
    assert outcome.reason is Reason.COOL_DOWN


async def test_a_pause_ends_when_it_is_over(house: House) -> None:
    denied = await house.file("A", ruling=COOL)
    await house.decide(denied, verb=Verb.DENY)
    await house.pass_time(59 * MINUTE)
    assert reasons([await try_to_file(house, "A", COOL)]) == [Reason.COOL_DOWN]
    await house.pass_time(2 * MINUTE)
    assert isinstance(await try_to_file(house, "A", COOL), Filed)
