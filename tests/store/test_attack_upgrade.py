"""Requests and grants made by the version before there were chains go on under this one.

A bot is upgraded while requests wait and access is live. A record that cannot be read would stop the drawing
of all messages and the clock of everybody's access, not only its own.
"""

import json
from typing import Any

import pytest

from envaccess.domain.audit import person
from envaccess.domain.outcome import Cancelled, Claim, Decided, Ended
from envaccess.domain.policy.pinned import load_ruling
from envaccess.domain.policy.principal_set import PrincipalSet
from envaccess.domain.policy.rules import Step
from envaccess.domain.request import GrantState, State, Verb
from tests.store.harness import ALICE, BOB, HOUR, REASON, StoreHarness

APPROVERS = "C0APPROVE"
OLD_RULING = json.dumps(
    {"channel": APPROVERS, "policy": "built-in", "approvals": 1, "pending_seconds": 4 * 3_600}
)
OLD_ID = "0LD0LD00"


async def old_request(harness: StoreHarness, variables: str = "default/B,default/A", **more: str) -> str:
    """What the former version's filing wrote, key by key."""
    key, now = harness.runner.key, await harness.now()
    client: Any = harness.client
    ordered = ",".join(sorted(variables.split(",")))
    marks = [await client.hget(key("catalogue", name), "incarnation") for name in variables.split(",")]
    record = {
        "requester": ALICE,
        "variables": variables,
        "state": "pending",
        "seconds": "3600",
        "once": "0",
        "created_at": str(now),
        "deadline_at": str(now + 4 * HOUR),
        "asked_before": "0",
        "asked_for_these": "0",
        "born": ",".join(marks),
        "version": "1",
        "message": "1700000000.000100",
        "message_shown": "1",
        "dm": "D0ALICE",
        "card": "1700000000.000200",
        "card_shown": "1",
        "card_decided": "0",
    }
    if ordered != variables:
        record["sorted"] = ordered
    await client.hset(key("request", OLD_ID), mapping={**record, **more})
    await client.hset(key("text", OLD_ID), mapping={"reason": REASON, "ruling": OLD_RULING})
    if "grant" not in more:
        await client.hset(key("pending", ALICE), ordered, OLD_ID)
        await client.zadd(key("deadlines"), {f"time_out:{OLD_ID}": now + 4 * HOUR})
    for name in ("", *(f":{name}" for name in variables.split(","))):
        await client.zadd(key("asked", f"{ALICE}{name}"), {OLD_ID: now})
    return OLD_ID


async def old_grant(harness: StoreHarness, *, once: bool = False) -> str:
    """What the former version's approval wrote."""
    ends = await harness.now() + HOUR
    request = await old_request(
        harness,
        state="approved",
        decided_by=BOB,
        decided_at=str(await harness.now()),
        grant="active",
        expires_at=str(ends),
        reveals="0",
        once=str(int(once)),
        card_decided="1",
    )
    key, client = harness.runner.key, harness.client
    await client.set(key("grant", request), ALICE, pxat=ends)
    await client.zadd(key("held", ALICE), {request: ends})
    for name in ("default/A", "default/B"):
        await client.zadd(key("shared", name), {request: ends})
    await client.zadd(key("deadlines"), {f"expire:{request}": ends + 1})
    return request


async def leftovers(harness: StoreHarness) -> list[str]:
    """What still waits for a person's request or a moment."""
    key, client = harness.runner.key, harness.client
    pending = await client.hvals(key("pending", ALICE))
    return [*pending, *await client.zrange(key("deadlines"), 0, -1)]


def test_an_old_ruling_is_one_approval_of_anybody_in_the_channel() -> None:
    ruling = load_ruling(OLD_RULING, schema=1)
    assert ruling.steps == (Step(PrincipalSet((APPROVERS,))),)
    assert (ruling.channel, ruling.pending_seconds) == (APPROVERS, 4 * 3_600)


async def test_an_old_pending_request_is_read_with_its_step(harness: StoreHarness) -> None:
    found = await harness.get(await old_request(harness))
    assert found.step == Step(PrincipalSet((APPROVERS,)))
    assert found.awaited == PrincipalSet((APPROVERS,))


@pytest.mark.parametrize(
    ("verb", "state"), [(Verb.APPROVE, State.APPROVED), (Verb.DENY, State.DENIED)], ids=["approve", "deny"]
)
async def test_an_old_pending_request_is_decided(harness: StoreHarness, verb: Verb, state: State) -> None:
    request = await old_request(harness)
    decided = await harness.decide(request, verb=verb)
    assert isinstance(decided, Decided)
    assert decided.state is state
    if verb is Verb.APPROVE:
        assert decided.grant is GrantState.ACTIVE
        assert 0 < await harness.left(request) <= HOUR
        await harness.use(request)
    assert f"time_out:{request}" not in await leftovers(harness)
    assert request not in await leftovers(harness), "nothing waits for what is decided"


async def test_an_old_pending_request_is_withdrawn(harness: StoreHarness) -> None:
    request = await old_request(harness)
    assert isinstance(await harness.requests.cancel(harness.op(), request, person(ALICE)), Cancelled)
    assert await leftovers(harness) == []


async def test_an_old_pending_request_times_out(harness: StoreHarness) -> None:
    request = await old_request(harness)
    await harness.pass_time(4 * HOUR + 1)
    await harness.work()
    assert (await harness.get(request)).state is State.TIMED_OUT
    assert await leftovers(harness) == []


async def test_a_repeat_finds_the_old_pending_request(harness: StoreHarness) -> None:
    request = await old_request(harness)
    filed = await harness.requests.open(harness.op(), harness.new("A,B"))
    assert (filed.repeated, filed.id) == (True, request)  # type: ignore[union-attr]


async def test_an_old_grant_is_revealed_and_ended(harness: StoreHarness) -> None:
    request = await old_grant(harness)
    await harness.use(request)
    assert isinstance(await harness.revoke(request), Ended)
    assert await harness.left(request) == -2
    assert await harness.tags() == [
        "secret.created",
        "secret.created",
        "secret.created",
        "grant.revealed",
        "grant.revoked",
    ]


async def test_an_old_single_use_is_spent_once(harness: StoreHarness) -> None:
    request = await old_grant(harness, once=True)
    await harness.use(request)
    assert not isinstance(await harness.claim(request), Claim)


async def test_an_old_grant_expires(harness: StoreHarness) -> None:
    request = await old_grant(harness)
    await harness.pass_time(HOUR + 2)
    await harness.work()
    assert (await harness.get(request)).grant is GrantState.EXPIRED


async def test_an_old_grant_is_extended(harness: StoreHarness) -> None:
    request = await old_grant(harness)
    before = (await harness.get(request)).expires_at
    more = await harness.file("B,A", extends=request, seconds=600)
    decided = await harness.decide(more)
    assert isinstance(decided, Decided)
    assert (await harness.get(request)).expires_at == before + 600_000


async def test_the_requester_of_an_old_grant_is_not_called_again(harness: StoreHarness) -> None:
    """Its card was posted when it was decided; posting it once more at the end would tell of nothing new."""
    found = await harness.get(await old_grant(harness))
    assert found.calls == found.surfaces.card_calls
