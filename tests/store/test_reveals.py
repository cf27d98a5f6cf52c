"""Reveals on both kinds of server: the use is claimed and written down before any value is read (law 2)."""

import pytest

from envaccess.domain.audit import person
from envaccess.domain.outcome import Claim
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import GrantState, Verb
from envaccess.domain.variable import Variable
from tests.store.harness import ALICE, BOB, CAROL, HOUR, MINUTE, OPERATOR, StoreHarness, var

QUARTER = 900


async def test_a_claim_names_what_to_show_and_is_written_down(harness: StoreHarness) -> None:
    request = await harness.grant("A,staging/DB")
    claim = await harness.use(request)
    assert claim.variables == (var("A"), var("staging/DB"))
    assert (claim.requester, claim.once, claim.fresh) == (ALICE, False, True)
    assert claim.expires_at == (await harness.get(request)).expires_at
    event = (await harness.events())[-1]
    assert (event.event, event.request, event.grant, str(event.actor)) == (
        "grant.revealed",
        request,
        request,
        "person:U0ALICE",
    )


async def test_a_timed_grant_reveals_again_and_again_and_counts(harness: StoreHarness) -> None:
    request = await harness.grant()
    for _ in range(3):
        await harness.use(request)
    assert (await harness.get(request)).reveals == 3


async def test_nobody_else_reveals_not_even_the_approver(harness: StoreHarness) -> None:
    request = await harness.grant()
    refusal = await harness.claim(request, BOB)
    assert isinstance(refusal, Refusal)
    assert refusal.reason is Reason.NOT_YOURS
    event = (await harness.events())[-1]
    assert (event.event, event.request, event.detail["tried"]) == ("access.refused", request, "reveal")


async def test_a_once_is_used_up_by_its_first_reveal(harness: StoreHarness) -> None:
    request = await harness.grant("A,B", once=True, seconds=QUARTER)
    assert (await harness.use(request)).once
    assert await harness.left(request) == -2
    assert (await harness.tags())[-2:] == ["grant.revealed", "grant.used_up"]
    refusal = await harness.claim(request)
    assert isinstance(refusal, Refusal)
    assert (refusal.reason, refusal.state) == (Reason.ENDED, "used_up")


@pytest.mark.parametrize("verb", [None, Verb.DENY])
async def test_a_request_that_was_not_approved_reveals_nothing(
    harness: StoreHarness, verb: Verb | None
) -> None:
    request = await harness.file()
    if verb:
        await harness.decide(request, verb=verb)
    refusal = await harness.claim(request)
    assert isinstance(refusal, Refusal)
    assert (refusal.reason, refusal.state) == (Reason.NO_GRANT, "denied" if verb else "pending")


async def by_name(harness: StoreHarness, label: str = "A", who: str = ALICE) -> Claim | Refusal:
    return await harness.reveals.claim_named(harness.op(), var(label), who)


async def chosen(harness: StoreHarness, label: str = "A") -> str:
    claim = await by_name(harness, label)
    assert isinstance(claim, Claim), claim
    return claim.id


async def test_by_name_the_timed_grant_that_ends_last_serves(harness: StoreHarness) -> None:
    """Law 6: a `once` is not spent, and the longest access is used, wherever they were made."""
    await harness.grant("A", seconds=QUARTER, once=True)
    short = await harness.grant("A", seconds=60)
    long = await harness.grant("A,B", seconds=600)
    await harness.grant("B", seconds=6000)
    assert await chosen(harness) == long
    await harness.revoke(long)
    assert await chosen(harness) == short


async def test_by_name_an_earlier_grant_may_end_last(harness: StoreHarness) -> None:
    first = await harness.grant("A", seconds=3600)
    await harness.pass_time(30 * MINUTE)
    second = await harness.grant("A,B", seconds=1700)
    assert await chosen(harness) == first
    await harness.revoke(first)
    assert await chosen(harness) == second


async def test_by_name_a_later_grant_that_ends_last_serves_after_time_has_passed(
    harness: StoreHarness,
) -> None:
    await harness.grant("A", seconds=3600)
    await harness.pass_time(30 * MINUTE)
    second = await harness.grant("A,B", seconds=2700)
    assert await chosen(harness) == second


