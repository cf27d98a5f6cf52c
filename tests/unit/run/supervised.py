"""A program for tests: it runs a command under a supervisor, as its first argument (JSON) says."""

import contextlib
import json
import os
import sys
from collections.abc import Iterator

from envaccess.domain.errors import CommandError
from envaccess.run import guard
from envaccess.run.clock import BootClock
from envaccess.run.lease import AccessEnded, AccessExtended, RunOptions, ValueLease
from envaccess.run.linux import LinuxProcesses
from envaccess.run.lookup import find_command
from envaccess.run.processes import RunningProcess
from envaccess.run.supervisor import CallerCommand, Supervisor


class ShiftedClock:
    """The system's clock and the number in a file, which a test changes: the machine was asleep so long."""

    def __init__(self, path: str) -> None:
        self._path = path

    def now(self) -> float:
        shift = 0.0
        with contextlib.suppress(OSError, ValueError), open(self._path) as file:  # noqa: PTH123
            shift = float(file.read())
        return BootClock.now() + shift


class AnotherUsersProcesses(LinuxProcesses):
    """All that the command starts belongs to another user, as with `sudo`."""

    @staticmethod
    def signal(_process: RunningProcess, _number: int) -> bool:
        return False


def say(sentence: str) -> None:
    sys.stderr.write(f"envaccess: {sentence}\n")
    sys.stderr.flush()


def read_news(lines: Iterator[str], clock: ShiftedClock) -> Iterator[AccessEnded | AccessExtended]:
    """`end WHY` or `extend SECONDS`, a line each."""
    for line in lines:
        word, _, rest = line.strip().partition(" ")
        yield AccessEnded(rest) if word == "end" else AccessExtended(clock.now() + float(rest))


def run(told: dict[str, object]) -> int:
    clock = ShiftedClock(str(told.get("clock", "")))
    arguments = told["command"]
    assert isinstance(arguments, list)
    values = told.get("values", {})
    files = told.get("files", {})
    assert isinstance(values, dict)
    assert isinstance(files, dict)
    sizes = told.get("sizes", {})
    assert isinstance(sizes, dict)
    values = {**values, **{name: "x" * size for name, size in sizes.items()}}
    options = RunOptions(
        grace=float(str(told.get("grace", 10))),
        redact=None if told.get("redact") is None else bool(told["redact"]),
        clean=bool(told.get("clean")),
        files=files,
        on_disk=bool(told.get("on_disk")),
    )
    lease = ValueLease(
        values, clock.now() + float(str(told.get("seconds", 60))), "2026-11-26T22:00:00Z", ("r1",)
    )
    if told.get("unlooked"):  # only what wakes the guard is seen
        guard._BUSY = guard._IDLE = 3_600.0
    news = told.get("news")
    watch = (lambda: read_news(iter(open(str(news))), clock)) if news else (lambda: iter(()))  # noqa: PTH123, SIM115
    try:
        path = find_command(arguments[0], os.environ.get("PATH"))  # noqa: TID251 - a program of its own
        caller = CallerCommand(path, arguments, dict(os.environ))  # noqa: TID251 - the same
        table = AnotherUsersProcesses() if told.get("sudo") else None
        return Supervisor(say, options, clock=clock, table=table).run(caller, lease, watch)
    except CommandError as error:
        say(str(error))
        return error.exit_code


if __name__ == "__main__":
    sys.exit(run(json.loads(sys.argv[1])))
