"""Who writes to Redis while a grant is claimed gets nobody's value, nor what a process saw end."""

from typing import Any

import pytest

from envaccess.application.grants.reveal import claim_by_name, claim_reveal, hand_over
from envaccess.application.service_context import ServiceContext
from envaccess.domain.audit import Tag
from envaccess.domain.call import by_person
from envaccess.domain.outcome import Claim, Failure
from envaccess.domain.refusal import Reason, Refusal
from envaccess.store.reveals import RedisReveals
from tests.fakes.books import Books
from tests.fakes.context import FakeDirectory, FakeSource
from tests.fakes.delivery import FakeDelivery
from tests.store.harness import ALICE, CAROL, HOUR, StoreHarness, var
from tests.store.verbs import context_on

A = var("A")


class SeenEnds:
    """Fits `ports.grants.KnownEnds`: what a test says was seen."""

    def __init__(self) -> None:
        self.ends: dict[str, str] = {}

    async def saw_end(self, request: str) -> str | None:
        return self.ends.get(request)


def context_of(harness: StoreHarness, ended: SeenEnds) -> ServiceContext:
    directory = FakeDirectory()
    directory.join(ALICE, CAROL)
    source = FakeSource(Books(values={A: "value-for-tests"}))
    return context_on(harness, directory, values=source, ended=ended)


async def snapshot(harness: StoreHarness, request: str) -> dict[str, Any]:
    """The record of a live grant, its texts and its place among what its requester holds."""
    client: Any = harness.client
    found = {kind: await client.hgetall(harness.runner.key(kind, request)) for kind in ("request", "text")}
    return {**found, "who": found["request"]["requester"]}


async def put_back(harness: StoreHarness, request: str, kept: dict[str, Any]) -> None:
    """Make it live again, whatever happened since."""
    client, key = harness.client, harness.runner.key
    for kind in ("request", "text"):
        await client.delete(key(kind, request))
        await client.hset(key(kind, request), mapping=kept[kind])
    await client.set(key("grant", request), kept["who"], px=HOUR)
    await client.zadd(key("held", kept["who"]), {request: await harness.now() + HOUR})


class UsedMeanwhile(SeenEnds):
    """Another press takes the only use between the look at the record and at what ended."""

    def __init__(self, harness: StoreHarness, request: str) -> None:
        super().__init__()
        self._other = (harness, request)

    async def saw_end(self, request: str) -> str | None:
        harness, used = self._other
        if request == used and not self.ends:
            self.ends[used] = Tag.GRANT_USED_UP
            await harness.use(used)
        return await super().saw_end(request)


@pytest.mark.parametrize("by_name", [False, True])
async def test_a_use_that_another_press_takes_meanwhile_is_spent_and_nothing_is_forged(
    harness: StoreHarness, *, by_name: bool
) -> None:
    request = await harness.grant(once=True)
    context, delivery = context_of(harness, UsedMeanwhile(harness, request)), FakeDelivery()
    call = by_person(harness.op(), ALICE)
    found = (
        await claim_by_name(context, delivery, call, A)
        if by_name
        else await claim_reveal(context, delivery, call, request)
    )
    assert isinstance(found, Refusal)
    assert found.reason is (Reason.NO_GRANT if by_name else Reason.ENDED)
    assert Tag.SEAL_BROKEN not in await harness.tags()


class PutBackWhileReached(FakeDelivery):
    """Somebody puts a grant back while it is looked up where its requester is reached."""

    def __init__(self, harness: StoreHarness, request: str, kept: dict[str, Any]) -> None:
        super().__init__()
        self._revive = (harness, request, kept)

    async def prepare(self, person: str) -> str | Refusal:
        await put_back(*self._revive)
        return await super().prepare(person)


