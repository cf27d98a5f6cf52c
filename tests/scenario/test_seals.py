"""Law 13 from outside: who writes to Redis changes nothing that people asked or agreed to."""

from typing import Any

import pytest

from tests.scenario.harness import ScenarioHarness
from tests.scenario.logs import serving
from tests.scenario.watch import id_on, settled
from tests.scenario.watch import told as answered

BROKEN = "What is stored of this request is not what people did, so nothing can be done with it."
FORGED = {"requester": "U0003CAROL", "variables": "default/OTHER", "seconds": "7200"}

pytestmark = pytest.mark.usefixtures("unpaced")


@pytest.mark.parametrize(("field", "content"), FORGED.items(), ids=FORGED.keys())
async def test_a_request_that_was_changed_in_redis_is_approved_by_nobody(
    harness: ScenarioHarness, field: str, content: str
) -> None:
    async with serving(harness) as log:
        message = await harness.filed("STRIPE_KEY 1h debugging a failed refund")
        request = id_on(message)
        await settled(harness)
        drawn = harness.slack.draw(message)
        client: Any = harness.redis
        await client.hset(harness.runner.key("request", request), field, content)
        press = await harness.bob.press(message, "Approve")
        assert BROKEN in await answered(harness, press)
        await harness.until(
            lambda: [m for m in harness.slack.messages(harness.audit) if "`seal.broken`" in m.text]
        )
        await settled(harness)
        assert harness.slack.draw(message) == drawn
    tags = await harness.tags()
    assert tags.count("seal.broken") == 1
    assert not {"request.approved", "grant.activated"} & set(tags)
    assert [line for line in log if request in str(line) and "seal" in str(line)]