async def test_by_name_the_once_that_ends_first_serves_where_nothing_else_does(harness: StoreHarness) -> None:
    """What would be lost first is used first."""
    first = await harness.grant("A", seconds=QUARTER, once=True)
    await harness.pass_time(MINUTE)
    second = await harness.grant("A,B", seconds=QUARTER, once=True)
    assert await chosen(harness) == first
    assert await chosen(harness) == second
    refusal = await by_name(harness)
    assert isinstance(refusal, Refusal)
    assert refusal.reason is Reason.NO_GRANT


async def test_by_name_only_the_exact_name_serves(harness: StoreHarness) -> None:
    """`A` must not be found inside `staging/A` or `AB`."""
    await harness.add("AB", "BA", "staging/A", "x.default/A")
    await harness.grant("AB,BA,staging/A,x.default/A")
    assert isinstance(await by_name(harness), Refusal)
    assert isinstance(await by_name(harness, "staging/A"), Claim)


async def test_by_name_only_ones_own_grants_serve(harness: StoreHarness) -> None:
    await harness.grant("A", ALICE)
    refusal = await by_name(harness, "A", BOB)
    assert isinstance(refusal, Refusal)
    assert refusal.reason is Reason.NO_GRANT
    assert refusal.names == ("default/A",)


async def test_by_name_an_expired_grant_is_written_down_and_passed_over(harness: StoreHarness) -> None:
    await harness.grant("A", seconds=60)
    other = await harness.grant("A,B", seconds=QUARTER, once=True)
    await harness.pass_time(61_000)
    assert await chosen(harness) == other
    assert (await harness.tags()).count("grant.expired") == 1


async def test_a_use_given_back_can_be_used_again(harness: StoreHarness) -> None:
    request = await harness.grant(once=True, seconds=QUARTER)
    expires = (await harness.get(request)).expires_at
    await harness.reveals.give_back(await harness.use(request), "source_down")
    found = await harness.get(request)
    assert (found.grant, found.reveals, found.ended_at, found.expires_at) == (
        GrantState.ACTIVE,
        0,
        0,
        expires,
    )
    assert 0 < await harness.left(request) <= QUARTER * 1000
    event = (await harness.events())[-1]
    assert (event.event, event.detail["why"]) == ("grant.reveal_failed", "source_down")
    assert await chosen(harness) == request


async def test_a_grant_that_lives_again_ends_like_any_other(harness: StoreHarness) -> None:
    """Its indexes and its deadline must live again with it, or deletion and the clock would miss it."""
    request = await harness.grant("A,B", once=True, seconds=QUARTER)
    other = await harness.grant("A", CAROL, once=True, seconds=QUARTER)
    for each, who in ((request, ALICE), (other, CAROL)):
        await harness.reveals.give_back(await harness.use(each, who), "source_down")
    assert {who.key for who in await harness.requests.holders()} == {ALICE, CAROL}
    assert await harness.sealed.delete(harness.op(), var("B"), OPERATOR) == 1
    assert (await harness.get(request)).grant is GrantState.REVOKED
    await harness.pass_time(QUARTER * 1000 + 2)
    await harness.work()
    assert (await harness.tags())[-1] == "grant.expired"


async def test_a_use_given_back_does_not_lengthen_the_grant(harness: StoreHarness) -> None:
    """The use returns until the old end: a failing source must not be a way to longer access."""
    request = await harness.grant(once=True, seconds=QUARTER)
    expires = (await harness.get(request)).expires_at
    await harness.pass_time(10 * MINUTE)
    claim = await harness.use(request)
    await harness.pass_time(4 * MINUTE)
    await harness.reveals.give_back(claim, "sealed")
    assert await harness.left(request) <= MINUTE
    assert (await harness.get(request)).expires_at == expires - 14 * MINUTE


async def test_a_use_given_back_too_late_is_expired_and_written_down(harness: StoreHarness) -> None:
    request = await harness.grant(once=True, seconds=QUARTER)
    claim = await harness.use(request)
    await harness.pass_time(QUARTER * 1000 + 1)
    await harness.reveals.give_back(claim, "source_down")
    found = await harness.get(request)
    assert (found.grant, found.ended_at, found.reveals) == (GrantState.EXPIRED, found.expires_at, 0)
    assert await harness.left(request) == -2
    assert (await harness.tags())[-2:] == ["grant.reveal_failed", "grant.expired"]


