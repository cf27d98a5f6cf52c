"""The watcher: a detached process that owns the embedded server and ends it with its last user.

Started by `envaccess.embedded.server`, as `python -m envaccess.embedded.watcher START SOCKET SERVER` in the
server's folder:
START is the inherited descriptor of the lock `start`, SOCKET the path to listen on, SERVER the program.
It says one byte on its output when the server first serves, or ends without a word when that fails.
A server that dies while in use is started again. The log is standard error.
"""

import contextlib
import os
import resource
import signal
import sys
import time

from envaccess.embedded.file_lock import DATA, EXCLUSIVE, IN_USE, POLL, SERVER, lock_by, open_lock, try_lock
from envaccess.embedded.parent_tie import KERNEL_TIES, Guard, die_with
from envaccess.embedded.probe import answers

LOG_LIMIT = 1_048_576
"""Bytes of log that are kept; a longer log starts anew."""
CALM = 0.05
"""Seconds between two looks at a server that serves."""
STOP_PATIENCE = 10.0
"""Seconds that a server may take to stop before it is killed; nothing confirmed is lost by that."""
LONGEST_PAUSE = 5.0
"""Seconds before a server that keeps dying is started again; the pause begins with `CALM` and doubles."""
_OUTPUT, _LOG = 1, 2


class Watcher:
    """Owns one server; to be run in the server's folder.

    Args:
        start: descriptor of the lock `start`, kept until the server first serves.
        socket: path that the server listens on.
        server: path of the server program.
    """

    def __init__(self, start: int, socket: str, server: str) -> None:
        self._start = start
        self._socket = socket
        self._server = server
        self._served = False
        self._mended = False
        self._owned = open_lock(SERVER)
        self._in_use = open_lock(IN_USE)

    def run(self) -> None:
        """Keep a server running until nobody uses it; return early if it cannot be started at all."""
        if not lock_by(self._owned, EXCLUSIVE, time.monotonic() + STOP_PATIENCE):
            return
        try:
            self._keep()
        finally:
            self._tidy()

    def _keep(self) -> None:
        pause = CALM
        while True:
            began = time.monotonic()
            if self._serve() or not (self._served or self._mend()):
                return
            if time.monotonic() - began > LONGEST_PAUSE:
                pause = CALM
            if lock_by(self._in_use, EXCLUSIVE, time.monotonic() + pause):
                return
            pause = min(2 * pause, LONGEST_PAUSE)

    def _serve(self) -> bool:
        """Start a server and tend it: True when it was stopped for want of users, False when it died."""
        server = self._spawn()
        guard = None if KERNEL_TIES else Guard(server)
        while not (died := _has_ended(server)) and not try_lock(self._in_use, EXCLUSIVE):
            if not self._served and answers(self._socket):
                self._announce()
            _bound_log()
            time.sleep(CALM if self._served else POLL)
        if not died:
            _stop(server)
        if guard:
            guard.dismiss()
        return not died

    def _spawn(self) -> int:
        """Fork a server that is tied to this process and holds the lock `server` as long as it lives."""
        watcher = os.getpid()
        child = os.fork()
        if child:
            return child
        try:
            if KERNEL_TIES:
                die_with(watcher)
            os.dup2(_LOG, _OUTPUT)
            os.set_inheritable(self._owned, True)
            os.execve(self._server, _arguments(self._server, self._socket), {})  # noqa: S606 - no shell wanted
        except OSError as error:
            os.write(_LOG, f"Cannot run {self._server}: {error}\n".encode(errors="replace"))
        finally:
            os._exit(1)

    def _announce(self) -> None:
        """Tell the starter, if it still lives, that the server serves, and let others start and join."""
        self._served = True
        with contextlib.suppress(BrokenPipeError):
            os.write(_OUTPUT, b".")
        os.dup2(_LOG, _OUTPUT)
        os.close(self._start)

    def _mend(self) -> bool:
        """Mend what a power cut left of the log, once."""
        if self._mended:
            return False
        self._mended = True
        from envaccess.embedded.append_only import mend  # noqa: PLC0415 - rarely needed, and slow to load

        return mend(self._server)

    def _tidy(self) -> None:
        """Leave no folder of ours behind in the runtime folder; one in the home is not empty and stays."""
        with contextlib.suppress(OSError):
            os.unlink(self._socket)  # noqa: PTH108 - pathlib would double the time to start
        with contextlib.suppress(OSError):
            os.rmdir(self._socket.rpartition("/")[0])  # noqa: PTH106 - the same


def _arguments(server: str, socket: str) -> list[str]:
    """Return the server's command line: no TCP, a private socket, every write on disk before its answer."""
    options = {
        "port": "0",
        "unixsocket": socket,
        "unixsocketperm": "700",
        "dir": DATA,
        "save": "",
        "appendonly": "yes",
        "appendfsync": "always",
        "aof-load-truncated": "yes",
        "maxmemory-policy": "noeviction",
        "loglevel": "notice",
        "crash-log-enabled": "no",  # it would show commands, and so what people typed
        "daemonize": "no",
    }
    return [server, *(part for name, value in options.items() for part in (f"--{name}", value))]


def _has_ended(child: int) -> bool:
    return os.waitpid(child, os.WNOHANG)[0] == child


def _stop(server: int) -> None:
    os.kill(server, signal.SIGTERM)
    deadline = time.monotonic() + STOP_PATIENCE
    while not _has_ended(server):
        if time.monotonic() >= deadline:
            os.kill(server, signal.SIGKILL)
            os.waitpid(server, 0)
            return
        time.sleep(POLL)


def _bound_log() -> None:
    """Empty a log that has grown too long; its writers append, so they go on at its new beginning."""
    if os.fstat(_LOG).st_size > LOG_LIMIT:
        os.ftruncate(_LOG, 0)


def main() -> None:
    """Detach from the starter, so that it has no child to wait for, and watch."""
    start, socket, server = sys.argv[1:]
    if os.fork():
        os._exit(0)
    os.umask(0o077)
    # The server's, too: a dump would outlive what was deleted.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.set_inheritable(int(start), False)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        # A service manager signals the whole group: users may still be finishing, so only their end
        # ends the watcher. A handler, not SIG_IGN, which the server would inherit.
        signal.signal(number, lambda _number, _frame: None)
    Watcher(int(start), socket, server).run()


if __name__ == "__main__":
    main()
