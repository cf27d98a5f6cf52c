"""One person's flood at the store: what waits, what was filed, what room emergencies keep (law 16)."""

import asyncio

from envaccess.domain.audit import person
from envaccess.domain.limits import EMERGENCIES_PER_HOUR, FILED_PER_DAY, PENDING_MAX
from envaccess.domain.outcome import Filed
from envaccess.domain.policy.ruling import Ruling
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import Verb
from tests.fakes.rulings import AUTOMATIC, EMERGENCY
from tests.store.house import ALICE, BOB, HOUR, MINUTE, RULING, House

DAY = 24 * HOUR


async def ask(house: House, labels: str = "A", who: str = ALICE, ruling: Ruling = RULING) -> Filed | Refusal:
    return await house.requests.open(house.op(), house.new(labels, who, ruling=ruling))


async def refused(house: House, labels: str = "A", ruling: Ruling = RULING) -> Refusal:
    outcome = await ask(house, labels, ruling=ruling)
    assert isinstance(outcome, Refusal), outcome
    return outcome


async def fill_the_queue(house: House) -> list[str]:
    names = [f"V{number}" for number in range(PENDING_MAX)]
    await house.add(*names)
    return [await house.file(name) for name in names]


async def fill_the_day(house: House, count: int = FILED_PER_DAY) -> int:
    """So many requests a second apart, the newest now, as far as they are counted; returns that time."""
    now = await house.now()
    key = house.runner.key("asked", ALICE)
    await house.client.zadd(key, {f"filed-{place}": now - 1000 * place for place in range(count)})
    return now


async def test_so_many_wait_for_a_decision_and_no_more(house: House) -> None:
    waiting = await fill_the_queue(house)
    before = await house.requests.undecided()
    refusal = await refused(house)
    assert (refusal.reason, refusal.limit) == (Reason.TOO_MANY_PENDING, PENDING_MAX)
    assert list(await house.requests.undecided()) == list(before)
    assert await house.file("V0") == waiting[0], "what is pending already is no new one"
    assert isinstance(await ask(house, who=BOB), Filed), "only this person has as many"
    await house.requests.cancel(house.op(), waiting[3], person(ALICE))
    assert isinstance(await ask(house), Filed)
    assert (await refused(house, "B")).reason is Reason.TOO_MANY_PENDING


async def test_what_is_decided_or_has_timed_out_waits_no_longer(house: House) -> None:
    waiting = await fill_the_queue(house)
    await house.decide(waiting[0], verb=Verb.DENY)
    assert isinstance(await ask(house), Filed)
    await house.pass_time(5 * HOUR)
    assert isinstance(await ask(house, "B"), Filed), "though no worker has written it down"


async def test_a_full_queue_keeps_nobody_from_an_emergency_or_an_automatic_approval(house: House) -> None:
    await fill_the_queue(house)
    assert isinstance(await ask(house, ruling=EMERGENCY), Filed)
    assert isinstance(await ask(house, "B", ruling=AUTOMATIC), Filed)


async def test_filing_at_once_leaves_no_more_than_the_limit_waiting(house: House) -> None:
    names = [f"V{number}" for number in range(PENDING_MAX + 10)]
    await house.add(*names)
    outcomes = await asyncio.gather(*(ask(house, name) for name in names))
    assert sum(isinstance(outcome, Filed) for outcome in outcomes) == PENDING_MAX


async def test_so_many_are_filed_in_a_day_and_no_more_and_it_says_when_again(house: House) -> None:
    newest = await fill_the_day(house)
    refusal = await refused(house)
    assert (refusal.reason, refusal.limit) == (Reason.TOO_MANY_FILED, FILED_PER_DAY)
    assert refusal.at == newest - 1000 * (FILED_PER_DAY - 1) + DAY, "when the oldest is a day old"
    await house.pass_time(DAY - 4 * MINUTE)
    assert isinstance(await ask(house), Filed)


async def test_withdrawing_gives_no_room_back(house: House) -> None:
    """300 pairs of asking again and withdrawing would cost the store what 300 requests cost."""
    await fill_the_day(house, FILED_PER_DAY - 5)
    for _ in range(5):
        await house.requests.cancel(house.op(), await house.file(), person(ALICE))
    assert (await refused(house)).reason is Reason.TOO_MANY_FILED


async def test_a_day_of_filing_keeps_nobody_from_an_emergency(house: House) -> None:
    await fill_the_day(house)
    assert isinstance(await ask(house, ruling=EMERGENCY), Filed)


async def test_emergencies_have_room_of_their_own_and_are_limited_too(house: House) -> None:
    names = [f"V{number}" for number in range(EMERGENCIES_PER_HOUR + 1)]
    await house.add(*names)
    await fill_the_day(house, FILED_PER_DAY - 1)
    first = await house.now()
    for name in names[:-1]:
        await house.file(name, ruling=EMERGENCY)
    refusal = await refused(house, names[-1], EMERGENCY)
    assert (refusal.reason, refusal.limit) == (Reason.TOO_MANY_EMERGENCIES, EMERGENCIES_PER_HOUR)
    assert first + HOUR <= refusal.at <= await house.now() + HOUR
    assert isinstance(await ask(house), Filed), (
        "they used up nothing of what is asked for in the ordinary way"
    )
    assert (await refused(house, "B")).reason is Reason.TOO_MANY_FILED
    await house.pass_time(HOUR)
    assert isinstance(await ask(house, names[-1], ruling=EMERGENCY), Filed)


async def test_the_same_emergency_once_more_is_no_other_one(house: House) -> None:
    taken = [await house.file(ruling=EMERGENCY, seconds=1800) for _ in range(EMERGENCIES_PER_HOUR + 2)]
    assert len(set(taken)) == 1


async def test_a_refused_flood_is_written_down_once_and_counted(house: House) -> None:
    await fill_the_day(house)
    for _ in range(20):
        await refused(house)
    assert (await house.tags()).count("access.refused") == 1
    await house.pass_time(MINUTE)
    await house.work()
    assert (await house.tags()).count("access.refused_count") == 1


async def kept(house: House, request: str) -> int:
    return int(await house.client.pttl(house.runner.key("request", request)))


async def test_what_nobody_saw_before_it_was_withdrawn_is_kept_for_a_day_only(house: House) -> None:
    seen, unseen = await house.file("A"), await house.file("B")
    await house.outbox.shown(seen, message="1700000000.000100")
    for request in (seen, unseen):
        await house.requests.cancel(house.op(), request, person(ALICE))
    assert 0 < await kept(house, unseen) <= DAY < 399 * DAY < await kept(house, seen)
    await house.pass_time(DAY + 1)
    assert await house.requests.get(unseen) is None
    assert await house.requests.get(seen) is not None
    assert (await house.tags()).count("request.cancelled") == 2, "what happened is still told (law 1)"
    assert isinstance(await ask(house, "B"), Filed)
