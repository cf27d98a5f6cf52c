"""Who writes to Redis makes nobody a member: a shared answer is ours, for that question, and young."""

import pytest

from envaccess.store.sealing import Sealing
from envaccess.store.shared_cache import CLOCK_APART, RedisCache
from tests.fakes.sealing import seals_for, wall
from tests.store.harness import WORKSPACE, StoreHarness

LIFE = 3_000
KEY, OTHER = "members:C0APPROVERS", "members:C0OTHERS"


class Replica:
    """One process, with a clock of its own."""

    def __init__(self, harness: StoreHarness, purpose: str = "tests") -> None:
        self.ahead, self.alarms = 0, list[str]()
        sealing = Sealing(seals_for(WORKSPACE, purpose=purpose), lambda: wall() + self.ahead)
        self.cache = RedisCache(harness.runner, sealing, LIFE, self.alarms.append)

    async def put(self, text: str, key: str = KEY, left: int = LIFE) -> None:
        """Store an answer as `TtlCache` does: it has looked there before."""
        await self.cache.get(key)
        await self.cache.put(key, text, left)


async def test_what_one_process_heard_another_takes(harness: StoreHarness) -> None:
    one, two = Replica(harness), Replica(harness)
    await one.put("U0BOB U0CAROL")
    assert await two.cache.get(KEY) == "U0BOB U0CAROL"
    await two.cache.drop(KEY)
    assert await one.cache.get(KEY) is None


@pytest.mark.parametrize("forged", ["U0EVE", "", "answer.0.0.{}", '{"answer":"U0EVE"}'])
async def test_a_member_who_was_written_in_is_none_and_raises_an_alarm(
    harness: StoreHarness, forged: str
) -> None:
    process = Replica(harness)
    await process.put("U0BOB")
    await harness.client.set(harness.runner.key("cache", KEY), forged)
    assert await process.cache.get(KEY) is None
    assert process.alarms == [KEY]


async def test_another_channels_answer_is_not_this_ones(harness: StoreHarness) -> None:
    process = Replica(harness)
    await process.put("U0EVE", OTHER)
    copied = str(await harness.client.get(harness.runner.key("cache", OTHER)))
    await harness.client.set(harness.runner.key("cache", KEY), copied)
    assert await process.cache.get(KEY) is None
    assert process.alarms == [KEY]


async def test_an_old_answer_that_is_put_back_is_not_taken(harness: StoreHarness) -> None:
    process = Replica(harness)
    await process.put("U0EVE", left=900)  # asked most of its life ago
    kept = str(await harness.client.get(harness.runner.key("cache", KEY)))
    process.ahead = 950
    await harness.client.set(harness.runner.key("cache", KEY), kept)
    assert await process.cache.get(KEY) is None
    assert process.alarms == []


@pytest.mark.parametrize("ahead", [CLOCK_APART + 500, -CLOCK_APART - 500])
async def test_a_process_whose_clock_is_off_neither_shares_nor_takes(
    harness: StoreHarness, ahead: int
) -> None:
    one, two = Replica(harness), Replica(harness)
    one.ahead = ahead
    await one.put("U0BOB")
    assert await harness.client.exists(harness.runner.key("cache", KEY)) == 0
    await two.put("U0CAROL")
    assert await one.cache.get(KEY) is None


async def test_an_answer_from_the_future_is_not_taken(harness: StoreHarness) -> None:
    one, two = Replica(harness), Replica(harness)
    one.ahead = CLOCK_APART - 500
    await one.put("U0BOB")
    assert await two.cache.get(KEY) is None


async def test_another_key_is_a_roll_out_and_no_alarm(harness: StoreHarness) -> None:
    one, two = Replica(harness, purpose="another key"), Replica(harness)
    await one.put("U0BOB")
    assert await two.cache.get(KEY) is None
    assert two.alarms == []
