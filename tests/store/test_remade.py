"""A variable that was deleted and made again is another one: what was asked before is not for it (law 6)."""

import asyncio

import pytest

from envaccess.domain.audit import person
from envaccess.domain.outcome import Claim, Decided, Filed
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import GrantState, Request, State, Verb
from tests.fakes.rulings import EMERGENCY, TWO_STEPS
from tests.store.harness import ALICE, BOB, CAROL, HOUR, OPERATOR, StoreHarness, catalogued, value, var


async def remake(harness: StoreHarness, label: str = "A") -> None:
    await harness.sealed.delete(harness.op(), var(label), OPERATOR)
    await harness.add(label)


def why(outcome: object) -> tuple[Reason, tuple[str, ...]]:
    assert isinstance(outcome, Refusal), outcome
    return outcome.reason, outcome.names


REMADE = (Reason.REMADE, ("default/A",))


async def test_a_request_from_before_is_not_approved_for_the_new_one(harness: StoreHarness) -> None:
    request = await harness.file("B,A")
    await remake(harness)
    assert why(await harness.decide(request)) == REMADE
    assert (await harness.get(request)).state is State.PENDING
    assert "request.approved" not in await harness.tags()
    denied = await harness.decide(request, verb=Verb.DENY)
    assert isinstance(denied, Decided), "it can still be denied"


async def test_not_for_less_of_it_and_not_at_its_last_step_either(harness: StoreHarness) -> None:
    request = await harness.file("B,A", ruling=TWO_STEPS)
    assert isinstance(await harness.decide(request, seconds=60), Decided)
    await remake(harness)
    assert why(await harness.decide(request, CAROL, step=1, checked=1)) == REMADE
    narrowed = await harness.decide(request, CAROL, step=1, checked=1, variables=(var("B"),))
    assert why(narrowed) == REMADE, "what was asked for is refused whole; the rest can be asked for alone"


async def test_what_is_left_of_a_narrowed_request_is_judged_by_its_own_mark(harness: StoreHarness) -> None:
    await remake(harness, "B")
    request = await harness.file("A,B", ruling=TWO_STEPS)
    assert isinstance(await harness.decide(request, variables=(var("B"),)), Decided)
    await remake(harness, "A")
    assert isinstance(await harness.decide(request, CAROL, step=1, checked=1), Decided)


async def test_deleted_and_made_again_in_one_millisecond_is_another_one(harness: StoreHarness) -> None:
    """Times alone could not tell."""
    request = await harness.file("A")
    await remake(harness)
    created = (await harness.get(request)).created_at
    await harness.client.hset(harness.runner.key("catalogue", "default/A"), "created_at", str(created))
    assert why(await harness.decide(request)) == REMADE


async def test_a_changed_or_resealed_variable_is_still_the_same(harness: StoreHarness) -> None:
    request = await harness.file("A")
    await harness.add("A")
    await harness.sealed.reseal(harness.op(), var("A"), value(2, key="key-2"), OPERATOR)
    await harness.add("A")
    assert isinstance(await harness.decide(request), Decided)
    await harness.use(request)


async def test_a_clock_that_was_set_back_makes_nothing_another_variable(harness: StoreHarness) -> None:
    request = await harness.file("A")
    later = str(await harness.now() + HOUR)
    await harness.client.hset(harness.runner.key("catalogue", "default/A"), "created_at", later)
    assert isinstance(await harness.decide(request), Decided)


async def test_asking_again_files_a_new_request_in_the_place_of_the_old_one(harness: StoreHarness) -> None:
    """Else the pending one, which nobody can approve, would be in the way until it times out."""
    old = await harness.file("A,B")
    await remake(harness)
    new = await harness.file("B,A")
    assert new != old
    assert (await harness.get(old)).state is State.CANCELLED
    assert isinstance(await harness.decide(new), Decided)
    cancelled = next(event for event in await harness.events() if event.event == "request.cancelled")
    assert (cancelled.request, str(cancelled.actor)) == (old, "bot")
    assert "made again" in str(cancelled.detail)
    assert old not in [waits.id for waits in await harness.requests.undecided()]


async def test_more_time_from_before_becomes_no_access_to_the_new_one(harness: StoreHarness) -> None:
    held = await harness.grant("A", seconds=600)
    more = await harness.file("A", extends=held)
    await harness.pass_time(700_000)
    await remake(harness)
    assert why(await harness.decide(more)) == REMADE


