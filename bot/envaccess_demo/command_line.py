"""Where `envaccess` runs in the story: somebody's terminal, or a pipeline's job."""

import asyncio
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import click

from envaccess_demo.child import command


class CommandLine:
    """Runs `envaccess`, and prints what it says as it comes.

    Args:
        whose: what is printed before that.
        folder: where it runs.
        environment: all that it sees.

    Attributes:
        said: every line so far.
    """

    def __init__(self, whose: str, folder: Path, environment: Mapping[str, str]) -> None:
        self._whose = whose
        self._folder = folder
        self._environment = environment
        self.said: list[str] = []

    async def start(self, *words: str) -> Process:
        """Start the command."""
        click.echo(f"  {self._whose}:")
        return await asyncio.create_subprocess_exec(
            *command("envaccess", *words),
            env=self._environment, cwd=self._folder, stdin=PIPE, stdout=PIPE, stderr=STDOUT,
        )  # fmt: skip

    async def lines(self, process: Process) -> AsyncIterator[str]:
        """What it says, printed."""
        assert process.stdout
        async for raw in process.stdout:
            line = raw.decode(errors="replace").rstrip()
            click.echo(f"    | {line}" if line else "    |")
            self.said.append(line)
            yield line

    async def until_ended(self, process: Process) -> int:
        """Print the rest; its exit code."""
        async for _ in self.lines(process):
            pass
        return await process.wait()
