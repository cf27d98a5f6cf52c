"""One program of the page: it runs at most once at a time, whoever looks."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from slack_emulator.terminal.program import TerminalProgram
from slack_emulator.terminal.scrollback import Scrollback

if TYPE_CHECKING:
    from slack_emulator.terminal.pty_process import PtyProcess
    from slack_emulator.terminal.reader import TerminalReader

AHEAD: Final = 131_072
"""Bytes that a program may be ahead of the fastest of its readers; then its writing waits."""

_CLEAR: Final = b"\x1bc"
"""RIS, "reset to initial state" (ECMA-48): what was there before is no part of a new run."""


class TerminalError(Exception):
    """This cannot be done; the sentence is for the person at the page."""


class Terminal:
    """A program with what it wrote; readers come and go.

    Attributes:
        readers: whoever is told what it writes.
        size: columns and rows.
        code: how its last run ended, minus a signal's number for that; None before and while it runs.
    """

    def __init__(self, program: TerminalProgram, changed: Callable[[], None]) -> None:
        self.program = program
        self.scrollback = Scrollback()
        self.readers: set[TerminalReader] = set()
        self.size = (80, 24)
        self.code: int | None = None
        self._changed = changed
        self._process: PtyProcess | None = None
        self._running: asyncio.Task[None] | None = None

    @property
    def running(self) -> bool:
        """Whether the program runs, or is about to."""
        return self._running is not None

    def start(self) -> None:
        """Start it, if it does not run."""
        if self._running is None:
            self.code = None
            self.scrollback.clear()
            self._heard(_CLEAR)
            self._running = asyncio.create_task(self._run())

    async def _run(self) -> None:
        # Pseudo-terminals are not on every system; who has no program in one needs none.
        from slack_emulator.terminal.pty_process import PtyProcess  # noqa: PLC0415

        try:
            self._process = await PtyProcess.start(self.program, self.size, self._heard)
            self._process.resize(self.size)
            self.settle()
            self.code = await self._process.ended()
        except OSError as error:
            why = error.strerror or "not found"
            self._heard(f"{self.program.name} cannot be started: {why}\r\n".encode())
            self.code = 127
        except asyncio.CancelledError:
            if self._process:
                await self._process.end()
            raise
        finally:
            self._process = self._running = None
            self._changed()

    def _heard(self, data: bytes) -> None:
        self.scrollback.add(data)
        self.settle()
        self._changed()

    def settle(self) -> None:
        """Let the program write on, unless every reader is far behind."""
        if self._process:
            furthest = max((reader.seen for reader in self.readers), default=self.scrollback.total)
            self._process.hold(self.scrollback.total - furthest > AHEAD)

    def write(self, text: str) -> None:
        """Type into it.

        Raises:
            TerminalError: it does not run, or does not read.
        """
        if self._process is None:
            raise TerminalError(f"{self.program.name} does not run.")
        if not self._process.write(text.encode()):
            raise TerminalError(f"{self.program.name} does not read what is typed.")

    def resize(self, size: tuple[int, int]) -> None:
        """Columns and rows for everybody who looks."""
        if size != self.size:
            self.size = size
            if self._process:
                self._process.resize(size)
            self._changed()

    async def end(self) -> None:
        """End the program, if it runs."""
        if self._running:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