async def test_access_from_before_reveals_nothing_of_the_new_one(harness: StoreHarness) -> None:
    held = {
        "timed": await harness.grant("A"),
        "later": await harness.grant("A,B", starts_at=await harness.now() + HOUR),
        "emergency": await harness.file("A", CAROL, ruling=EMERGENCY, seconds=1800),
    }
    await remake(harness)
    for request in held.values():
        assert (await harness.get(request)).grant is GrantState.REVOKED
    assert why(await harness.claim(held["timed"]))[0] is Reason.ENDED


async def test_a_grant_that_outlived_the_deletion_reveals_nothing_of_the_new_one(
    harness: StoreHarness,
) -> None:
    """As where the deletion came from a version that knew nothing of some grants."""
    request = await harness.grant("A")
    await harness.client.hset(harness.runner.key("catalogue", "default/A"), "incarnation", "7" * 16)
    assert why(await harness.claim(request)) == REMADE
    assert why(await harness.reveals.claim_named(harness.op(), var("A"), ALICE)) == REMADE
    assert "grant.revealed" not in await harness.tags()


async def test_an_emergency_for_the_new_one_is_a_new_one(harness: StoreHarness) -> None:
    first = await harness.file("A", ruling=EMERGENCY, seconds=1800)
    await remake(harness)
    second = await harness.file("A", ruling=EMERGENCY, seconds=1800)
    assert first != second
    assert isinstance(await harness.claim(second), Claim)


async def test_made_again_after_its_versions_were_reset_it_is_another_one(harness: StoreHarness) -> None:
    """Whoever writes to Redis can make a version come twice, but no incarnation."""
    request = await harness.file("A")
    await harness.sealed.delete(harness.op(), var("A"), OPERATOR)
    await harness.client.delete(harness.runner.key("versions"))
    await harness.add("A")
    assert await harness.sealed.last_version(var("A")) == 1, "the same version as before"
    assert why(await harness.decide(request)) == REMADE


async def test_a_request_that_names_no_incarnation_is_for_no_variable(harness: StoreHarness) -> None:
    request, granted = await harness.file("A"), await harness.grant("A,B")
    for id_ in (request, granted):
        await harness.client.hdel(harness.runner.key("request", id_), "born")
    assert why(await harness.decide(request)) == REMADE
    assert why(await harness.claim(granted)) == REMADE


async def test_a_filing_for_a_variable_that_was_made_again_is_to_be_looked_at_again(
    harness: StoreHarness,
) -> None:
    """Nothing is written, so that the caller may come back under the same operation."""
    meant = await catalogued(harness.runner, harness.sealing, harness.new("A,B"))
    await remake(harness, "B")
    before = await harness.dump()
    assert why(await harness.requests.open("op-file", meant)) == (Reason.MOVED_ON, ())
    assert await harness.dump() == before
    again = await catalogued(harness.runner, harness.sealing, meant)
    assert isinstance(await harness.requests.open("op-file", again), Filed)


async def approve_after(harness: StoreHarness, request: Request, calls: int) -> object:
    """Approve what somebody sees while the deletion and the making are so far on."""
    for _ in range(calls):
        await harness.client.ping()
    return await harness.decide(request.id, BOB, about=request)


@pytest.mark.real
async def test_approving_while_it_is_made_again_never_gives_the_new_one(real: StoreHarness) -> None:
    """300 rounds: the approval comes before the deletion, which ends its grant, or it is refused."""
    approved = 0
    for round_ in range(300):
        request = await real.file("A", f"U{round_}")
        seen = await real.get(request)
        decided, _ = await asyncio.gather(approve_after(real, seen, round_ % 5), remake(real))
        approved += isinstance(decided, Decided)
        if isinstance(decided, Refusal):
            assert decided.reason in {Reason.REMADE, Reason.UNKNOWN_VARIABLE}
        found = await real.get(request)
        assert not found.live
        assert isinstance(await real.claim(request, f"U{round_}"), Refusal)
    assert 0 < approved < 300, "both orders were met"


@pytest.mark.real
async def test_filing_while_it_is_made_again_is_for_one_of_them_only(real: StoreHarness) -> None:
    for round_ in range(200):
        who = f"U{round_}"
        filed, _ = await asyncio.gather(
            real.requests.open(f"file-{round_}", real.new("A", who)), remake(real)
        )
        if not isinstance(filed, Filed):
            assert filed.reason in {Reason.UNKNOWN_VARIABLE, Reason.MOVED_ON}
            continue
        made = await real.client.hget(real.runner.key("catalogue", "default/A"), "incarnation")
        pinned = await real.client.hget(real.runner.key("request", filed.id), "born")
        assert isinstance(await real.decide(filed.id), Decided) is (made == pinned)
        await real.revoke(filed.id, person(who))
