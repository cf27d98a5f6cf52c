"""A policy file on disk: read whole, as text, or not at all; to serve, only what nobody else may write."""

import hashlib
import os
import stat
from pathlib import Path
from typing import Final

from envaccess.domain.file_fault import FileFault
from envaccess.yaml_file.tree import SIZE_MAX

_BYTES_MAX: Final = 4 * SIZE_MAX
"""UTF-8 takes four bytes for a character at most; `tree` counts characters."""
_PATH_MEND: Final = "check the path and who may read it"
_ROOT: Final = 0
_OTHERS_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH


def digest_of(text: str) -> str:
    """SHA-256 of a file's text, hexadecimal."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def read_file(path: Path, *, guarded: bool = False) -> str | FileFault:
    """Return a file's text, or why it cannot be read.

    Args:
        path: may be a link, as where Kubernetes mounts a ConfigMap.
        guarded: refuse it where somebody else than root and this user may change it.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # a pipe would be waited for
        with os.fdopen(descriptor, "rb") as file:
            problem = _why_unfit(path, os.fstat(descriptor), guarded=guarded)
            found = b"" if problem else file.read(_BYTES_MAX + 1)
    except OSError as error:
        why = error.strerror or "it cannot be read"
        return FileFault(0, "", f"it cannot be read ({why})", _PATH_MEND)
    if problem:
        return problem
    try:
        return found.decode()
    except UnicodeDecodeError as error:
        line = found.count(b"\n", 0, error.start) + 1
        return FileFault(line, "", "this is not UTF-8", "save the file as UTF-8")


def _why_unfit(path: Path, file: os.stat_result, *, guarded: bool) -> FileFault | None:
    if not stat.S_ISREG(file.st_mode):
        return FileFault(0, "", "this is no file", _PATH_MEND)
    if not guarded:
        return None
    real = path.resolve()
    return _why_unsafe("the file", file, str(real)) or _why_unsafe_folder(real.parent)


def _why_unsafe(what: str, found: os.stat_result, path: str) -> FileFault | None:
    """Who else may change it; what root owns, root decides."""
    if found.st_uid not in {_ROOT, os.geteuid()}:
        problem = f"{what} belongs to another user (uid {found.st_uid}), who decides then who gets what"
        return FileFault(0, "", problem, f"chown {path} to root or to uid {os.geteuid()}")
    if found.st_mode & _OTHERS_WRITE:
        who = "everybody" if found.st_mode & stat.S_IWOTH else "its group"
        return FileFault(0, "", f"{what} may be changed by {who} on this machine", f"chmod go-w {path}")
    return None


def _why_unsafe_folder(folder: Path) -> FileFault | None:
    """Whoever may write to its folder can put another file in its place, unless that has the sticky bit.

    A folder of the group is left to whoever made it: many homes have them, with one person in the group.
    """
    found = folder.stat()
    if found.st_mode & stat.S_ISVTX or os.statvfs(folder).f_flag & os.ST_RDONLY:
        return None
    if found.st_mode & stat.S_IWOTH or found.st_uid not in {_ROOT, os.geteuid()}:
        return _why_unsafe("its folder", found, str(folder))
    return None
