"""Reveals on both kinds of server: the use is claimed and written down before any value is read (law 2)."""

import pytest

from envaccess.domain.audit import person
from envaccess.domain.outcome import Claim
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import GrantState, Verb
from envaccess.domain.variable import Variable
from tests.store.house import ALICE, BOB, CAROL, HOUR, MINUTE, OPERATOR, House, var

QUARTER = 900


async def test_a_claim_names_what_to_show_and_is_written_down(house: House) -> None:
    request = await house.grant("A,staging/DB")
    claim = await house.use(request)
    assert claim.variables == (var("A"), var("staging/DB"))
    assert (claim.requester, claim.once, claim.fresh) == (ALICE, False, True)
    assert claim.expires_at == (await house.get(request)).expires_at
    event = (await house.events())[-1]
    assert (event.event, event.request, event.grant, str(event.actor)) == (
        "grant.revealed",
        request,
        request,
        "person:U0ALICE",
    )


async def test_a_timed_grant_reveals_again_and_again_and_counts(house: House) -> None:
    request = await house.grant()
    for _ in range(3):
        await house.use(request)
    assert (await house.get(request)).reveals == 3


async def test_nobody_else_reveals_not_even_the_approver(house: House) -> None:
    request = await house.grant()
    refusal = await house.claim(request, BOB)
    assert isinstance(refusal, Refusal)
    assert refusal.reason is Reason.NOT_YOURS
    event = (await house.events())[-1]
    assert (event.event, event.request, event.detail["tried"]) == ("access.refused", request, "reveal")


async def test_a_once_is_used_up_by_its_first_reveal(house: House) -> None:
    request = await house.grant("A,B", once=True, seconds=QUARTER)
    assert (await house.use(request)).once
    assert await house.left(request) == -2
    assert (await house.tags())[-2:] == ["grant.revealed", "grant.used_up"]
    refusal = await house.claim(request)
    assert isinstance(refusal, Refusal)
    assert (refusal.reason, refusal.state) == (Reason.ENDED, "used_up")


@pytest.mark.parametrize("verb", [None, Verb.DENY])
async def test_a_request_that_was_not_approved_reveals_nothing(house: House, verb: Verb | None) -> None:
    request = await house.file()
    if verb:
        await house.decide(request, verb=verb)
    refusal = await house.claim(request)
    assert isinstance(refusal, Refusal)
    assert (refusal.reason, refusal.state) == (Reason.NO_GRANT, "denied" if verb else "pending")


async def by_name(house: House, label: str = "A", who: str = ALICE) -> Claim | Refusal:
    return await house.reveals.claim_named(house.op(), var(label), who)


async def chosen(house: House, label: str = "A") -> str:
    claim = await by_name(house, label)
    assert isinstance(claim, Claim), claim
    return claim.id


async def test_by_name_the_timed_grant_that_ends_last_serves(house: House) -> None:
    """Law 6: a `once` is not spent, and the longest access is used, wherever they were made."""
    await house.grant("A", seconds=QUARTER, once=True)
    short = await house.grant("A", seconds=60)
    long = await house.grant("A,B", seconds=600)
    await house.grant("B", seconds=6000)
    assert await chosen(house) == long
    await house.revoke(long)
    assert await chosen(house) == short


async def test_by_name_an_earlier_grant_may_end_last(house: House) -> None:
    first = await house.grant("A", seconds=3600)
    await house.pass_time(30 * MINUTE)
    second = await house.grant("A,B", seconds=1700)
    assert await chosen(house) == first
    await house.revoke(first)
    assert await chosen(house) == second


async def test_by_name_a_later_grant_that_ends_last_serves_after_time_has_passed(house: House) -> None:
    await house.grant("A", seconds=3600)
    await house.pass_time(30 * MINUTE)
    second = await house.grant("A,B", seconds=2700)
    assert await chosen(house) == second


