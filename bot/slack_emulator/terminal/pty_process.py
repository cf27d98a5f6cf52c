"""A process whose terminal we hold: it reads what is typed, and what it writes is handed on.

It is the leader of a session of its own, whose controlling terminal this is. So keys such as Ctrl-C reach
whatever runs in the foreground there, and the end of the terminal, however we end, hangs up on all of it.
"""

import asyncio
import contextlib
import fcntl
import os
import pty
import signal
import struct
import sys
import termios
from asyncio.subprocess import Process
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from slack_emulator.terminal.program import TerminalProgram

UNREAD: Final = 65_536
"""Bytes typed that the program has not taken; more is refused."""

_AT_ONCE: Final = 65_536
_PAUSE: Final = 0.01
"""Seconds of rest after so many bytes at once: a program that floods takes no whole core of us."""

_LEFT: Final = 1_048_576
"""Bytes that are read at most of what a program leaves at its end."""

_GRACE: Final = 3.0
"""Seconds between hanging up and killing."""

_TAKE_TERMINAL: Final = """\
import fcntl, os, signal, sys, termios
for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGTERM, signal.SIGTSTP):
    signal.signal(number, signal.SIG_DFL)
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""
"""Run in the new session: forking ourselves, as `pty.fork` does, is not safe beside threads."""


class PtyProcess:
    """One running program.

    Args:
        process: it.
        master: our end of its terminal, which is not blocking.
        heard: called with what it writes.
    """

    def __init__(self, process: Process, master: int, heard: Callable[[bytes], None]) -> None:
        self._process = process
        self._master: int | None = master
        self._heard = heard
        self._loop = asyncio.get_running_loop()
        self._typed = bytearray()
        self._held = False
        self._resting: asyncio.TimerHandle | None = None
        self._read_on()

    @classmethod
    async def start(
        cls, program: TerminalProgram, size: tuple[int, int], heard: Callable[[bytes], None]
    ) -> "PtyProcess":
        """Start it in a terminal of so many columns and rows.

        Raises:
            OSError: the program, its folder or a pseudo-terminal is missing.
        """
        master, slave = pty.openpty()
        try:
            _set_size(master, size)
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-I", "-S", "-c", _TAKE_TERMINAL, *_checked(program.argv),
                stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
                env=dict(program.environment), cwd=program.folder,
            )  # fmt: skip
        except BaseException:
            os.close(master)
            raise
        finally:
            os.close(slave)
        os.set_blocking(master, False)
        return cls(process, master, heard)

    # -- what it writes

    def hold(self, held: bool) -> None:
        """Take nothing more from it for now, or take again: meanwhile its writing waits."""
        if held != self._held:
            self._held = held
            self._read_on()

    def _read_on(self) -> None:
        if self._master is None:
            return
        self._loop.remove_reader(self._master)
        if not self._held and not self._resting:
            self._loop.add_reader(self._master, self._readable)

    def _readable(self) -> None:
        taken = 0
        for data in self._waiting(_AT_ONCE):
            taken += len(data)
            self._heard(data)
        if taken >= _AT_ONCE:
            self._resting = self._loop.call_later(_PAUSE, self._rested)
            self._read_on()

    def _rested(self) -> None:
        self._resting = None
        self._read_on()

    def _waiting(self, most: int) -> Iterator[bytes]:
        """What can be read without waiting; at the end of the terminal, no more is read."""
        while most > 0 and self._master is not None:
            try:
                data = os.read(self._master, most)
            except BlockingIOError:
                return
            except OSError:  # Linux says EIO where the other end is closed
                data = b""
            if not data:
                self._loop.remove_reader(self._master)
                return
            most -= len(data)
            yield data

    # -- what is typed

    def write(self, data: bytes) -> bool:
        """Type; False where it has too much before it already."""
        if self._master is None or len(self._typed) + len(data) > UNREAD:
            return False
        self._typed += data
        self._writable()
        return True

    def _writable(self) -> None:
        if self._master is None:
            return
        try:
            del self._typed[: os.write(self._master, self._typed)]
        except BlockingIOError:
            pass
        except OSError:
            self._typed.clear()
        self._loop.remove_writer(self._master)
        if self._typed:
            self._loop.add_writer(self._master, self._writable)

    def resize(self, size: tuple[int, int]) -> None:
        """Columns and rows; the program is told by SIGWINCH."""
        if self._master is not None:
            _set_size(self._master, size)

    # -- its end

    async def ended(self) -> int:
        """Wait for its end, and hand on what it left; its exit code, or minus a signal's number."""
        code = await self._process.wait()
        for data in self._waiting(_LEFT):
            self._heard(data)
        self._close()
        return code

    async def end(self) -> None:
        """Hang up; what is not gone soon is killed."""
        groups = {self._process.pid, *self._foreground()}
        self._close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_GRACE):
                await self._process.wait()
        for group in groups:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(group, signal.SIGKILL)
        await self._process.wait()

    def _foreground(self) -> Iterator[int]:
        """The group that has the terminal, if any has: 0 says that none does, and would mean our own."""
        if self._master is not None and self._process.returncode is None:
            with contextlib.suppress(OSError):
                if (group := os.tcgetpgrp(self._master)) > 0:
                    yield group

    def _close(self) -> None:
        master, self._master = self._master, None
        if self._resting:
            self._resting.cancel()
        if master is not None:
            self._loop.remove_reader(master)
            self._loop.remove_writer(master)
            os.close(master)


def _checked(argv: Sequence[str]) -> Sequence[str]:
    if not os.access(argv[0], os.X_OK):
        raise FileNotFoundError(argv[0])
    return argv


def _set_size(terminal: int, size: tuple[int, int]) -> None:
    columns, rows = size
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
