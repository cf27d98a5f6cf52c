"""One person's flood at the store: what waits, what was filed, what room emergencies keep (law 16)."""

import asyncio

from envaccess.domain.audit import person
from envaccess.domain.limits import EMERGENCIES_PER_HOUR, FILED_PER_DAY, PENDING_MAX
from envaccess.domain.outcome import Filed
from envaccess.domain.policy.ruling import Ruling
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import Verb
from tests.fakes.rulings import AUTOMATIC, EMERGENCY
from tests.store.harness import ALICE, BOB, HOUR, MINUTE, RULING, StoreHarness

DAY = 24 * HOUR


async def ask(
    harness: StoreHarness, labels: str = "A", who: str = ALICE, ruling: Ruling = RULING
) -> Filed | Refusal:
    return await harness.requests.open(harness.op(), harness.new(labels, who, ruling=ruling))


async def refused(harness: StoreHarness, labels: str = "A", ruling: Ruling = RULING) -> Refusal:
    outcome = await ask(harness, labels, ruling=ruling)
    assert isinstance(outcome, Refusal), outcome
    return outcome


async def fill_the_queue(harness: StoreHarness) -> list[str]:
    names = [f"V{number}" for number in range(PENDING_MAX)]
    await harness.add(*names)
    return [await harness.file(name) for name in names]


async def fill_the_day(harness: StoreHarness, count: int = FILED_PER_DAY) -> int:
    """So many requests a second apart, the newest now, as far as they are counted; returns that time."""
    now = await harness.now()
    key = harness.runner.key("asked", ALICE)
    await harness.client.zadd(key, {f"filed-{place}": now - 1000 * place for place in range(count)})
    return now


async def test_so_many_wait_for_a_decision_and_no_more(harness: StoreHarness) -> None:
    waiting = await fill_the_queue(harness)
    before = await harness.requests.undecided()
    refusal = await refused(harness)
    assert (refusal.reason, refusal.limit) == (Reason.TOO_MANY_PENDING, PENDING_MAX)
    assert list(await harness.requests.undecided()) == list(before)
    assert await harness.file("V0") == waiting[0], "what is pending already is no new one"
    assert isinstance(await ask(harness, who=BOB), Filed), "only this person has as many"
    await harness.requests.cancel(harness.op(), waiting[3], person(ALICE))
    assert isinstance(await ask(harness), Filed)
    assert (await refused(harness, "B")).reason is Reason.TOO_MANY_PENDING


async def test_what_is_decided_or_has_timed_out_waits_no_longer(harness: StoreHarness) -> None:
    waiting = await fill_the_queue(harness)
    await harness.decide(waiting[0], verb=Verb.DENY)
    assert isinstance(await ask(harness), Filed)
    await harness.pass_time(5 * HOUR)
    assert isinstance(await ask(harness, "B"), Filed), "though no worker has written it down"


async def test_a_full_queue_keeps_nobody_from_an_emergency_or_an_automatic_approval(
    harness: StoreHarness,
) -> None:
    await fill_the_queue(harness)
    assert isinstance(await ask(harness, ruling=EMERGENCY), Filed)
    assert isinstance(await ask(harness, "B", ruling=AUTOMATIC), Filed)


async def test_filing_at_once_leaves_no_more_than_the_limit_waiting(harness: StoreHarness) -> None:
    names = [f"V{number}" for number in range(PENDING_MAX + 10)]
    await harness.add(*names)
    outcomes = await asyncio.gather(*(ask(harness, name) for name in names))
    assert sum(isinstance(outcome, Filed) for outcome in outcomes) == PENDING_MAX


async def test_so_many_are_filed_in_a_day_and_no_more_and_it_says_when_again(harness: StoreHarness) -> None:
    newest = await fill_the_day(harness)
    refusal = await refused(harness)
    assert (refusal.reason, refusal.limit) == (Reason.TOO_MANY_FILED, FILED_PER_DAY)
    assert refusal.at == newest - 1000 * (FILED_PER_DAY - 1) + DAY, "when the oldest is a day old"
    await harness.pass_time(DAY - 4 * MINUTE)
    assert isinstance(await ask(harness), Filed)


async def test_withdrawing_gives_no_room_back(harness: StoreHarness) -> None:
    """300 pairs of asking again and withdrawing would cost the store what 300 requests cost."""
    await fill_the_day(harness, FILED_PER_DAY - 5)
    for _ in range(5):
        await harness.requests.cancel(harness.op(), await harness.file(), person(ALICE))
    assert (await refused(harness)).reason is Reason.TOO_MANY_FILED


async def test_a_day_of_filing_keeps_nobody_from_an_emergency(harness: StoreHarness) -> None:
    await fill_the_day(harness)
    assert isinstance(await ask(harness, ruling=EMERGENCY), Filed)


async def test_emergencies_have_room_of_their_own_and_are_limited_too(harness: StoreHarness) -> None:
    names = [f"V{number}" for number in range(EMERGENCIES_PER_HOUR + 1)]
    await harness.add(*names)
    await fill_the_day(harness, FILED_PER_DAY - 1)
    first = await harness.now()
    for name in names[:-1]:
        await harness.file(name, ruling=EMERGENCY)
    refusal = await refused(harness, names[-1], EMERGENCY)
    assert (refusal.reason, refusal.limit) == (Reason.TOO_MANY_EMERGENCIES, EMERGENCIES_PER_HOUR)
    assert first + HOUR <= refusal.at <= await harness.now() + HOUR
    assert isinstance(await ask(harness), Filed), (
        "they used up nothing of what is asked for in the ordinary way"
    )
    assert (await refused(harness, "B")).reason is Reason.TOO_MANY_FILED
    await harness.pass_time(HOUR)
    assert isinstance(await ask(harness, names[-1], ruling=EMERGENCY), Filed)


async def test_the_same_emergency_once_more_is_no_other_one(harness: StoreHarness) -> None:
    taken = [await harness.file(ruling=EMERGENCY, seconds=1800) for _ in range(EMERGENCIES_PER_HOUR + 2)]
    assert len(set(taken)) == 1


async def test_a_refused_flood_is_written_down_once_and_counted(harness: StoreHarness) -> None:
    await fill_the_day(harness)
    for _ in range(20):
        await refused(harness)
    assert (await harness.tags()).count("access.refused") == 1
    await harness.pass_time(MINUTE)
    await harness.work()
    assert (await harness.tags()).count("access.refused_count") == 1


async def kept(harness: StoreHarness, request: str) -> int:
    return int(await harness.client.pttl(harness.runner.key("request", request)))


async def test_what_nobody_saw_before_it_was_withdrawn_is_kept_for_a_day_only(harness: StoreHarness) -> None:
    seen, unseen = await harness.file("A"), await harness.file("B")
    await harness.outbox.shown(seen, message="1700000000.000100")
    for request in (seen, unseen):
        await harness.requests.cancel(harness.op(), request, person(ALICE))
    assert 0 < await kept(harness, unseen) <= DAY < 399 * DAY < await kept(harness, seen)
    await harness.pass_time(DAY + 1)
    assert await harness.requests.get(unseen) is None
    assert await harness.requests.get(seen) is not None
    assert (await harness.tags()).count("request.cancelled") == 2, "what happened is still told (law 1)"
    assert isinstance(await ask(harness, "B"), Filed)
