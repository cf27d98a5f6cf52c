"""Bad days of `envaccess run`, each with the real command, the real bot and the local Slack."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from envaccess import wiring
from envaccess.client.session_file import SessionFile, StoredSession
from envaccess.domain.variable import Variable
from slack_emulator import User
from tests.scenario import processes
from tests.scenario.command_line import Process, line_with
from tests.scenario.fault_proxy import FaultProxy
from tests.scenario.harness import STRIPE, ScenarioHarness
from tests.scenario.policies import later, write_policy
from tests.scenario.terminal import api_bot, approve, terminal
from tests.scenario.test_http_mode import free_port
from tests.scenario.test_lock import WATCHED
from tests.scenario.watch import say, settled

ASK = ("STRIPE_KEY", "1h", "debugging a failed refund")
LASTS = ("sh", "-c", "echo ready; exec sleep 1000")
A_DAY_LATE = """
import time
real = time.time
time.time = lambda: real() - 86_400
"""


@pytest.fixture(autouse=True)
def quick_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a code gives is made slowly on purpose; that it is has tests of its own."""
    monkeypatch.setattr("envaccess.crypto.login_codes._STRETCHED", 1)


@dataclass
class Prompt:
    """Somebody's terminal, signed in."""

    home: Path
    environment: dict[str, str] = field(default_factory=dict)

    async def start(self, *words: str) -> Process:
        pipe = asyncio.subprocess.PIPE
        own = {"PATH": os.defpath, "HOME": str(self.home), "ENVACCESS_STATE_DIR": str(self.home)}
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "envaccess", *words),
            cwd=self.home,
            env={**own, **self.environment},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=pipe,
            stderr=pipe,
        )

    async def run(self, *words: str, command: tuple[str, ...] = LASTS) -> Process:
        return await self.start("run", *words, "--", *command)


@contextlib.asynccontextmanager
async def prompt(harness: ScenarioHarness, base: str, user: User | None = None) -> AsyncIterator[Prompt]:
    """A terminal of somebody's, by default Alice's, while its own session lives."""
    who = user or harness.alice
    home = harness.home / f"prompt-{who.id}"
    home.mkdir(mode=0o700, exist_ok=True)
    async with terminal(harness, base, who) as client:
        answer = (await client.get("/v1/whoami")).json
        session = StoredSession(base, client.token, client.key, client.box, answer["session"]["id"], who.id)
        SessionFile(home).save(session)
        yield Prompt(home)


async def begun(process: Process) -> None:
    """Its command runs."""
    assert process.stdout
    line = await asyncio.wait_for(process.stdout.readline(), 60)
    assert line == b"ready\n", await process.communicate()


async def ended(process: Process) -> tuple[int | None, str]:
    """Its exit code, and what we said."""
    _, err = await asyncio.wait_for(process.communicate(), 60)
    assert b"Traceback" not in err
    return process.returncode, err.decode()


async def created(harness: ScenarioHarness) -> int:
    return (await harness.tags()).count("request.created")


async def test_a_second_run_waits_for_the_same_request_and_both_run(harness: ScenarioHarness) -> None:
    async with api_bot(harness) as base, prompt(harness, base) as alice:
        both = [await alice.run(*ASK, command=("true",)) for _ in range(2)]
        for process in both:
            await line_with(process, "waits for")
        await approve(harness)
        assert [(await ended(process))[0] for process in both] == [0, 0]
        await settled(harness)
    assert await created(harness) == 1


async def test_ctrl_c_while_waiting_withdraws_a_denial_is_77_and_a_single_use_is_asked_for_again(
    harness: ScenarioHarness,
) -> None:
    async with api_bot(harness) as base, prompt(harness, base) as alice:
        once = ("STRIPE_KEY", "once", "debugging a failed refund")
        first = await alice.run(*once)
        await approve(harness)
        await begun(first)
        kept = await alice.run(*once, "--keep")
        await line_with(kept, "waits for")
        kept.send_signal(signal.SIGINT)
        assert (await ended(kept))[0] == 130
        again = await alice.run(*once)
        await line_with(again, "waits for")
        again.send_signal(signal.SIGINT)
        code, err = await ended(again)
        assert (code, "Withdrawn: request" in err) == (130, True)
        assert first.returncode is None, "the process of a single use goes on"
        await later(harness, 61)
        denied = await alice.run(*once)
        message = await harness.until(lambda: harness.bob.find("[ Approve ]"))
        await harness.bot_opens_deny(message)
        assert harness.bob.modal
        await harness.bob.modal.submit({"reason": "not today"})
        assert (await ended(denied))[0] == 77
        first.terminate()
        assert (await ended(first))[0] == 143
        await settled(harness)
    tags = await harness.tags()
    assert [tags.count(f"request.{what}") for what in ("created", "cancelled", "denied")] == [3, 1, 1]


