"""Law 14: an entry that nobody of this version wrote holds up nothing but what it is about."""

import json

import pytest

from envaccess.domain.audit import export_line
from envaccess.domain.outcome import Locked
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import State
from tests.store.harness import ALICE, BOB, CAROL, OPERATOR, SECURITY, StoreHarness, target, var

ODD = {
    "of another shape": json.dumps({"lock": {"id": "1-1"}}),
    "without a moment": json.dumps({"id": "1-1", "by": "cli:root", "at": "soon", "why": "because"}),
    "no object": '["cli:root"]',
    "no JSON": "locked",
}


async def put_lock(harness: StoreHarness, what: str, kept: str) -> None:
    """Write a lock as another version, or somebody else, would."""
    await harness.client.hset(harness.runner.key("locks"), str(target(what)), kept)


@pytest.mark.parametrize("kept", ODD.values(), ids=ODD)
async def test_a_lock_that_cannot_be_read_locks_its_own_target_only(harness: StoreHarness, kept: str) -> None:
    await put_lock(harness, CAROL, kept)
    request = await harness.grant("A")
    assert (await harness.get(request)).state is State.APPROVED
    assert (await harness.use(request)).requester == ALICE
    refused = await harness.requests.open(harness.op(), harness.new("A", CAROL))
    assert isinstance(refused, Refusal)
    assert refused.reason is Reason.LOCKED
    assert list(await harness.locks.standing()) == [target(CAROL)]


@pytest.mark.parametrize("kept", ODD.values(), ids=ODD)
async def test_a_lock_that_cannot_be_read_can_be_lifted(harness: StoreHarness, kept: str) -> None:
    await put_lock(harness, "B", kept)
    again = await harness.lock("B")
    assert isinstance(again, Locked)
    assert again.repeated
    assert isinstance(await harness.locks.unlock(harness.op(), target("B"), SECURITY), Locked)
    assert await harness.locks.standing() == {}
    await harness.file("B", CAROL)


async def test_a_duty_without_an_end_is_nobodys_and_holds_up_nothing(harness: StoreHarness) -> None:
    request = await harness.file("A")
    await harness.client.zadd(harness.runner.key("delegations"), {f"{CAROL}:{BOB}": float("inf")})
    assert (await harness.get(request)).duties == ()
    assert await harness.delegations.standing() == ()


async def test_a_name_that_is_none_hides_no_other_variable(harness: StoreHarness) -> None:
    await harness.client.zadd(harness.runner.key("names"), {"STRIPE_KEY": 0})
    assert await harness.catalogue.names() == [var("A"), var("B"), var("staging/DB")]


async def test_an_event_of_a_year_that_no_date_has_can_be_exported(harness: StoreHarness) -> None:
    stream, last = harness.runner.key("audit"), await harness.trail.last()
    await harness.client.xadd(stream, {"event": "grant.revealed"}, id="253402300800000-0")
    await harness.sealed.delete(harness.op(), var("A"), OPERATOR)
    odd, deleted = await harness.trail.after(last, 10)
    assert json.loads(export_line(odd))["at"] == "9999-12-31T23:59:59.000Z"
    assert json.loads(export_line(deleted))["event"] == "secret.deleted"
