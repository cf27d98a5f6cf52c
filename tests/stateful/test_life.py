"""Law 1, 3, 6 and 10 under any sequence that hypothesis finds. Repeat a run with `--hypothesis-seed`."""

import asyncio
from collections.abc import Iterator

import pytest
from fakeredis import FakeAsyncRedis
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from envaccess.store.client import connect
from tests.stateful.life import Life
from tests.store.harness import StoreHarness

QUIET = list(HealthCheck)


class FakeLife(Life):
    """On fakeredis."""

    tolerance = 50

    async def open(self) -> StoreHarness:
        return StoreHarness(FakeAsyncRedis(decode_responses=True))


def test_any_life_on_fakeredis_is_the_models() -> None:
    some = settings(max_examples=30, stateful_step_count=40, deadline=None, suppress_health_check=QUIET)
    run_state_machine_as_test(FakeLife, settings=some)


@pytest.fixture
def quick(valkey: str) -> Iterator[str]:
    """The real server without its disk, which thousands of steps do not need."""

    async def sync(when: str) -> None:
        client = connect(valkey)
        await client.config_set("appendfsync", when)
        await client.aclose()

    asyncio.run(sync("no"))
    yield valkey
    asyncio.run(sync("always"))


@pytest.mark.real
def test_any_life_on_the_real_server_is_the_models(quick: str) -> None:
    class RealLife(Life):
        """On the real server."""

        async def open(self) -> StoreHarness:
            client = connect(quick)
            await client.flushall()
            return StoreHarness(client)

    some = settings(max_examples=40, stateful_step_count=50, deadline=None, suppress_health_check=QUIET)
    run_state_machine_as_test(RealLife, settings=some)