async def test_run_goes_on_waiting_while_redis_is_away_and_the_bot_is_killed_and_files_nothing_twice(
    harness: ScenarioHarness,
) -> None:
    async with FaultProxy(harness.redis_url) as redis, contextlib.AsyncExitStack() as stack:
        port = str(free_port())
        base = f"http://127.0.0.1:{port}"
        told = {"PORT": port, "ENVACCESS_API_URL": base, "REDIS_URL": redis.url}
        async with processes.running(harness, **told) as bot:
            alice = await stack.enter_async_context(prompt(harness, base))
            process = await alice.run(*ASK, command=("true",))
            await line_with(process, "waits for")
            async with redis.down():
                bot.kill()
                await line_with(process, "Trying again.")
        await harness.move_clock(11)  # who was killed gives up nothing before its lease is over
        async with processes.running(harness, **told):
            await line_with(process, "The server answers again.")
            await approve(harness)
            assert (await ended(process))[0] == 0
    assert await created(harness) == 1


async def test_each_way_to_lose_access_ends_the_command_and_the_terminal_says_how(
    harness: ScenarioHarness,
) -> None:
    async with contextlib.AsyncExitStack() as stack:
        base = await stack.enter_async_context(api_bot(harness, policy_file=write_policy(harness, WATCHED)))
        running = {}
        for user in (harness.alice, harness.carol):
            at = await stack.enter_async_context(prompt(harness, base, user))
            running[user.id] = await at.run(*ASK)
            await approve(harness)
            await begun(running[user.id])
        [alice, carol] = running.values()
        card = await harness.until(lambda: harness.alice.find("[ End now ]"))
        await harness.heeded(lambda: harness.alice.press(card, "End now"))
        code, err = await ended(alice)
        assert (code, "access ended (@Alice ended it), and the command with it" in err) == (124, True), err
        await say(harness, "lock @carol laptop stolen", harness.dana)
        code, err = await ended(carol)
        assert (code, "access ended (" in err) == (124, True), err
        await say(harness, "unlock @carol found", harness.dana)
        at = await stack.enter_async_context(prompt(harness, base, harness.carol))
        carol = await at.run(*ASK)
        await approve(harness)
        await begun(carol)
        await harness.slack.tell(harness.slack.change(harness.carol, deleted=True))
        code, err = await ended(carol)
        assert (code, "access ended (" in err) == (124, True), err


async def test_more_time_prolongs_the_command_which_without_a_network_lives_to_the_known_end(
    harness: ScenarioHarness,
) -> None:
    async with contextlib.AsyncExitStack() as stack:
        async with api_bot(harness) as base:
            alice = await stack.enter_async_context(prompt(harness, base))
            process = await alice.run("STRIPE_KEY", "5m", "debugging a failed refund", "--grace", "0")
            await approve(harness)
            await begun(process)
            request = (await harness.requests())[0].id
            await say(harness, f"extend {request} 5m the refund takes longer")
            await approve(harness)
            await line_with(process, "access now lasts")
            left = (await harness.requests())[0].expires_at - (await harness.events())[-1].at
            await later(harness, left / 1000 - 4)
            await line_with(process, "access ends in")
        code, err = await ended(process)
        assert (code, "access ended (its time is over)" in err) == (124, True), err


async def test_a_clock_that_is_a_day_late_changes_nothing(harness: ScenarioHarness, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.mkdir()
    (wrong / "sitecustomize.py").write_text(A_DAY_LATE)
    async with api_bot(harness) as base, prompt(harness, base) as alice:
        alice.environment["PYTHONPATH"] = str(wrong)
        process = await alice.run(*ASK, command=("sh", "-c", "echo $ENVACCESS_EXPIRES_AT"))
        await approve(harness)
        assert (await ended(process))[0] == 0


async def test_a_repository_that_needs_fifty_variables_asks_once_and_gets_all(
    harness: ScenarioHarness,
) -> None:
    names = [f"NAME_{number}" for number in range(49)]
    async with wiring.operator_context(harness.settings()) as operator:
        for name in names:
            await operator.values.write(
                operator.ids.operation(),
                Variable("default", name),
                f"value-{name}",
                operator.actor,
                replace=True,
            )
    async with api_bot(harness) as base, prompt(harness, base) as alice:
        listed = "".join(f'  "{name}",\n' for name in [*names, "STRIPE_KEY"])
        (alice.home / ".git").mkdir()
        (alice.home / ".envaccess.toml").write_text(
            f'duration = "1h"\nwhy = "the tests of the shop"\nvariables = [\n{listed}]\n'
        )
        trusted = await alice.start("trust")
        assert (await ended(trusted))[0] == 0
        process = await alice.run(command=("sh", "-c", "env | grep -c -e ^NAME_ -e ^STRIPE_KEY="))
        await approve(harness)
        out, err = await asyncio.wait_for(process.communicate(), 60)
        assert (process.returncode, out) == (0, b"50\n"), err.decode()
        assert harness.values[STRIPE].encode() not in err
        await settled(harness)
    assert await created(harness) == 1
