"""A variable that was deleted and made again is another one: what was asked before is not for it (law 6)."""

import asyncio
from typing import Any

import pytest

from envaccess.domain.audit import person
from envaccess.domain.outcome import Claim, Decided, Filed
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import GrantState, State, Verb
from tests.fakes.rulings import EMERGENCY, TWO_STEPS
from tests.store.house import ALICE, BLOB, BOB, CAROL, HOUR, OPERATOR, House, var
from tests.store.test_attack_upgrade import old_request


async def remake(house: House, label: str = "A") -> None:
    await house.sealed.delete(house.op(), var(label), OPERATOR)
    await house.add(label)


def why(outcome: object) -> tuple[Reason, tuple[str, ...]]:
    assert isinstance(outcome, Refusal), outcome
    return outcome.reason, outcome.names


REMADE = (Reason.REMADE, ("default/A",))


async def test_a_request_from_before_is_not_approved_for_the_new_one(house: House) -> None:
    request = await house.file("B,A")
    await remake(house)
    assert why(await house.decide(request)) == REMADE
    assert (await house.get(request)).state is State.PENDING
    assert "request.approved" not in await house.tags()
    denied = await house.decide(request, verb=Verb.DENY)
    assert isinstance(denied, Decided), "it can still be denied"


async def test_not_for_less_of_it_and_not_at_its_last_step_either(house: House) -> None:
    request = await house.file("B,A", ruling=TWO_STEPS)
    assert isinstance(await house.decide(request, seconds=60), Decided)
    await remake(house)
    assert why(await house.decide(request, CAROL, step=1, checked=1)) == REMADE
    narrowed = await house.decide(request, CAROL, step=1, checked=1, variables=(var("B"),))
    assert why(narrowed) == REMADE, "what was asked for is refused whole; the rest can be asked for alone"


async def test_what_is_left_of_a_narrowed_request_is_judged_by_its_own_mark(house: House) -> None:
    await remake(house, "B")
    request = await house.file("A,B", ruling=TWO_STEPS)
    assert isinstance(await house.decide(request, variables=(var("B"),)), Decided)
    await remake(house, "A")
    assert isinstance(await house.decide(request, CAROL, step=1, checked=1), Decided)


async def test_deleted_and_made_again_in_one_millisecond_is_another_one(house: House) -> None:
    """Times alone could not tell."""
    request = await house.file("A")
    await remake(house)
    created = (await house.get(request)).created_at
    await house.client.hset(house.runner.key("secret", "default/A"), "created_at", str(created))
    assert why(await house.decide(request)) == REMADE


async def test_a_changed_or_resealed_variable_is_still_the_same(house: House) -> None:
    request = await house.file("A")
    await house.add("A")
    await house.sealed.reseal(house.op(), var("A"), 2, BLOB, "key-2", OPERATOR)
    await house.add("A")
    assert isinstance(await house.decide(request), Decided)
    await house.use(request)


async def test_a_clock_that_was_set_back_makes_nothing_another_variable(house: House) -> None:
    request = await house.file("A")
    later = str(await house.now() + HOUR)
    await house.client.hset(house.runner.key("secret", "default/A"), "created_at", later)
    assert isinstance(await house.decide(request), Decided)


async def test_asking_again_files_a_new_request_in_the_place_of_the_old_one(house: House) -> None:
    """Else the pending one, which nobody can approve, would be in the way until it times out."""
    old = await house.file("A,B")
    await remake(house)
    new = await house.file("B,A")
    assert new != old
    assert (await house.get(old)).state is State.CANCELLED
    assert isinstance(await house.decide(new), Decided)
    cancelled = next(event for event in await house.events() if event.event == "request.cancelled")
    assert (cancelled.request, str(cancelled.actor)) == (old, "bot")
    assert "made again" in str(cancelled.detail)
    assert old not in [waits.id for waits in await house.requests.undecided()]


async def test_more_time_from_before_becomes_no_access_to_the_new_one(house: House) -> None:
    held = await house.grant("A", seconds=600)
    more = await house.file("A", extends=held)
    await house.pass_time(700_000)
    await remake(house)
    assert why(await house.decide(more)) == REMADE


