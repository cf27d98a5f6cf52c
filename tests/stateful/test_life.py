"""Law 1, 3, 6 and 10 under any sequence that hypothesis finds.

`--sequences-tried` of them; repeat a run with `--hypothesis-seed`.
"""

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


def test_any_life_on_fakeredis_is_the_models(pytestconfig: pytest.Config) -> None:
    tried = int(pytestconfig.getoption("--sequences-tried"))
    some = settings(max_examples=tried, stateful_step_count=40, deadline=None, suppress_health_check=QUIET)
    run_state_machine_as_test(FakeLife, settings=some)


@pytest.mark.real
def test_any_life_on_the_real_server_is_the_models(valkey: str, pytestconfig: pytest.Config) -> None:
    tried = int(pytestconfig.getoption("--sequences-tried"))

    class RealLife(Life):
        """On the real server."""

        async def open(self) -> StoreHarness:
            client = connect(valkey)
            await client.flushall()
            return StoreHarness(client)

    some = settings(max_examples=tried, stateful_step_count=50, deadline=None, suppress_health_check=QUIET)
    run_state_machine_as_test(RealLife, settings=some)