async def test_by_name_the_once_that_ends_first_serves_where_nothing_else_does(house: House) -> None:
    """What would be lost first is used first."""
    first = await house.grant("A", seconds=QUARTER, once=True)
    await house.pass_time(MINUTE)
    second = await house.grant("A,B", seconds=QUARTER, once=True)
    assert await chosen(house) == first
    assert await chosen(house) == second
    refusal = await by_name(house)
    assert isinstance(refusal, Refusal)
    assert refusal.reason is Reason.NO_GRANT


async def test_by_name_only_the_exact_name_serves(house: House) -> None:
    """`A` must not be found inside `staging/A` or `AB`."""
    await house.add("AB", "BA", "staging/A", "x.default/A")
    await house.grant("AB,BA,staging/A,x.default/A")
    assert isinstance(await by_name(house), Refusal)
    assert isinstance(await by_name(house, "staging/A"), Claim)


async def test_by_name_only_ones_own_grants_serve(house: House) -> None:
    await house.grant("A", ALICE)
    refusal = await by_name(house, "A", BOB)
    assert isinstance(refusal, Refusal)
    assert refusal.reason is Reason.NO_GRANT
    assert refusal.names == ("default/A",)


async def test_by_name_an_expired_grant_is_written_down_and_passed_over(house: House) -> None:
    await house.grant("A", seconds=60)
    other = await house.grant("A,B", seconds=QUARTER, once=True)
    await house.pass_time(61_000)
    assert await chosen(house) == other
    assert (await house.tags()).count("grant.expired") == 1


async def test_a_use_given_back_can_be_used_again(house: House) -> None:
    request = await house.grant(once=True, seconds=QUARTER)
    expires = (await house.get(request)).expires_at
    await house.reveals.give_back(await house.use(request), "source_down")
    found = await house.get(request)
    assert (found.grant, found.reveals, found.ended_at, found.expires_at) == (
        GrantState.ACTIVE,
        0,
        0,
        expires,
    )
    assert 0 < await house.left(request) <= QUARTER * 1000
    event = (await house.events())[-1]
    assert (event.event, event.detail) == ("grant.reveal_failed", {"why": "source_down"})
    assert await chosen(house) == request


async def test_a_grant_that_lives_again_ends_like_any_other(house: House) -> None:
    """Its indexes and its deadline must live again with it, or deletion and the clock would miss it."""
    request = await house.grant("A,B", once=True, seconds=QUARTER)
    other = await house.grant("A", CAROL, once=True, seconds=QUARTER)
    for each, who in ((request, ALICE), (other, CAROL)):
        await house.reveals.give_back(await house.use(each, who), "source_down")
    assert await house.requests.holders() == {ALICE, CAROL}
    assert await house.sealed.delete(house.op(), var("B"), OPERATOR) == 1
    assert (await house.get(request)).grant is GrantState.REVOKED
    await house.pass_time(QUARTER * 1000 + 2)
    await house.work()
    assert (await house.tags())[-1] == "grant.expired"


async def test_a_use_given_back_does_not_lengthen_the_grant(house: House) -> None:
    """The use returns until the old end: a failing source must not be a way to longer access."""
    request = await house.grant(once=True, seconds=QUARTER)
    expires = (await house.get(request)).expires_at
    await house.pass_time(10 * MINUTE)
    claim = await house.use(request)
    await house.pass_time(4 * MINUTE)
    await house.reveals.give_back(claim, "sealed")
    assert await house.left(request) <= MINUTE
    assert (await house.get(request)).expires_at == expires - 14 * MINUTE


async def test_a_use_given_back_too_late_is_expired_and_written_down(house: House) -> None:
    request = await house.grant(once=True, seconds=QUARTER)
    claim = await house.use(request)
    await house.pass_time(QUARTER * 1000 + 1)
    await house.reveals.give_back(claim, "source_down")
    found = await house.get(request)
    assert (found.grant, found.ended_at, found.reveals) == (GrantState.EXPIRED, found.expires_at, 0)
    assert await house.left(request) == -2
    assert (await house.tags())[-2:] == ["grant.reveal_failed", "grant.expired"]


