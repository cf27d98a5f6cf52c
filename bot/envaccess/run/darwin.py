"""Processes on macOS: no subreaper, so that what was seen once is remembered.

A process whose parent ended belongs to launchd there (its parent is 1), and nothing says whose it was. We
look at each fork that the kernel tells of (kqueue(2), NOTE_FORK); what starts, forks, calls setsid and loses
its parent between two looks is lost. The documentation says so.
"""

import contextlib
import os
import select
import subprocess
from collections.abc import Callable, Iterable
from typing import Final, Protocol

from envaccess.run.processes import RunningProcess, below, has_children, send

_PS: Final = ("/bin/ps", "-axo", "pid=,ppid=,pgid=,stat=,lstart=")
_COLUMNS: Final = 5


class ForkNotice(Protocol):
    """Tells of forks."""

    def follow(self, pid: int) -> None:
        """Tell of this process's forks from now on."""
        ...

    def fileno(self) -> int:
        """What becomes readable when a followed process forks."""
        ...

    def drain(self) -> None:
        """Forget what was told."""
        ...


class DarwinProcesses:
    """The table of `ps`, and everybody who was ever seen below us."""

    def __init__(
        self, listed: Callable[[], Iterable[RunningProcess]], make_notice: Callable[[], ForkNotice]
    ) -> None:
        self._listed, self._make_notice = listed, make_notice
        self._notice: ForkNotice | None = None
        self._known: set[tuple[int, str]] = set()

    def adopt(self) -> None:
        """Begin to hear of forks. No child inherits a queue (kqueue(2)): each process makes its own."""
        self._notice = self._make_notice()

    def fileno(self) -> int:
        """What becomes readable when a descendant forks."""
        return -1 if self._notice is None else self._notice.fileno()

    def descendants(self) -> list[RunningProcess]:
        """Whoever is below us, was seen below us, or is in a process group or below one of those."""
        if self._notice is not None:
            self._notice.drain()
        table = list(self._listed())
        ours = {process.pid for process in below(os.getpid(), table)}
        ours |= {process.pid for process in table if (process.pid, process.began) in self._known}
        while grown := _next_to(ours, table):
            ours |= grown
        found = [process for process in table if process.pid in ours]
        if self._notice is not None:
            for process in found:
                self._notice.follow(process.pid)
        self._known = {(process.pid, process.began) for process in found}
        return found

    def is_anybody_left(self) -> bool:
        """Whoever lost their parent is nobody's here, so that the whole table is looked at."""
        return has_children() or bool(self.descendants())

    def signal(self, process: RunningProcess, number: int) -> bool:
        """Send it, unless its number is another's by now."""
        same = any(other.pid == process.pid and other.began == process.began for other in self._listed())
        return send(process.pid, number) if same else True


def _next_to(ours: set[int], table: Iterable[RunningProcess]) -> set[int]:
    """Children of ours that are not yet among them, and who is in a group that one of ours leads."""
    return {
        process.pid
        for process in table
        if process.pid not in ours and process.pid != os.getpid() and {process.parent, process.group} & ours
    }


def list_by_ps() -> list[RunningProcess]:
    """Every process, as `ps` says it; who ended and waits for its parent is left out."""
    done = subprocess.run(_PS, check=True, capture_output=True, env={"LC_ALL": "C"})  # noqa: S603 - a constant
    return read_ps(done.stdout.decode("ascii", errors="replace"))


def read_ps(text: str) -> list[RunningProcess]:
    """Lines of numbers, a state and a start: `  501   1   501 Ss   Thu Nov 26 21:11:37 2026`."""
    lines = (line.split(maxsplit=_COLUMNS - 1) for line in text.splitlines())
    return [
        RunningProcess(int(pid), int(parent), int(group), began.strip())
        for pid, parent, group, state, began in lines
        if not state.startswith("Z")
    ]


class KqueueNotice:
    """The kernel's own notice of forks."""

    def __init__(self) -> None:
        self._queue = select.kqueue()  # type: ignore[attr-defined]

    def follow(self, pid: int) -> None:
        """Follow a process; one that is gone, or is somebody else's, is not followed."""
        event = select.kevent(  # type: ignore[attr-defined]
            pid,
            select.KQ_FILTER_PROC,  # type: ignore[attr-defined]
            select.KQ_EV_ADD | select.KQ_EV_CLEAR,  # type: ignore[attr-defined]
            select.KQ_NOTE_FORK,  # type: ignore[attr-defined]
        )
        with contextlib.suppress(OSError):
            self._queue.control([event], 0, 0)

    def fileno(self) -> int:
        """The queue's descriptor, readable when somebody forked."""
        return int(self._queue.fileno())

    def drain(self) -> None:
        """Take every event that waits."""
        while self._queue.control(None, 64, 0):
            continue
