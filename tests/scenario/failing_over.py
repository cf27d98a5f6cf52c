"""A failover to a server that lagged, as a bot sees it: the whole store is what it was before."""

from dataclasses import dataclass, field
from typing import Any

from tests.scenario.harness import ScenarioHarness
from tests.store.harness import HOUR


@dataclass
class Replica:
    """What a replica had when it stopped following."""

    harness: ScenarioHarness
    held: dict[Any, tuple[bytes, int]] = field(default_factory=dict)

    async def stop_following(self) -> None:
        """From now on it lags."""
        client: Any = self._raw()
        self.held = {
            key: (await client.dump(key), max(0, await client.pttl(key)))
            async for key in client.scan_iter(count=1_000)
        }
        await client.aclose()

    async def take_over(self) -> None:
        """In one step, so that nobody sees an empty store."""
        client: Any = self._raw()
        pipe = client.pipeline(transaction=True)
        pipe.flushall()
        for key, (value, ttl) in self.held.items():
            if value is not None:
                pipe.restore(key, ttl, value)
        await pipe.execute()
        await client.aclose()

    def _raw(self) -> Any:
        import redis.asyncio as redis  # noqa: PLC0415 - as bytes

        return redis.Redis.from_url(self.harness.redis_url)


async def clock_ahead(harness: ScenarioHarness) -> None:
    """The clock of the server that will be lost is a day ahead: its ids are greater than any to come."""
    client: Any = harness.redis
    stream = harness.runner.key("audit")
    (newest, fields), *_ = await client.xrevrange(stream, count=1)
    number = int(await client.incr(harness.runner.key("event_number"))) - 1
    ahead = int(newest.partition("-")[0]) + 24 * HOUR
    told = {"event": "bot.started", "at": fields["at"], "actor": "bot", "n": str(number), "s": "ab" * 16}
    await client.xadd(stream, told, id=f"{ahead}-0")
