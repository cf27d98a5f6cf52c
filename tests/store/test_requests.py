"""Requests on both kinds of server: what each verb writes, and what it refuses."""

import pytest

from envaccess.domain.audit import person
from envaccess.domain.duration import ONCE, Duration
from envaccess.domain.outcome import Cancelled, Decided, Ended, Filed
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import GrantState, State, Verb
from tests.store.house import ALICE, BOB, BOT, CAROL, HOUR, MINUTE, OPERATOR, REASON, House, var


async def test_a_filed_request_reads_back_as_it_was_filed(house: House) -> None:
    new = house.new("B,staging/DB,A", seconds=5400)
    filed = await house.requests.open(house.op(), new)
    assert isinstance(filed, Filed)
    found = await house.get(new.id)
    assert (filed.id, filed.variables, filed.duration) == (new.id, new.variables, Duration(5400))
    assert (found.requester, found.variables, found.reason) == (ALICE, new.variables, REASON)
    assert (found.state, found.version, found.grant) == (State.PENDING, 1, None)
    assert found.deadline_at == filed.deadline_at == found.created_at + 4 * HOUR


async def test_text_in_any_script_is_kept_to_the_letter(house: House) -> None:
    """Reasons come in every language; a store that changes a letter changes the record."""
    reason = 'שלום "quoted" \\ back/slash 🏴󠁧󠁢󠁥󠁮󠁧󠁿 é́ {"a":1} \u2028 ok'
    new = house.new()
    new = type(new)(new.id, new.requester, new.variables, new.duration, reason, new.ruling)
    await house.requests.open(house.op(), new)
    assert (await house.get(new.id)).reason == reason
    assert (await house.events())[-1].detail["reason"] == reason


async def test_an_unknown_name_refuses_the_whole_request(house: House) -> None:
    refusal = await house.requests.open(house.op(), house.new("A,NOPE,B,other/NOPE"))
    assert isinstance(refusal, Refusal)
    assert refusal.reason is Reason.UNKNOWN_VARIABLE
    assert refusal.names == ("default/NOPE", "other/NOPE")
    assert (await house.events())[-1].variables == ("default/A", "default/NOPE", "default/B", "other/NOPE")
    assert await house.requests.holders() == set()


async def test_a_value_pasted_as_a_name_is_written_nowhere(house: House) -> None:
    """Law 7: somebody pastes the key where the name belongs; no key, no event and no answer repeats it."""
    pasted = "sk_live_" + "4f9a" * 6
    refusal = await house.requests.open(house.op(), house.new(f"A,{pasted}"))
    assert isinstance(refusal, Refusal)
    assert refusal.names == ("(hidden)",)
    await house.reveals.claim_named(house.op(), var(pasted), ALICE)
    assert pasted not in repr(await house.dump())


@pytest.mark.parametrize("labels", ["A,B", "B,A", "default/B,A"])
async def test_the_same_variables_in_any_order_return_the_pending_request(house: House, labels: str) -> None:
    """Law 10: a second request for the same is the first one, whatever its duration."""
    first = await house.file("A,B")
    again = await house.requests.open(house.op(), house.new(labels, seconds=60))
    assert isinstance(again, Filed)
    assert (again.id, again.repeated, again.duration) == (first, True, Duration(3600))
    assert (await house.tags()).count("request.created") == 1


async def test_other_variables_and_other_people_get_their_own_request(house: House) -> None:
    ids = {await house.file("A"), await house.file("A,B"), await house.file("A", BOB), await house.file("B")}
    assert len(ids) == 4


@pytest.mark.parametrize("verb", [Verb.APPROVE, Verb.DENY, Verb.CANCEL, Verb.TIME_OUT])
async def test_once_it_is_no_longer_pending_the_same_may_be_asked_again(house: House, verb: Verb) -> None:
    first = await house.file("B,A")
    if verb is Verb.CANCEL:
        await house.requests.cancel(house.op(), first, person(ALICE))
    elif verb is Verb.TIME_OUT:
        await house.pass_time(4 * HOUR + 1)
    else:
        await house.decide(first, verb=verb)
    assert await house.file("A,B") != first


