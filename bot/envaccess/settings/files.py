"""A secret setting from a file (`NAME_FILE`), as containers mount them: so it is in no environment.

The file is read once, at the start; a link is followed, because Kubernetes mounts secrets as links.
"""

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from platformdirs import user_data_path

IN_FILES: Final = (
    "SLACK_BOT_TOKEN",
    "SLACK_APP_TOKEN",
    "SLACK_SIGNING_SECRET",
    "SLACK_CLIENT_SECRET",
    "REDIS_URL",
    "ENVACCESS_MASTER_KEYS",
)
"""Settings that `NAME_FILE` may name a file for."""
SUFFIX: Final = "_FILE"
LONGEST: Final = 65_536
"""Bytes; far above any list of keys, and a mistaken path must not fill the memory."""


@dataclass(frozen=True, slots=True)
class Found:
    """What stood in files.

    Attributes:
        values: by the setting's name.
        wrong: one sentence for each setting whose file cannot be used, by the setting's name.
        notes: what is not wrong, but should be known, by the name that names the file.
    """

    values: dict[str, str] = field(default_factory=dict, repr=False)
    wrong: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)


class _UnusableError(Exception):
    """Why a file cannot be used; its text completes a sentence and holds nothing of the file."""


def read_files(environment: Mapping[str, str]) -> Found:
    """Read the file of every setting that names one."""
    found = Found()
    for name in IN_FILES:
        named = environment.get(name + SUFFIX, "").strip()
        if not named:
            continue
        if environment.get(name, "").strip():
            found.wrong[name] = f"{name} and {name}{SUFFIX} are both set: unset one of them"
            continue
        try:
            found.values[name] = _read(named, name + SUFFIX, found.notes)
        except _UnusableError as error:
            found.wrong[name] = f"{name}{SUFFIX} names a file that {error}"
    return found


def _read(named: str, setting: str, notes: dict[str, str]) -> str:
    """The file's text without one newline at its end."""
    try:
        # Without O_NONBLOCK the opening of a pipe that nobody writes to would wait for ever.
        descriptor = os.open(Path(named).expanduser(), os.O_RDONLY | os.O_NONBLOCK)
    except (OSError, RuntimeError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else "no such path"
        raise _UnusableError(f"cannot be read ({why}): mount it, or correct the path") from None
    try:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            raise _UnusableError("is no regular file: name the file itself")
        if mode & (stat.S_IROTH | stat.S_IWOTH):
            notes[setting] = "everybody on this machine can read or change the file: chmod 600 it"
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return _text(file.read(LONGEST + 1))
    finally:
        os.close(descriptor)


def _text(content: bytes) -> str:
    if len(content) > LONGEST:
        raise _UnusableError(f"is too large (over {LONGEST // 1024} KiB): is it the right one?")
    if b"\0" in content:
        raise _UnusableError("is not text (it has a NUL byte): is it the right one?")
    try:
        text = content.decode()
    except UnicodeDecodeError:
        text = None
    if text is None:
        raise _UnusableError("is not text in UTF-8: is it the right one?")
    if not text.strip():
        raise _UnusableError("is empty: put the value into it")
    return text.removesuffix("\n").removesuffix("\r")


def environment_variable(name: str) -> str | None:
    """A variable of the environment that a file names as a credential; None where there is none."""
    return os.environ.get(name)  # noqa: TID251 (files name what is read here)


def data_folder() -> Path:
    """Where embedded data and a generated key lie, whatever else is set; it may not exist."""
    named = environment_variable("ENVACCESS_HOME")
    return Path(named).expanduser() if named else user_data_path("envaccess", appauthor=False)
