"""Redis on a bad day while messages are drawn: nothing is posted twice, nothing stays wrong."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from envaccess.projections import workers
from envaccess.store import runner
from slack_emulator import Message
from tests.scenario.logs import serving, told
from tests.scenario.town import STRIPE, Town
from tests.scenario.watch import buttons, heard, settled
from tests.scenario.watch import told as answered
from tests.scenario.wire import Mishap, Wire, load_scripts

ASK = "STRIPE_KEY 1h debugging a failed refund"
SHOWING = ["due", "lead", "shown", "move_cursor", "settle"]


@pytest.fixture
async def wire(town: Town) -> AsyncIterator[Wire]:
    await load_scripts(town.runner)
    async with Wire(town.redis_url) as wire:
        yield wire


def lines(town: Town, request: str = "") -> list[str]:
    """The audit channel's lines, of one request or of all."""
    return [message.text for message in town.slack.messages(town.audit) if request in message.text]


def assert_each_event_once(town: Town) -> None:
    """Every line of the audit channel carries its event's id."""
    ids = [line.rpartition("event `")[2] for line in lines(town)]
    assert len(ids) == len(set(ids))


def cards(town: Town) -> list[Message]:
    """Alice's cards, those with buttons."""
    assert town.alice.dm
    return [message for message in town.slack.messages(town.alice.dm) if buttons(message)]


@pytest.mark.parametrize("script", SHOWING)
@pytest.mark.parametrize("mishap", ["unsent", "unanswered", "silent", "late"])
async def test_a_mishap_while_drawing_posts_nothing_twice(
    town: Town, wire: Wire, script: str, mishap: Mishap, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Law 11: a second message would offer Approve for ever, since only one `ts` is remembered."""
    monkeypatch.setattr(runner, "CALL_SECONDS", 0.5)
    monkeypatch.setattr(workers, "_AFTER_FAULT", 0.05)
    async with serving(town, redis_url=wire.url):
        await settled(town)
        trap = wire.trap(town.runner._shas[script], mishap)
        message = await town.filed()
        await asyncio.wait_for(trap.sprung.wait(), 5)
        await settled(town)
        trap.release()
        await town.bob.press(message, "Approve")
        await town.until(lambda: town.alice.find("[ Reveal ]"))
        await settled(town)
        assert town.slack.messages(town.approvers) == [message]
        assert buttons(message) == []
        assert len(cards(town)) == 1
        assert_each_event_once(town)


async def test_redis_away_between_posting_and_storing_posts_nothing_twice(town: Town, wire: Wire) -> None:
    """Law 11 for a restart of Redis at any moment: what Slack has taken is remembered until Redis is back."""
    here = town.approvers.id
    gate = town.slack.faults.hang(
        "chat.postMessage", after_acting=True, only_if=lambda a: a["channel"] == here
    )
    async with serving(town, redis_url=wire.url):
        await town.ask(ASK)
        await town.until(lambda: gate.waiting)
        async with wire.down():
            gate.release()
            await asyncio.sleep(0.3)
        town.slack.faults.clear()
        await settled(town)
        (message,) = town.slack.messages(town.approvers)
        await town.bob.press(message, "Approve")
        await settled(town)
        assert town.slack.messages(town.approvers) == [message]
        assert buttons(message) == []
        assert_each_event_once(town)


async def test_a_full_redis_files_and_reveals_nothing_but_ends_access_and_shows_it_once(town: Town) -> None:
    """Laws 1 and 2: what cannot be audited is refused; ending access must work on the worst of days."""
    async with serving(town) as log:
        card = await town.granted()
        pending = await town.filed("staging/DB_URL 1h a look at the data")
        await settled(town)
        before = await town.tags()
        await town.redis.config_set("maxmemory", 1)
        try:
            assert "nothing was" in heard(town, await town.ask(ASK)).lower()
            assert "nothing was done" in await answered(town, await town.bob.press(pending, "Approve"))
            assert "nothing was done" in await answered(town, await town.alice.press(card, "Reveal"))
            assert town.alice.find(town.values[STRIPE]) is None
            assert await town.tags() == before
            await town.alice.press(card, "End now")
            await town.until(lambda: "[ Reveal ]" not in town.slack.draw(card))
            await settled(town)
            assert (await town.tags())[len(before) :] == ["grant.revoked"]
            calls = len(town.slack.calls)
            await asyncio.sleep(0.6)
            assert len(town.slack.calls) == calls
        finally:
            await town.redis.config_set("maxmemory", 0)
        assert_each_event_once(town)
        await town.bob.press(pending, "Approve")
        await town.until(lambda: "[ Approve ]" not in town.slack.draw(pending))
    assert told(log, "relay.message") == []


async def test_a_grant_that_runs_out_on_a_full_redis_is_shown_and_told(town: Town) -> None:
    """The TTL ended it; a card that went on offering Reveal would only mislead."""
    async with serving(town):
        card = await town.granted()
        await settled(town)
        await town.redis.config_set("maxmemory", 1)
        try:
            await town.move_clock(3600.1)
            await town.until(lambda: "[ Reveal ]" not in town.slack.draw(card))
            assert (await town.tags())[-1] == "grant.expired"
        finally:
            await town.redis.config_set("maxmemory", 0)


async def test_a_bot_that_starts_on_a_full_redis_still_leads(town: Town) -> None:
    """Else nobody would draw an end that is pressed then."""
    await town.redis.config_set("maxmemory", 1)
    try:
        assert await town.runner.run("lead", token="somebody") == 1
        assert await town.runner.run("lead", token="nobody") == 0
    finally:
        await town.redis.config_set("maxmemory", 0)


async def test_new_requests_are_refused_before_redis_is_full_with_words_for_it(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At 90 % what is left belongs to decisions and ends; the person learns that waiting does not help."""
    monkeypatch.setattr(workers, "_SAMPLE_SECONDS", 0.01)
    async with serving(town):
        pending = await town.filed()
        await town.redis.setrange("ballast", 20_000_000, "x")
        used = int((await town.redis.info("memory"))["used_memory"])
        await town.redis.config_set("maxmemory", int(used / 0.95))
        try:
            await asyncio.sleep(0.1)
            assert "nearly full" in heard(town, await town.ask("staging/DB_URL 1h a look"))
            await town.bob.press(pending, "Approve")
            card = await town.until(lambda: town.alice.find("[ Reveal ]"))
            await town.alice.press(card, "Reveal")
            await town.until(lambda: town.alice.find(town.values[STRIPE]))
        finally:
            await town.redis.config_set("maxmemory", 0)


async def test_a_stream_that_lost_its_end_is_a_gap_that_is_told_and_logged(town: Town) -> None:
    """A failover to a replica that lagged undoes confirmed events: the audit must say so itself."""
    async with serving(town) as log:
        await town.filed()
        await settled(town)
        last = (await town.events())[-1].id
        await town.redis.xdel(town.runner.key("audit"), last)
        await town.until(lambda: [line for line in lines(town) if "audit.gap" in line] or None)
        gap = (await town.events())[-1]
        assert (gap.event, gap.detail["seen"]) == ("audit.gap", last)
    assert len(told(log, "audit.gap")) == 1
