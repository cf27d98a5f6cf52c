"""Stops the demo's PostgreSQL and removes its folder: `python -m envaccess_demo.database_end FOLDER`."""

import os
import shutil
import signal
import sys
import time
from pathlib import Path

_GONE_SECONDS = 10.0


def main() -> int:
    """Tidy up; 0 when nothing is left."""
    folder = Path(sys.argv[1])
    server = _server(folder / "data" / "postmaster.pid")
    if server:
        _stop(server)
    shutil.rmtree(folder, ignore_errors=True)
    return 1 if folder.exists() else 0


def _server(file: Path) -> int:
    """The server's process; 0 where none runs."""
    try:
        return int(file.read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return 0


def _stop(server: int) -> None:
    """At once, and with every session: nothing of it is kept."""
    until = time.monotonic() + _GONE_SECONDS
    try:
        os.kill(server, signal.SIGQUIT)
        while time.monotonic() < until:
            os.kill(server, 0)
            time.sleep(0.02)
    except ProcessLookupError:
        return


if __name__ == "__main__":
    sys.exit(main())
