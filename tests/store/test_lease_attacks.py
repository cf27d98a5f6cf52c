"""Whoever writes to Redis and has no key: nothing that was made for a use lives on by it (law 13)."""

from typing import Any

import pytest

from tests.store.harness import StoreHarness
from tests.store.leasing import Leasing


@pytest.fixture
def leasing(harness: StoreHarness) -> Leasing:
    return Leasing(harness)


async def prolong(leasing: Leasing, of: str, **forged: object) -> None:
    """What an extension would write of a lease, and when it would be looked at."""
    runner, short = leasing.store.runner, f"{of}_0_1"
    far = 9_000_000_000_000
    fields: dict[Any, Any] = {
        "state": "minted",
        "ends_at": far,
        "works_deadline": far,
        "extending": "1",
        **forged,
    }
    await leasing.store.client.hset(runner.key("source_lease", short), mapping=fields)
    await leasing.store.client.zadd(runner.key("leases_at", "pg"), {short: 1})
    await leasing.work()


async def test_what_a_single_use_showed_is_prolonged_by_nobody(leasing: Leasing) -> None:
    request = await leasing.store.grant("A", seconds=900, once=True)
    value = await leasing.shown(request)
    for _ in range(3):
        await leasing.pass_time(600, asleep=True)
        await prolong(leasing, request)
    assert not leasing.server.log_in(value)


async def test_what_was_made_lives_by_no_other_requests_time(leasing: Leasing) -> None:
    longer = await leasing.store.grant("B", seconds=8 * 3_600)
    request, value = await leasing.granted()
    await leasing.pass_time(3_000, asleep=True)
    await prolong(leasing, request, request=longer)
    await leasing.pass_time(1_000, asleep=True)
    assert not leasing.server.log_in(value)


async def test_what_is_listed_of_a_record_gives_a_terminal_no_order(leasing: Leasing) -> None:
    request, _ = await leasing.granted()
    name = leasing.store.runner.key("source_lease", f"{request}_0_1")
    await leasing.store.client.hset(
        name, mapping={"requester": "U0\x1b[2J", "left": "\x9b2J", "variable": "A\n"}
    )
    (kept,) = await leasing.kept()
    assert (kept.requester + kept.left + kept.variable).isprintable()


async def test_spoiled_record_of_one_login_keeps_no_other_alive(leasing: Leasing) -> None:
    runner, client = leasing.store.runner, leasing.store.client
    request, _ = await leasing.granted()
    other, value = await leasing.granted()
    name = runner.key("source_lease", f"{request}_0_1")
    for field, text in (("variable", None), ("ends_at", "inf"), ("seal", None), ("tries", "many")):
        await client.hset(name, "state", "ending")
        await (client.hset(name, field, text) if text else client.hdel(name, field))
        await client.zadd(runner.key("leases_at", "pg"), {f"{request}_0_1": 1})
        await leasing.work()
        await leasing.kept()
    await client.zadd(runner.key("leases_at", "pg"), {f"{request}_0_1": float("inf")})
    await leasing.store.revoke(other)
    await leasing.work()
    assert not leasing.server.log_in(value)
    await leasing.kept()
