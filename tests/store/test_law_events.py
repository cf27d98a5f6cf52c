"""Law 1: no state change without its audit event, no event without its change, one Lua step for both.

Law 10: every call repeated under its operation id returns the same and changes nothing.
"""

from typing import Any

import pytest

from envaccess.domain.outcome import Claim
from tests.store.cases import CASES, Case
from tests.store.cases_course import COURSE_CASES
from tests.store.cases_lock import LOCK_CASES
from tests.store.harness import MINUTE, StoreHarness

ALL_CASES = CASES | COURSE_CASES | LOCK_CASES
every_case = pytest.mark.parametrize("case", ALL_CASES.values(), ids=ALL_CASES.keys())


@every_case
async def test_a_call_writes_exactly_its_events_and_changes_only_with_them(
    harness: StoreHarness, case: Case
) -> None:
    situation = await case.setup(harness)
    state, last = await harness.state(), await harness.trail.last()
    await case.act(harness, situation, "op-act")
    assert tuple(await harness.tags(last)) == case.events
    assert (await harness.state() != state) is case.changing


def same(first: Any, again: Any) -> bool:
    """Whether a repeat was given the first outcome; of a claim all but that it is fresh."""
    if isinstance(first, Claim) and isinstance(again, Claim):
        fresh = (first.fresh, again.fresh) == (True, False)
        return fresh and (first.id, first.variables, first.expires_at) == (
            again.id,
            again.variables,
            again.expires_at,
        )
    return bool(first == again)


@every_case
async def test_a_repeated_call_returns_the_same_and_changes_nothing_at_once_or_long_after(
    harness: StoreHarness, case: Case
) -> None:
    """Slack repeats deliveries, redis-py calls whose answer was lost, and people their clicks.

    Long after is within the hour in which outcomes are kept, whatever became of the thing meanwhile.
    """
    situation = await case.setup(harness)
    first = await case.act(harness, situation, "op-act")
    before = await harness.dump()
    for _ in range(3):
        assert same(first, await case.act(harness, situation, "op-act"))
    assert await harness.dump() == before
    await harness.pass_time(59 * MINUTE)
    await harness.work()
    before = await harness.dump()
    assert same(first, await case.act(harness, situation, "op-act"))
    assert await harness.dump() == before


@every_case
async def test_every_live_grant_has_its_key_and_its_ttl_and_no_other_has(
    harness: StoreHarness, case: Case
) -> None:
    """Only the TTL ends access: a grant key without one would be access for ever."""
    situation = await case.setup(harness)
    await case.act(harness, situation, "op-act")
    client: Any = harness.client
    prefix = harness.runner.key("grant")
    keys = {name for name in await harness.keys() if name.startswith(prefix)}
    records = [name for name in await harness.keys() if name.startswith(harness.runner.key("request"))]
    active = set()
    for name in records:
        record = await client.hgetall(name)
        if record.get("grant") == "active":
            found = prefix + name.rpartition(":")[2]
            active.add(found)
            assert await client.pexpiretime(found) == int(record["expires_at"])
    assert keys == active
    for name in keys:
        assert await client.pttl(name) > 0
