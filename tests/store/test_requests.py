"""Requests on both kinds of server: what each verb writes, and what it refuses."""

import pytest

from envaccess.domain.audit import person
from envaccess.domain.duration import ONCE, Duration
from envaccess.domain.outcome import Cancelled, Decided, Ended, Filed
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import GrantState, State, Verb
from tests.store.harness import (
    ALICE,
    BOB,
    BOT,
    CAROL,
    HOUR,
    MINUTE,
    OPERATOR,
    REASON,
    RECEIPT,
    TERMINAL,
    StoreHarness,
    var,
)


async def test_a_filed_request_reads_back_as_it_was_filed(harness: StoreHarness) -> None:
    new = harness.new("B,staging/DB,A", seconds=5400)
    filed = await harness.requests.open(harness.op(), new)
    assert isinstance(filed, Filed)
    found = await harness.get(new.id)
    assert (filed.id, filed.variables, filed.duration) == (new.id, new.variables, Duration(5400))
    assert (found.requester, found.variables, found.reason) == (ALICE, new.variables, REASON)
    assert (found.state, found.version, found.grant) == (State.PENDING, 1, None)
    assert found.deadline_at == filed.deadline_at == found.created_at + 4 * HOUR


async def test_text_in_any_script_is_kept_to_the_letter(harness: StoreHarness) -> None:
    """Reasons come in every language; a store that changes a letter changes the record."""
    reason = 'שלום "quoted" \\ back/slash 🏴󠁧󠁢󠁥󠁮󠁧󠁿 é́ {"a":1} \u2028 ok'
    new = harness.new()
    new = type(new)(new.id, new.requester, new.variables, new.duration, reason, new.ruling, ())
    await harness.requests.open(harness.op(), new)
    assert (await harness.get(new.id)).reason == reason
    assert (await harness.events())[-1].detail["reason"] == reason


async def test_an_unknown_name_refuses_the_whole_request(harness: StoreHarness) -> None:
    refusal = await harness.requests.open(harness.op(), harness.new("A,NOPE,B,other/NOPE"))
    assert isinstance(refusal, Refusal)
    assert refusal.reason is Reason.UNKNOWN_VARIABLE
    assert refusal.names == ("default/NOPE", "other/NOPE")
    assert (await harness.events())[-1].variables == ("default/A", "default/NOPE", "default/B", "other/NOPE")
    assert {who.key for who in await harness.requests.holders()} == set()


async def test_a_value_pasted_as_a_name_is_written_nowhere(harness: StoreHarness) -> None:
    """Law 7: somebody pastes the key where the name belongs; no key, no event and no answer repeats it."""
    pasted = "sk_live_" + "4f9a" * 6
    refusal = await harness.requests.open(harness.op(), harness.new(f"A,{pasted}"))
    assert isinstance(refusal, Refusal)
    assert refusal.names == ("(hidden)",)
    await harness.reveals.claim_named(harness.op(), var(pasted), ALICE)
    assert pasted not in repr(await harness.dump())


@pytest.mark.parametrize("labels", ["A,B", "B,A", "default/B,A"])
async def test_the_same_variables_in_any_order_return_the_pending_request(
    harness: StoreHarness, labels: str
) -> None:
    """Law 10: a second request for the same is the first one, whatever its duration."""
    first = await harness.file("A,B")
    again = await harness.requests.open(harness.op(), harness.new(labels, seconds=60))
    assert isinstance(again, Filed)
    assert (again.id, again.repeated, again.duration) == (first, True, Duration(3600))
    assert (await harness.tags()).count("request.created") == 1


async def test_other_variables_and_other_people_get_their_own_request(harness: StoreHarness) -> None:
    ids = {
        await harness.file("A"),
        await harness.file("A,B"),
        await harness.file("A", BOB),
        await harness.file("B"),
    }
    assert len(ids) == 4


@pytest.mark.parametrize("verb", [Verb.APPROVE, Verb.DENY, Verb.CANCEL, Verb.TIME_OUT])
async def test_once_it_is_no_longer_pending_the_same_may_be_asked_again(
    harness: StoreHarness, verb: Verb
) -> None:
    first = await harness.file("B,A")
    if verb is Verb.CANCEL:
        await harness.requests.cancel(harness.op(), first, person(ALICE))
    elif verb is Verb.TIME_OUT:
        await harness.pass_time(4 * HOUR + 1)
    else:
        await harness.decide(first, verb=verb)
    assert await harness.file("A,B") != first


async def test_an_id_met_twice_gets_another(harness: StoreHarness) -> None:
    """40 random bits will meet one day; then two people must not share a request."""
    new = harness.new()
    await harness.requests.open(harness.op(), new)
    second = await harness.requests.open(harness.op(), type(new)(
        new.id, BOB, new.variables, new.duration, new.reason, new.ruling, ()
    ))  # fmt: skip
    assert isinstance(second, Filed)
    assert second.id != new.id
    assert (await harness.get(new.id)).requester == ALICE
    assert (await harness.get(second.id)).requester == BOB


