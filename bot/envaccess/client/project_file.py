"""Find a project's file and read it: upwards from the working directory, at most to the repository's root.

What is in a cloned repository is a stranger's: its file is read once, and no link is followed.
"""

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from envaccess.domain.errors import ProjectFileError

FILE_NAME: Final = ".envaccess.toml"
LONGEST: Final = 32_768
"""Bytes: fifty variables with long names, and comments."""


@dataclass(frozen=True, slots=True)
class ProjectSource:
    """A file as it was read, once.

    Attributes:
        path: where it is, without links in it.
        text: what it says.
        digest: SHA-256 of its bytes, in hexadecimal.
    """

    path: Path
    text: str
    digest: str


def find_project(start: Path, home: Path | None = None) -> Path | None:
    """The nearest project's file at or above an absolute folder; None where there is none.

    The repository's root (whatever holds `.git`) is the last folder looked in. Where there is no repository,
    the home directory and the root of the file system are the end, and a file there counts only for whoever
    works in that very folder.
    """
    for folder in (start, *start.parents):
        repository = os.path.lexists(folder / ".git")
        edge = folder in {home, folder.parent}
        if (repository or not edge or folder == start) and os.path.lexists(folder / FILE_NAME):
            return folder / FILE_NAME
        if repository or edge:
            return None
    return None


def home_folder() -> Path | None:
    """The home directory without links in its path; None for an account that has none."""
    try:
        return Path.home().resolve()
    except (OSError, RuntimeError):
        return None


def read_source(path: Path) -> ProjectSource:
    """Read a project's file.

    Raises:
        ProjectFileError: it is no regular file, too large, or no text.
    """
    found = _read(path)
    if len(found) > LONGEST:
        raise ProjectFileError(
            str(path), (0, f"it is larger than {LONGEST // 1024} KiB, and holds names alone")
        )
    try:
        text = found.decode()
    except UnicodeDecodeError:  # it holds the bytes, so it ends here
        text = None
    if text is None:
        raise ProjectFileError(str(path), (0, "it is not text in UTF-8: save it as such"))
    return ProjectSource(path, text.removeprefix("\ufeff"), hashlib.sha256(found).hexdigest())


def _read(path: Path) -> bytes:
    """At most one byte more than is allowed; no link is followed and no pipe waited for."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise ProjectFileError(str(path), (0, "it is no regular file: put the file itself here"))
            with os.fdopen(descriptor, "rb", closefd=False) as file:
                return file.read(LONGEST + 1)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise ProjectFileError(str(path), (0, _why_not(path, error))) from None


def _why_not(path: Path, error: OSError) -> str:
    if path.is_symlink():
        return "it is a symbolic link, which may lead out of the repository: put the file itself here"
    return f"it cannot be read ({error.strerror or 'no reason given'}): correct that, or delete it"
