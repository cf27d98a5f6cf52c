"""What the policy counts, on both kinds of server: automatic approvals, open requests, emergencies."""

from dataclasses import replace
from typing import Any

import pytest

from envaccess.domain.approval_progress import Notification, Review
from envaccess.domain.errors import SealRefusedError
from envaccess.domain.outcome import Filed, Recorded
from envaccess.domain.policy.ruling import Limit, Ruling
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import State, Verb
from tests.fakes.rulings import AUTOMATIC, EMERGENCY, RULE, ruled
from tests.store.harness import ALICE, BOB, HOUR, MINUTE, StoreHarness

DAY = 24 * HOUR
COOL = ruled(limits=(Limit(RULE, cool_down=3600),))
TWO_OPEN = ruled(limits=(Limit(RULE, open_max=2),))


async def ask(
    harness: StoreHarness, labels: str, ruling: Ruling, who: str = ALICE, **more: Any
) -> Filed | Refusal:
    return await harness.requests.open(harness.op(), harness.new(labels, who, ruling=ruling, **more))


def why(outcome: object) -> Reason:
    assert isinstance(outcome, Refusal)
    return outcome.reason


# Automatic


async def test_an_automatic_approval_is_access_at_once_and_says_by_whose_leave(harness: StoreHarness) -> None:
    filed = await ask(harness, "A", AUTOMATIC)
    assert isinstance(filed, Filed)
    found = await harness.get(filed.id)
    assert (filed.state, found.automatic, found.live, found.decided_by) == (State.APPROVED, True, True, "")
    assert filed.expires_at == found.expires_at == found.created_at + HOUR
    approved = next(event for event in await harness.events() if event.event == "request.approved")
    assert (str(approved.actor), approved.detail) == ("policy", {"automatic": "1"})
    assert await harness.requests.undecided() == []


async def test_beyond_its_times_somebody_must_agree_until_the_week_is_over(harness: StoreHarness) -> None:
    states = []
    for labels in ("A", "B", "staging/DB"):
        filed = await ask(harness, labels, AUTOMATIC)
        assert isinstance(filed, Filed)
        states.append(filed.state)
    assert states == [State.APPROVED, State.APPROVED, State.PENDING]
    other = await ask(harness, "A", AUTOMATIC, BOB)
    assert isinstance(other, Filed)
    assert other.state is State.APPROVED, "what others had counts for them"
    await harness.pass_time(7 * DAY)
    again = await ask(harness, "A", AUTOMATIC)
    assert isinstance(again, Filed)
    assert again.state is State.APPROVED


async def test_ending_it_early_gives_no_automatic_approval_back(harness: StoreHarness) -> None:
    """Else a limit of three a week is none."""
    for _ in range(2):
        filed = await ask(harness, "A", AUTOMATIC)
        assert isinstance(filed, Filed)
        await harness.revoke(filed.id)
    third = await ask(harness, "A", AUTOMATIC)
    assert isinstance(third, Filed)
    assert third.state is State.PENDING


async def test_an_extension_is_never_automatic(harness: StoreHarness) -> None:
    first = await ask(harness, "A", AUTOMATIC)
    assert isinstance(first, Filed)
    more = await ask(harness, "A", AUTOMATIC, extends=first.id)
    assert isinstance(more, Filed)
    assert more.state is State.PENDING


# Open requests and cool-downs


async def test_one_person_has_no_more_open_under_a_rule_than_it_says(harness: StoreHarness) -> None:
    pending, granted = await harness.file("A", ruling=TWO_OPEN), await harness.grant("B", ruling=TWO_OPEN)
    refusal = await ask(harness, "staging/DB", TWO_OPEN)
    assert isinstance(refusal, Refusal)
    assert (refusal.reason, refusal.limit) == (Reason.TOO_MANY_OPEN, 2)
    assert isinstance(await ask(harness, "staging/DB", TWO_OPEN, BOB), Filed)
    assert isinstance(await ask(harness, "staging/DB", ruled()), Filed), "another rule counts its own"
    assert isinstance(await ask(harness, "B", TWO_OPEN, extends=granted), Filed)
    await harness.decide(pending, verb=Verb.DENY)
    assert isinstance(await ask(harness, "staging/DB,A", TWO_OPEN), Filed)


async def test_what_is_over_but_not_settled_is_not_counted_as_open(harness: StoreHarness) -> None:
    for labels in ("A", "B"):
        await harness.grant(labels, ruling=TWO_OPEN)
    await harness.pass_time(HOUR + 1)
    assert isinstance(await ask(harness, "A", TWO_OPEN), Filed)


