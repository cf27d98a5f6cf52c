"""SIGTERM: nothing more is taken, what runs is finished, `bot.stopped` is written, exit 0 within 10 s."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

from slack_emulator import Message
from tests.scenario.processes import Bot, launched, running
from tests.scenario.town import STRIPE, Town
from tests.scenario.wire import Wire


async def terminated(bot: Bot) -> None:
    """Terminate it, and see it go in good order, whatever is still held up around it."""
    bot.terminate()
    assert await bot.ended() == 0, bot.log
    assert not bot.traces
    assert not bot.sentences


async def test_an_idle_bot_says_goodbye_and_leaves_the_lease_to_others(town: Town) -> None:
    async with running(town) as bot:
        await town.filed()
        await terminated(bot)
    assert (await town.tags())[-1] == "bot.stopped"
    assert not await town.redis.exists(town.runner.key("lease"))


async def test_a_post_under_way_is_finished_and_remembered(town: Town) -> None:
    """Forgotten, it would be posted a second time by the next process, at every deployment."""
    gate = town.slack.faults.hang(
        "chat.postMessage", only_if=lambda args: args["channel"] == town.approvers.id
    )
    async with running(town) as bot:
        await town.ask("STRIPE_KEY 1h debugging a failed refund")
        await town.until(lambda: gate.waiting)
        bot.terminate()
        await town.until(lambda: not town.slack.connections)
        gate.release()
        await terminated(bot)
    town.slack.faults.clear()
    async with town.bot():
        await town.bob.press(_only_message(town), "Approve")
        await town.until(lambda: town.alice.find("[ Reveal ]"))
        _only_message(town)


async def test_an_audit_line_under_way_is_finished_and_told_once(town: Town) -> None:
    """People read the audit channel: a line that comes twice at every deployment is taken for an attack."""
    gate = town.slack.faults.hang("chat.postMessage", only_if=lambda args: "request.created" in args["text"])
    async with running(town) as bot:
        await town.ask("STRIPE_KEY 1h debugging a failed refund")
        await town.until(lambda: gate.waiting)
        bot.terminate()
        await town.until(lambda: not town.slack.connections)
        gate.release()
        await terminated(bot)
    town.slack.faults.clear()
    async with town.bot():
        await town.until(lambda: len(_lines(town, "bot.started")) == 2)
        assert len(_lines(town, "request.created")) == 1


async def test_a_value_on_its_way_arrives(town: Town) -> None:
    """The use is spent and audited: the person must see the value for it."""
    async with running(town) as bot:
        card = await town.granted("STRIPE_KEY once debugging a failed refund")
        gate = town.slack.faults.hang("chat.postEphemeral")
        await town.alice.press(card, "Reveal")
        await town.until(lambda: gate.waiting)
        bot.terminate()
        await town.until(lambda: not town.slack.connections)
        gate.release()
        await terminated(bot)
    assert town.alice.find(town.values[STRIPE])
    tags = await town.tags()
    assert tags.count("grant.revealed") == 1
    assert "grant.reveal_failed" not in tags


async def test_a_command_under_way_is_answered(town: Town) -> None:
    gate = town.slack.faults.hang("users.info")
    async with running(town) as bot:
        asking = asyncio.create_task(town.ask("STRIPE_KEY 1h debugging a failed refund"))
        await town.until(lambda: gate.waiting)
        bot.terminate()
        gate.release()
        reply = await asking
        await terminated(bot)
    assert reply.error is None
    assert "Filed" in town.slack.draw(reply.message) if reply.message else False


async def test_a_slack_that_hangs_everywhere_does_not_hold_the_process(town: Town) -> None:
    async with running(town) as bot:
        card = await town.granted()
        gate = town.slack.faults.hang("*")
        pressing = asyncio.create_task(town.alice.press(card, "End now"))
        await town.until(lambda: gate.waiting)
        await terminated(bot)
        assert (await town.tags())[-1] == "bot.stopped"
        town.slack.faults.clear()
        await pressing


async def test_a_redis_that_is_away_does_not_hold_the_process(town: Town) -> None:
    """Then `bot.stopped` cannot be written, and the log says so in one line."""
    async with Wire(town.redis_url) as wire, running(town, REDIS_URL=wire.url) as bot:
        await town.filed()
        async with wire.down():
            await terminated(bot)
        assert [line["event"] for line in bot.log].count("stopped_not_audited") == 1


async def test_a_redis_that_is_silent_does_not_hold_the_process(town: Town) -> None:
    async with Wire(town.redis_url) as wire, running(town, REDIS_URL=wire.url) as bot:
        await town.filed()
        with wire.frozen():
            await terminated(bot)


@contextlib.asynccontextmanager
async def served_by_http(town: Town) -> AsyncIterator[Bot]:
    """The bot in HTTP mode, with Slack posting to it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    more = {"SLACK_APP_TOKEN": None, "SLACK_SIGNING_SECRET": town.slack.signing_secret, "PORT": str(port)}
    async with launched(town, **more) as bot:
        town.slack.http_target(f"http://127.0.0.1:{port}/slack/events")
        await bot.says("listening")
        await town.slack.until(lambda: _ready(bot), within=10)
        yield bot


async def test_http_mode_answers_what_it_has_taken_and_stops(town: Town) -> None:
    async with served_by_http(town) as bot:
        await town.filed()
        gate = town.slack.faults.hang("users.info")
        await town.asked_again(town.bob)
        message = town.slack.messages(town.approvers)[0]
        pressing = asyncio.create_task(town.bob.press(message, "Approve"))
        await town.until(lambda: gate.waiting)
        bot.terminate()
        gate.release()
        assert (await pressing).error is None
        await terminated(bot)
    assert {"request.approved", "grant.activated", "bot.stopped"} <= set(await town.tags())


async def _ready(bot: Bot) -> bool:
    return (await bot.get("/readyz"))[0] == 200


def _only_message(town: Town) -> Message:
    (message,) = town.slack.messages(town.approvers)
    return message


def _lines(town: Town, tag: str) -> list[str]:
    """The audit channel's lines of one kind."""
    return [m.text for m in town.slack.messages(town.audit) if tag in m.text]
