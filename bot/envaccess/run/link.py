"""What the supervisor and its guard tell each other: one word and one number a message."""

import contextlib
import socket
from enum import StrEnum
from typing import NamedTuple

LEFT_BEHIND = "left-behind"
"""The text of `EXITED` where processes of the command go on."""


class LinkWord(StrEnum):
    """What a message is about; the number's meaning stands beside it."""

    SIGNAL = "signal"
    """To the guard: pass this signal on."""
    END_AT = "end-at"
    """To the guard: access ends at this time of the clock."""
    CHECK = "check"
    """To the guard: is the command still stopped?"""
    STARTED = "started"
    """From the guard: the command runs, under this pid."""
    FAILED = "failed"
    """From the guard: it could not be started; the text says why, the number is the exit code."""
    STOPPED = "stopped"
    """From the guard: it was stopped by this signal."""
    STILL_STOPPED = "still-stopped"
    """From the guard: it is, at this moment."""
    ENDING = "ending"
    """From the guard: access ended, and so many processes were asked to end."""
    OUT_OF_REACH = "out-of-reach"
    """From the guard: so many processes belong to another user."""
    EXITED = "exited"
    """From the guard: it ended, with this wait status, and what it wrote is written; the text may be
    `LEFT_BEHIND`."""
    CUT_OFF = "cut-off"
    """From the guard: it ended so because its access had ended."""


class LinkMessage(NamedTuple):
    """One message."""

    word: LinkWord
    number: float = 0
    text: str = ""


class Link:
    """One end of the connection. A message is sent whole or, when the other end is gone, not at all."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._rest = b""

    @classmethod
    def pair(cls) -> tuple["Link", "Link"]:
        """Both ends."""
        one, other = socket.socketpair()
        return cls(one), cls(other)

    def fileno(self) -> int:
        """What becomes readable when there is a message, or the other end is gone."""
        return self._end.fileno()

    def send(self, word: LinkWord, number: float = 0, text: str = "") -> None:
        """Send a message; nobody at the other end is no fault."""
        with contextlib.suppress(OSError):
            self._end.sendall(f"{word} {float(number)!r} {text}\n".encode())

    def receive(self) -> list[LinkMessage] | None:
        """Wait for messages; None once the other end is gone."""
        try:
            got = self._end.recv(65536)
        except OSError:
            return None
        if not got:
            return None
        *lines, self._rest = (self._rest + got).split(b"\n")
        return [_read(line.decode()) for line in lines]

    def close(self) -> None:
        """Be gone for the other end."""
        self._end.close()


def _read(line: str) -> LinkMessage:
    word, number, text = line.split(" ", 2)
    return LinkMessage(LinkWord(word), float(number), text)
