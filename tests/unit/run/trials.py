"""A program for tests: it starts commands that do not want to end, and sees all of each end.

Whoever belongs to a trial holds one end of a named pipe. When the other end reads its end, nobody is left.
Arguments: what the command does, and how many times.
"""

import mmap
import os
import select
import signal
import struct
import sys
import tempfile
from pathlib import Path
from typing import NoReturn

from envaccess.run.clock import BootClock
from envaccess.run.lease import RunOptions, ValueLease
from envaccess.run.supervisor import CallerCommand, Supervisor

_STAY = 'exec 9>"$PIPE"; trap "" TERM INT HUP; echo ready >&9; while :; do sleep 1000; done'
_STOP = 'exec 9>"$PIPE"; echo ready >&9; kill -STOP $$'
WAYS = {
    "stays": f"sh -c '{_STAY}'",
    "has a session of its own": f"setsid sh -c '{_STAY}' & wait",
    "forks twice, with a session of its own": f"(setsid sh -c '({_STAY}) &' &); exec sleep 1000",
    "is stopped": f"sh -c '{_STOP}' & wait",
    "leaves one behind and ends": f"setsid sh -c '{_STAY}' & exit 0",
}
DEEDS = ("nothing", "kill", "stop", "kill the group")
_LASTS = 300.0


class SharedClock:
    """The system's clock, which all processes of a trial see set forward at once."""

    def __init__(self) -> None:
        self._shift = mmap.mmap(-1, 8)

    def now(self) -> float:
        (shift,) = struct.unpack("d", self._shift[:])
        return BootClock.now() + float(shift)

    def forward(self, seconds: float) -> None:
        self._shift[:] = struct.pack("d", seconds)


def supervise(way: str, pipe: str, clock: SharedClock) -> NoReturn:
    """In a process of its own, the leader of a session without a terminal."""
    os.setsid()
    environment = {"PATH": os.defpath, "PIPE": pipe}
    lease = ValueLease({"SECRET": "value-for-tests"}, clock.now() + _LASTS)
    supervisor = Supervisor(lambda _: None, RunOptions(grace=0.05, redact=False), clock=clock)
    code = 99
    try:
        code = supervisor.run(CallerCommand("/bin/sh", ["sh", "-c", WAYS[way]], environment), lease)
    finally:
        os._exit(code)


def trial(way: str, deed: str, pipe: str) -> None:
    """One command, from its start to the end of the last process.

    Raises:
        AssertionError: somebody lives on.
    """
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    clock = SharedClock()
    pid = os.fork()
    if not pid:
        supervise(way, pipe, clock)
    expect(reading, b"ready\n", way, deed)
    if deed == "kill":
        os.kill(pid, signal.SIGKILL)
    elif deed == "kill the group":
        os.killpg(pid, signal.SIGKILL)
    elif deed == "stop":
        os.kill(pid, signal.SIGSTOP)
    if not deed.startswith("kill") or "behind" in way:
        clock.forward(_LASTS)
    expect(reading, b"", way, deed)
    os.close(reading)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def expect(reading: int, wanted: bytes, way: str, deed: str) -> None:
    """Wait for what is written next; empty: for nobody being there to write."""
    ready, _, _ = select.select([reading], [], [], 20)
    found = os.read(reading, 100) if ready else b"nothing"
    assert found == wanted, (way, deed, found)


def try_deed(way: str, deed: str, times: int) -> None:
    """So many trials, one after the other."""
    with tempfile.TemporaryDirectory() as folder:
        pipe = Path(folder) / "pipe"
        os.mkfifo(pipe)
        for _ in range(times):
            trial(way, deed, str(pipe))


def main(way: str, times: str) -> int:
    """Every deed at the same time, each in a process of its own; 0 where nobody lived on in any."""
    children = []
    for deed in DEEDS:
        children.append(os.fork())
        if not children[-1]:
            try_deed(way, deed, int(times))
            return 0
    return max(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
