"""A load generator: so many connections, each sending a prepared request as soon as it has its answer."""

import asyncio
import gc
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import cast

_PATIENCE = 120.0
_HEAD_END = b"\r\n\r\n"


@dataclass(slots=True)
class Outcome:
    """What a round came to.

    Attributes:
        seconds: from the first request to the last answer.
        times: milliseconds that each answer took.
        wrong: answers that were not what they should be; a round with any counts for nothing.
    """

    seconds: float = 0.0
    times: list[float] = field(default_factory=list)
    wrong: int = 0

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.times) / self.seconds


class LoadError(Exception):
    """A round did not go as it should."""


class _Line(asyncio.Protocol):
    """One kept-alive connection."""

    def __init__(self, requests: Iterator[bytes], wanted: bytes, outcome: Outcome, pause: float) -> None:
        self._requests, self._wanted, self._outcome, self._pause = requests, wanted, outcome, pause
        self._buffer = b""
        self._sent = 0.0
        self._transport: asyncio.Transport | None = None
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._next()

    def _next(self) -> None:
        assert self._transport
        request = next(self._requests, None)
        if request is None:
            self.done.set_result(None)
            self._transport.close()
            return
        self._sent = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, body = self._buffer.partition(_HEAD_END)
        if not found or len(body) < _length(head):
            return
        self._outcome.times.append((time.perf_counter() - self._sent) * 1000)
        if not head.startswith(b"HTTP/1.1 200") or self._wanted not in body:
            self._outcome.wrong += 1
        self._buffer = b""
        if self._pause:
            asyncio.get_running_loop().call_later(self._pause, self._next)
        else:
            self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(LoadError(f"a connection broke: {exc}"))


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    raise LoadError("an answer without Content-Length")


async def press(
    port: int, requests: Sequence[bytes], *, connections: int, wanted: bytes = b"", pause: float = 0.0
) -> Outcome:
    """Send every request to a port of this machine and time the answers.

    Args:
        port: where.
        requests: whole HTTP requests.
        connections: how many at the same time.
        wanted: what every answer's body must contain.
        pause: seconds that a connection waits after an answer.

    Raises:
        LoadError: an answer was wrong or missing.
    """
    loop, outcome, queue = asyncio.get_running_loop(), Outcome(), iter(requests)
    gc.collect()
    gc.disable()
    try:
        began = time.perf_counter()
        async with asyncio.timeout(_PATIENCE):
            lines = [
                (
                    await loop.create_connection(
                        lambda: _Line(queue, wanted, outcome, pause), "127.0.0.1", port
                    )
                )[1]
                for _ in range(connections)
            ]
            await asyncio.gather(*(line.done for line in lines))
        outcome.seconds = time.perf_counter() - began
    finally:
        gc.enable()
    if outcome.wrong:
        raise LoadError(f"{outcome.wrong} of {len(requests)} answers were not what they should be")
    return outcome
