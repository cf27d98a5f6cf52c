"""The demo's temporary home, gone when the demo is, and a port for its bot."""

import asyncio
import contextlib
import socket
import tempfile
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator
from pathlib import Path

from envaccess_demo.child import at_parents_end, command, environment


class LeftoverError(Exception):
    """Something of the demo did not end, or a file could not be removed."""


@contextlib.asynccontextmanager
async def temporary_home() -> AsyncIterator[Path]:
    """A private folder; on leaving, wait until the embedded server is gone and nothing is left.

    Who waits for the demo's end and tidies up is a process of its own, so that `kill -9` leaves nothing
    either.

    Raises:
        LeftoverError: something is left.
    """
    home = Path(tempfile.mkdtemp(prefix="envaccess-"))
    cleanup = await asyncio.create_subprocess_exec(
        *at_parents_end(command("envaccess_demo.cleanup", str(home))),
        env=environment({}),
        stdin=PIPE,
        stdout=DEVNULL,
        start_new_session=True,  # Ctrl-C is for the demo
    )
    try:
        yield home
    finally:
        assert cleanup.stdin
        cleanup.stdin.close()
        if await cleanup.wait():
            raise LeftoverError(f"{home} could not be removed")


def free_port() -> int:
    """A port of loopback that nobody has now: terminals must know the bot's before the bot is there."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])