async def test_an_id_met_twice_gets_another(house: House) -> None:
    """40 random bits will meet one day; then two people must not share a request."""
    new = house.new()
    await house.requests.open(house.op(), new)
    second = await house.requests.open(house.op(), type(new)(
        new.id, BOB, new.variables, new.duration, new.reason, new.ruling
    ))  # fmt: skip
    assert isinstance(second, Filed)
    assert second.id != new.id
    assert (await house.get(new.id)).requester == ALICE
    assert (await house.get(second.id)).requester == BOB


async def test_approvers_are_told_how_often_this_person_asked_in_30_days(house: House) -> None:
    for labels in ("A", "B", "A,B"):
        await house.decide(await house.file(labels), verb=Verb.DENY)
    await house.file("A", CAROL)
    found = await house.get(await house.file("A"))
    assert (found.asked_before, found.asked_for_these) == (3, 2)
    await house.pass_time(29 * 24 * HOUR)
    found = await house.get(await house.file("A,staging/DB"))
    assert (found.asked_before, found.asked_for_these) == (4, 3)
    await house.pass_time(2 * 24 * HOUR)
    found = await house.get(await house.file("A"))
    assert (found.asked_before, found.asked_for_these) == (1, 1)


async def test_an_approval_starts_the_clock_when_it_lands(house: House) -> None:
    """Law 6: time spent waiting for an approver is not taken from the grant."""
    request = await house.file(seconds=60)
    await house.pass_time(3 * HOUR)
    decided = await house.decide(request)
    found = await house.get(request)
    assert isinstance(decided, Decided)
    assert decided.state is State.APPROVED
    assert decided.expires_at == found.expires_at == found.decided_at + MINUTE
    assert (found.grant, found.decided_by) == (GrantState.ACTIVE, BOB)
    assert MINUTE - 1000 < await house.left(request) <= MINUTE


async def test_a_denial_gives_its_reason_and_no_access(house: House) -> None:
    request = await house.file()
    decided = await house.decide(request, verb=Verb.DENY)
    found = await house.get(request)
    assert isinstance(decided, Decided)
    assert (found.state, found.decision_reason, found.grant) == (State.DENIED, "not today", None)
    assert await house.left(request) == -2
    assert (await house.events())[-1].detail == {"reason": "not today"}


@pytest.mark.parametrize("verb", [Verb.APPROVE, Verb.DENY])
async def test_the_script_itself_lets_nobody_decide_their_own(house: House, verb: Verb) -> None:
    """Law 3: even if every check before it were gone."""
    request = await house.file()
    refusal = await house.decide(request, ALICE, verb)
    assert isinstance(refusal, Refusal)
    assert refusal.reason is Reason.SELF_APPROVAL
    assert (await house.get(request)).state is State.PENDING
    assert (await house.events())[-1].detail == {"tried": verb, "why": "self_approval"}


@pytest.mark.parametrize("verb", [Verb.APPROVE, Verb.DENY])
async def test_the_loser_is_told_who_decided_and_when(house: House, verb: Verb) -> None:
    """Law 5."""
    request = await house.file()
    await house.decide(request, BOB, Verb.APPROVE)
    before = await house.state()
    refusal = await house.decide(request, CAROL, verb)
    assert isinstance(refusal, Refusal)
    assert (refusal.reason, refusal.state, refusal.by) == (Reason.NOT_PENDING, "approved", BOB)
    assert refusal.at == (await house.get(request)).decided_at
    assert await house.state() == before


async def test_an_unknown_id_is_refused_by_every_verb(house: House) -> None:
    nobody = "zzzzzzzz"
    answers = [
        await house.decide(nobody),
        await house.requests.cancel(house.op(), nobody, person(ALICE)),
        await house.revoke(nobody),
        await house.claim(nobody),
    ]
    assert [answer.reason for answer in answers if isinstance(answer, Refusal)] == [Reason.UNKNOWN_ID] * 4
    assert await house.requests.get(nobody) is None


async def test_a_variable_deleted_meanwhile_cannot_be_approved(house: House) -> None:
    request = await house.file("A,B")
    await house.sealed.delete(house.op(), var("B"), OPERATOR)
    refusal = await house.decide(request)
    assert isinstance(refusal, Refusal)
    assert (refusal.reason, refusal.names) == (Reason.UNKNOWN_VARIABLE, ("default/B",))
    assert isinstance(await house.decide(request, verb=Verb.DENY), Decided)


