"""Law 13 from outside: who writes to Redis changes nothing that people asked or agreed to."""

import time
from typing import Any, cast

import pytest

from envaccess.wiring.parts import WallClock
from tests.scenario.harness import STRIPE, ScenarioHarness
from tests.scenario.logs import serving
from tests.scenario.policies import audit_says
from tests.scenario.watch import heard, id_on, settled
from tests.scenario.watch import told as answered

BROKEN = "What is stored of this request is not what people did, so nothing can be done with it."
CLOCK_OFF = "The clocks of envaccess and of its Redis differ too much, so nothing was changed."
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
        await audit_says(harness, "seal.broken", request)
        await settled(harness)
        assert harness.slack.draw(message) == drawn
    tags = await harness.tags()
    assert tags.count("seal.broken") == 1
    assert not {"request.approved", "grant.activated"} & set(tags)
    assert [line for line in log if request in str(line) and "seal" in str(line)]


@pytest.mark.parametrize(("field", "content"), FORGED.items(), ids=FORGED.keys())
async def test_a_grant_that_was_changed_in_redis_shows_nothing_and_spends_no_use(
    harness: ScenarioHarness, field: str, content: str
) -> None:
    async with serving(harness) as log:
        card = await harness.granted("STRIPE_KEY once debugging a failed refund")
        request = id_on(card)
        await settled(harness)
        client, key = cast("Any", harness.redis), harness.runner.key("request", request)
        truth = await client.hget(key, field)
        await client.hset(key, field, content)
        assert BROKEN in await answered(harness, await harness.alice.press(card, "Reveal"))
        await audit_says(harness, "seal.broken", request)
        await settled(harness)
        assert not harness.alice.find(harness.values[STRIPE])
        tags = await harness.tags()
        assert tags.count("seal.broken") == 1
        assert not {"grant.revealed", "grant.used_up"} & set(tags)
        assert [line for line in log if request in str(line) and "seal" in str(line)]
        await client.hset(key, field, truth)
        await harness.alice.press(card, "Reveal")
        await harness.until(lambda: harness.alice.find(harness.values[STRIPE]))


async def test_who_acts_while_the_clocks_differ_is_told_and_nothing_is_changed(
    harness: ScenarioHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with harness.bot():
        card = await harness.granted("STRIPE_KEY once debugging a failed refund")
        waiting = await harness.filed("staging/DB_URL 1h looking at a slow query")
        await settled(harness)
    before = await harness.tags()
    monkeypatch.setattr(WallClock, "now", lambda _: time.time_ns() // 1_000_000 + 20_000)
    async with harness.bot():
        assert CLOCK_OFF in heard(harness, await harness.ask("STRIPE_KEY 1h debugging another refund"))
        assert CLOCK_OFF in await answered(harness, await harness.bob.press(waiting, "Approve"))
        assert CLOCK_OFF in await answered(harness, await harness.alice.press(card, "Reveal"))
        await settled(harness)
    assert not harness.alice.find(harness.values[STRIPE])
    more = set((await harness.tags())[len(before) :])
    assert more <= {"bot.started", "bot.stopped", "policy.loaded"}
