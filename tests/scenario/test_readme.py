"""README's commands, as they stand there and in their order, from a checkout of this project."""

import asyncio
import contextlib
import os
import re
import signal
import tempfile
from pathlib import Path

import pytest

from tests.scenario.harness import STRIPE, ScenarioHarness
from tests.scenario.readme import BLOCK, README, commands, make_installed, page_commands
from tests.scenario.terminal import LOGIN_CODE, api_bot, approve
from tests.scenario.watch import say

_LONGEST_SECONDS = 280
_NUMBER = re.compile(r"(\d\d) +[a-z-]+")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    return make_installed(tmp_path / "checkout")


class Shell:
    """Somebody at a prompt: what they export stays, what they run has to succeed."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self._folder = folder
        self._exports: list[str] = []
        self._environment = {"PATH": os.defpath, "HOME": str(folder.parent / "home"), **environment}

    async def start(self, line: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            "bash",
            "-c",
            "\n".join([*self._exports, f"exec {line}"]),
            cwd=self._folder,
            env=self._environment,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )

    async def run(self, line: str, typed: str = "") -> str:
        if line.startswith("export "):
            self._exports.append(line)
            return ""
        process = await self.start(line)
        async with asyncio.timeout(_LONGEST_SECONDS):
            said, _ = await process.communicate(typed.encode())
        assert process.returncode == 0, said.decode()
        return said.decode()


async def test_the_second_command_opens_the_page(checkout: Path) -> None:
    """The first one tells the story: `test_demo_story` runs it. The tutorial has both, too."""
    story, web = commands("Try it: one command, no Slack, no Redis")
    version, *same = page_commands("tutorial/demo.md")
    assert same == [story, web]
    assert (await Shell(checkout).run(version)).startswith("envaccess ")
    page = await Shell(checkout).start(web)
    assert page.stdout
    async with asyncio.timeout(_LONGEST_SECONDS):
        while b"http://127.0.0.1:" not in await page.stdout.readline():
            pass
        page.send_signal(signal.SIGINT)
        await page.communicate()
    assert page.returncode == 0


async def test_the_way_from_doctor_to_a_bot_that_serves(checkout: Path, harness: ScenarioHarness) -> None:
    found = {
        "=xoxb-...": f"={harness.slack.bot_token}",
        "=xapp-...": f"={harness.slack.app_token}",
        "APPROVERS_CHANNEL=C...": f"APPROVERS_CHANNEL={harness.approvers.id}",
        "AUDIT_CHANNEL=C...": f"AUDIT_CHANNEL={harness.audit.id}",
    }
    *before, store, serve = page_commands("tutorial/first-grant.md")
    assert store.endswith("envaccess secrets set STRIPE_KEY")
    assert serve.endswith("envaccess serve")
    shell = Shell(checkout, SLACK_API_URL=harness.slack.api_url, PORT="0")
    for line in before:
        for placeholder, value in found.items():
            line = line.replace(placeholder, value)  # noqa: PLW2901 - what somebody copies and fills in
        await shell.run(line)
    await shell.run(store, "value-for-tests-readme")
    connections = harness.slack.connections
    bot = await shell.start(serve)
    await harness.slack.connected(connections + 2, within=_LONGEST_SECONDS)
    message = await harness.filed()
    await harness.bob.press(message, "Approve")
    await harness.alice.press(await harness.until(lambda: harness.alice.find("[ Reveal ]")), "Reveal")
    await harness.until(lambda: harness.alice.find("value-for-tests-readme"))
    bot.terminate()
    said, _ = await bot.communicate()
    assert bot.returncode == 0, said.decode()


async def sign_in(harness: ScenarioHarness, terminal: asyncio.subprocess.Process) -> None:
    """Alice types the code that Slack shows her into her terminal, and picks the number that this shows."""
    code = LOGIN_CODE.search(await say(harness, "login"))
    assert code
    assert terminal.stdin
    assert terminal.stdout
    terminal.stdin.write(f"{code[0]}\n".encode())
    async with asyncio.timeout(_LONGEST_SECONDS):
        while not (number := _NUMBER.fullmatch((await terminal.stdout.readline()).decode().strip())):
            assert not terminal.stdout.at_eof()
        question = await harness.until(lambda: harness.alice.find("wants to sign in as you"))
        await harness.heeded(lambda: harness.alice.press(question, number[1]))
        said, _ = await terminal.communicate()
    assert terminal.returncode == 0, said.decode()


async def test_the_way_from_login_to_a_repository_s_own_file(
    checkout: Path, harness: ScenarioHarness
) -> None:
    login, run, again, init, alone, logout = commands("In your terminal")
    (checkout / ".git").mkdir()
    (checkout / ".env.example").write_text("STRIPE_KEY=\n")
    shell = Shell(checkout)
    async with api_bot(harness) as base:
        await sign_in(harness, await shell.start(login.replace("https://envaccess.example.com", base)))
        running = asyncio.create_task(shell.run(run))
        await approve(harness)
        await running
        said = await shell.run(again)
        assert "STRIPE_KEY=" in said
        assert harness.values[STRIPE] not in said
        assert "Written." in await shell.run(init)
        await shell.run(alone)
        await shell.run(logout)
    assert (await harness.tags()).count("request.created") == 1


def processes_of(home: str) -> list[int]:
    """What runs with this home."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # not ours, or gone
            if f"HOME={home}\0".encode() in (place / "environ").read_bytes():
                found.append(int(place.name))
    return found


async def test_the_way_from_an_agents_start_to_its_end(checkout: Path, harness: ScenarioHarness) -> None:
    login = commands("In your terminal")[0]
    start, listed, end = commands("For an agent")
    with tempfile.TemporaryDirectory() as home:  # the path of a socket is short
        shell = Shell(checkout, HOME=home)
        async with api_bot(harness) as base:
            await sign_in(harness, await shell.start(login.replace("https://envaccess.example.com", base)))
            starting = asyncio.create_task(shell.run(start))
            question = await harness.until(lambda: harness.alice.find("[ Start ]"))
            await harness.heeded(lambda: harness.alice.press(question, "Start"))
            assert f"unix:{home}/" in await starting
            (line,) = (await shell.run(listed)).splitlines()
            name = line.split()[1]
            assert name == "review"
            assert "is over" in await shell.run(end)
            for broker in processes_of(home):  # it notices by itself, within a minute
                with contextlib.suppress(ProcessLookupError):
                    os.kill(broker, signal.SIGTERM)


async def test_the_policy_checks_explains_and_passes_its_cases(checkout: Path) -> None:
    shell = Shell(checkout)
    said = [await shell.run(line) for line in commands("Say who may have what: the policy")]
    assert len(said) == 4
    assert "all right" in said[1]
    assert "rule: production/*" in said[2]
    assert "6 cases passed" in said[3]


async def test_no_command_block_is_left_out() -> None:
    """Whoever adds a section with commands adds it here."""
    sections = [block.start() for block in BLOCK.finditer(README)]
    headings = {README.rfind("\n## ", 0, start) for start in sections}
    named = {README[place + 4 :].splitlines()[0] for place in headings}
    assert named == {
        "Try it: one command, no Slack, no Redis",
        "In your terminal",
        "For an agent",
        "Run the tests",  # what you are looking at
        "Say who may have what: the policy",
    }


async def test_every_command_that_is_shown_is_one_that_exists_there() -> None:
    """After README's install the command is at `.venv/bin/envaccess`, and nowhere on the PATH."""
    shown = [line for block in BLOCK.finditer(README) for line in block[2].splitlines()]
    assert not [line for line in shown if line.strip().startswith("envaccess ")]