async def test_access_from_before_reveals_nothing_of_the_new_one(house: House) -> None:
    held = {
        "timed": await house.grant("A"),
        "later": await house.grant("A,B", starts_at=await house.now() + HOUR),
        "emergency": await house.file("A", CAROL, ruling=EMERGENCY, seconds=1800),
    }
    await remake(house)
    for request in held.values():
        assert (await house.get(request)).grant is GrantState.REVOKED
    assert why(await house.claim(held["timed"]))[0] is Reason.ENDED


async def test_a_grant_that_outlived_the_deletion_reveals_nothing_of_the_new_one(house: House) -> None:
    """As where the deletion came from a version that knew nothing of some grants."""
    request = await house.grant("A")
    await house.client.hset(house.runner.key("secret", "default/A"), "born", "7")
    assert why(await house.claim(request)) == REMADE
    assert why(await house.reveals.claim_named(house.op(), var("A"), ALICE)) == REMADE
    assert "grant.revealed" not in await house.tags()


async def test_an_emergency_for_the_new_one_is_a_new_one(house: House) -> None:
    first = await house.file("A", ruling=EMERGENCY, seconds=1800)
    await remake(house)
    second = await house.file("A", ruling=EMERGENCY, seconds=1800)
    assert first != second
    assert isinstance(await house.claim(second), Claim)


# Requests and values of the version before, which have no marks


async def test_an_old_request_is_refused_where_the_variable_was_made_after_it(house: House) -> None:
    request = await old_request(house, "default/A")
    await house.pass_time(5)
    await remake(house)
    assert why(await house.decide(request)) == REMADE


async def test_an_old_request_and_an_old_value_go_on_under_this_version(house: House) -> None:
    await house.client.hdel(house.runner.key("secret", "default/A"), "born")
    await house.pass_time(5)
    request = await old_request(house, "default/A")
    assert isinstance(await house.decide(request), Decided)


async def test_a_new_request_for_an_old_value_ends_with_that_value(house: House) -> None:
    await house.client.hdel(house.runner.key("secret", "default/A"), "born")
    first = await house.file("A")
    assert isinstance(await house.decide(first), Decided)
    second = await house.file("A,B")
    await remake(house)
    assert why(await house.decide(second)) == REMADE


async def test_a_value_that_the_old_version_made_again_is_told_by_its_time(house: House) -> None:
    """Old and new processes run side by side while an upgrade goes on."""
    key: Any = house.runner.key("secret", "default/A")
    await house.client.hdel(key, "born")
    request = await house.file("A")
    await house.client.hset(key, "created_at", str(await house.now() + 1))
    assert why(await house.decide(request)) == REMADE


async def approve_after(house: House, request: str, calls: int) -> object:
    """Approve it while the deletion and the making are so far on."""
    for _ in range(calls):
        await house.client.ping()
    return await house.decide(request, BOB)


@pytest.mark.real
async def test_approving_while_it_is_made_again_never_gives_the_new_one(real: House) -> None:
    """300 rounds: the approval comes before the deletion, which ends its grant, or it is refused."""
    await real.client.config_set("appendfsync", "no")
    approved = 0
    for round_ in range(300):
        request = await real.file("A", f"U{round_}")
        decided, _ = await asyncio.gather(approve_after(real, request, round_ % 5), remake(real))
        approved += isinstance(decided, Decided)
        if isinstance(decided, Refusal):
            assert decided.reason in {Reason.REMADE, Reason.UNKNOWN_VARIABLE}
        found = await real.get(request)
        assert not found.live
        assert isinstance(await real.claim(request, f"U{round_}"), Refusal)
    assert 0 < approved < 300, "both orders were met"
    await real.client.config_set("appendfsync", "always")


@pytest.mark.real
async def test_filing_while_it_is_made_again_is_for_one_of_them_only(real: House) -> None:
    await real.client.config_set("appendfsync", "no")
    for round_ in range(200):
        who = f"U{round_}"
        filed, _ = await asyncio.gather(
            real.requests.open(f"file-{round_}", real.new("A", who)), remake(real)
        )
        if not isinstance(filed, Filed):
            assert filed.reason is Reason.UNKNOWN_VARIABLE
            continue
        made = await real.client.hget(real.runner.key("secret", "default/A"), "born")
        pinned = await real.client.hget(real.runner.key("request", filed.id), "born")
        assert isinstance(await real.decide(filed.id), Decided) is (made == pinned)
        await real.revoke(filed.id, person(who))
    await real.client.config_set("appendfsync", "always")
