"""The end of access, carried out on every process of a command until none is left."""

import signal

from envaccess.run.deadline import EndPhase, phase
from envaccess.run.processes import STOPS, ProcessTable, RunningProcess


class Enforcement:
    """Ends what runs once its time is over.

    Attributes:
        ends_at: when access ends, on the clock of whoever calls `step`.
        grace: seconds between SIGTERM and SIGKILL.
        out_of_reach: processes of another user, which cannot be ended from here (`sudo`).
    """

    def __init__(self, table: ProcessTable, ends_at: float, grace: float) -> None:
        self._table = table
        self.ends_at, self.grace = ends_at, grace
        self.out_of_reach: set[tuple[int, str]] = set()
        self._asked: set[tuple[int, str]] = set()

    @property
    def began(self) -> bool:
        """Whether anybody was asked to end."""
        return bool(self._asked)

    def step(self, now: float) -> EndPhase:
        """Do what is due: ask each process once, or end every one."""
        due = phase(now, self.ends_at, self.grace)
        if due is EndPhase.ASK:
            self._ask()
        elif due is EndPhase.FORCE:
            self._force()
        return due

    def left(self) -> int:
        """How many still run that can be ended from here."""
        return len({_identity(process) for process in self._table.descendants()} - self.out_of_reach)

    def _ask(self) -> None:
        for process in self._table.descendants():
            if _identity(process) not in self._asked:
                self._asked.add(_identity(process))
                for number in STOPS:
                    self._send(process, number)

    def _force(self) -> None:
        """Stop all first, so that nobody starts another one while the others are ended."""
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for process in self._table.descendants():
                self._asked.add(_identity(process))
                self._send(process, number)

    def _send(self, process: RunningProcess, number: int) -> None:
        if not self._table.signal(process, number):
            self.out_of_reach.add(_identity(process))


def _identity(process: RunningProcess) -> tuple[int, str]:
    return process.pid, process.began
