"""Redis on a bad day while messages are drawn: nothing is posted twice, nothing stays wrong."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from envaccess.projections import workers
from envaccess.store import runner
from slack_emulator import Message
from tests.scenario.fault_proxy import FaultProxy, Mishap, load_scripts, sha
from tests.scenario.harness import STRIPE, ScenarioHarness
from tests.scenario.logs import serving, told
from tests.scenario.watch import buttons, heard, settled
from tests.scenario.watch import told as answered

ASK = "STRIPE_KEY 1h debugging a failed refund"
SHOWING = ["due", "lead", "shown", "move_cursor", "settle"]


@pytest.fixture
async def proxy(harness: ScenarioHarness) -> AsyncIterator[FaultProxy]:
    await load_scripts(harness.runner)
    async with FaultProxy(harness.redis_url) as proxy:
        yield proxy


def lines(harness: ScenarioHarness, request: str = "") -> list[str]:
    """The audit channel's lines, of one request or of all."""
    return [message.text for message in harness.slack.messages(harness.audit) if request in message.text]


def assert_each_event_once(harness: ScenarioHarness) -> None:
    """Every line of the audit channel carries its event's id."""
    ids = [line.rpartition("event `")[2] for line in lines(harness)]
    assert len(ids) == len(set(ids))


def cards(harness: ScenarioHarness) -> list[Message]:
    """Alice's cards, those with buttons."""
    assert harness.alice.dm
    return [message for message in harness.slack.messages(harness.alice.dm) if buttons(message)]


