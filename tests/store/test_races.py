"""Races on the real server, hundreds of rounds each: what comes at once is done in one order, once."""

import asyncio
import itertools
from collections.abc import Awaitable
from typing import Any

import pytest

from envaccess.domain.audit import person
from envaccess.domain.outcome import Cancelled, Claim, Decided, Ended, Filed
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import GrantState, State, Verb
from envaccess.store.records import read_time
from tests.store.harness import BOB, CAROL, OPERATOR, StoreHarness, var

pytestmark = [pytest.mark.real, pytest.mark.usefixtures("relaxed")]

QUARTER = 900


async def both(first: Awaitable[Any], second: Awaitable[Any], *, turned: bool) -> list[Any]:
    """Both answers, in this order; which call is begun first is said by `turned`."""
    answers = await asyncio.gather(*((second, first) if turned else (first, second)))
    return list(answers[::-1] if turned else answers)


async def test_of_two_deciders_at_once_exactly_one_wins_and_the_other_is_told_who(
    real: StoreHarness, other: StoreHarness
) -> None:
    """Law 5, 300 rounds, in every mix of approve and deny, from two processes' connections."""
    verbs = itertools.cycle(itertools.product((Verb.APPROVE, Verb.DENY), repeat=2))
    winners = set()
    for round_ in range(300):
        request = await real.file(who=f"U{round_}")
        first, second = next(verbs)
        bob = real.decide(request, BOB, first, op=f"bob-{round_}")
        carol = other.decide(request, CAROL, second, op=f"carol-{round_}")
        answers = await both(bob, carol, turned=round_ % 3 == 0)
        won = [place for place, answer in enumerate(answers) if isinstance(answer, Decided)]
        assert len(won) == 1
        winner, loser = won[0], answers[1 - won[0]]
        winners.add(winner)
        assert isinstance(loser, Refusal)
        assert (loser.reason, loser.by) == (Reason.NOT_PENDING, (BOB, CAROL)[winner])
        found = await real.get(request)
        assert (found.decided_by, found.version) == ((BOB, CAROL)[winner], 2)
        assert (found.state is State.APPROVED) is ((first, second)[winner] is Verb.APPROVE)
    tags = await real.tags()
    assert tags.count("request.approved") + tags.count("request.denied") == 300
    assert tags.count("grant.activated") == tags.count("request.approved")
    assert winners == {0, 1}


async def test_of_fifty_claims_on_a_once_exactly_one_wins(real: StoreHarness) -> None:
    """Issue 2: exactly one reveal, even under fifty at once on ten connections; 200 rounds, half by name."""
    crowd = [StoreHarness(real.client) for _ in range(10)] * 5
    for round_ in range(200):
        who = f"U{round_}"
        request = await real.grant("A", who, once=True, seconds=QUARTER)
        if round_ % 2:
            calls = [harness.claim(request, who, op=f"{round_}-{n}") for n, harness in enumerate(crowd)]
        else:
            calls = [
                harness.reveals.claim_named(f"{round_}-{n}", var("A"), who) for n, harness in enumerate(crowd)
            ]
        answers = await asyncio.gather(*calls)
        assert sum(isinstance(answer, Claim) for answer in answers) == 1
    tags = await real.tags()
    assert tags.count("grant.revealed") == tags.count("grant.used_up") == 200


async def test_one_press_delivered_many_times_at_once_is_handed_over_once(real: StoreHarness) -> None:
    """Law 10: the same envelope comes to two replicas at once; one of them may show the value."""
    for round_ in range(100):
        request = await real.grant("A", f"U{round_}", once=round_ % 2 == 0, seconds=QUARTER)
        replicas = [StoreHarness(real.client) for _ in range(8)]
        answers = await asyncio.gather(
            *(replica.claim(request, f"U{round_}", op=f"same-{round_}") for replica in replicas)
        )
        assert [isinstance(answer, Claim) for answer in answers] == [True] * 8
        assert sum(answer.fresh for answer in answers if isinstance(answer, Claim)) == 1
        assert (await real.get(request)).reveals == 1


async def test_the_same_request_filed_many_times_at_once_is_filed_once(real: StoreHarness) -> None:
    for round_ in range(100):
        who = f"U{round_}"
        answers = await asyncio.gather(
            *(
                real.requests.open(f"{round_}-{number}", real.new("A,B" if number % 2 else "B,A", who))
                for number in range(6)
            )
        )
        filed = [answer for answer in answers if isinstance(answer, Filed)]
        assert len({answer.id for answer in filed}) == 1
        assert sum(not answer.repeated for answer in filed) == 1
    assert (await real.tags()).count("request.created") == 100


async def test_cancel_and_approve_at_once_leave_one_of_the_two(real: StoreHarness) -> None:
    """Access must not come from a request that its owner was told is withdrawn."""
    outcomes = set()
    for round_ in range(150):
        who = f"U{round_}"
        request = await real.file("A", who)
        seen = await real.get(request)
        pair = [
            real.requests.cancel(real.op(), request, person(who)),
            real.decide(request, BOB, about=seen),
        ]
        answers = await asyncio.gather(*(pair if round_ % 2 else pair[::-1]))
        done = [answer for answer in answers if not isinstance(answer, Refusal)]
        assert len(done) == 1
        cancelled = isinstance(done[0], Cancelled)
        outcomes.add(cancelled)
        assert (await real.left(request) == -2) is cancelled
        assert ((await real.get(request)).state is State.CANCELLED) is cancelled
    assert outcomes == {True, False}


