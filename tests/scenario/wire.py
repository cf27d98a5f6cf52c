"""A road to a Redis server that a test can block: what the bot sees on Redis' or the network's bad days."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import unquote, urlsplit

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(eq=False)
class _Gate:
    """Bytes pass while it is open; those that wait pass when it opens again, as from a kernel's buffer."""

    event: asyncio.Event = field(default_factory=asyncio.Event)
    lost: bool = False

    def __post_init__(self) -> None:
        self.event.set()


class Wire:
    """Forwards a loopback port to the unix socket of a server.

    Args:
        server: the server's URL, `unix:///...`.
    """

    def __init__(self, server: str) -> None:
        self._path = unquote(urlsplit(server).path)
        self._requests, self._answers = _Gate(), _Gate()
        self._writers: set[asyncio.StreamWriter] = set()
        self._pumps: set[asyncio.Task[None]] = set()
        self._listener: asyncio.Server | None = None
        self.port = 0

    @property
    def url(self) -> str:
        """What the bot is given as `REDIS_URL`."""
        return f"redis://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        await self._listen()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._requests.event.set()
        self._answers.event.set()
        await self._close()
        for pump in self._pumps:
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)

    def cut(self) -> None:
        """Break every connection; new ones work."""
        for writer in list(self._writers):
            writer.transport.abort()

    @contextlib.asynccontextmanager
    async def down(self) -> AsyncIterator[None]:
        """Nobody listens: what is open breaks, what is new is refused."""
        await self._close()
        try:
            yield
        finally:
            await self._listen()

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """Nothing passes; requests made meanwhile arrive when it thaws, as with a paused process."""
        self._requests.event.clear()
        try:
            yield
        finally:
            self._requests.event.set()

    @contextlib.contextmanager
    def mute(self) -> Iterator[None]:
        """Requests reach the server, and its answers are lost for ever."""
        self._answers.lost = True
        try:
            yield
        finally:
            self._answers.lost = False

    async def _listen(self) -> None:
        self._listener = await asyncio.start_server(self._join, "127.0.0.1", self.port)
        self.port = self._listener.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        if self._listener:
            self._listener.close()
            self.cut()
            await self._listener.wait_closed()
            self._listener = None

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server = await asyncio.open_unix_connection(self._path)
        for source, sink, gate in (
            (reader, server[1], self._requests),
            (server[0], writer, self._answers),
        ):
            self._writers.add(sink)
            pump = asyncio.create_task(self._pump(source, sink, gate))
            self._pumps.add(pump)
            pump.add_done_callback(self._pumps.discard)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, gate: _Gate) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await source.read(65_536):
                await gate.event.wait()
                if not gate.lost:
                    sink.write(data)
                    await sink.drain()
        self._writers.discard(sink)
        sink.close()
