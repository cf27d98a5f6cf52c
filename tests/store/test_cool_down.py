"""The pause after a denial or an end, against whoever files it out of sight; on both kinds of server."""

import pytest

from envaccess.domain.audit import person
from envaccess.domain.outcome import Filed, Vote
from envaccess.domain.policy.ruling import Limit, Ruling
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import GrantState, Verb
from tests.fakes.rulings import RULE, ruled
from tests.store.house import ALICE, BOB, HOUR, OPERATOR, House, var

COOL = ruled(limits=(Limit(RULE, cool_down=3_600),))
FIRST_USE = ruled(limits=(Limit(RULE, cool_down=3_600),), use_within=60)


async def ask(house: House, labels: str = "A", who: str = ALICE, ruling: Ruling = COOL) -> Filed | Refusal:
    return await house.requests.open(house.op(), house.new(labels, who, ruling=ruling))


async def is_cooling(house: House, labels: str = "A") -> bool:
    outcome = await ask(house, labels)
    if isinstance(outcome, Filed):
        await house.requests.cancel(house.op(), outcome.id, person(ALICE))
        return False
    assert outcome.reason is Reason.COOL_DOWN, outcome
    return True


async def deny(house: House) -> None:
    await house.decide(await house.file(ruling=COOL), verb=Verb.DENY)


async def revoke(house: House) -> None:
    await house.revoke(await house.grant(ruling=COOL), person(BOB))


async def use(house: House) -> None:
    await house.use(await house.grant(ruling=COOL, once=True, seconds=900))


async def expire(house: House) -> None:
    await house.grant(ruling=COOL, seconds=60)
    await house.pass_time(60_001)
    await house.work()


async def lapse(house: House) -> None:
    await house.grant(ruling=FIRST_USE)
    await house.pass_time(60_001)
    await house.work()


async def delete(house: House) -> None:
    await house.grant(ruling=COOL)
    await house.sealed.delete(house.op(), var("A"), OPERATOR)
    await house.add("A")


ENDS = [deny, revoke, use, expire, lapse, delete]


@pytest.mark.parametrize("end", ENDS)
async def test_two_hundred_and_one_cheap_requests_hide_no_end(house: House, end: object) -> None:
    await end(house)  # type: ignore[operator]
    for _ in range(201):
        await house.requests.cancel(house.op(), await house.file(ruling=ruled()), person(ALICE))
    assert await is_cooling(house)
    assert await is_cooling(house, "B,A")
    assert not await is_cooling(house, "B")
    assert isinstance(await ask(house, who=BOB), Filed)
    await house.pass_time(HOUR)
    assert not await is_cooling(house)


async def test_a_thousand_cheap_requests_hide_no_denial(house: House) -> None:
    await deny(house)
    now = await house.now()
    for key in (ALICE, f"{ALICE}:default/A"):
        later = {f"cheap-{place}": now + place for place in range(1_000)}
        await house.client.zadd(house.runner.key("asked", key), later)
    assert await is_cooling(house)


async def test_a_use_that_was_given_back_is_no_end_and_hides_no_earlier_one(house: House) -> None:
    claim = await house.use(await house.grant(once=True, seconds=900, ruling=ruled()))
    assert await is_cooling(house)
    await house.reveals.give_back(claim, "slack_refused")
    assert (await house.get(claim.id)).grant is GrantState.ACTIVE
    assert not await is_cooling(house)
    await deny(house)
    second = await house.use(await house.grant(once=True, seconds=900, ruling=ruled()))
    await house.reveals.give_back(second, "slack_refused")
    assert await is_cooling(house), "the denial before it still counts"


async def test_what_an_approver_left_out_counts_as_ended_with_the_rest(house: House) -> None:
    request = await house.file("A,B", ruling=COOL)
    await house.requests.decide(
        house.op(), request, BOB, Verb.APPROVE, "", "", Vote(variables=(var("A"),), seconds=60)
    )
    await house.revoke(request)
    assert await is_cooling(house, "A")
    assert await is_cooling(house, "B")


@pytest.mark.parametrize("end", ENDS)
async def test_ends_that_the_version_before_wrote_still_count(house: House, end: object) -> None:
    """It kept them in the requests' records only."""
    await end(house)  # type: ignore[operator]
    for name in await house.keys():
        if "person-ended-grants:" in name:
            await house.client.delete(name)
    assert await is_cooling(house)


async def test_the_newest_ends_are_kept_as_long_as_a_policy_may_ask_for_and_no_longer(house: House) -> None:
    for _ in range(15):
        await deny(house)
        await house.pass_time(2 * HOUR)
    key = house.runner.key("over", f"{ALICE}:default/A")
    assert await house.client.zcard(key) == 10
    assert 365 * 24 * HOUR < await house.client.pttl(key) <= 366 * 24 * HOUR
