"""What a bad day does to a server."""

import contextlib
import os
import signal
from collections.abc import AsyncIterator
from typing import Any


@contextlib.asynccontextmanager
async def paused(other: Any) -> AsyncIterator[None]:
    """The server takes bytes and does not answer: its process is stopped, as on a swapping host."""
    server = (await other.info("server"))["process_id"]
    os.kill(server, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(server, signal.SIGCONT)
