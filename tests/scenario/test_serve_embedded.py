"""Serving without REDIS_URL: the embedded server is shared with the CLI, and goes with its last user."""

import asyncio
import sys
import time

from envaccess.embedded.server import EmbeddedServer
from slack_emulator import Message
from tests.scenario.harness import ScenarioHarness
from tests.scenario.processes import LINES, Bot, environment, running
from tests.store.embedded_processes import kill, lives, parent_of, server_of

OWN: dict[str, str | None] = {"REDIS_URL": None, "ENVACCESS_MASTER_KEYS": None}
"""What is not set where the embedded server serves."""
VALUE = "value-for-tests-embedded"


async def operate(harness: ScenarioHarness, *words: str, typed: str = "") -> str:
    """Run a command beside the bot, with the same settings; returns what it printed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-c",
        "from envaccess.cli import main; main()",
        *words,
        cwd=harness.home,
        env=environment(harness, **OWN),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate(typed.encode())
    assert process.returncode == 0
    return said.decode()


def processes(harness: ScenarioHarness) -> tuple[int, int]:
    """The server of this home, and the watcher that owns it."""
    with EmbeddedServer(harness.home) as url:
        server = server_of(url)
        return server, parent_of(server)


async def gone(harness: ScenarioHarness, *ids: int) -> None:
    """Wait until these processes have ended, and no server is left in the home."""
    assert await asyncio.to_thread(EmbeddedServer(harness.home).wait_gone, 10)
    deadline = time.monotonic() + 5
    while any(map(lives, ids)):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


async def granted(harness: ScenarioHarness) -> Message:
    """Alice's card with Reveal."""
    message = await harness.filed("DEPLOY_KEY 1h roll the release back")
    await harness.bob.press(message, "Approve")
    return await harness.until(lambda: harness.alice.find("[ Reveal ]"))


async def reveals(harness: ScenarioHarness, card: Message) -> None:
    """Alice sees the value."""
    harness.alice.reload()
    await harness.alice.press(card, "Reveal")
    await harness.until(lambda: harness.alice.find(VALUE))


async def test_a_value_set_beside_the_running_bot_is_asked_for_at_once_and_outlives_it(
    harness: ScenarioHarness,
) -> None:
    """One command starts the bot, another fills it; neither may need to know of the other's process."""
    async with running(harness, **OWN) as bot:
        await operate(harness, "secrets", "set", "DEPLOY_KEY", typed=VALUE)
        card = await granted(harness)
        await reveals(harness, card)
        bot.terminate()
        assert await bot.ended() == 0
    await gone(harness)
    assert "DEPLOY_KEY" in await operate(harness, "secrets", "list")
    exported = await operate(harness, "audit", "export", "--format", "jsonl")
    assert [tag for tag in ("secret.created", "grant.revealed", "bot.stopped") if tag not in exported] == []
    await gone(harness)


async def test_a_killed_bot_leaves_no_server_behind_and_loses_nothing(harness: ScenarioHarness) -> None:
    """Law 11, and nothing of ours may run on a machine where nothing of ours was started."""
    async with running(harness, **OWN) as bot:
        await operate(harness, "secrets", "set", "DEPLOY_KEY", typed=VALUE)
        card = await granted(harness)
        server, watcher = processes(harness)
        bot.kill()
        await bot.ended()
    await gone(harness, server, watcher)
    async with running(harness, **OWN):
        await reveals(harness, card)
    await gone(harness)


async def test_a_killed_server_comes_back_and_the_bot_with_it(harness: ScenarioHarness) -> None:
    """What was confirmed is on disk; whoever presses meanwhile is told to press again."""
    async with running(harness, **OWN) as bot:
        await operate(harness, "secrets", "set", "DEPLOY_KEY", typed=VALUE)
        card = await granted(harness)
        server, watcher = processes(harness)
        kill(server)
        press = await harness.alice.press(card, "Reveal")
        if not harness.alice.find(VALUE):
            found = await harness.slack.until(lambda: harness.alice.find(VALUE) or press.answers)
            assert found
        await recovered(harness, bot)
        await reveals(harness, card)
        again, keeper = processes(harness)
        assert (again != server, keeper) == (True, watcher)
        assert not bot.traces


async def recovered(harness: ScenarioHarness, bot: Bot) -> None:
    """Wait until Redis answers again."""
    deadline = time.monotonic() + 10
    while (await bot.get("/readyz"))[0] != 200:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)
    assert harness.slack.connections == LINES
