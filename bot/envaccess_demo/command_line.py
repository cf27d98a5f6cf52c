"""Where programs run in the story: somebody's terminal, a pipeline's job, an agent."""

import asyncio
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import click

from envaccess_demo.child import command


class CommandLine:
    """Runs a program, and prints what it says as it comes.

    Args:
        whose: what is printed before that.
        folder: where it runs.
        environment: all that it sees.
        module: the program.

    Attributes:
        said: every line so far.
    """

    def __init__(
        self, whose: str, folder: Path, environment: Mapping[str, str], module: str = "envaccess"
    ) -> None:
        self._whose = whose
        self._folder = folder
        self._environment = environment
        self._module = module
        self.said: list[str] = []

    async def start(self, *words: str) -> Process:
        """Start it with these words."""
        click.echo(f"  {self._whose}:")
        return await asyncio.create_subprocess_exec(
            *command(self._module, *words),
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