async def test_only_the_requester_or_the_bot_cancels(house: House) -> None:
    request = await house.file()
    refusal = await house.requests.cancel(house.op(), request, person(BOB))
    assert isinstance(refusal, Refusal)
    assert refusal.reason is Reason.NOT_YOURS
    assert isinstance(await house.requests.cancel(house.op(), request, person(ALICE)), Cancelled)
    assert isinstance(await house.requests.cancel(house.op(), await house.file("B"), BOT), Cancelled)
    late = await house.requests.cancel(house.op(), request, person(ALICE))
    assert isinstance(late, Refusal)
    assert (late.reason, late.state) == (Reason.NOT_PENDING, "cancelled")


async def test_revoking_ends_access_in_the_same_step(house: House) -> None:
    request = await house.grant("A,B")
    ended = await house.revoke(request, person(CAROL))
    assert isinstance(ended, Ended)
    assert (ended.requester, ended.variables) == (ALICE, (var("A"), var("B")))
    assert await house.left(request) == -2
    found = await house.get(request)
    assert (found.grant, found.ended_by) == (GrantState.REVOKED, "person:U0CAROL")
    again = await house.revoke(request, person(ALICE))
    assert (again.reason, again.by, again.at) == (Reason.ENDED, "person:U0CAROL", found.ended_at)


async def test_revoking_one_grant_leaves_the_others_of_the_union(house: House) -> None:
    """Law 6: ending one of two grants for a variable leaves the other."""
    first, second = await house.grant("A"), await house.grant("A,B")
    await house.revoke(first)
    claim = await house.reveals.claim_named(house.op(), var("A"), ALICE)
    assert not isinstance(claim, Refusal)
    assert claim.id == second


async def test_a_request_without_a_grant_cannot_be_revoked(house: House) -> None:
    pending = await house.file("A")
    denied = await house.file("B")
    await house.decide(denied, verb=Verb.DENY)
    assert ((await house.revoke(pending)).reason, (await house.revoke(pending)).state) == (
        Reason.NO_GRANT,
        "pending",
    )
    assert (await house.revoke(denied)).state == "denied"
    await house.pass_time(4 * HOUR + 1)
    assert (await house.revoke(pending)).state == "timed_out"


async def test_status_shows_at_most_twenty_of_each_newest_first(house: House) -> None:
    names = [f"V{number}" for number in range(25)]
    await house.add(*names)
    for name in names:
        await house.grant(name)
        await house.file(name)
    held = await house.requests.held_by(ALICE)
    for some in (held.pending, held.live):
        times = [request.created_at for request in some]
        assert (len(some), times) == (20, sorted(times, reverse=True))
    assert held.ended == ()
    assert await house.requests.held_by("U0NOBODY") == type(held)()


async def test_status_tells_the_truth_before_any_worker_ran(house: House) -> None:
    granted, pending = await house.grant("A", seconds=60), await house.file("B")
    before = await house.tags()
    await house.pass_time(4 * HOUR + 1)
    held = await house.requests.held_by(ALICE)
    assert [(request.id, request.state, request.grant) for request in held.ended] == [
        (pending, State.TIMED_OUT, None),
        (granted, State.APPROVED, GrantState.EXPIRED),
    ]
    assert await house.tags() == before


async def test_holders_are_those_who_hold_or_wait_and_nobody_else(house: House) -> None:
    """The hourly sweep ends what leavers hold: whoever is missing here keeps access (law 4)."""
    await house.grant("A", ALICE)
    await house.file("A", BOB)
    await house.decide(await house.file("A", CAROL), BOB, Verb.DENY)
    await house.claim("zzzzzzzz", "U0REFUSED")
    assert await house.requests.holders() == {ALICE, BOB}


async def test_holders_are_found_beyond_one_page(house: House) -> None:
    people = {f"U{number}" for number in range(1100)}
    for who in people:
        await house.file("A", who)
    assert await house.requests.holders() == people


async def test_a_once_lives_for_a_quarter_of_an_hour(house: House) -> None:
    request = await house.grant(seconds=ONCE.seconds, once=True)
    assert (await house.get(request)).duration == ONCE
    await house.pass_time(15 * MINUTE)
    assert (await house.get(request)).grant is GrantState.EXPIRED
