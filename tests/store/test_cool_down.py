"""The pause after a denial or an end, against whoever files it out of sight; on both kinds of server."""

import pytest

from envaccess.domain.audit import person
from envaccess.domain.outcome import Filed
from envaccess.domain.policy.ruling import Limit, Ruling
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import GrantState, Verb
from tests.fakes.rulings import RULE, ruled
from tests.store.harness import ALICE, BOB, HOUR, OPERATOR, StoreHarness, var

COOL = ruled(limits=(Limit(RULE, cool_down=3_600),))
FIRST_USE = ruled(limits=(Limit(RULE, cool_down=3_600),), use_within=60)


async def ask(
    harness: StoreHarness, labels: str = "A", who: str = ALICE, ruling: Ruling = COOL
) -> Filed | Refusal:
    return await harness.requests.open(harness.op(), harness.new(labels, who, ruling=ruling))


async def is_cooling(harness: StoreHarness, labels: str = "A") -> bool:
    outcome = await ask(harness, labels)
    if isinstance(outcome, Filed):
        await harness.requests.cancel(harness.op(), outcome.id, person(ALICE))
        return False
    assert outcome.reason is Reason.COOL_DOWN, outcome
    return True


async def deny(harness: StoreHarness) -> None:
    await harness.decide(await harness.file(ruling=COOL), verb=Verb.DENY)


async def revoke(harness: StoreHarness) -> None:
    await harness.revoke(await harness.grant(ruling=COOL), person(BOB))


async def use(harness: StoreHarness) -> None:
    await harness.use(await harness.grant(ruling=COOL, once=True, seconds=900))


async def expire(harness: StoreHarness) -> None:
    await harness.grant(ruling=COOL, seconds=60)
    await harness.pass_time(60_001)
    await harness.work()


async def lapse(harness: StoreHarness) -> None:
    await harness.grant(ruling=FIRST_USE)
    await harness.pass_time(60_001)
    await harness.work()


async def delete(harness: StoreHarness) -> None:
    await harness.grant(ruling=COOL)
    await harness.sealed.delete(harness.op(), var("A"), OPERATOR)
    await harness.add("A")


ENDS = [deny, revoke, use, expire, lapse, delete]


@pytest.mark.parametrize("end", ENDS)
async def test_two_hundred_and_one_cheap_requests_hide_no_end(harness: StoreHarness, end: object) -> None:
    await end(harness)  # type: ignore[operator]
    for _ in range(201):
        await harness.requests.cancel(harness.op(), await harness.file(ruling=ruled()), person(ALICE))
    assert await is_cooling(harness)
    assert await is_cooling(harness, "B,A")
    assert not await is_cooling(harness, "B")
    assert isinstance(await ask(harness, who=BOB), Filed)
    await harness.pass_time(HOUR)
    assert not await is_cooling(harness)


async def test_a_thousand_cheap_requests_hide_no_denial(harness: StoreHarness) -> None:
    await deny(harness)
    now = await harness.now()
    for key in (ALICE, f"{ALICE}:default/A"):
        later = {f"cheap-{place}": now + place for place in range(1_000)}
        await harness.client.zadd(harness.runner.key("asked", key), later)
    assert await is_cooling(harness)


async def test_a_use_that_was_given_back_is_no_end_and_hides_no_earlier_one(harness: StoreHarness) -> None:
    claim = await harness.use(await harness.grant(once=True, seconds=900, ruling=ruled()))
    assert await is_cooling(harness)
    await harness.reveals.give_back(claim, "slack_refused")
    assert (await harness.get(claim.id)).grant is GrantState.ACTIVE
    assert not await is_cooling(harness)
    await deny(harness)
    second = await harness.use(await harness.grant(once=True, seconds=900, ruling=ruled()))
    await harness.reveals.give_back(second, "slack_refused")
    assert await is_cooling(harness), "the denial before it still counts"


async def test_what_an_approver_left_out_counts_as_ended_with_the_rest(harness: StoreHarness) -> None:
    request = await harness.file("A,B", ruling=COOL)
    await harness.decide(request, variables=(var("A"),), seconds=60)
    await harness.revoke(request)
    assert await is_cooling(harness, "A")
    assert await is_cooling(harness, "B")


@pytest.mark.parametrize("end", ENDS)
async def test_ends_that_the_version_before_wrote_still_count(harness: StoreHarness, end: object) -> None:
    """It kept them in the requests' records only."""
    await end(harness)  # type: ignore[operator]
    for name in await harness.keys():
        if "person-ended-grants:" in name:
            await harness.client.delete(name)
    assert await is_cooling(harness)


async def test_the_newest_ends_are_kept_as_long_as_a_policy_may_ask_for_and_no_longer(
    harness: StoreHarness,
) -> None:
    for _ in range(15):
        await deny(harness)
        await harness.pass_time(2 * HOUR)
    key = harness.runner.key("over", f"{ALICE}:default/A")
    assert await harness.client.zcard(key) == 10
    assert 365 * 24 * HOUR < await harness.client.pttl(key) <= 366 * 24 * HOUR


@pytest.mark.parametrize("limits", [1, 3])
async def test_a_set_of_fifty_looks_at_no_more_records_than_one_name(real: StoreHarness, limits: int) -> None:
    """Law 16: a filing takes no other time, however many names and rules have a pause."""
    cool = ruled(limits=tuple(Limit(f"{RULE}{place}", cool_down=3_600) for place in range(limits)))
    labels = [f"N{place}" for place in range(50)]
    await real.add(*labels)
    now = await real.now()
    for label in labels:
        asked = {f"{label}-{place}": now - place for place in range(1_000)}
        await real.client.zadd(real.runner.key("asked", f"{ALICE}:default/{label}"), asked)
    before = await looked_at(real)
    assert isinstance(await ask(real, ",".join(labels), ruling=cool), Filed)
    assert await looked_at(real) - before <= 220


async def looked_at(harness: StoreHarness) -> int:
    """How often fields of a record were read since the server's start."""
    counted = await harness.client.info("commandstats")
    return int(counted.get("cmdstat_hmget", {"calls": 0})["calls"])
