"""Processes on Linux: a subreaper loses no descendant (prctl(2)), and /proc lists them (proc(5))."""

import contextlib
import ctypes
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from envaccess.domain.errors import CommandError
from envaccess.run.processes import RunningProcess, below, has_children, send

_PR_SET_CHILD_SUBREAPER: Final = 36
_PROC = Path("/proc")
_ENDED: Final = {"Z", "X"}


class LinuxProcesses:
    """The table in /proc, and signals that reach no later process of the same number (pidfd_open(2))."""

    @staticmethod
    def adopt() -> None:
        """Become the subreaper.

        Raises:
            CommandError: the kernel cannot, or there is no /proc: nothing could be ended reliably.
        """
        if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
            raise CommandError(f"this kernel has no subreaper ({os.strerror(ctypes.get_errno())})")
        if _read(os.getpid()) is None:
            raise CommandError("there is no /proc here, which shows what a command started: mount it")

    @staticmethod
    def fileno() -> int:
        """Nothing to hear: nobody gets lost."""
        return -1

    @staticmethod
    def descendants() -> list[RunningProcess]:
        """Whoever has the calling process above them; who ended and was not waited for does not run."""
        return below(os.getpid(), _listed())

    @staticmethod
    def is_anybody_left() -> bool:
        """Whoever lost their parent is a child of ours, so that no child means no descendant."""
        return has_children()

    @staticmethod
    def signal(process: RunningProcess, number: int) -> bool:
        """Send it while it is surely held that this is still the same process."""
        try:
            handle = os.pidfd_open(process.pid)
        except ProcessLookupError:
            return True
        except OSError:  # a kernel before 5.3, or a sandbox that does not know it
            return send(process.pid, number) if _is_same(process) else True
        try:
            return _send_to(handle, number) if _is_same(process) else True
        finally:
            os.close(handle)


def _send_to(handle: int, number: int) -> bool:
    try:
        signal.pidfd_send_signal(handle, number)
    except PermissionError:
        return False
    except ProcessLookupError:
        return True
    return True


def _is_same(process: RunningProcess) -> bool:
    found = _read(process.pid)
    return found is not None and found.began == process.began


def _listed() -> Iterator[RunningProcess]:
    for name in os.listdir(_PROC):  # noqa: PTH208 - thousands of names, each time
        if name.isdecimal() and (found := _read(int(name))):
            yield found


def _read(pid: int) -> RunningProcess | None:
    """One process, or None once it has ended. Its name, in parentheses, may hold anything."""
    with contextlib.suppress(OSError):
        fields = (_PROC / str(pid) / "stat").read_bytes().rpartition(b")")[2].decode("ascii").split()
        state, parent, group, began = fields[0], fields[1], fields[2], fields[19]
        if state not in _ENDED:
            return RunningProcess(pid, int(parent), int(group), began)
    return None
