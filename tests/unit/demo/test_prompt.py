"""Alice's prompt in a terminal, with the real command behind it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from envaccess_demo.terminal import alices_terminal
from slack_emulator.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

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
async def prompt(home: Path) -> AsyncIterator[Typist]:
    changed = asyncio.Event()
    terminal = Terminal(alices_terminal(home, SERVER), changed.set)
    terminal.start()
    typist = Typist(terminal, changed)
    await typist.until("Slack")
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
