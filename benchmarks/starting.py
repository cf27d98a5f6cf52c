"""How long `envaccess --help` takes, beside a Python that does nothing."""

import subprocess
import sys
import time
from pathlib import Path

from benchmarks.children import ROOT
from benchmarks.machine import Cores, on_core
from benchmarks.scale import Scale
from benchmarks.table import Goal, Row, middle, milliseconds

_NOTHING = ("-c", "pass")
_HELP = ("-c", "from envaccess.cli import main; main(['--help'])")


async def run(scale: Scale, cores: Cores, folder: Path) -> list[Row]:  # noqa: ARG001 - as every benchmark
    """Both by turns."""
    with on_core(cores.subject):
        for arguments in (_NOTHING, _HELP):
            _start(arguments)
        pairs = [(_start(_HELP), _start(_NOTHING)) for _ in range(scale.starts)]
    ours, limit = (middle(times) for times in zip(*pairs, strict=True))
    beside = f"`python -c pass` {milliseconds(limit)}"
    return [Row("`envaccess --help`", milliseconds(ours), beside, ours / limit, Goal(6))]


def _start(arguments: tuple[str, ...]) -> float:
    """Milliseconds from start to end."""
    began = time.perf_counter()
    subprocess.run([sys.executable, *arguments], cwd=ROOT, check=True, capture_output=True)  # noqa: S603
    return (time.perf_counter() - began) * 1000
