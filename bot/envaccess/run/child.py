"""The command itself: forked, given its streams and signals, and begun."""

import errno
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NoReturn

from envaccess.domain.errors import CommandError
from envaccess.run.lookup import NOT_EXECUTABLE, NOT_FOUND, as_script
from envaccess.run.signals import restore_for_child

_FAILED = 127


@dataclass(frozen=True, slots=True)
class CommandSpec:
    """What is begun, and how.

    Attributes:
        path: the file.
        arguments: the command's words, the first its name.
        environment: all that it finds; not in its `repr()`.
        session: whether it gets a session of its own, as without a terminal.
        ignored: signals that stay ignored.
        mask: signals that stay blocked.
        streams: descriptors in place of its stdout (1) and stderr (2).
    """

    path: str
    arguments: Sequence[str]
    environment: Mapping[str, str] = field(repr=False)
    session: bool
    ignored: frozenset[int] = frozenset()
    mask: frozenset[int] = frozenset()
    streams: Mapping[int, int] = field(default_factory=dict)


def begin(spec: CommandSpec, between: Callable[[], None]) -> int:
    """Fork, and begin the command; returns its pid once it surely runs.

    Args:
        spec: what to begin.
        between: done after the fork, in this process, before the command begins. It never begins if this one
            is killed before that.

    Raises:
        CommandError: it could not be begun, with the code that a shell would end with.
    """
    reading, writing = os.pipe()
    waiting, go = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(reading)
        os.close(go)
        _become(spec, waiting, writing)
    os.close(writing)
    os.close(waiting)
    between()
    os.write(go, b"!")
    os.close(go)
    with open(reading, "rb") as pipe:  # noqa: PTH123 - a descriptor
        fault = pipe.read()
    if fault:
        os.waitpid(pid, 0)
        raise _explain(int(fault), spec.path)
    return pid


def _become(spec: CommandSpec, waiting: int, faults: int) -> NoReturn:
    """In the new process: turn into the command, or write errno, and end."""
    try:
        if not os.read(waiting, 1):
            os._exit(_FAILED)
        if spec.session:
            os.setsid()
        for number, stream in spec.streams.items():
            os.dup2(stream, number)
            os.set_inheritable(number, True)  # where the two are the same
        restore_for_child(spec.ignored, set(spec.mask))
        _execute(spec.path, list(spec.arguments), spec.environment)
    except OSError as error:
        os.write(faults, str(error.errno or errno.EIO).encode())
    except CommandError:
        os.write(faults, str(errno.ENOEXEC).encode())
    finally:
        os._exit(_FAILED)


def _execute(path: str, arguments: list[str], environment: Mapping[str, str]) -> None:
    """Begin the file as a program; as a script, where the kernel knows no way to run it."""
    try:
        os.execve(path, arguments, environment)  # noqa: S606 - running a command is the purpose
    except OSError as error:
        if error.errno != errno.ENOEXEC:
            raise
    os.execve(*as_script(path, arguments), environment)  # noqa: S606 - the same


_SHORTER = "put long values into files (`--file NAME`), or take along less (`--clean`)"
_WORDS = {
    errno.ENOENT: ("its interpreter was not found", NOT_FOUND),
    errno.EACCES: ("permission denied", NOT_EXECUTABLE),
    errno.ENOEXEC: ("cannot execute binary file", NOT_EXECUTABLE),
    errno.E2BIG: ("its environment and arguments are too long for this system: " + _SHORTER, NOT_EXECUTABLE),
}


def _explain(number: int, path: str) -> CommandError:
    words, code = _WORDS.get(number, (os.strerror(number), NOT_EXECUTABLE))
    return CommandError(f"{path}: {words}", code)