@pytest.mark.product_deadlines
@pytest.mark.parametrize("script", SHOWING)
@pytest.mark.parametrize("mishap", ["unsent", "unanswered", "silent", "late"])
async def test_a_mishap_while_drawing_posts_nothing_twice(
    harness: ScenarioHarness, proxy: FaultProxy, script: str, mishap: Mishap, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Law 11: a second message would offer Approve for ever, since only one `ts` is remembered."""
    monkeypatch.setattr(runner, "CALL_SECONDS", 0.5)
    monkeypatch.setattr(workers, "_AFTER_FAULT", 0.05)
    async with serving(harness, redis_url=proxy.url):
        await settled(harness)
        trap = proxy.trap(sha(script), mishap)
        message = await harness.filed()
        await asyncio.wait_for(trap.sprung.wait(), 5)
        await settled(harness)
        trap.release()
        await harness.bob.press(message, "Approve")
        await harness.until(lambda: harness.alice.find("[ Reveal ]"))
        await settled(harness)
        assert harness.slack.messages(harness.approvers) == [message]
        assert buttons(message) == []
        assert len(cards(harness)) == 1
        assert_each_event_once(harness)


async def test_redis_away_between_posting_and_storing_posts_nothing_twice(
    harness: ScenarioHarness, proxy: FaultProxy
) -> None:
    """Law 11 for a restart of Redis at any moment: what Slack has taken is remembered until Redis is back."""
    here = harness.approvers.id
    gate = harness.slack.faults.hang(
        "chat.postMessage", after_acting=True, only_if=lambda a: a["channel"] == here
    )
    async with serving(harness, redis_url=proxy.url):
        await harness.ask(ASK)
        await harness.until(lambda: gate.waiting)
        async with proxy.down():
            gate.release()
            await asyncio.sleep(0.3)
        harness.slack.faults.clear()
        await settled(harness)
        (message,) = harness.slack.messages(harness.approvers)
        await harness.bob.press(message, "Approve")
        await settled(harness)
        assert harness.slack.messages(harness.approvers) == [message]
        assert buttons(message) == []
        assert_each_event_once(harness)


async def test_a_full_redis_files_and_reveals_nothing_but_ends_access_and_shows_it_once(
    harness: ScenarioHarness,
) -> None:
    """Laws 1 and 2: what cannot be audited is refused; ending access must work on the worst of days."""
    async with serving(harness) as log:
        card = await harness.granted()
        pending = await harness.filed("staging/DB_URL 1h a look at the data")
        await settled(harness)
        before = await harness.tags()
        await harness.redis.config_set("maxmemory", 1)
        try:
            assert "nothing was" in heard(harness, await harness.ask(ASK)).lower()
            assert "nothing was done" in await answered(harness, await harness.bob.press(pending, "Approve"))
            assert "nothing was done" in await answered(harness, await harness.alice.press(card, "Reveal"))
            assert harness.alice.find(harness.values[STRIPE]) is None
            assert await harness.tags() == before
            await harness.alice.press(card, "End now")
            await harness.until(lambda: "[ Reveal ]" not in harness.slack.draw(card))
            await settled(harness)
            assert (await harness.tags())[len(before) :] == ["grant.revoked"]
            calls = len(harness.slack.calls)
            await asyncio.sleep(0.6)
            assert len(harness.slack.calls) == calls
        finally:
            await harness.redis.config_set("maxmemory", 0)
        assert_each_event_once(harness)
        await harness.bob.press(pending, "Approve")
        await harness.until(lambda: "[ Approve ]" not in harness.slack.draw(pending))
    assert told(log, "relay.message") == []


async def test_a_grant_that_runs_out_on_a_full_redis_is_shown_and_told(harness: ScenarioHarness) -> None:
    """The TTL ended it; a card that went on offering Reveal would only mislead."""
    async with serving(harness):
        card = await harness.granted()
        await settled(harness)
        await harness.redis.config_set("maxmemory", 1)
        try:
            await harness.move_clock(3600.1)
            await harness.until(lambda: "[ Reveal ]" not in harness.slack.draw(card))
            assert (await harness.tags())[-1] == "grant.expired"
        finally:
            await harness.redis.config_set("maxmemory", 0)


async def test_a_bot_that_starts_on_a_full_redis_still_leads(harness: ScenarioHarness) -> None:
    """Else nobody would draw an end that is pressed then."""
    await harness.redis.config_set("maxmemory", 1)
    try:
        assert await harness.runner.run("lead", token="somebody") == 1
        assert await harness.runner.run("lead", token="nobody") == 0
    finally:
        await harness.redis.config_set("maxmemory", 0)


async def test_new_requests_are_refused_before_redis_is_full_with_words_for_it(
    harness: ScenarioHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At 90 % what is left belongs to decisions and ends; the person learns that waiting does not help."""
    monkeypatch.setattr(workers, "_SAMPLE_SECONDS", 0.01)
    async with serving(harness):
        pending = await harness.filed()
        await harness.redis.setrange("ballast", 20_000_000, "x")
        used = int((await harness.redis.info("memory"))["used_memory"])
        await harness.redis.config_set("maxmemory", int(used / 0.95))
        try:
            await asyncio.sleep(0.1)
            assert "nearly full" in heard(harness, await harness.ask("staging/DB_URL 1h a look"))
            await harness.bob.press(pending, "Approve")
            card = await harness.until(lambda: harness.alice.find("[ Reveal ]"))
            await harness.alice.press(card, "Reveal")
            await harness.until(lambda: harness.alice.find(harness.values[STRIPE]))
        finally:
            await harness.redis.config_set("maxmemory", 0)


async def test_a_stream_that_lost_its_end_is_a_gap_that_is_told_and_logged(harness: ScenarioHarness) -> None:
    """A failover to a replica that lagged undoes confirmed events: the audit must say so itself."""
    async with serving(harness) as log:
        await harness.filed()
        await settled(harness)
        last = (await harness.events())[-1].id
        await harness.redis.xdel(harness.runner.key("audit"), last)
        await harness.until(lambda: [line for line in lines(harness) if "audit.gap" in line] or None)
        gap = (await harness.events())[-1]
        assert (gap.event, gap.detail["seen"]) == ("audit.gap", last)
    assert len(told(log, "audit.gap")) == 1