@pytest.mark.parametrize("end", ["deny", "revoke", "expire", "use"])
async def test_after_an_end_or_a_denial_the_same_is_not_asked_for_at_once(
    harness: StoreHarness, end: str
) -> None:
    request = await harness.file("A", ruling=COOL, once=end == "use", seconds=900)
    if end == "deny":
        await harness.decide(request, verb=Verb.DENY)
    else:
        await harness.decide(request)
    if end == "revoke":
        await harness.revoke(request)
    elif end == "use":
        await harness.use(request)
    elif end == "expire":
        await harness.pass_time(900_001)
    refusal = await ask(harness, "A,B", COOL)
    assert isinstance(refusal, Refusal)
    found = await harness.get(request)
    over = found.decided_at if end == "deny" else found.ended_at
    assert (refusal.reason, refusal.at) == (Reason.COOL_DOWN, over + HOUR)
    assert isinstance(await ask(harness, "B", COOL), Filed)
    assert isinstance(await ask(harness, "A", COOL, BOB), Filed)
    await harness.pass_time(HOUR)
    assert isinstance(await ask(harness, "A", COOL), Filed)


async def test_what_was_withdrawn_or_never_answered_cools_nothing_down(harness: StoreHarness) -> None:
    await harness.file("A", ruling=COOL)
    await harness.pass_time(4 * HOUR + 1)
    assert isinstance(await ask(harness, "A", COOL), Filed)


# Emergencies


async def emergency(harness: StoreHarness, labels: str = "A") -> str:
    return await harness.file(labels, ruling=EMERGENCY, seconds=1800)


async def test_an_emergency_is_access_at_once_and_opens_a_review(harness: StoreHarness) -> None:
    request = await emergency(harness)
    found = await harness.get(request)
    assert (found.live, found.expires_at) == (True, found.created_at + 30 * MINUTE)
    assert found.emergency is not None
    assert found.emergency.review is Review.OPEN
    assert [waits.id for waits in await harness.requests.unreviewed()] == [request]
    used = next(event for event in await harness.events() if event.event == "emergency.used")
    assert (used.actor.id, used.requester) == (ALICE, ALICE)


async def test_an_emergency_does_not_wait_for_what_nobody_has_answered(harness: StoreHarness) -> None:
    """At 3 a.m. the request of the evening is still pending: it must be neither in the way nor lost."""
    pending = await harness.file("A")
    request = await emergency(harness)
    assert request != pending
    assert (await harness.get(request)).live
    assert (await harness.get(pending)).state is State.PENDING
    assert await harness.file("A") == pending


async def test_no_limit_holds_up_an_emergency(harness: StoreHarness) -> None:
    limits = (Limit(RULE, open_max=1), Limit(RULE, cool_down=3600))
    await harness.file("B", ruling=ruled(limits=limits))
    assert isinstance(await ask(harness, "A", replace(EMERGENCY, limits=()), seconds=1800), Filed)


async def test_the_review_outlives_the_access_and_keeps_reminding_ever_more_seldom(
    harness: StoreHarness,
) -> None:
    request = await emergency(harness)
    reminded: list[int] = []
    for hour in range(1, 80):
        await harness.pass_time(HOUR)
        await harness.work()
        if (await harness.tags()).count("emergency.reminded") > len(reminded):
            reminded.append(hour)
    assert reminded == [1, 3, 7, 15, 31, 55, 79]
    found = await harness.get(request)
    assert (found.live, found.progress.notification) == (False, Notification.REVIEW)
    assert [waits.id for waits in await harness.requests.unreviewed()] == [request]


async def test_only_somebody_else_closes_the_review_and_then_nothing_reminds(harness: StoreHarness) -> None:
    request = await emergency(harness)
    own = await harness.requests.review(harness.op(), request, ALICE, "all was well", "")
    assert why(own) is Reason.OWN_REVIEW
    done = await harness.requests.review(harness.op(), request, BOB, "it was right", "")
    assert isinstance(done, Recorded)
    again = await harness.requests.review(harness.op(), request, "U0CAROL", "so I think", "")
    assert isinstance(again, Refusal)
    found = (await harness.get(request)).emergency
    assert found is not None
    assert (again.reason, again.by, again.at) == (Reason.NO_REVIEW, BOB, found.reviewed_at)
    assert (found.review, found.reviewed_by, found.note) == (Review.CLOSED, BOB, "it was right")
    assert await harness.requests.unreviewed() == []
    await harness.pass_time(3 * DAY)
    await harness.work()
    assert "emergency.reminded" not in await harness.tags()


async def test_after_its_end_another_emergency_is_another_with_its_own_review(harness: StoreHarness) -> None:
    first = await emergency(harness)
    await harness.pass_time(31 * MINUTE)
    second = await emergency(harness)
    assert first != second
    assert [waits.id for waits in await harness.requests.unreviewed()] == [first, second]


async def test_a_review_that_nobody_closed_is_not_taken_for_closed(harness: StoreHarness) -> None:
    """Law 13: whoever writes to Redis closes no review, in nobody's name."""
    request = await emergency(harness)
    forged = {"review": "closed", "review_at": "0", "reviewed_by": BOB, "reviewed_at": "1"}
    await harness.client.hset(harness.runner.key("request", request), mapping=forged)  # type: ignore[arg-type]
    with pytest.raises(SealRefusedError):
        await harness.requests.get(request)
