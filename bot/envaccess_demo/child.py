"""Helper processes of the demo: what they see of the environment, and how they end with the demo.

The standard input of each is a pipe whose other end only the demo holds. Nothing is ever written there; its
end is the end of the demo, whatever ended it, `kill -9` included.
"""

import os
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path

_ROOT = Path(__file__).absolute().parents[1]
_WAIT = "import os, sys\nwhile os.read(0, 1): pass\nos.execv(sys.argv[1], sys.argv[1:])"


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


def at_parents_end(then: list[str]) -> list[str]:
    """The command line of a small process that becomes this command when the demo has ended."""
    return [sys.executable, "-I", "-S", "-c", _WAIT, *then]


def end_with_parent() -> None:
    """End this process at once when the demo has ended; a thread sees to it."""

    def watch() -> None:
        while os.read(sys.stdin.fileno(), 1):
            pass
        os._exit(1)

    threading.Thread(target=watch, name="parent", daemon=True).start()
