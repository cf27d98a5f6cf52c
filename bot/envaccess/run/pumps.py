"""What the command writes, on its way out, with the values taken out of it.

A stream that no terminal reads gets a pipe, and a thread that reads it. The threads belong to the guard: what
the command leaves behind may go on writing when whoever asked for it has gone.
"""

import contextlib
import fcntl
import os
import select
import struct
import termios
import threading
from collections.abc import Callable, Mapping
from typing import Final

from envaccess.run.forms import ValueForms
from envaccess.run.redactor import Redactor

_OUTPUTS: Final = (1, 2)
_READ: Final = 1 << 20
_ROOM: Final = 1 << 20
"""Bytes that a pipe holds where the system lets it (Linux, pipe(7)): fewer, larger reads."""


class StreamPump:
    """One stream: a pipe to read from, a descriptor to write to, and the redactor between them.

    Args:
        reading: what the command writes.
        writing: where it goes.
        redactor: takes the values out.
        ended: told when nobody writes any more.
    """

    def __init__(
        self, reading: int, writing: int, redactor: Redactor, ended: Callable[[], object] = lambda: None
    ) -> None:
        self._reading, self._writing, self._redactor, self._ended = reading, writing, redactor, ended
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._closed = False

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def is_running(self) -> bool:
        """Whether anybody may still write."""
        return not self._closed

    def is_drained(self) -> bool:
        """Whether all that was written so far has gone out; then what was held back has, too."""
        if not self.is_running():
            return True
        if not self._lock.acquire(blocking=False):
            return False
        try:
            return self._settle()
        finally:
            self._lock.release()

    def _settle(self) -> bool:
        """Under the lock, so that nothing was read that has not gone out. Never waits for a slow reader."""
        if self._closed:
            return True
        if _waiting(self._reading):
            return False
        if self._redactor.holds:
            if not select.select([], [self._writing], [], 0)[1]:
                return False
            with contextlib.suppress(OSError):
                _write(self._writing, self._redactor.finish())
        return True

    def _run(self) -> None:
        """Until nobody can write any more, or nobody reads: then whoever writes learns it as without us."""
        try:
            with contextlib.suppress(OSError):
                while self._pass_on():
                    pass
        finally:
            with self._lock:
                self._closed = True
                os.close(self._reading)
                os.close(self._writing)
            self._ended()

    def _pass_on(self) -> bool:
        select.select([self._reading], [], [])
        with self._lock:
            got = os.read(self._reading, _READ)
            _write(self._writing, self._redactor.feed(got) if got else self._redactor.finish())
        return bool(got)


class OutputPumps:
    """The pumps of one command.

    Args:
        forms: what is taken out.
        streams: which of stdout (1) and stderr (2) are pumped.
    """

    def __init__(self, forms: ValueForms, streams: frozenset[int]) -> None:
        self._forms, self._streams = forms, streams
        self._pumps: list[StreamPump] = []
        self._ends: dict[int, int] = {}
        self._abandoned = False
        self._ended, self._ending = -1, -1

    def open(self) -> Mapping[int, int]:
        """Make the pipes; returns where the command writes, by stream. What is one file stays one stream."""
        self._ended, self._ending = os.pipe()
        one = self._streams == set(_OUTPUTS) and os.path.sameopenfile(*_OUTPUTS)
        for stream in sorted(self._streams):
            if one and self._ends:
                self._ends[stream] = self._ends[1]
                continue
            reading, self._ends[stream] = os.pipe()
            _widen(reading)
            self._pumps.append(StreamPump(reading, os.dup(stream), Redactor(self._forms), self._tell_end))
        return dict(self._ends)

    def fileno(self) -> int:
        """What becomes readable when one of them has ended, once they are open."""
        return self._ended

    def take(self) -> None:
        """It was seen that one has ended."""
        os.read(self._ended, len(_OUTPUTS))

    def _tell_end(self) -> None:
        os.write(self._ending, b"!")

    def start(self) -> None:
        """The command has its ends: close ours, and begin to read."""
        for end in set(self._ends.values()):
            os.close(end)
        for pump in self._pumps:
            pump.start()

    def are_running(self) -> bool:
        """Whether anybody may still write."""
        return not self._abandoned and any(pump.is_running() for pump in self._pumps)

    def are_drained(self) -> bool:
        """Whether all that was written so far has gone out."""
        return self._abandoned or all(pump.is_drained() for pump in self._pumps)

    def abandon(self) -> None:
        """Wait for them no longer."""
        self._abandoned = True


def _waiting(pipe: int) -> int:
    """Bytes in a pipe that nobody has read."""
    (count,) = struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, b"\0" * 4))
    return int(count)


def _write(stream: int, data: bytes) -> None:
    """All of it, however slowly it is read; a stream that does not wait (O_NONBLOCK) is waited for."""
    rest = memoryview(data)
    while rest:
        try:
            rest = rest[os.write(stream, rest) :]
        except BlockingIOError:
            select.select([], [stream], [])


def _widen(pipe: int) -> None:
    with contextlib.suppress(OSError, AttributeError):
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _ROOM)
