"""Processes that a run starts, and ends again whatever happens."""

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from pathlib import Path

from benchmarks.machine import cpu_seconds, tie
from envaccess.embedded.parent_tie import KERNEL_TIES, die_with

ROOT = Path(__file__).parents[1]
_START_SECONDS = 20.0
_STOP_SECONDS = 15.0
_QUIET_SECONDS = 0.25
_PATIENCE = 60.0


class ChildError(Exception):
    """A process did not start, or ended by itself."""


def free_port() -> int:
    """A port on which nothing listens at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.asynccontextmanager
async def child(
    arguments: Sequence[str], *, core: int | None, log: Path, env: Mapping[str, str] | None = None
) -> AsyncIterator[int]:
    """Run this Python with arguments, on a core; yields its process id.

    Args:
        arguments: such as `-m bot`.
        core: None leaves it to the system.
        log: gets whatever it prints.
        env: its whole environment.
    """
    parent = os.getpid()
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: ASYNC220, S603 - our own modules, started between measurements
            [sys.executable, *arguments],
            cwd=ROOT,
            env={"LD_LIBRARY_PATH": f"{sys.base_prefix}/lib", **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            preexec_fn=(lambda: die_with(parent)) if KERNEL_TIES else None,  # noqa: PLW1509 - no thread holds a lock
        )
    try:
        tie(process.pid, core)
        yield process.pid
        if process.poll() is not None:
            raise ChildError(f"{' '.join(arguments)} ended by itself: {_last_words(log)}")
    finally:
        await _end(process)


async def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        await asyncio.to_thread(process.wait, _STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _last_words(log: Path) -> str:
    return log.read_text(errors="replace")[-500:].strip() or "(no words)"


async def answers(port: int, path: str, log: Path) -> None:
    """Wait until `GET path` on a port of this machine is answered 200.

    Raises:
        ChildError: it is not, for too long.
    """
    deadline = asyncio.get_running_loop().time() + _START_SECONDS
    while asyncio.get_running_loop().time() < deadline:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            if await _status(port, path) == b"200":
                return
        await asyncio.sleep(0.05)
    raise ChildError(f"nothing answers {path} on port {port}: {_last_words(log)}")


async def _status(port: int, path: str) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
        return (await reader.readuntil(b"\r\n")).split(b" ")[1]
    finally:
        writer.close()


async def until(come: Callable[[], Awaitable[bool]], seconds: float, every: float = 0.2) -> None:
    """Ask again and again until something is so; TimeoutError when it is not in time."""
    async with asyncio.timeout(seconds):
        while not await come():  # noqa: ASYNC110 - another process brings it about, and tells nobody
            await asyncio.sleep(every)


async def quiet(process: int) -> None:
    """Wait until a process has nothing more to do, so that it does not slow what is measured next."""
    deadline = asyncio.get_running_loop().time() + _PATIENCE
    while asyncio.get_running_loop().time() < deadline:
        before = cpu_seconds(process)
        await asyncio.sleep(_QUIET_SECONDS)
        after = cpu_seconds(process)
        if before is None or after is None or after - before < 0.1 * _QUIET_SECONDS:
            return
    raise ChildError(f"process {process} does not come to rest")
