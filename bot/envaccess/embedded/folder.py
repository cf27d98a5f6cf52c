"""Where the embedded server lives in a home: private folders, its socket, and the note that names it."""

import hashlib
import os
import stat
import tempfile
from pathlib import Path
from typing import Final

from envaccess.domain.errors import EmbeddedServerError
from envaccess.embedded.file_lock import DATA

LONGEST_SOCKET: Final = 100
"""Bytes of a socket's path that every platform takes: sun_path has 108 on Linux, 104 on macOS (unix(7))."""
FOLDER: Final = "redis"
"""The private folder in a home that holds all of the embedded server."""
LOG: Final = "log"
_SOCKET: Final = "redis.sock"
_ADDRESS: Final = "address"


def data_folder(home: Path) -> Path:
    """Where the embedded server of a home keeps its data."""
    return home.absolute() / FOLDER / DATA


class ServerFolder:
    """The private folder `redis` of a home, made when missing.

    Args:
        home: the home; made when missing.
        runtime: the folder under which a socket goes whose path in the home would be too long.

    Raises:
        EmbeddedServerError: the folder cannot be made, or belongs to somebody else.
    """

    def __init__(self, home: Path, runtime: Path | None = None) -> None:
        self.path = home.absolute() / FOLDER
        self._runtime = (runtime or Path(tempfile.gettempdir())).absolute()
        try:
            home.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise EmbeddedServerError(f"Cannot make the folder {home}: {error.strerror}.") from error
        _make_private(self.path)
        _make_private(data_folder(home))

    def address(self) -> Path | None:
        """Return the socket of the server that was started last, running or not; None if there was none."""
        try:
            noted = (self.path / _ADDRESS).read_bytes()
        except FileNotFoundError:
            return None
        return self.path / os.fsdecode(noted)

    def choose_address(self) -> Path:
        """Choose and note the socket of a server that is about to start, and make its folder.

        The note is relative where it can be, so that a home mounted elsewhere is joined all the same.

        Raises:
            EmbeddedServerError: there is no place for it with a short enough path.
        """
        chosen = self.path / _SOCKET
        noted = os.fsencode(_SOCKET)
        if _is_long(chosen):
            chosen = self._runtime / f"envaccess-{os.geteuid()}-{self._digest()}" / _SOCKET
            noted = os.fsencode(chosen)
            if _is_long(chosen):
                raise EmbeddedServerError(f"The path of a socket in {self._runtime} would be too long.")
            _make_private(chosen.parent)
        self._note(noted)
        return chosen

    def last_words(self) -> str:
        """Return the last line of the server's log, cut to 200 characters; empty if there is none."""
        try:
            with (self.path / LOG).open("rb") as log:
                log.seek(max(0, os.fstat(log.fileno()).st_size - 4096))
                lines = log.read().decode(errors="replace").split("\n")
        except OSError:
            return ""
        return next((line.strip()[:200] for line in reversed(lines) if line.strip()), "")

    def _note(self, address: bytes) -> None:
        draft = self.path / f"{_ADDRESS}.new"
        draft.touch(mode=0o600)
        draft.write_bytes(address)
        draft.replace(self.path / _ADDRESS)

    def _digest(self) -> str:
        return hashlib.sha256(os.fsencode(self.path.resolve())).hexdigest()[:16]


def _is_long(path: Path) -> bool:
    return len(os.fsencode(path)) > LONGEST_SOCKET


def _make_private(path: Path) -> None:
    """Make `path` a folder of mode 0700 that is ours, never following a link that somebody planted."""
    try:
        path.mkdir(mode=0o700, exist_ok=True)
        found = path.lstat()
        if not stat.S_ISDIR(found.st_mode):
            raise EmbeddedServerError(f"{path} is not a folder.")
        if found.st_uid != os.geteuid():
            raise EmbeddedServerError(f"{path} belongs to another user (uid {found.st_uid}).")
        if stat.S_IMODE(found.st_mode) != stat.S_IRWXU:
            path.chmod(stat.S_IRWXU)
    except OSError as error:
        raise EmbeddedServerError(f"Cannot make the private folder {path}: {error.strerror}.") from error
