"""Locks on the real scripts: what ends, in what order, on a full server, in chunks, and in races."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from envaccess.domain.audit import Event, person
from envaccess.domain.outcome import Claim, Decided, Filed, Locked
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import GrantState
from envaccess.store import keys, runner
from envaccess.store.client import connect
from envaccess.store.script_text import compose
from tests.store.harness import ALICE, BOB, CAROL, HOUR, OPERATOR, SECURITY, StoreHarness, var

BEGINS = frozenset(
    {
        "request.created",
        "request.approved",
        "request.step_approved",
        "grant.activated",
        "grant.revealed",
        "grant.extended",
        "emergency.used",
    }
)
"""Events after which somebody has more than before."""


def check_stream(events: Sequence[Event]) -> None:
    """The oracle: between a lock's event and its end nothing begins for whom or what is locked."""
    locked: set[str] = set()
    for event in events:
        about = {event.requester, *event.variables}
        if event.event == "principal.locked":
            locked |= about
        elif event.event == "principal.unlocked":
            locked -= about
        elif event.event in BEGINS:
            assert not (locked - {""}) & (about | {event.actor.id}), event


async def test_a_lock_ends_every_grant_of_that_person_and_nobody_elses(harness: StoreHarness) -> None:
    mine = [await harness.grant("A"), await harness.grant("B", once=True, seconds=900)]
    waiting = await harness.grant("staging/DB", starts_at=await harness.now() + HOUR)
    other = await harness.grant("A", CAROL)
    locked = await harness.lock(ALICE)
    assert isinstance(locked, Locked)
    assert locked.grants == 3
    for request in (*mine, waiting):
        found = await harness.get(request)
        assert (found.grant, found.ended_by, found.ended_why) == (
            GrantState.REVOKED,
            str(SECURITY),
            "locked",
        )
        assert await harness.left(request) == -2
    assert (await harness.get(other)).live
    check_stream(await harness.events())


async def test_the_lock_is_written_down_before_the_ends_and_says_how_many(harness: StoreHarness) -> None:
    await harness.grant("A,B")
    last = await harness.trail.last()
    await harness.lock("B", why="key in a public log")
    locked, revoked = await harness.events(last)
    assert (locked.event, revoked.event) == ("principal.locked", "grant.revoked")
    assert locked.variables == ("default/B",)
    assert locked.detail == {"reason": "key in a public log", "grants": "1"}
    assert revoked.detail == {"why": "locked", "reason": "key in a public log"}


