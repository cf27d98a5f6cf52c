"""`/readyz` names what fails, in time for whoever asks, so that whoever is woken knows where to look."""

import pytest

from envaccess.wiring import readiness as wired
from tests.scenario.fault_proxy import FaultProxy
from tests.scenario.harness import ScenarioHarness
from tests.scenario.logs import readiness, serving

READY: tuple[int, list[str]] = (200, [])


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """No answer serves twice."""
    monkeypatch.setattr(wired, "KEPT_SECONDS", 0.0)


async def test_a_slack_that_does_not_answer_is_named_and_so_is_one_that_refuses_us(
    harness: ScenarioHarness,
) -> None:
    async with serving(harness) as log:
        gate = harness.slack.faults.hang("auth.test", times=1)
        assert await readiness(log) == (503, ["slack"])
        gate.release()
        harness.slack.faults.answer("auth.test", "token_revoked", times=1)
        assert await readiness(log) == (503, ["slack"])
        assert await readiness(log) == READY


@pytest.mark.product_deadlines
async def test_a_redis_that_does_not_answer_is_named_while_it_is_still_silent(
    harness: ScenarioHarness,
) -> None:
    async with FaultProxy(harness.redis_url) as proxy, serving(harness, redis_url=proxy.url) as log:
        assert await readiness(log) == READY
        with proxy.frozen():
            assert await readiness(log) == (503, ["redis"])
        assert await readiness(log) == READY
        async with proxy.down():
            assert await readiness(log) == (503, ["redis"])
        assert await readiness(log) == READY
