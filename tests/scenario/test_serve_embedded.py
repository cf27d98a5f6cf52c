"""Serving without REDIS_URL: the embedded server is shared with the CLI, and goes with its last user."""

import asyncio
import sys
import time

from envaccess.embedded.server import EmbeddedServer
from slack_emulator import Message
from tests.scenario.processes import LINES, Bot, environment, running
from tests.scenario.town import Town
from tests.store.embedded_processes import kill, lives, parent_of, server_of

OWN: dict[str, str | None] = {"REDIS_URL": None, "ENVACCESS_MASTER_KEYS": None}
"""What is not set where the embedded server serves."""
VALUE = "value-for-tests-embedded"


async def operate(town: Town, *words: str, typed: str = "") -> str:
    """Run a command beside the bot, with the same settings; returns what it printed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-c",
        "from envaccess.cli import main; main()",
        *words,
        cwd=town.home,
        env=environment(town, **OWN),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate(typed.encode())
    assert process.returncode == 0
    return said.decode()


def processes(town: Town) -> tuple[int, int]:
    """The server of this home, and the watcher that owns it."""
    with EmbeddedServer(town.home) as url:
        server = server_of(url)
        return server, parent_of(server)


async def gone(town: Town, *ids: int) -> None:
    """Wait until these processes have ended, and no server is left in the home."""
    assert await asyncio.to_thread(EmbeddedServer(town.home).wait_gone, 10)
    deadline = time.monotonic() + 5
    while any(map(lives, ids)):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


async def granted(town: Town) -> Message:
    """Alice's card with Reveal."""
    message = await town.filed("DEPLOY_KEY 1h roll the release back")
    await town.bob.press(message, "Approve")
    return await town.until(lambda: town.alice.find("[ Reveal ]"))


async def reveals(town: Town, card: Message) -> None:
    """Alice sees the value."""
    town.alice.reload()
    await town.alice.press(card, "Reveal")
    await town.until(lambda: town.alice.find(VALUE))


async def test_a_value_set_beside_the_running_bot_is_asked_for_at_once_and_outlives_it(town: Town) -> None:
    """One command starts the bot, another fills it; neither may need to know of the other's process."""
    async with running(town, **OWN) as bot:
        await operate(town, "secrets", "set", "DEPLOY_KEY", typed=VALUE)
        card = await granted(town)
        await reveals(town, card)
        bot.terminate()
        assert await bot.ended() == 0
    await gone(town)
    assert "DEPLOY_KEY" in await operate(town, "secrets", "list")
    exported = await operate(town, "audit", "export", "--format", "jsonl")
    assert [tag for tag in ("secret.created", "grant.revealed", "bot.stopped") if tag not in exported] == []
    await gone(town)


async def test_a_killed_bot_leaves_no_server_behind_and_loses_nothing(town: Town) -> None:
    """Law 11, and nothing of ours may run on a machine where nothing of ours was started."""
    async with running(town, **OWN) as bot:
        await operate(town, "secrets", "set", "DEPLOY_KEY", typed=VALUE)
        card = await granted(town)
        server, watcher = processes(town)
        bot.kill()
        await bot.ended()
    await gone(town, server, watcher)
    async with running(town, **OWN):
        await reveals(town, card)
    await gone(town)


async def test_a_killed_server_comes_back_and_the_bot_with_it(town: Town) -> None:
    """What was confirmed is on disk; whoever presses meanwhile is told to press again."""
    async with running(town, **OWN) as bot:
        await operate(town, "secrets", "set", "DEPLOY_KEY", typed=VALUE)
        card = await granted(town)
        server, watcher = processes(town)
        kill(server)
        press = await town.alice.press(card, "Reveal")
        if not town.alice.find(VALUE):
            found = await town.slack.until(lambda: town.alice.find(VALUE) or press.answers)
            assert found
        await recovered(town, bot)
        await reveals(town, card)
        again, keeper = processes(town)
        assert (again != server, keeper) == (True, watcher)
        assert not bot.traces


async def recovered(town: Town, bot: Bot) -> None:
    """Wait until Redis answers again."""
    deadline = time.monotonic() + 10
    while (await bot.get("/readyz"))[0] != 200:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)
    assert town.slack.connections == LINES