async def test_a_timed_use_given_back_is_not_counted(harness: StoreHarness) -> None:
    request = await harness.grant()
    await harness.use(request)
    await harness.reveals.give_back(await harness.use(request), "slack_refused")
    found = await harness.get(request)
    assert (found.reveals, found.grant) == (1, GrantState.ACTIVE)


async def test_giving_back_revives_nothing_that_was_revoked(harness: StoreHarness) -> None:
    """Access that somebody ended stays ended, whatever a slow source does afterwards."""
    request = await harness.grant()
    claim = await harness.use(request)
    await harness.revoke(request, person(BOB))
    await harness.reveals.give_back(claim, "source_down")
    assert (await harness.get(request)).grant is GrantState.REVOKED
    assert await harness.left(request) == -2


async def test_giving_back_revives_no_once_that_somebody_ended_meanwhile(harness: StoreHarness) -> None:
    """They were told that it is used up; it must not live again because the value did not arrive."""
    request = await harness.grant("A", once=True, seconds=QUARTER)
    claim = await harness.use(request)
    await harness.revoke(request, person(BOB))
    await harness.reveals.give_back(claim, "source_down")
    found = await harness.get(request)
    assert (found.grant, found.ended_by) == (GrantState.REVOKED, "person:U0BOB")
    assert await harness.left(request) == -2


async def test_giving_back_revives_no_grant_over_a_deleted_variable(harness: StoreHarness) -> None:
    """A grant in use while its variable is deleted must not show what is stored under the name next."""
    request = await harness.grant("A,B", once=True, seconds=QUARTER)
    claim = await harness.use(request)
    assert await harness.sealed.delete(harness.op(), var("B"), OPERATOR) == 0
    await harness.add("B")
    await harness.reveals.give_back(claim, "value_missing")
    assert (await harness.get(request)).grant is GrantState.REVOKED
    assert await harness.left(request) == -2
    assert (await harness.tags())[-2:] == ["grant.reveal_failed", "grant.revoked"]
    assert isinstance(await harness.claim(request), Refusal)


async def test_what_is_given_back_twice_counts_once(harness: StoreHarness) -> None:
    request = await harness.grant()
    await harness.use(request)
    claim = await harness.use(request)
    for _ in range(3):
        await harness.reveals.give_back(claim, "source_down")
    assert (await harness.get(request)).reveals == 1
    assert (await harness.tags()).count("grant.reveal_failed") == 1


async def test_giving_back_where_the_record_is_gone_does_nothing(harness: StoreHarness) -> None:
    claim = Claim("op-x", "zzzzzzzz", ALICE, (Variable("default", "A"),), once=True, expires_at=0, fresh=True)
    before = await harness.state()
    await harness.reveals.give_back(claim, "source_down")
    assert await harness.state() == before


async def test_a_repeated_claim_is_the_same_but_not_fresh(harness: StoreHarness) -> None:
    """Law 10: a repeat hands over only in the process, and the call, that made the claim."""
    request = await harness.grant(once=True, seconds=QUARTER)
    first = await harness.claim(request, op="op-press")
    again = await harness.claim(request, op="op-press")
    assert isinstance(first, Claim)
    assert isinstance(again, Claim)
    assert (first.fresh, again.fresh) == (True, False)
    assert (again.id, again.variables, again.expires_at) == (first.id, first.variables, first.expires_at)
    assert (await harness.get(request)).reveals == 1


async def test_a_grant_whose_key_vanished_early_reveals_nothing_and_says_so(harness: StoreHarness) -> None:
    """A key that an operator deleted by hand: access is gone, and the trail says that it was early."""
    request = await harness.grant()
    await harness.client.delete(harness.runner.key("grant", request))
    assert (await harness.get(request)).grant is GrantState.EXPIRED
    refusal = await harness.claim(request)
    assert isinstance(refusal, Refusal)
    assert (refusal.reason, refusal.state) == (Reason.ENDED, "expired")
    events = {event.event: event for event in await harness.events()}
    assert "early" in events["grant.expired"].detail
    assert (await harness.get(request)).ended_at <= (await harness.get(request)).expires_at - HOUR + MINUTE
