"""Access ends on a full Redis, whatever time has brought about for the same grant meanwhile.

A warning, a start or a review's reminder that is due is written down by whoever touches the record next. On a
full Redis that must not come in the way of ending the access.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from envaccess.domain.outcome import Ended
from envaccess.domain.request import GrantState
from tests.fakes.rulings import EMERGENCY
from tests.store.harness import HOUR, MINUTE, OPERATOR, StoreHarness, var
from tests.store.test_client_faults import full

pytestmark = pytest.mark.real


async def warned(harness: StoreHarness) -> str:
    """A grant whose requester should have been warned by now."""
    request = await harness.grant("A")
    await harness.pass_time(50 * MINUTE)
    return request


async def started(harness: StoreHarness) -> str:
    """A grant that should have begun by now."""
    request = await harness.grant("A", starts_at=await harness.now() + 10 * MINUTE)
    await harness.pass_time(11 * MINUTE)
    return request


async def unreviewed(harness: StoreHarness) -> str:
    """Emergency access whose review should have been reminded of."""
    request = await harness.file("A", ruling=EMERGENCY, seconds=2 * 3_600)
    await harness.pass_time(HOUR + MINUTE)
    return request


DUE = {"warning": warned, "start": started, "review": unreviewed}
Make = Callable[[StoreHarness], Awaitable[str]]


@pytest.mark.parametrize("make", DUE.values(), ids=DUE)
async def test_access_is_ended_on_a_full_redis_where_something_is_due(
    real: StoreHarness, redis: Any, make: Make
) -> None:
    request = await make(real)
    async with full(redis):
        assert isinstance(await real.revoke(request), Ended)
    assert await real.left(request) == -2
    assert (await real.get(request)).grant is GrantState.REVOKED


@pytest.mark.parametrize("make", DUE.values(), ids=DUE)
async def test_deleting_a_variable_ends_what_is_due_on_a_full_redis(
    real: StoreHarness, redis: Any, make: Make
) -> None:
    request = await make(real)
    async with full(redis):
        assert await real.sealed.delete("op-delete", var("A"), OPERATOR) == 1
    assert await real.left(request) == -2
    assert (await real.get(request)).grant is GrantState.REVOKED
