"""Whoever writes to Redis can have a store upgraded again, which ends things; it opens nothing (law 13)."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from envaccess.domain.errors import RecordRefusedError
from envaccess.domain.policy.pinned import plain_ruling
from envaccess.domain.refusal import Refusal
from envaccess.domain.request import GrantState, State
from envaccess.domain.seals.statements import EpochSeal, HistorySeal
from envaccess.store.keys import EPOCH
from envaccess.store.upgrade import StoreUpgrade
from envaccess.wiring.upgrade import run_upgrade
from tests.fakes.rulings import EMERGENCY
from tests.fakes.sealing import seals_for
from tests.store.harness import ALICE, BOB, CAROL, HOUR, REASON, RULING, StoreHarness

FORGED = "F0RGED00"


def upgrading(harness: StoreHarness) -> StoreUpgrade:
    return StoreUpgrade(harness.runner, harness.sealing, "upgrade-1")


async def start(harness: StoreHarness) -> bool:
    """What the start of a process does behind the backup; whether it upgraded."""
    store = upgrading(harness)
    if await store.is_done():
        return False
    assert await store.lease.take()
    await run_upgrade(store, "backups/of-tests.jsonl")
    await store.lease.resign()
    return True


@pytest.fixture
async def marked(harness: StoreHarness) -> StoreHarness:
    """A workspace of this version, in which people live."""
    await upgrading(harness).mark()
    assert not await start(harness)
    return harness


async def forge(harness: StoreHarness, **more: str) -> str:
    """A record that no seal says anything of: access for Alice that nobody agreed to, key by key."""
    key, now = harness.runner.key, await harness.now()
    client: Any = harness.client
    record = {
        "requester": ALICE, "variables": "default/A", "state": "approved", "seconds": "3600", "once": "0",
        "created_at": str(now), "deadline_at": str(now + HOUR), "decided_by": BOB, "decided_at": str(now),
        "version": "1", "grant": "active", "expires_at": str(now + HOUR), "reveals": "0",
        "born": str(await client.hget(key("catalogue", "default/A"), "incarnation")),
    }  # fmt: skip
    ruling = json.dumps(plain_ruling(RULING))
    approvals = json.dumps([{"by": BOB, "step": 0, "at": now}])
    await client.hset(key("request", FORGED), mapping={**record, **more})
    await client.hset(
        key("text", FORGED), mapping={"reason": REASON, "ruling": ruling, "approvals": approvals}
    )
    await open_again(harness, FORGED)
    return FORGED


async def open_again(harness: StoreHarness, request: str) -> None:
    """Make its index say that access is live."""
    key, ends = harness.runner.key, await harness.now() + HOUR
    client: Any = harness.client
    live = {"state": "approved", "grant": "active", "expires_at": str(ends)}
    await client.hset(key("request", request), mapping=live)
    await client.set(key("grant", request), ALICE, pxat=ends)
    await client.zadd(key("held", ALICE), {request: ends})
    await client.zadd(key("shared", "default/A"), {request: ends})


async def gives(harness: StoreHarness, request: str) -> bool:
    """Whether somebody gets a value by it: a claim that no seal holds for is given back."""
    try:
        await harness.get(request)
    except RecordRefusedError:
        return False
    claimed = await harness.claim(request)
    return not isinstance(claimed, Refusal) and not claimed.fault


def other_marks(harness: StoreHarness) -> dict[str, Callable[[], Awaitable[Any]]]:
    """What somebody can do to the mark, by what it is called."""
    key, client = harness.runner.key, harness.client
    foreign = EpochSeal(EPOCH, 1).sealed(seals_for("T0OTHER"))
    made_up = EpochSeal(EPOCH, 1).sealed(seals_for(harness.workspace, purpose="somebody else's"))
    older = EpochSeal(0, 1).sealed(harness.sealing.seals)

    async def another_kind() -> None:
        request = await harness.file("B", CAROL)
        seal = await client.hget(key("text", request), "filing")
        await client.set(key("epoch_seal"), str(seal))

    return {
        "epoch deleted": lambda: client.delete(key("epoch")),
        "seal deleted": lambda: client.delete(key("epoch_seal")),
        "both deleted": lambda: client.delete(key("epoch"), key("epoch_seal")),
        "epoch set back": lambda: client.set(key("epoch"), "0"),
        "another workspace's seal": lambda: client.set(key("epoch_seal"), foreign),
        "a seal of another key": lambda: client.set(key("epoch_seal"), made_up),
        "an older epoch's seal": lambda: client.set(key("epoch_seal"), older),
        "a seal of another kind": another_kind,
    }


async def test_a_mark_that_was_touched_has_everything_end_and_opens_nothing(marked: StoreHarness) -> None:
    for name, touch in other_marks(marked).items():
        live, waits = await marked.grant("A"), await marked.file("A,B")
        raised = await marked.file("staging/DB", CAROL, ruling=EMERGENCY)
        await marked.delegations.give(marked.op(), BOB, CAROL, 3_600)
        forged = await forge(marked)
        await touch()
        assert await start(marked), name
        assert (await marked.get(live)).grant is GrantState.REVOKED
        assert (await marked.get(waits)).state is State.TIMED_OUT
        assert (await marked.get(raised)).reviewable
        assert not await marked.delegations.standing()
        assert [await marked.left(request) for request in (live, raised, forged)] == [-2, -2, -2]
        for request in (live, waits, raised, forged):
            assert not await gives(marked, request), name
        assert not await start(marked), "once is enough"
        await marked.client.delete(marked.runner.key("request", forged), marked.runner.key("text", forged))


async def test_a_forged_record_is_kept_as_what_is_over_and_never_lives_again(marked: StoreHarness) -> None:
    forged = await forge(marked)
    with pytest.raises(RecordRefusedError):
        await marked.get(forged)
    await marked.client.delete(marked.runner.key("epoch_seal"))
    await start(marked)
    found = await marked.get(forged)
    assert (found.state, found.grant) == (State.APPROVED, GrantState.REVOKED)
    assert found.sealed
    assert isinstance(found.sealed.filing, HistorySeal)
    await open_again(marked, forged)
    assert not await gives(marked, forged)
    await marked.client.hset(marked.runner.key("request", forged), mapping={"state": "pending", "grant": ""})
    assert not await gives(marked, forged)


async def test_without_touching_the_mark_an_unsealed_record_is_refused(marked: StoreHarness) -> None:
    forged = await forge(marked)
    assert not await start(marked)
    with pytest.raises(RecordRefusedError):
        await marked.get(forged)
    assert not await gives(marked, forged)


async def test_what_was_over_and_sealed_stays_as_it_was(marked: StoreHarness) -> None:
    """Its own seals say more than a record of history would."""
    over = await marked.grant("A")
    await marked.revoke(over)
    before = await marked.client.hgetall(marked.runner.key("text", over))
    await marked.client.delete(marked.runner.key("epoch_seal"))
    await start(marked)
    assert await marked.client.hgetall(marked.runner.key("text", over)) == before
    assert (await marked.get(over)).ended_by == f"person:{ALICE}"


@pytest.mark.parametrize(
    "broken",
    [{"born": "1,2,3", "variables": ""}, {"seconds": "long"}, {"state": "suspended"}, {"created_at": ""}],
    ids=["no variables", "no time", "another state", "no moment"],
)
async def test_a_record_that_cannot_be_read_is_refused_alone_and_holds_up_nothing(
    marked: StoreHarness, broken: dict[str, str]
) -> None:
    forged = await forge(marked, **broken)
    client: Any = marked.client
    await client.hset(marked.runner.key("request", forged), mapping=broken)
    live = await marked.grant("B", CAROL)
    await marked.client.delete(marked.runner.key("epoch_seal"))
    assert await start(marked)
    assert (await marked.get(live)).grant is GrantState.REVOKED
    with pytest.raises(RecordRefusedError):
        await marked.get(forged)
    (told,) = [event for event in await marked.events() if event.event == "store.upgraded"]
    assert told.detail["refused"] == "1"


async def test_an_empty_store_is_marked_and_told_nothing(harness: StoreHarness) -> None:
    before = await harness.tags()
    await upgrading(harness).mark()
    assert await upgrading(harness).is_done()
    assert await harness.tags() == before