async def test_revoke_and_reveal_at_once_are_written_in_the_order_in_which_they_won(
    real: StoreHarness,
) -> None:
    for round_ in range(150):
        who = f"U{round_}"
        request = await real.grant("A", who, once=round_ % 3 == 0, seconds=QUARTER)
        last = await real.trail.last()
        pair = [real.claim(request, who), real.revoke(request, person(BOB))]
        answers = await asyncio.gather(*(pair if round_ % 2 else pair[::-1]))
        tags = [tag for tag in await real.tags(last) if tag.startswith("grant.")]
        claimed = any(isinstance(answer, Claim) for answer in answers)
        ended = any(isinstance(answer, Ended) for answer in answers)
        assert claimed or ended
        expected = (["grant.revealed"] if claimed else []) + (["grant.used_up"] if not ended else [])
        assert tags == expected + (["grant.revoked"] if ended else [])
        assert await real.left(request) == -2


async def test_a_use_given_back_among_claims_and_revocations_is_never_two_uses(real: StoreHarness) -> None:
    """However it falls: one use at most, access only by the record, and what was revoked stays ended."""
    ends = set()
    for round_ in range(200):
        who = f"U{round_}"
        request = await real.grant("A", who, once=True, seconds=QUARTER)
        claim = await real.use(request, who)
        calls = [
            real.reveals.give_back(claim, "source_down"),
            real.claim(request, who),
            real.claim(request, who),
            real.revoke(request, person(BOB)),
            real.reveals.give_back(claim, "source_down"),
        ]
        answers = await asyncio.gather(*(calls[round_ % 5 :] + calls[: round_ % 5]))
        uses = sum(isinstance(answer, Claim) for answer in answers)
        revoked = any(isinstance(answer, Ended) for answer in answers)
        found = await real.get(request)
        ends.add(found.grant)
        assert found.reveals == uses <= 1
        assert (await real.left(request) > 0) is (found.grant is GrantState.ACTIVE)
        assert not (revoked and found.grant is GrantState.ACTIVE)
        assert (found.grant is GrantState.USED_UP) is (uses == 1)
    assert GrantState.USED_UP in ends
    assert len(ends) > 1


async def test_deletion_and_approval_at_once_leave_no_grant_over_nothing(real: StoreHarness) -> None:
    for round_ in range(100):
        who = f"U{round_}"
        await real.add("X")
        request = await real.file("X,A", who)
        pair = [real.decide(request, BOB), real.sealed.delete(real.op(), var("X"), OPERATOR)]
        await asyncio.gather(*(pair if round_ % 2 else pair[::-1]))
        assert await real.left(request) == -2
        assert not (await real.get(request)).live


async def test_grants_of_one_person_end_one_by_one(real: StoreHarness) -> None:
    """Law 6: a union. Ending one of ten at once with reveals leaves exactly the others."""
    for _ in range(20):
        grants = [await real.grant("A,B" if number % 2 else "A") for number in range(10)]
        await asyncio.gather(
            *(real.revoke(request) for request in grants[::2]),
            *(real.claim(request) for request in grants[1::2]),
        )
        lefts = [await real.left(request) for request in grants]
        assert [left > 0 for left in lefts] == [False, True] * 5
        await asyncio.gather(*(real.revoke(request) for request in grants))


async def end_in(harness: StoreHarness, request: str, milliseconds: int) -> None:
    """Let a grant end so soon by its key and its record. Moving the clock takes longer than that."""
    end = read_time(await harness.client.time()) + milliseconds
    await harness.client.hset(harness.runner.key("request", request), "expires_at", end)
    await harness.client.pexpireat(harness.runner.key("grant", request), end)


async def test_no_reveal_comes_after_the_key_is_gone(real: StoreHarness) -> None:
    """A grant's last milliseconds, 150 times, hammered from both sides: what Redis has ended is ended."""
    revealed_late = refused_early = edges = 0
    for round_ in range(150):
        who = f"U{round_}"
        request = await real.grant("A", who, seconds=60, once=round_ % 5 == 0)
        await end_in(real, request, 12)
        key = real.runner.key("grant", request)
        expires = (await real.get(request)).expires_at
        while True:
            lives_before = await real.client.exists(key)
            if round_ % 2:
                answer = await real.claim(request, who)
            else:
                answer = await real.reveals.claim_named(real.op(), var("A"), who)
            lives_after = await real.client.exists(key)
            revealed_late += isinstance(answer, Claim) and not lives_before
            refused_early += isinstance(answer, Refusal) and lives_after
            if isinstance(answer, Refusal) or answer.once:
                break
        times = [
            event.at
            for event in await real.events()
            if event.event == "grant.revealed" and event.request == request
        ]
        assert all(at <= expires for at in times)
        edges += any(expires - at <= 1 for at in times)
    assert (revealed_late, refused_early) == (0, 0)
    assert edges


async def test_workers_at_once_write_each_expiry_once(real: StoreHarness) -> None:
    for number in range(60):
        await real.grant("A", f"U{number}", seconds=60)
    await real.pass_time(60_001)
    await asyncio.gather(*(real.deadlines.settle(7) for _ in range(40)))
    assert (await real.tags()).count("grant.expired") == 60