@pytest.mark.parametrize("by_name", [False, True])
@pytest.mark.parametrize("once", [False, True])
async def test_what_a_process_saw_end_is_not_put_back_between_its_look_and_its_claim(
    harness: StoreHarness, *, once: bool, by_name: bool
) -> None:
    request = await harness.grant(once=once, seconds=900)
    kept = await snapshot(harness, request)
    other = await harness.grant(seconds=60)
    ended = SeenEnds()
    if once:
        await harness.use(request)
        ended.ends[request] = Tag.GRANT_USED_UP
    else:
        await harness.revoke(request)
        ended.ends[request] = Tag.GRANT_REVOKED
    context, delivery = context_of(harness, ended), PutBackWhileReached(harness, request, kept)
    call = by_person(harness.op(), ALICE)
    claim = (
        await claim_by_name(context, delivery, call, A)
        if by_name
        else await claim_reveal(context, delivery, call, request)
    )
    assert isinstance(claim, Refusal) or claim.id == other
    if once and not by_name:
        assert "grant.reveal_failed" not in await harness.tags(), (
            "a use given back would be forgotten as used"
        )


async def test_a_grant_that_was_not_looked_at_is_not_claimed_by_name(harness: StoreHarness) -> None:
    """It ended, as this process saw, and comes to life after the holdings were read."""
    request = await harness.grant(seconds=900)
    kept, ended = await snapshot(harness, request), SeenEnds()
    await harness.revoke(request)
    ended.ends[request] = Tag.GRANT_REVOKED
    context = context_of(harness, ended)
    held_by = context.requests.held_by

    async def revive_after(*args: Any) -> Any:
        found = await held_by(*args)
        await put_back(harness, request, kept)
        return found

    context.requests.held_by = revive_after  # type: ignore[method-assign, assignment]
    claim = await claim_by_name(context, FakeDelivery(), by_person(harness.op(), ALICE), A)
    assert isinstance(claim, Refusal)
    assert claim.reason is Reason.NO_GRANT


async def test_what_was_seen_to_end_after_its_claim_does_not_leave(harness: StoreHarness) -> None:
    request, ended, delivery = await harness.grant(), SeenEnds(), FakeDelivery()
    context = context_of(harness, ended)
    claim = await claim_reveal(context, delivery, by_person(harness.op(), ALICE), request)
    assert isinstance(claim, Claim)
    ended.ends[request] = Tag.GRANT_REVOKED  # and its record was put back, so that it looks alive
    assert await hand_over(context, claim, delivery) is Failure.ENDED
    assert delivery.shown == []


async def test_a_single_use_leaves_although_its_claim_ended_it(harness: StoreHarness) -> None:
    request, ended, delivery = await harness.grant(once=True, seconds=900), SeenEnds(), FakeDelivery()
    context = context_of(harness, ended)
    claim = await claim_reveal(context, delivery, by_person(harness.op(), ALICE), request)
    assert isinstance(claim, Claim)
    ended.ends[request] = Tag.GRANT_USED_UP
    assert await hand_over(context, claim, delivery) is None


async def test_another_persons_claim_put_where_ones_own_is_looked_up_is_refused(
    harness: StoreHarness,
) -> None:
    """A cut connection has the call repeated; meanwhile its nonce was read along."""
    request = await harness.grant()
    reveals = RedisReveals(harness.runner, harness.reader, lambda: "read-along")
    assert isinstance(await reveals.claim("op-alice", request, ALICE), Claim)
    outcome: Any = await harness.client.get(harness.runner.key("outcome", f"{ALICE}:op-alice"))
    assert outcome
    await harness.client.set(harness.runner.key("outcome", f"{CAROL}:op-carol"), outcome)
    stolen = await reveals.claim("op-carol", request, CAROL)
    assert isinstance(stolen, Refusal)
    assert stolen.reason is Reason.SEAL_BROKEN
    other = await harness.grant("B")
    made = str(outcome).replace(f"claim::{request}:", f"claim::{other}:")
    await harness.client.set(harness.runner.key("outcome", f"{ALICE}:op-other"), made)
    assert isinstance(await reveals.claim("op-other", other, ALICE), Refusal)
    assert "grant.reveal_failed" not in await harness.tags()
    assert "seal.broken" in await harness.tags()
