"""Alice's prompt in a terminal, with the real command behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from envaccess_demo.issuer import publish_keys
from envaccess_demo.terminal import agent_terminal, alices_terminal, pipeline_terminal
from slack_emulator.terminal import Terminal, TerminalProgram

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

Program = Callable[["Path", str], TerminalProgram]
SERVER = "http://127.0.0.1:1"


class Typist:
    """Types at the prompt, and waits for what comes of it."""

    def __init__(self, terminal: Terminal, changed: asyncio.Event) -> None:
        self.terminal = terminal
        self._changed = changed

    async def until(self, words: str, since: int = 0) -> str:
        async with asyncio.timeout(60):
            while words not in (shown := self.terminal.scrollback.since(since).decode(errors="replace")):
                self._changed.clear()
                await self._changed.wait()
        return shown

    async def type(self, text: str, words: str) -> str:
        """What is shown from then on, once these words are."""
        since = self.terminal.scrollback.total
        self.terminal.write(text)
        return await self.until(words, since)

    async def interrupt(self) -> None:
        """Ctrl-C, until it is taken: Python's readline misses one that comes while it takes another key."""
        since = self.terminal.scrollback.total
        async with asyncio.timeout(60):
            while b"$ " not in self.terminal.scrollback.since(since):
                self.terminal.write("\x03")
                await asyncio.sleep(0.05)

    async def ended(self) -> int | None:
        async with asyncio.timeout(60):
            while self.terminal.running:
                self._changed.clear()
                await self._changed.wait()
        return self.terminal.code


@asynccontextmanager
async def prompt(home: Path, program: Program = alices_terminal) -> AsyncIterator[Typist]:
    changed = asyncio.Event()
    terminal = Terminal(program(home, SERVER), changed.set)
    terminal.start()
    typist = Typist(terminal, changed)
    await typist.until("$ ")
    yield typist
    await terminal.end()


async def test_the_real_command_runs_and_nothing_else_does(tmp_path: Path) -> None:
    async with prompt(tmp_path) as alice:
        assert "envaccess 0" in await alice.type("envaccess --version\r", "$ ")
        assert "should be" in await alice.type("cat /etc/passwd\r", "$ ")
        assert "root:" not in await alice.type("envaccess run a 1m b -- sh -c id\r", "Type `help`")
        assert "./worker" in await alice.type("help\r", "nothing else is run")
        await alice.type("env\t", "envaccess")


async def test_ctrl_c_gives_a_new_line_and_exit_ends_it(tmp_path: Path) -> None:
    async with prompt(tmp_path) as alice:
        await alice.type("unfinished", "unfinished")
        await alice.interrupt()
        assert "envaccess 0" in await alice.type("\x1aenvaccess --version\r", "$ ")
        alice.terminal.write("exit\r")
        assert await alice.ended() == 0


async def test_the_pipeline_knows_one_word_and_runs_nothing_else(tmp_path: Path) -> None:
    publish_keys(tmp_path)
    async with prompt(tmp_path, pipeline_terminal) as pipeline:
        assert "nothing else is run" in await pipeline.type("envaccess list\r", "$ ")
        assert "exit code 75" in await pipeline.type("push\r", "exit code")
        token = tmp_path / "job" / "token"
        assert token.read_text().count(".") == 2
        assert token.stat().st_mode & 0o077 == 0


async def test_the_agent_knows_four_words_and_says_where_its_broker_comes_from(tmp_path: Path) -> None:
    async with prompt(tmp_path, lambda home, _: agent_terminal(home)) as agent:
        assert "nothing else is run" in await agent.type("curl http://127.0.0.1\r", "$ ")
        assert "envaccess broker triage" in await agent.type("ask\r", "triage")
        assert "ENVACCESS_BROKER HOME" in await agent.type("print\r", "echo")
