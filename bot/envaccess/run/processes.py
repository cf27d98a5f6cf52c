"""The processes that a command started, however they tried to get away."""

import contextlib
import os
import signal
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple, Protocol


class RunningProcess(NamedTuple):
    """One process, as the system lists it.

    Attributes:
        pid: its number, which another process may have later.
        parent: its parent's.
        group: its process group's.
        began: when it was started, in the system's own unit: with `pid`, never another process.
    """

    pid: int
    parent: int
    group: int
    began: str


class ProcessTable(Protocol):
    """What the operating system knows of processes."""

    def adopt(self) -> None:
        """Become the parent of every descendant whose own parent ends, where the system can do that."""
        ...

    def fileno(self) -> int:
        """What becomes readable when `descendants` is to be called; -1 where that is never needed."""
        ...

    def descendants(self) -> list[RunningProcess]:
        """All that the calling process and its children started and that still run."""
        ...

    def is_anybody_left(self) -> bool:
        """Whether there is any, who ended and was not waited for included; cheap."""
        ...

    def signal(self, process: RunningProcess, number: int) -> bool:
        """Send a signal to exactly this process; False where it belongs to somebody else."""
        ...


def below(root: int, table: Iterable[RunningProcess]) -> list[RunningProcess]:
    """Every process of a table that has this one above it; parents come before their children."""
    children = defaultdict(list)
    for process in table:
        children[process.parent].append(process)
    found, waiting = [], [root]
    while waiting:
        level = [child for pid in waiting for child in children.pop(pid, ())]
        found += level
        waiting = [child.pid for child in level]
    return found


def send(pid: int, number: int) -> bool:
    """Signal a process, or a group by its negative number; whoever is gone needs none. False: not ours."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return True


def changes() -> list[tuple[int, int]]:
    """Each child that ended, stopped or went on since: its pid and its wait status."""
    seen = []
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG | os.WUNTRACED | os.WCONTINUED)
            if not pid:
                break
            seen.append((pid, status))
    return seen


def has_children() -> bool:
    """Whether the calling process has any child, ended ones that nobody waited for included."""
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


STOPS = (signal.SIGTERM, signal.SIGCONT)
"""A process that was stopped handles SIGTERM only once it goes on."""
