"""Which signals are passed on to the command, and how they are caught without losing one."""

import contextlib
import os
import signal
from collections.abc import Iterator
from types import FrameType
from typing import Final

_FAULTS: Final = frozenset(
    {
        signal.SIGSEGV,
        signal.SIGBUS,
        signal.SIGILL,
        signal.SIGFPE,
        signal.SIGTRAP,
        signal.SIGSYS,
        signal.SIGABRT,
    }
)
"""What a process does to itself."""
_OURS: Final = frozenset({signal.SIGCHLD, signal.SIGPIPE, signal.SIGTTIN, signal.SIGTTOU, signal.SIGURG})
_UNCATCHABLE: Final = frozenset({signal.SIGKILL, signal.SIGSTOP})
_TYPED: Final = frozenset({signal.SIGINT, signal.SIGQUIT})
"""What a terminal sends to the whole foreground group, the command included: passed on, it would come twice,
and a second Ctrl-C makes many a program drop everything (localstack/lstk PR 391)."""
_DRAWN: Final = frozenset({signal.SIGWINCH, signal.SIGTSTP})
"""What a terminal sends, too, and what ends nothing."""
_IGNORED_BY_PYTHON: Final = frozenset({signal.SIGPIPE, getattr(signal, "SIGXFSZ", signal.SIGPIPE)})

ALL: Final = frozenset(
    int(number) for number in signal.valid_signals() - _FAULTS - _UNCATCHABLE - {signal.SIGCHLD}
)


def forwarded(*, terminal: bool) -> frozenset[int]:
    """Signals that the command gets from us; on a terminal only those that the terminal does not send."""
    kept = _OURS | (_TYPED | _DRAWN if terminal else frozenset())
    return frozenset(int(number) for number in ALL - {int(number) for number in kept})


def typed() -> frozenset[int]:
    """Signals that a person at the terminal sends to us and to the command at once."""
    return frozenset(int(number) for number in _TYPED)


class SignalIntake:
    """Signals as bytes on a pipe, from the moment it is made: whoever waits reads them in order.

    Attributes:
        ignored: what the caller had ignored (`nohup`), which stays ignored for the command, too.
    """

    def __init__(self, caught: frozenset[int]) -> None:
        self.ignored = frozenset(
            number for number in ALL - _IGNORED_BY_PYTHON if signal.getsignal(number) is signal.SIG_IGN
        )
        self._reading, self._writing = os.pipe()
        for end in (self._reading, self._writing):
            os.set_blocking(end, False)
        self._wakeup = signal.set_wakeup_fd(self._writing, warn_on_full_buffer=False)
        self._handlers = {number: signal.signal(number, _note) for number in caught - self.ignored}

    def fileno(self) -> int:
        """What becomes readable when a signal came."""
        return self._reading

    def take(self) -> list[int]:
        """Signals since the last call."""
        with contextlib.suppress(BlockingIOError):
            return list(os.read(self._reading, 4096))
        return []

    def close(self) -> None:
        """Put the caller's handlers back."""
        signal.set_wakeup_fd(self._wakeup)
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        os.close(self._reading)
        os.close(self._writing)


def _note(_number: int, _frame: FrameType | None) -> None:
    """Nothing: the pipe has it already."""


@contextlib.contextmanager
def held_back() -> Iterator[set[int]]:
    """No signal is handled meanwhile, so that none finds a process half made; gives the mask before."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ALL)
    try:
        yield {int(number) for number in before}
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def ignore_all() -> None:
    """Let nothing but SIGKILL and SIGSTOP reach this process; it hears of its children."""
    signal.set_wakeup_fd(-1)
    for number in ALL:
        with contextlib.suppress(OSError):  # one that the C library keeps for itself
            signal.signal(number, signal.SIG_IGN)


def restore_for_child(ignored: frozenset[int], mask: set[int]) -> None:
    """Give a command, before it begins, what it would have had from its caller (Python ignores SIGPIPE)."""
    for number in ALL | {int(signal.SIGCHLD)}:
        with contextlib.suppress(OSError):
            signal.signal(number, signal.SIG_IGN if number in ignored else signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