async def test_approvers_are_told_how_often_this_person_asked_in_30_days(harness: StoreHarness) -> None:
    for labels in ("A", "B", "A,B"):
        await harness.decide(await harness.file(labels), verb=Verb.DENY)
    await harness.file("A", CAROL)
    found = await harness.get(await harness.file("A"))
    assert (found.asked_before, found.asked_for_these) == (3, 2)
    await harness.pass_time(29 * 24 * HOUR)
    found = await harness.get(await harness.file("A,staging/DB"))
    assert (found.asked_before, found.asked_for_these) == (4, 3)
    await harness.pass_time(2 * 24 * HOUR)
    found = await harness.get(await harness.file("A"))
    assert (found.asked_before, found.asked_for_these) == (1, 1)


async def test_an_approval_starts_the_clock_when_it_lands(harness: StoreHarness) -> None:
    """Law 6: time spent waiting for an approver is not taken from the grant."""
    request = await harness.file(seconds=60)
    await harness.pass_time(3 * HOUR)
    decided = await harness.decide(request)
    found = await harness.get(request)
    assert isinstance(decided, Decided)
    assert decided.state is State.APPROVED
    assert decided.expires_at == found.expires_at == found.decided_at + MINUTE
    assert (found.grant, found.decided_by) == (GrantState.ACTIVE, BOB)
    assert MINUTE - 1000 < await harness.left(request) <= MINUTE


async def test_a_denial_gives_its_reason_and_no_access(harness: StoreHarness) -> None:
    request = await harness.file()
    decided = await harness.decide(request, verb=Verb.DENY)
    found = await harness.get(request)
    assert isinstance(decided, Decided)
    assert (found.state, found.decision_reason, found.grant) == (State.DENIED, "not today", None)
    assert await harness.left(request) == -2
    assert (await harness.events())[-1].detail == {"reason": "not today"}


@pytest.mark.parametrize("verb", [Verb.APPROVE, Verb.DENY])
async def test_the_script_itself_lets_nobody_decide_their_own(harness: StoreHarness, verb: Verb) -> None:
    """Law 3: even if every check before it were gone."""
    request = await harness.file()
    refusal = await harness.decide(request, ALICE, verb)
    assert isinstance(refusal, Refusal)
    assert refusal.reason is Reason.SELF_APPROVAL
    assert (await harness.get(request)).state is State.PENDING
    assert (await harness.events())[-1].detail == {"tried": verb, "why": "self_approval"}


@pytest.mark.parametrize("verb", [Verb.APPROVE, Verb.DENY])
async def test_the_loser_is_told_who_decided_and_when(harness: StoreHarness, verb: Verb) -> None:
    """Law 5."""
    request = await harness.file()
    await harness.decide(request, BOB, Verb.APPROVE)
    before = await harness.state()
    refusal = await harness.decide(request, CAROL, verb)
    assert isinstance(refusal, Refusal)
    assert (refusal.reason, refusal.state, refusal.by) == (Reason.NOT_PENDING, "approved", BOB)
    assert refusal.at == (await harness.get(request)).decided_at
    assert await harness.state() == before


async def test_an_unknown_id_is_refused_by_every_verb(harness: StoreHarness) -> None:
    nobody = "zzzzzzzz"
    answers = [
        await harness.decide(nobody),
        await harness.requests.cancel(harness.op(), nobody, person(ALICE)),
        await harness.revoke(nobody),
        await harness.claim(nobody),
    ]
    assert [answer.reason for answer in answers if isinstance(answer, Refusal)] == [Reason.UNKNOWN_ID] * 4
    assert await harness.requests.get(nobody) is None


async def test_a_variable_deleted_meanwhile_cannot_be_approved(harness: StoreHarness) -> None:
    request = await harness.file("A,B")
    await harness.sealed.delete(harness.op(), var("B"), OPERATOR)
    refusal = await harness.decide(request)
    assert isinstance(refusal, Refusal)
    assert (refusal.reason, refusal.names) == (Reason.UNKNOWN_VARIABLE, ("default/B",))
    assert isinstance(await harness.decide(request, verb=Verb.DENY), Decided)


async def test_only_the_requester_or_the_bot_cancels(harness: StoreHarness) -> None:
    request = await harness.file()
    refusal = await harness.requests.cancel(harness.op(), request, person(BOB))
    assert isinstance(refusal, Refusal)
    assert refusal.reason is Reason.NOT_YOURS
    assert isinstance(await harness.requests.cancel(harness.op(), request, person(ALICE)), Cancelled)
    assert isinstance(await harness.requests.cancel(harness.op(), await harness.file("B"), BOT), Cancelled)
    late = await harness.requests.cancel(harness.op(), request, person(ALICE))
    assert isinstance(late, Refusal)
    assert (late.reason, late.state) == (Reason.NOT_PENDING, "cancelled")


