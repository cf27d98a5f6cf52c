"""A page with one program in a terminal: `python -m tests.browser.terminal_page`."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import tempfile
from pathlib import Path

from slack_emulator import SlackEmulator
from slack_emulator.page import Page, PageExtension, TerminalProgram

_PROGRAM = r"""
import os, sys
colours = "".join(f"\033[{number}m{number}\033[0m " for number in range(30, 38))
print(f"{colours}\033[38;2;200;80;10mtrue\033[0m \033[1mbold\033[0m grüße 漢字")
while True:
    try:
        typed = input("ready> ")
        if typed == "flood":
            for number in range(100_000):
                print(f"line {number} " + "x" * 40)
        else:
            print(f"heard {typed!r} in {os.get_terminal_size().columns} columns")
    except KeyboardInterrupt:
        print("\nstopped")
    except EOFError:
        sys.exit(4)
"""


class _Extension(PageExtension):
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def programs(self) -> list[TerminalProgram]:
        environment = {"PATH": os.defpath, "TERM": "xterm-256color", "LANG": "C.UTF-8"}
        argv = (sys.executable, "-c", _PROGRAM)
        about, examples = "A program that repeats", ("say hello", "flood")
        return [TerminalProgram("terminal", "alice", argv, environment, self._folder, about, examples)]


async def _serve(folder: Path) -> None:
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, stopped.set)
    async with SlackEmulator() as slack:
        alice, bob = slack.add_person("alice", "Alice Archer"), slack.add_person("bob", "Bob Baker")
        slack.add_channel("general", [alice, bob])
        async with Page(slack, extension=_Extension(folder)).served() as address:
            sys.stdout.write(f"{address}\n")
            sys.stdout.flush()
            await stopped.wait()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        asyncio.run(_serve(Path(made)))
