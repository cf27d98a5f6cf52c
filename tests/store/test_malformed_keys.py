"""Whoever writes to Redis can spoil a record: the loops go on with the others, and come back to it."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from envaccess.domain.errors import SealError
from envaccess.domain.lock import Target
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import State
from tests.store.harness import ALICE, CAROL, StoreHarness, var

Spoil = Callable[[StoreHarness, str], Awaitable[Any]]


def set_field(name: str, text: str) -> Spoil:
    return lambda harness, request: harness.client.hset(harness.runner.key("request", request), name, text)


async def put_string(harness: StoreHarness, request: str) -> None:
    await harness.client.set(harness.runner.key("request", request), "anything")


async def put_string_text(harness: StoreHarness, request: str) -> None:
    await harness.client.set(harness.runner.key("text", request), "anything")


async def drop_deadline(harness: StoreHarness, request: str) -> None:
    await harness.client.hdel(harness.runner.key("request", request), "deadline_at")


SPOILED = {
    "a deadline that is none": set_field("deadline_at", "soon"),
    "no deadline": drop_deadline,
    "variables without an environment": set_field("variables", "A"),
    "a version that is none": set_field("version", "newest"),
    "a record that is none": put_string,
    "texts that are none": put_string_text,
}


@pytest.mark.parametrize("spoil", SPOILED.values(), ids=SPOILED.keys())
async def test_one_spoiled_record_holds_up_neither_deadlines_nor_drawings(
    harness: StoreHarness, spoil: Spoil
) -> None:
    spoiled, other = await harness.file("A", ALICE), await harness.file("B", CAROL)
    await harness.client.zadd(
        harness.runner.key("deadlines"), {f"time_out:{other}": 2, f"time_out:{spoiled}": 1}
    )
    await harness.client.hset(harness.runner.key("request", other), "deadline_at", "2")
    await spoil(harness, spoiled)
    await harness.work()
    stored = await harness.client.hget(harness.runner.key("request", other), "state")
    assert stored == State.TIMED_OUT
    assert await harness.client.zscore(harness.runner.key("deadlines"), f"time_out:{spoiled}")
    batch = await harness.outbox.due(10, 10)
    assert spoiled not in {request.id for request in (*batch.postings, *batch.drawings)}
    await harness.outbox.due(10, 10)


async def test_a_lock_that_nobody_can_read_still_locks(harness: StoreHarness) -> None:
    request = await harness.file("A", ALICE)
    await harness.client.hset(harness.runner.key("locks"), f"person:{ALICE}", "[]")
    found = (await harness.get(request)).lock
    assert found is not None
    assert found.target == Target(person=ALICE)


async def test_a_spoiled_lock_ends_no_other_persons_reading(harness: StoreHarness) -> None:
    request = await harness.file("A", CAROL)
    await harness.client.hset(harness.runner.key("locks"), "person:U0BOB", "anything")
    assert (await harness.get(request)).lock is None


@pytest.mark.parametrize("fields", [{"version": "one"}, {"sealed": "%"}, {"version": ""}])
async def test_a_spoiled_value_is_a_seal_that_does_not_open(
    harness: StoreHarness, fields: dict[str, str]
) -> None:
    key = harness.runner.key("secret", "default/A")
    await harness.client.hset(key, mapping=fields)  # type: ignore[arg-type]
    with pytest.raises(SealError):
        await harness.sealed.get(var("A"))
    await harness.client.hdel(key, *fields)
    with pytest.raises(SealError):
        await harness.sealed.get(var("A"))


@pytest.mark.parametrize("name", ["expires_at", "once", "requester", "variables"])
async def test_a_claim_of_a_spoiled_record_gives_nothing_and_raises_nothing_foreign(
    harness: StoreHarness, name: str
) -> None:
    request = await harness.grant("A")
    await harness.client.hset(harness.runner.key("request", request), name, "anything")
    claim = await harness.claim(request)
    why = claim.reason if isinstance(claim, Refusal) else claim.fault
    assert why
    assert why != Reason.NO_GRANT