async def test_a_lock_of_very_many_grants_reveals_none_of_them_and_ends_all_of_them(
    harness: StoreHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A step must not hold up the server: the flag is set in the first, the rest ends in further ones."""
    monkeypatch.setattr(keys, "LOCK_AT_ONCE", 3)
    monkeypatch.setattr(runner, "compose", compose.__wrapped__)
    harness = StoreHarness(harness.client)
    grants = [await harness.grant("A", f"U0MANY{number}") for number in range(10)]
    late = await harness.grant("A", "U0LATE", starts_at=await harness.now() + HOUR // 4)
    locked = await harness.lock("A")
    assert locked.grants == 3
    await harness.pass_time(HOUR / 2)
    answers = [await harness.claim(request, f"U0MANY{number}") for number, request in enumerate(grants)]
    assert {answer.reason for answer in answers if isinstance(answer, Refusal)} == {Reason.LOCKED}
    assert len(answers) == 10
    for _ in range(6):
        await harness.pass_time(1)
        await harness.work()
    assert [(await harness.get(request)).grant for request in (*grants, late)] == [GrantState.REVOKED] * 11
    assert (await harness.tags()).count("grant.revoked") == 11
    check_stream(await harness.events())


async def test_an_unlock_first_ends_what_the_lock_has_not_ended_yet(
    harness: StoreHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that dies between two steps must not leave a grant that comes alive again."""
    monkeypatch.setattr(keys, "LOCK_AT_ONCE", 3)
    monkeypatch.setattr(runner, "compose", compose.__wrapped__)
    harness = StoreHarness(harness.client)
    grants = [await harness.grant("A", f"U0MANY{number}") for number in range(10)]
    await harness.lock("A")
    assert isinstance(await harness.unlock("A"), Locked)
    assert not [request for request in grants if (await harness.get(request)).held]
    tags = await harness.tags()
    assert tags.count("grant.revoked") == 10
    assert tags[-1] == "principal.unlocked"


async def test_a_lock_outlives_the_variable_and_holds_for_one_of_the_same_name(harness: StoreHarness) -> None:
    await harness.lock("A")
    await harness.sealed.delete(harness.op(), var("A"), OPERATOR)
    await harness.add("A")
    refused = await harness.requests.open(harness.op(), harness.new("A"))
    assert isinstance(refused, Refusal)
    assert refused.reason is Reason.LOCKED


async def test_a_grant_that_begins_later_does_not_begin_while_locked_and_not_after(
    harness: StoreHarness,
) -> None:
    request = await harness.grant("A", starts_at=await harness.now() + HOUR)
    await harness.lock(ALICE)
    await harness.pass_time(HOUR + 1)
    await harness.work()
    await harness.unlock(ALICE)
    await harness.work()
    assert (await harness.get(request)).grant is GrantState.REVOKED
    assert "grant.activated" not in await harness.tags()


async def test_a_request_of_who_is_locked_still_times_out(harness: StoreHarness) -> None:
    request = await harness.file()
    await harness.lock(ALICE)
    await harness.pass_time(4 * HOUR + 1)
    await harness.work()
    assert (await harness.get(request)).state == "timed_out"


async def test_a_refused_attempt_names_who_is_locked_and_not_who_locked(harness: StoreHarness) -> None:
    request = await harness.file()
    await harness.lock(ALICE)
    refused = await harness.decide(request)
    assert isinstance(refused, Refusal)
    assert (refused.by, refused.target, refused.hint) == (
        str(SECURITY),
        f"person:{ALICE}",
        "debugging a failed refund",
    )
    event = (await harness.events())[-1]
    assert event.detail == {"tried": "approve", "why": "locked", "account": ALICE}


@pytest.mark.real
async def test_a_lock_works_on_a_full_server(real: StoreHarness) -> None:
    """The worst day is when it must work: the key goes first, and nothing new is needed to end access."""
    request = await real.grant("A")
    client: Any = real.client
    used = int((await client.info("memory"))["used_memory"])
    await client.config_set("maxmemory", used - 1)
    try:
        assert isinstance(await real.lock(ALICE), Locked)
    finally:
        await client.config_set("maxmemory", 0)
    assert (await real.get(request)).grant is GrantState.REVOKED


@pytest.fixture
async def other(valkey: str) -> AsyncIterator[StoreHarness]:
    """Another process on the same server."""
    client = connect(valkey)
    yield StoreHarness(client, ops=itertools.count(1_000_000))
    await client.aclose()


@pytest.mark.real
@pytest.mark.parametrize("what", ["person", "A"])
async def test_a_lock_against_everything_at_once_lets_nothing_begin_after_it(
    real: StoreHarness, other: StoreHarness, what: str
) -> None:
    """150 rounds each: approve, claim, file, extend and unlock against a lock; replayed by the oracle."""
    seen: set[str] = set()
    for round_ in range(150):
        who = f"U0R{round_}"
        pending = await real.file("B,A", who)
        held = await real.grant("A", who)
        more = await real.file("A", who, extends=held)
        target = who if what == "person" else "A"
        calls = [
            other.lock(target),
            real.decide(pending, BOB),
            real.claim(held, who),
            real.requests.open(real.op(), real.new("A", who, once=True)),
            real.decide(more, CAROL, op=f"more-{round_}"),
        ]
        turned = [*calls[round_ % 5 :], *calls[: round_ % 5]]
        if round_ % 3 == 0:
            turned.append(other.unlock(target, OPERATOR))
        for answer in await asyncio.gather(*turned):
            seen.add(answer.reason if isinstance(answer, Refusal) else type(answer).__name__)
        await real.unlock(target)
    check_stream(await real.events())
    assert {Reason.LOCKED, Locked.__name__, Claim.__name__, Decided.__name__, Filed.__name__} <= seen


@pytest.mark.real
async def test_two_security_people_who_lock_each_other_at_once_lock_one_of_them(
    real: StoreHarness, other: StoreHarness
) -> None:
    for round_ in range(150):
        pair = (f"U0A{round_}", f"U0B{round_}")
        ways = itertools.permutations(pair)
        houses = (real, other) if round_ % 2 else (other, real)
        answers = await asyncio.gather(
            *(harness.lock(whom, person(who)) for harness, (who, whom) in zip(houses, ways, strict=True))
        )
        assert sorted(type(answer).__name__ for answer in answers) == ["Locked", "Refusal"]
    assert (await real.tags()).count("principal.locked") == 150


@pytest.mark.real
async def test_two_locks_on_one_target_at_once_are_one(real: StoreHarness, other: StoreHarness) -> None:
    for round_ in range(100):
        answers = await asyncio.gather(real.lock(f"U0R{round_}"), other.lock(f"U0R{round_}", person(CAROL)))
        assert [answer.repeated for answer in answers].count(False) == 1
        assert len({answer.lock.by for answer in answers}) == 1


async def test_who_asks_by_name_is_told_of_the_lock_and_not_to_ask_again(harness: StoreHarness) -> None:
    await harness.grant("A")
    for target in (ALICE, "A"):
        await harness.lock(target)
        refused = await harness.reveals.claim_named(harness.op(), var("A"), ALICE)
        assert isinstance(refused, Refusal)
        assert refused.reason is Reason.LOCKED
        await harness.unlock(target)
