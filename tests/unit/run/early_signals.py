"""A program for tests: a signal comes while a command is being started, at a moment that the argument names.

Each trial is a supervisor in a session of its own. The command would sleep for a quarter of an hour: a signal
that is lost is one that leaves it asleep. Arguments: the moment, and how many times.
"""

import os
import select
import signal
import sys
from collections.abc import Callable
from typing import Final, NoReturn

from envaccess.run import guard
from envaccess.run.clock import BootClock
from envaccess.run.lease import RunOptions, ValueLease
from envaccess.run.linux import LinuxProcesses
from envaccess.run.supervisor import CallerCommand, Supervisor

SIGNALS: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
MOMENTS: Final = ("before the fork of the guard", "before the fork of the command", "before its exec")
_LEAVE: Final = guard._leave


class SignallingProcesses(LinuxProcesses):
    """The table of this system; whoever becomes a subreaper does something first."""

    def __init__(self, deed: Callable[[], None]) -> None:
        self._deed = deed

    def adopt(self) -> None:  # type: ignore[override] # the other one needs no instance
        self._deed()
        LinuxProcesses.adopt()


def supervise(moment: str, number: int) -> NoReturn:
    """In a process of its own, without a terminal."""
    os.setsid()
    us = os.getpid()

    def come() -> None:
        os.kill(us, number)

    def adopt() -> None:
        if moment == MOMENTS[0 if os.getpid() == us else 1]:
            come()

    def leave() -> None:
        if moment == MOMENTS[2]:
            come()
        _LEAVE()

    guard._leave = leave
    lease = ValueLease({"SECRET": "value-for-tests"}, BootClock.now() + 900)
    options = RunOptions(grace=0.05, redact=False)
    supervisor = Supervisor(lambda _: None, options, table=SignallingProcesses(adopt))
    code = 99
    try:
        code = supervisor.run(CallerCommand("/bin/sleep", ["sleep", "900"], {}), lease)
    finally:
        os._exit(code)


def trial(moment: str, number: int) -> None:
    """One start.

    Raises:
        AssertionError: the signal was lost.
    """
    pid = os.fork()
    if not pid:
        supervise(moment, number)
    handle = os.pidfd_open(pid)
    ended, _, _ = select.select([handle], [], [], 20)
    if not ended:
        os.kill(pid, signal.SIGKILL)
    os.close(handle)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert code == 128 + number, (moment, signal.Signals(number).name, code)


def main(moment: str, times: str) -> int:
    """0 where no signal was lost."""
    for turn in range(int(times)):
        trial(moment, SIGNALS[turn % len(SIGNALS)])
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
