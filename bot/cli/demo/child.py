"""Helper processes of the demo: what they see of the environment, and how they end with the demo.

The standard input of each is a pipe whose other end only the demo holds. Nothing is ever written there; its
end is the end of the demo, whatever ended it, `kill -9` included.
"""

import os
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

_ROOT = Path(__file__).absolute().parents[3]


def command(module: str, *arguments: str) -> list[str]:
    """The command line that runs a module of ours, with nothing of the working folder."""
    return [sys.executable, "-P", "-m", module, *arguments]


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """These settings and what Python and the server program need, and nothing else of ours."""
    return {
        "PYTHONPATH": str(_ROOT),
        "LD_LIBRARY_PATH": f"{sys.base_prefix}/lib",
        "PATH": os.pathsep.join(os.get_exec_path()),
        "TMPDIR": tempfile.gettempdir(),
        **settings,
    }


def wait_for_parent() -> None:
    """Return when the demo has ended."""
    while os.read(sys.stdin.fileno(), 1):
        pass


def at_parents_end(then: Callable[[], None]) -> None:
    """Do this when the demo has ended, from a thread."""

    def watch() -> None:
        wait_for_parent()
        then()

    threading.Thread(target=watch, name="parent", daemon=True).start()