async def test_a_timed_use_given_back_is_not_counted(house: House) -> None:
    request = await house.grant()
    await house.use(request)
    await house.reveals.give_back(await house.use(request), "slack_refused")
    found = await house.get(request)
    assert (found.reveals, found.grant) == (1, GrantState.ACTIVE)


async def test_giving_back_revives_nothing_that_was_revoked(house: House) -> None:
    """Access that somebody ended stays ended, whatever a slow source does afterwards."""
    request = await house.grant()
    claim = await house.use(request)
    await house.revoke(request, person(BOB))
    await house.reveals.give_back(claim, "source_down")
    assert (await house.get(request)).grant is GrantState.REVOKED
    assert await house.left(request) == -2


async def test_giving_back_revives_no_once_that_somebody_ended_meanwhile(house: House) -> None:
    """They were told that it is used up; it must not live again because the value did not arrive."""
    request = await house.grant("A", once=True, seconds=QUARTER)
    claim = await house.use(request)
    await house.revoke(request, person(BOB))
    await house.reveals.give_back(claim, "source_down")
    found = await house.get(request)
    assert (found.grant, found.ended_by) == (GrantState.REVOKED, "person:U0BOB")
    assert await house.left(request) == -2


async def test_giving_back_revives_no_grant_over_a_deleted_variable(house: House) -> None:
    """A grant in use while its variable is deleted must not show what is stored under the name next."""
    request = await house.grant("A,B", once=True, seconds=QUARTER)
    claim = await house.use(request)
    assert await house.sealed.delete(house.op(), var("B"), OPERATOR) == 0
    await house.add("B")
    await house.reveals.give_back(claim, "value_missing")
    assert (await house.get(request)).grant is GrantState.REVOKED
    assert await house.left(request) == -2
    assert (await house.tags())[-2:] == ["grant.reveal_failed", "grant.revoked"]
    assert isinstance(await house.claim(request), Refusal)


async def test_what_is_given_back_twice_counts_once(house: House) -> None:
    request = await house.grant()
    await house.use(request)
    claim = await house.use(request)
    for _ in range(3):
        await house.reveals.give_back(claim, "source_down")
    assert (await house.get(request)).reveals == 1
    assert (await house.tags()).count("grant.reveal_failed") == 1


async def test_giving_back_where_the_record_is_gone_does_nothing(house: House) -> None:
    claim = Claim("op-x", "zzzzzzzz", ALICE, (Variable("default", "A"),), once=True, expires_at=0, fresh=True)
    before = await house.state()
    await house.reveals.give_back(claim, "source_down")
    assert await house.state() == before


async def test_a_repeated_claim_is_the_same_but_not_fresh(house: House) -> None:
    """Law 10: a repeat hands over only in the process, and the call, that made the claim."""
    request = await house.grant(once=True, seconds=QUARTER)
    first = await house.claim(request, op="op-press")
    again = await house.claim(request, op="op-press")
    assert isinstance(first, Claim)
    assert isinstance(again, Claim)
    assert (first.fresh, again.fresh) == (True, False)
    assert (again.id, again.variables, again.expires_at) == (first.id, first.variables, first.expires_at)
    assert (await house.get(request)).reveals == 1


async def test_a_grant_whose_key_vanished_early_reveals_nothing_and_says_so(house: House) -> None:
    """A key that an operator deleted by hand: access is gone, and the trail says that it was early."""
    request = await house.grant()
    await house.client.delete(house.runner.key("grant", request))
    assert (await house.get(request)).grant is GrantState.EXPIRED
    refusal = await house.claim(request)
    assert isinstance(refusal, Refusal)
    assert (refusal.reason, refusal.state) == (Reason.ENDED, "expired")
    events = {event.event: event for event in await house.events()}
    assert "early" in events["grant.expired"].detail
    assert (await house.get(request)).ended_at <= (await house.get(request)).expires_at - HOUR + MINUTE
