"""Nobody is said to have approved, narrowed or reviewed what they did not (law 13)."""

from typing import Any

import pytest

from envaccess.domain.errors import SealRefusedError
from envaccess.domain.outcome import Filed
from envaccess.domain.request import Verb
from tests.fakes.rulings import EMERGENCY
from tests.store.harness import ALICE, BOB, CAROL, StoreHarness


async def put(harness: StoreHarness, request: str, **fields: str) -> None:
    written: Any = fields
    await harness.client.hset(harness.runner.key("request", request), mapping=written)


async def emergency(harness: StoreHarness, name: str = "A") -> str:
    filed = await harness.requests.open(harness.op(), harness.new(name, ALICE, ruling=EMERGENCY))
    assert isinstance(filed, Filed)
    return filed.id


async def review(harness: StoreHarness, request: str) -> None:
    sealed = (await harness.get(request)).sealed
    assert sealed is not None
    await harness.requests.review(harness.op(), request, BOB, "it was right", "", sealed.mac)


@pytest.mark.parametrize("field", ["decided_by", "narrowed_by"])
async def test_an_approval_is_not_told_of_somebody_else(harness: StoreHarness, field: str) -> None:
    request = await harness.grant("A")
    await put(harness, request, **{field: CAROL})
    with pytest.raises(SealRefusedError):
        await harness.requests.get(request)


async def test_a_review_that_nobody_closed_is_not_told_as_closed(harness: StoreHarness) -> None:
    request = await emergency(harness)
    await put(harness, request, review="closed", reviewed_by=BOB, reviewed_at="1")
    with pytest.raises(SealRefusedError):
        await harness.requests.get(request)


async def test_a_review_is_told_of_who_closed_it(harness: StoreHarness) -> None:
    request = await emergency(harness)
    await review(harness, request)
    found = (await harness.get(request)).emergency
    assert found is not None
    assert found.reviewed_by == BOB
    await put(harness, request, reviewed_by=CAROL)
    with pytest.raises(SealRefusedError):
        await harness.requests.get(request)


async def test_the_review_of_another_emergency_closes_none(harness: StoreHarness) -> None:
    request, other = await emergency(harness), await emergency(harness, "B")
    await review(harness, request)
    closed = str(await harness.client.hget(harness.runner.key("text", request), "review"))
    await put(harness, other, review="closed", reviewed_by=BOB)
    await harness.client.hset(harness.runner.key("text", other), "review", closed)
    with pytest.raises(SealRefusedError):
        await harness.requests.get(other)


async def test_an_approval_of_something_else_is_told_of_nothing(harness: StoreHarness) -> None:
    """Also of a request that is over, where no approval counts any more."""
    granted, denied = await harness.grant("A"), await harness.file("B")
    await harness.decide(denied, verb=Verb.DENY)
    approvals = str(await harness.client.hget(harness.runner.key("text", granted), "approvals"))
    await harness.client.hset(harness.runner.key("text", denied), "approvals", approvals)
    with pytest.raises(SealRefusedError):
        await harness.requests.get(denied)
