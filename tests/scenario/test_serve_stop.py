"""SIGTERM: nothing more is taken, what runs is finished, `bot.stopped` is written, exit 0 within 10 s."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

from slack_emulator import Message
from tests.scenario.fault_proxy import FaultProxy
from tests.scenario.harness import STRIPE, ScenarioHarness
from tests.scenario.processes import Bot, launched, running


async def terminated(bot: Bot) -> None:
    """Terminate it, and see it go in good order, whatever is still held up around it."""
    bot.terminate()
    assert await bot.ended() == 0, bot.log
    assert not bot.traces
    assert not bot.sentences


async def test_an_idle_bot_says_goodbye_and_leaves_the_lease_to_others(harness: ScenarioHarness) -> None:
    async with running(harness) as bot:
        await harness.filed()
        await terminated(bot)
    assert (await harness.tags())[-1] == "bot.stopped"
    assert not await harness.redis.exists(harness.runner.key("lease"))


async def test_a_post_under_way_is_finished_and_remembered(harness: ScenarioHarness) -> None:
    """Forgotten, it would be posted a second time by the next process, at every deployment."""
    gate = harness.slack.faults.hang(
        "chat.postMessage", only_if=lambda args: args["channel"] == harness.approvers.id
    )
    async with running(harness) as bot:
        await harness.ask("STRIPE_KEY 1h debugging a failed refund")
        await harness.until(lambda: gate.waiting)
        bot.terminate()
        await harness.until(lambda: not harness.slack.connections)
        gate.release()
        await terminated(bot)
    harness.slack.faults.clear()
    async with harness.bot():
        await harness.bob.press(_only_message(harness), "Approve")
        await harness.until(lambda: harness.alice.find("[ Reveal ]"))
        _only_message(harness)


async def test_an_audit_line_under_way_is_finished_and_told_once(harness: ScenarioHarness) -> None:
    """People read the audit channel: a line that comes twice at every deployment is taken for an attack."""
    gate = harness.slack.faults.hang(
        "chat.postMessage", only_if=lambda args: "request.created" in args["text"]
    )
    async with running(harness) as bot:
        await harness.ask("STRIPE_KEY 1h debugging a failed refund")
        await harness.until(lambda: gate.waiting)
        bot.terminate()
        await harness.until(lambda: not harness.slack.connections)
        gate.release()
        await terminated(bot)
    harness.slack.faults.clear()
    async with harness.bot():
        await harness.until(lambda: len(_lines(harness, "bot.started")) == 2)
        assert len(_lines(harness, "request.created")) == 1


async def test_a_value_on_its_way_arrives(harness: ScenarioHarness) -> None:
    """The use is spent and audited: the person must see the value for it."""
    async with running(harness) as bot:
        card = await harness.granted("STRIPE_KEY once debugging a failed refund")
        gate = harness.slack.faults.hang("chat.postEphemeral")
        await harness.alice.press(card, "Reveal")
        await harness.until(lambda: gate.waiting)
        bot.terminate()
        await harness.until(lambda: not harness.slack.connections)
        gate.release()
        await terminated(bot)
    assert harness.alice.find(harness.values[STRIPE])
    tags = await harness.tags()
    assert tags.count("grant.revealed") == 1
    assert "grant.reveal_failed" not in tags


async def test_a_command_under_way_is_answered(harness: ScenarioHarness) -> None:
    gate = harness.slack.faults.hang("users.info")
    async with running(harness) as bot:
        asking = asyncio.create_task(harness.ask("STRIPE_KEY 1h debugging a failed refund"))
        await harness.until(lambda: gate.waiting)
        bot.terminate()
        gate.release()
        reply = await asking
        await terminated(bot)
    assert reply.error is None
    assert "Filed" in harness.slack.draw(reply.message) if reply.message else False


async def test_a_slack_that_hangs_everywhere_does_not_hold_the_process(harness: ScenarioHarness) -> None:
    async with running(harness) as bot:
        card = await harness.granted()
        gate = harness.slack.faults.hang("*")
        pressing = asyncio.create_task(harness.alice.press(card, "End now"))
        await harness.until(lambda: gate.waiting)
        await terminated(bot)
        assert (await harness.tags())[-1] == "bot.stopped"
        harness.slack.faults.clear()
        await pressing


async def test_a_redis_that_is_away_does_not_hold_the_process(harness: ScenarioHarness) -> None:
    """Then `bot.stopped` cannot be written, and the log says so in one line."""
    async with FaultProxy(harness.redis_url) as proxy, running(harness, REDIS_URL=proxy.url) as bot:
        await harness.filed()
        async with proxy.down():
            await terminated(bot)
        assert [line["event"] for line in bot.log].count("stopped_not_audited") == 1


async def test_a_redis_that_is_silent_does_not_hold_the_process(harness: ScenarioHarness) -> None:
    async with FaultProxy(harness.redis_url) as proxy, running(harness, REDIS_URL=proxy.url) as bot:
        await harness.filed()
        with proxy.frozen():
            await terminated(bot)


@contextlib.asynccontextmanager
async def served_by_http(harness: ScenarioHarness) -> AsyncIterator[Bot]:
    """The bot in HTTP mode, with Slack posting to it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    more = {"SLACK_APP_TOKEN": None, "SLACK_SIGNING_SECRET": harness.slack.signing_secret, "PORT": str(port)}
    async with launched(harness, **more) as bot:
        harness.slack.http_target(f"http://127.0.0.1:{port}/slack/events")
        await bot.says("listening")
        await harness.slack.until(lambda: _ready(bot), within=60)
        yield bot


async def test_http_mode_answers_what_it_has_taken_and_stops(harness: ScenarioHarness) -> None:
    async with served_by_http(harness) as bot:
        await harness.filed()
        gate = harness.slack.faults.hang("users.info")
        await harness.asked_again(harness.bob)
        message = harness.slack.messages(harness.approvers)[0]
        pressing = asyncio.create_task(harness.bob.press(message, "Approve"))
        await harness.until(lambda: gate.waiting)
        bot.terminate()
        gate.release()
        assert (await pressing).error is None
        await terminated(bot)
    assert {"request.approved", "grant.activated", "bot.stopped"} <= set(await harness.tags())


async def _ready(bot: Bot) -> bool:
    return (await bot.get("/readyz"))[0] == 200


def _only_message(harness: ScenarioHarness) -> Message:
    (message,) = harness.slack.messages(harness.approvers)
    return message


def _lines(harness: ScenarioHarness, tag: str) -> list[str]:
    """The audit channel's lines of one kind."""
    return [m.text for m in harness.slack.messages(harness.audit) if tag in m.text]
