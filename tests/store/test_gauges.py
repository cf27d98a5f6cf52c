"""What the state says of itself in numbers, on both kinds of server; forged keys stop nobody."""

from typing import Any

import pytest

from envaccess.domain.errors import StoreUnavailableError
from envaccess.store.gauges import RedisGauges
from tests.store.harness import ALICE, MINUTE, StoreHarness


async def test_what_waits_and_how_long_is_told(harness: StoreHarness) -> None:
    gauges = RedisGauges(harness.runner)
    before = await gauges.read()
    assert (before.pending, before.oldest_pending, before.holder, before.rotations) == (0, 0, "", 0)
    first = await harness.file("A")
    await harness.pass_time(2 * MINUTE)
    await harness.file("B")
    await harness.outbox.lead()
    found = await gauges.read()
    assert (found.pending, found.drawings, found.holder) == (2, 2, harness.outbox.token)
    assert 2 * MINUTE <= found.oldest_pending < 3 * MINUTE
    assert found.oldest_drawing >= 2 * MINUTE
    made, ends = (await gauges.moments([first]))[first]
    assert found.now - found.oldest_pending == made
    assert ends == 0


async def lease(harness: StoreHarness, name: str, **fields: Any) -> None:
    """A lease as its scripts write it, as far as it is counted."""
    runner = harness.runner
    await harness.client.hset(runner.key("leasing"), "pg", "1")
    await harness.client.zadd(runner.key("leases_at", "pg"), {name: 1})
    pairs: Any = fields
    await harness.client.hset(runner.key("source_lease", name), mapping=pairs)


async def test_leases_are_told_apart_and_what_is_spoiled_counts_as_live(harness: StoreHarness) -> None:
    now = await harness.now()
    await lease(harness, "r1_0_1", state="minted", ends_at=now + MINUTE)
    await lease(harness, "r1_0_2", state="ending", ending_at=now - 1_000)
    await lease(harness, "r1_0_3", state="ending", ending_at=now - 2 * MINUTE)
    await lease(harness, "r1_0_4", state="minted", ends_at=now - 2 * MINUTE)
    await lease(harness, "r1_0_5", state="ending", ending_at=now - 9 * MINUTE, owned="1")
    await lease(harness, "r1_0_6", state="ending", ending_at=now - 9 * MINUTE, closed="1")
    await lease(harness, "r1_0_7", state="", ends_at="9" * 400)
    found = await RedisGauges(harness.runner).read()
    assert found.leases == {"live": 2, "ending": 1, "overdue": 2, "tombstone": 2}


async def test_so_many_leases_are_looked_at_and_the_rest_is_counted(
    harness: StoreHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("envaccess.store.gauges._LEASES_MOST", 3)
    for number in range(10):
        await lease(harness, f"r1_0_{number}", state="ending", ending_at=await harness.now())
    assert (await RedisGauges(harness.runner).read()).leases == {
        "live": 7,
        "ending": 3,
        "overdue": 0,
        "tombstone": 0,
    }


async def test_what_somebody_forged_is_no_number_and_a_key_of_another_type_is_no_answer(
    harness: StoreHarness,
) -> None:
    gauges = RedisGauges(harness.runner)
    await harness.client.set(harness.runner.key("epoch"), "9" * 400)
    await harness.client.hset(harness.runner.key("request", "forged"), mapping={"created_at": "nan"})
    assert (await gauges.read()).epoch == 0
    assert await gauges.moments(["forged", ALICE]) == {"forged": (0, 0), ALICE: (0, 0)}
    await harness.client.set(harness.runner.key("undecided"), "no set")
    with pytest.raises(StoreUnavailableError):
        await gauges.read()


@pytest.mark.parametrize("score", ["-inf", "inf", "-1e300", "1e300"])
async def test_no_score_that_is_no_time_hides_the_other_metrics(harness: StoreHarness, score: str) -> None:
    client: Any = harness.client
    await harness.file("A")
    for kind in ("undecided", "dirty"):
        await client.execute_command("ZADD", harness.runner.key(kind), score, "x")
    found = await RedisGauges(harness.runner).read()
    assert found.pending == 2
    assert 0 <= found.oldest_pending < MINUTE
    assert 0 <= found.oldest_drawing < MINUTE
