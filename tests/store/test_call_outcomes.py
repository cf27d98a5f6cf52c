"""What each call of Redis came to is told to whoever counts."""

from typing import Any

import pytest

from envaccess.domain.errors import StoreUnavailableError, StoreUncertainError
from envaccess.store.runner import Runner

pytestmark = pytest.mark.real


async def test_what_each_call_came_to_is_told(redis: Any) -> None:
    told: list[str] = []
    runner = Runner(redis, "T0COUNTED", note=told.append)
    await runner.run("lead", token="t")
    await runner.read("PING")
    await redis.config_set("maxmemory", 1)
    try:
        with pytest.raises(StoreUnavailableError):
            await runner.run("append", op="op-counted", event="bot.started", actor="bot", detail={})
    finally:
        await redis.config_set("maxmemory", 0)
    await redis.set(runner.key("lease"), "x")
    await redis.hset(runner.key("audit"), "no", "stream")
    with pytest.raises(StoreUncertainError):
        await runner.run("append", op="op-counted", event="bot.started", actor="bot", detail={})
    assert told == ["done", "done", "unavailable", "uncertain"]
