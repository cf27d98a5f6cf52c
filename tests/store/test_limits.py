"""What the policy counts, on both kinds of server: automatic approvals, open requests, emergencies."""

from dataclasses import replace
from typing import Any

import pytest

from envaccess.domain.course import Nudge, Review
from envaccess.domain.outcome import Filed, Said
from envaccess.domain.policy.ruling import Limit, Ruling
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import State, Verb
from tests.fakes.rulings import AUTOMATIC, EMERGENCY, RULE, ruled
from tests.store.house import ALICE, BOB, HOUR, MINUTE, House

DAY = 24 * HOUR
COOL = ruled(limits=(Limit(RULE, cool_down=3600),))
TWO_OPEN = ruled(limits=(Limit(RULE, open_max=2),))


async def ask(house: House, labels: str, ruling: Ruling, who: str = ALICE, **more: Any) -> Filed | Refusal:
    return await house.requests.open(house.op(), house.new(labels, who, ruling=ruling, **more))


def why(outcome: object) -> Reason:
    assert isinstance(outcome, Refusal)
    return outcome.reason


# Automatic


async def test_an_automatic_approval_is_access_at_once_and_says_by_whose_leave(house: House) -> None:
    filed = await ask(house, "A", AUTOMATIC)
    assert isinstance(filed, Filed)
    found = await house.get(filed.id)
    assert (filed.state, found.automatic, found.live, found.decided_by) == (State.APPROVED, True, True, "")
    assert filed.expires_at == found.expires_at == found.created_at + HOUR
    approved = next(event for event in await house.events() if event.event == "request.approved")
    assert (str(approved.actor), approved.detail) == ("policy", {"automatic": "1"})
    assert await house.requests.undecided() == []


async def test_beyond_its_times_somebody_must_agree_until_the_week_is_over(house: House) -> None:
    states = []
    for labels in ("A", "B", "staging/DB"):
        filed = await ask(house, labels, AUTOMATIC)
        assert isinstance(filed, Filed)
        states.append(filed.state)
    assert states == [State.APPROVED, State.APPROVED, State.PENDING]
    other = await ask(house, "A", AUTOMATIC, BOB)
    assert isinstance(other, Filed)
    assert other.state is State.APPROVED, "what others had counts for them"
    await house.pass_time(7 * DAY)
    again = await ask(house, "A", AUTOMATIC)
    assert isinstance(again, Filed)
    assert again.state is State.APPROVED


async def test_ending_it_early_gives_no_automatic_approval_back(house: House) -> None:
    """Else a limit of three a week is none."""
    for _ in range(2):
        filed = await ask(house, "A", AUTOMATIC)
        assert isinstance(filed, Filed)
        await house.revoke(filed.id)
    third = await ask(house, "A", AUTOMATIC)
    assert isinstance(third, Filed)
    assert third.state is State.PENDING


async def test_an_extension_is_never_automatic(house: House) -> None:
    first = await ask(house, "A", AUTOMATIC)
    assert isinstance(first, Filed)
    more = await ask(house, "A", AUTOMATIC, extends=first.id)
    assert isinstance(more, Filed)
    assert more.state is State.PENDING


# Open requests and cool-downs


async def test_one_person_has_no_more_open_under_a_rule_than_it_says(house: House) -> None:
    pending, granted = await house.file("A", ruling=TWO_OPEN), await house.grant("B", ruling=TWO_OPEN)
    refusal = await ask(house, "staging/DB", TWO_OPEN)
    assert isinstance(refusal, Refusal)
    assert (refusal.reason, refusal.limit) == (Reason.TOO_MANY_OPEN, 2)
    assert isinstance(await ask(house, "staging/DB", TWO_OPEN, BOB), Filed)
    assert isinstance(await ask(house, "staging/DB", ruled()), Filed), "another rule counts its own"
    assert isinstance(await ask(house, "B", TWO_OPEN, extends=granted), Filed)
    await house.decide(pending, verb=Verb.DENY)
    assert isinstance(await ask(house, "staging/DB,A", TWO_OPEN), Filed)


async def test_what_is_over_but_not_settled_is_not_counted_as_open(house: House) -> None:
    for labels in ("A", "B"):
        await house.grant(labels, ruling=TWO_OPEN)
    await house.pass_time(HOUR + 1)
    assert isinstance(await ask(house, "A", TWO_OPEN), Filed)


