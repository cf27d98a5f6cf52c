"""The machine: its cores, what it is, and how busy others keep it."""

import os
import platform
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108 - a folder in memory; what goes there is in a private folder of its own


@dataclass(frozen=True, slots=True)
class Cores:
    """Which core runs what; None where processes cannot be tied to cores.

    Attributes:
        subject: what is measured, alone.
        others: load, Redis and Slack.
    """

    subject: int | None
    others: int | None


def share_out() -> Cores:
    """Tie this process, and whatever it starts, to the second core; the first is for what is measured."""
    if not hasattr(os, "sched_setaffinity"):
        return Cores(None, None)
    free = sorted(os.sched_getaffinity(0))
    if len(free) < 2:
        return Cores(None, None)
    os.sched_setaffinity(0, {free[1]})
    return Cores(free[0], free[1])


def tie(process: int, core: int | None) -> None:
    """Tie a process that has one thread so far to a core."""
    if core is not None:
        os.sched_setaffinity(process, {core})


def untie() -> None:
    """Let this process, and whatever it starts, run wherever there is room."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, range(os.cpu_count() or 1))


@contextmanager
def on_core(core: int | None) -> Iterator[None]:
    """Run what is inside, and whatever it starts, on a core."""
    if core is None:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def scratch() -> Iterator[Path]:
    """A private folder for a run, gone afterwards: in memory where that is possible.

    The append-only file lies there. On a disk every row would measure its `fsync` and little else.
    """
    place = str(MEMORY) if MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="envaccess-benchmarks-", dir=place) as folder:
        yield Path(folder)


def describe(cores: Cores, folder: Path) -> str:
    """The machine in a few lines, for the table's head."""
    pinned = "not tied to cores" if cores.subject is None else "what is measured has a core of its own"
    lies = (
        "in memory" if folder.is_relative_to(MEMORY) else f"on a disk ({_sync_time(folder):.1f} ms a write)"
    )
    now = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
    return "\n".join(
        (
            f"{now}, Python {platform.python_version()}, {_processor()}",
            f"{os.cpu_count()} cores, {pinned}; load average {os.getloadavg()[0]:.1f} before the run",
            f"Redis: the embedded server, its append-only file {lies}",
        )
    )


def _processor() -> str:
    known = Path("/proc/cpuinfo")
    lines = known.read_text().splitlines() if known.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return f"{next(names, platform.processor() or 'unknown processor')}, {sys.platform}"


def _sync_time(folder: Path) -> float:
    """Milliseconds that a write takes to be on disk."""
    path = folder / "sync"
    with path.open("wb") as file:
        began = time.perf_counter()
        for _ in range(20):
            file.write(b".")
            file.flush()
            os.fsync(file.fileno())
        spent = time.perf_counter() - began
    path.unlink()
    return spent / 20 * 1000


def cpu_seconds(process: int) -> float | None:
    """The processor time that a process has used; None where the system does not say."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / float(os.sysconf("SC_CLK_TCK"))


def resident_bytes(process: int) -> int | None:
    """The memory of a process that is in RAM; None where the system does not say."""
    try:
        pages = Path(f"/proc/{process}/statm").read_text().split()[1]
    except OSError:
        return None
    return int(pages) * os.sysconf("SC_PAGE_SIZE")