async def test_revoking_ends_access_in_the_same_step(harness: StoreHarness) -> None:
    request = await harness.grant("A,B")
    ended = await harness.revoke(request, person(CAROL))
    assert isinstance(ended, Ended)
    assert (ended.requester, ended.variables) == (ALICE, (var("A"), var("B")))
    assert await harness.left(request) == -2
    found = await harness.get(request)
    assert (found.grant, found.ended_by) == (GrantState.REVOKED, "person:U0CAROL")
    again = await harness.revoke(request, person(ALICE))
    assert (again.reason, again.by, again.at) == (Reason.ENDED, "person:U0CAROL", found.ended_at)


async def test_revoking_one_grant_leaves_the_others_of_the_union(harness: StoreHarness) -> None:
    """Law 6: ending one of two grants for a variable leaves the other."""
    first, second = await harness.grant("A"), await harness.grant("A,B")
    await harness.revoke(first)
    claim = await harness.reveals.claim_named(harness.op(), var("A"), ALICE)
    assert not isinstance(claim, Refusal)
    assert claim.id == second


async def test_a_request_without_a_grant_cannot_be_revoked(harness: StoreHarness) -> None:
    pending = await harness.file("A")
    denied = await harness.file("B")
    await harness.decide(denied, verb=Verb.DENY)
    assert ((await harness.revoke(pending)).reason, (await harness.revoke(pending)).state) == (
        Reason.NO_GRANT,
        "pending",
    )
    assert (await harness.revoke(denied)).state == "denied"
    await harness.pass_time(4 * HOUR + 1)
    assert (await harness.revoke(pending)).state == "timed_out"


async def test_status_shows_at_most_twenty_of_each_newest_first(harness: StoreHarness) -> None:
    names = [f"V{number}" for number in range(25)]
    await harness.add(*names)
    for name in names:
        await harness.grant(name)
        await harness.file(name)
    held = await harness.requests.held_by(ALICE)
    for some in (held.pending, held.live):
        times = [request.created_at for request in some]
        assert (len(some), times) == (20, sorted(times, reverse=True))
    assert held.ended == ()
    assert await harness.requests.held_by("U0NOBODY") == type(held)()


async def test_status_tells_the_truth_before_any_worker_ran(harness: StoreHarness) -> None:
    granted, pending = await harness.grant("A", seconds=60), await harness.file("B")
    before = await harness.tags()
    await harness.pass_time(4 * HOUR + 1)
    held = await harness.requests.held_by(ALICE)
    assert [(request.id, request.state, request.grant) for request in held.ended] == [
        (pending, State.TIMED_OUT, None),
        (granted, State.APPROVED, GrantState.EXPIRED),
    ]
    assert await harness.tags() == before


async def test_holders_are_those_who_hold_or_wait_and_nobody_else(harness: StoreHarness) -> None:
    """The hourly sweep ends what leavers hold: whoever is missing here keeps access (law 4)."""
    await harness.grant("A", ALICE)
    await harness.file("A", BOB)
    await harness.decide(await harness.file("A", CAROL), BOB, Verb.DENY)
    await harness.claim("zzzzzzzz", "U0REFUSED")
    assert {who.key for who in await harness.requests.holders()} == {ALICE, BOB}


async def test_holders_are_found_beyond_one_page(harness: StoreHarness) -> None:
    people = {f"U{number}" for number in range(1100)}
    for who in people:
        await harness.file("A", who)
    assert {who.key for who in await harness.requests.holders()} == people


async def test_a_once_lives_for_a_quarter_of_an_hour(harness: StoreHarness) -> None:
    request = await harness.grant(seconds=ONCE.seconds, once=True)
    assert (await harness.get(request)).duration == ONCE
    await harness.pass_time(15 * MINUTE)
    assert (await harness.get(request)).grant is GrantState.EXPIRED


async def test_what_was_asked_from_a_terminal_says_so_by_its_seal(harness: StoreHarness) -> None:
    request = await harness.get(await harness.file(origin=TERMINAL))
    assert (request.surface, request.receipt) == ("cli", RECEIPT)
    assert request.sealed is not None
    assert request.sealed.filing.session == "a-public-key"


async def test_what_was_asked_in_slack_is_sealed_as_before(harness: StoreHarness) -> None:
    request = await harness.get(await harness.file())
    assert (request.surface, request.receipt) == ("slack", None)
    assert request.sealed is not None
    assert "receipt" not in request.sealed.filing.facts()


async def test_nobody_is_shown_what_another_persons_programs_have(harness: StoreHarness) -> None:
    """Whoever writes to Redis puts an id into somebody's list: the filing says who is behind."""
    request = await harness.grant("A")
    await harness.client.zadd(harness.runner.key("held", f"behind:{BOB}"), {request: 9e12})
    assert await harness.requests.behind(BOB, [ALICE]) == []
