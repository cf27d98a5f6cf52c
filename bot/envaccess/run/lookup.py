"""Which file a command is, found as execvp(3) finds it, before anybody is asked for anything."""

import os
import stat
from pathlib import Path
from typing import Final

from envaccess.domain.errors import CommandError

NOT_FOUND: Final = 127
NOT_EXECUTABLE: Final = 126
"""What POSIX shells answer (XCU 2.8.2)."""

_USUAL_PATH: Final = "/bin:/usr/bin"
"""Searched where PATH is unset, as glibc does (execvp(3))."""
_SHELL: Final = "/bin/sh"
_LOOKED_AT: Final = 256


def find_command(command: str, path: str | None) -> str:
    """The path of the file that this command is.

    Args:
        command: its first word; with a slash in it, no search.
        path: PATH; None where it is unset. An empty part is the working directory.

    Raises:
        CommandError: there is none, or it cannot be executed.
    """
    if "/" in command:
        fault = _fault(command)
        if fault:
            raise fault
        return command
    denied: CommandError | None = None
    for folder in (_USUAL_PATH if path is None else path).split(":") if command else ():
        place = os.path.join(folder or ".", command)  # noqa: PTH118 - `./x` must stay so
        fault = _fault(place)
        if fault is None:
            return place
        denied = denied or (fault if fault.exit_code == NOT_EXECUTABLE else None)
    raise denied or CommandError(f"{_shown(command)}: command not found{_hint(command)}", NOT_FOUND)


def as_script(path: str, arguments: list[str]) -> tuple[str, list[str]]:
    """What runs a file that the kernel did not take (ENOEXEC): the shell, as every shell and execvp(3) do.

    Raises:
        CommandError: it is no text, so that no shell could read it.
    """
    with Path(path).open("rb") as file:
        start = file.read(_LOOKED_AT)
    if b"\0" in start.partition(b"\n")[0]:
        raise CommandError(f"{_shown(path)}: cannot execute binary file", NOT_EXECUTABLE)
    return _SHELL, [_SHELL, path, *arguments[1:]]


def _fault(path: str) -> CommandError | None:
    """Why this is no command; None where it is one."""
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116 - a path is a text here, kept as it was typed
    except (FileNotFoundError, NotADirectoryError):
        return CommandError(f"{_shown(path)}: no such file{_hint(path)}", NOT_FOUND)
    except (OSError, ValueError):
        return CommandError(f"{_shown(path)}: cannot be reached", NOT_EXECUTABLE)
    if stat.S_ISDIR(mode):
        return CommandError(f"{_shown(path)}: is a directory", NOT_EXECUTABLE)
    if not stat.S_ISREG(mode) or not os.access(path, os.X_OK):
        return CommandError(f"{_shown(path)}: permission denied (it is not executable)", NOT_EXECUTABLE)
    return None


def _hint(command: str) -> str:
    """A whole line in quotes is no command; a shell reads it, and the values of `$NAME` in it."""
    if " " in command or "$" in command:
        return ". For a line of shell: envaccess run ... -- sh -c 'psql \"$DB_URL\"' (in single quotes)"
    return ""


def _shown(text: str) -> str:
    """A path without what a terminal would obey, and not longer than one reads."""
    clean = "".join(character for character in text if character.isprintable())
    return clean if len(clean) <= 200 else f"{clean[:200]}..."  # noqa: PLR2004
