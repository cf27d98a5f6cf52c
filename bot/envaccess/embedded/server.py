"""The embedded Valkey: one server for all processes that share a home, gone with the last of them.

A user takes the lock `start`, then `in-use` (shared), then joins the server that answers, or starts a
watcher (`envaccess.embedded.watcher`) that starts one. The order is what makes a join safe: whoever holds
`in-use` keeps the watcher from stopping, and a watcher that is stopping keeps `in-use` until its server
has gone, so that a joiner finds either a server that stays or none.
"""

import os
import select
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Final
from urllib.parse import quote

from envaccess.domain.errors import EmbeddedServerError
from envaccess.embedded.binary import find_server
from envaccess.embedded.file_lock import (
    EXCLUSIVE,
    IN_USE,
    POLL,
    SERVER,
    SHARED,
    START,
    is_free,
    lock_by,
    open_lock,
)
from envaccess.embedded.folder import FOLDER, LOG, ServerFolder
from envaccess.embedded.probe import answers

PATIENCE: Final = 60.0
"""Seconds that starting or joining may take; a long append-only file is loaded in that time."""
_MODULE: Final = ("-S", "-P", "-m", "envaccess.embedded.watcher")
"""Without `site` and with nothing of the working folder: the watcher needs the standard library and us."""
_ENVIRONMENT: Final = {
    "PYTHONPATH": str(Path(__file__).absolute().parents[2]),
    "LD_LIBRARY_PATH": f"{sys.base_prefix}/lib",
}
"""All that the watcher sees of the environment, because it outlives a user whose environment holds tokens.

Installed or in a checkout, it finds this package; and where Python is linked to its library without a
path of its own (Heroku's is), it finds that.
"""


class EmbeddedServer:
    """One user's share in the embedded server of a home; all of it is blocking and safe in a thread.

    Args:
        home: the home (`ENVACCESS_HOME`); made when missing.
        runtime: where a socket goes whose path in the home would be over 100 bytes
            (`XDG_RUNTIME_DIR`); the system's temporary folder when not given.
    """

    def __init__(self, home: Path, *, runtime: Path | None = None) -> None:
        self._home = home.absolute()
        self._runtime = runtime
        self._in_use: int | None = None

    def start(self) -> str:
        """Join the home's server, starting it if need be, and return its URL (`unix:///...`).

        Calling it again makes sure that the server runs.

        Raises:
            EmbeddedServerError: no server program, an unusable home, or the server does not start.
        """
        deadline = time.monotonic() + PATIENCE
        folder = ServerFolder(self._home, self._runtime)
        started_unused = self._in_use is None
        try:
            return self._start(folder, deadline)
        except BaseException as error:
            if started_unused:
                self.close()
            if isinstance(error, OSError):
                raise EmbeddedServerError(f"Cannot use {folder.path}: {error.strerror}.") from error
            raise

    def close(self) -> None:
        """End this use; the server ends with its last user. Does nothing when not started."""
        if self._in_use is not None:
            os.close(self._in_use)
            self._in_use = None

    def wait_gone(self, timeout: float) -> bool:
        """Wait `timeout` seconds at most, and return whether server and watcher have gone."""
        deadline = time.monotonic() + timeout
        lock = self._home / FOLDER / SERVER
        while lock.exists() and not is_free(lock):
            if time.monotonic() >= deadline:
                return False
            time.sleep(POLL)
        return True

    def __enter__(self) -> str:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _start(self, folder: ServerFolder, deadline: float) -> str:
        start = open_lock(folder.path / START)
        try:
            if not lock_by(start, EXCLUSIVE, deadline):
                raise EmbeddedServerError(f"Another process has been starting in {folder.path} for too long.")
            self._use(folder, deadline)
            address = _running(folder, deadline) or _launch(folder, start, deadline)
        finally:
            os.close(start)
        return "unix://" + quote(os.fsencode(address))

    def _use(self, folder: ServerFolder, deadline: float) -> None:
        """Hold `in-use`; this waits while a watcher that found no user is stopping its server."""
        if self._in_use is not None:
            return
        self._in_use = open_lock(folder.path / IN_USE)
        if not lock_by(self._in_use, SHARED, deadline):
            raise EmbeddedServerError(f"The last server in {folder.path} does not stop.")


def _running(folder: ServerFolder, deadline: float) -> Path | None:
    """Return the socket of the server that runs; None once it is certain that there is none.

    The lock comes first: an address in a copied home may be that of the other home's server.
    """
    while not is_free(folder.path / SERVER):
        address = folder.address()
        if address is not None and answers(str(address)):
            return address
        if time.monotonic() >= deadline:
            raise EmbeddedServerError(f"The server in {folder.path} runs but does not answer.")
        time.sleep(POLL)
    return None


def _launch(folder: ServerFolder, start: int, deadline: float) -> Path:
    """Start a watcher, which holds the lock `start` too until its server serves; return the socket."""
    address = folder.choose_address()
    with _watcher(folder, start, address) as watcher:
        serves = _says_something(watcher.stdout, deadline)
    if not serves:
        words = folder.last_words()
        raise EmbeddedServerError(
            f"The embedded server did not start; {folder.path / LOG} ends with: {words}"
        )
    return address


def _watcher(folder: ServerFolder, start: int, address: Path) -> subprocess.Popen[bytes]:
    if not sys.executable:
        raise EmbeddedServerError("The embedded server needs a Python interpreter, and this one has no path.")
    server = find_server()
    log = os.open(folder.path / LOG, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        return subprocess.Popen(  # noqa: S603 - our own module, with paths of ours
            [sys.executable, *_MODULE, str(start), address, server],
            cwd=folder.path,
            env=_ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            pass_fds=(start,),
            start_new_session=True,
        )
    finally:
        os.close(log)


def _says_something(stream: IO[bytes] | None, deadline: float) -> bool:
    """Whether the watcher reports before `deadline`; a watcher that fails closes the stream instead."""
    assert stream is not None
    readable, _, _ = select.select([stream], [], [], max(0.0, deadline - time.monotonic()))
    return bool(readable and stream.read(1))