@pytest.mark.parametrize("end", ["deny", "revoke", "expire", "use"])
async def test_after_an_end_or_a_denial_the_same_is_not_asked_for_at_once(house: House, end: str) -> None:
    request = await house.file("A", ruling=COOL, once=end == "use", seconds=900)
    if end == "deny":
        await house.decide(request, verb=Verb.DENY)
    else:
        await house.decide(request)
    if end == "revoke":
        await house.revoke(request)
    elif end == "use":
        await house.use(request)
    elif end == "expire":
        await house.pass_time(900_001)
    refusal = await ask(house, "A,B", COOL)
    assert isinstance(refusal, Refusal)
    found = await house.get(request)
    over = found.decided_at if end == "deny" else found.ended_at
    assert (refusal.reason, refusal.at) == (Reason.COOL_DOWN, over + HOUR)
    assert isinstance(await ask(house, "B", COOL), Filed)
    assert isinstance(await ask(house, "A", COOL, BOB), Filed)
    await house.pass_time(HOUR)
    assert isinstance(await ask(house, "A", COOL), Filed)


async def test_what_was_withdrawn_or_never_answered_cools_nothing_down(house: House) -> None:
    await house.file("A", ruling=COOL)
    await house.pass_time(4 * HOUR + 1)
    assert isinstance(await ask(house, "A", COOL), Filed)


# Emergencies


async def emergency(house: House, labels: str = "A") -> str:
    return await house.file(labels, ruling=EMERGENCY, seconds=1800)


async def test_an_emergency_is_access_at_once_and_opens_a_review(house: House) -> None:
    request = await emergency(house)
    found = await house.get(request)
    assert (found.live, found.expires_at) == (True, found.created_at + 30 * MINUTE)
    assert found.emergency is not None
    assert found.emergency.review is Review.OPEN
    assert [waits.id for waits in await house.requests.unreviewed()] == [request]
    used = next(event for event in await house.events() if event.event == "emergency.used")
    assert (used.actor.id, used.requester) == (ALICE, ALICE)


async def test_an_emergency_does_not_wait_for_what_nobody_has_answered(house: House) -> None:
    """At 3 a.m. the request of the evening is still pending: it must be neither in the way nor lost."""
    pending = await house.file("A")
    request = await emergency(house)
    assert request != pending
    assert (await house.get(request)).live
    assert (await house.get(pending)).state is State.PENDING
    assert await house.file("A") == pending


async def test_no_limit_holds_up_an_emergency(house: House) -> None:
    limits = (Limit(RULE, open_max=1), Limit(RULE, cool_down=3600))
    await house.file("B", ruling=ruled(limits=limits))
    assert isinstance(await ask(house, "A", replace(EMERGENCY, limits=()), seconds=1800), Filed)


async def test_the_review_outlives_the_access_and_keeps_reminding_ever_more_seldom(house: House) -> None:
    request = await emergency(house)
    reminded: list[int] = []
    for hour in range(1, 80):
        await house.pass_time(HOUR)
        await house.work()
        if (await house.tags()).count("emergency.reminded") > len(reminded):
            reminded.append(hour)
    assert reminded == [1, 3, 7, 15, 31, 55, 79]
    found = await house.get(request)
    assert (found.live, found.course.nudge) == (False, Nudge.REVIEW)
    assert [waits.id for waits in await house.requests.unreviewed()] == [request]


async def test_only_somebody_else_closes_the_review_and_then_nothing_reminds(house: House) -> None:
    request = await emergency(house)
    own = await house.requests.review(house.op(), request, ALICE, "all was well", "")
    assert why(own) is Reason.OWN_REVIEW
    done = await house.requests.review(house.op(), request, BOB, "it was right", "")
    assert isinstance(done, Said)
    again = await house.requests.review(house.op(), request, "U0CAROL", "so I think", "")
    assert isinstance(again, Refusal)
    found = (await house.get(request)).emergency
    assert found is not None
    assert (again.reason, again.by, again.at) == (Reason.NO_REVIEW, BOB, found.reviewed_at)
    assert (found.review, found.reviewed_by, found.note) == (Review.CLOSED, BOB, "it was right")
    assert await house.requests.unreviewed() == []
    await house.pass_time(3 * DAY)
    await house.work()
    assert "emergency.reminded" not in await house.tags()


async def test_after_its_end_another_emergency_is_another_with_its_own_review(house: House) -> None:
    first = await emergency(house)
    await house.pass_time(31 * MINUTE)
    second = await emergency(house)
    assert first != second
    assert [waits.id for waits in await house.requests.unreviewed()] == [first, second]
