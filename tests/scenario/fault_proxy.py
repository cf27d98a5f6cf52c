"""A road to a server that a test can block: what the bot sees on Redis' or the network's bad days."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Literal, Self
from urllib.parse import unquote, urlsplit

from envaccess.store.runner import Runner
from envaccess.store.script_text import compose, own_text, script_names, sha_of

Mishap = Literal["unsent", "unanswered", "silent", "late"]
"""What befalls a request: the connection breaks before it, or before its answer; the connection stays, and
its answer never comes, or the request itself waits until it is released."""


@dataclass(eq=False)
class Trap:
    """Waits for the next request with these bytes."""

    needle: bytes
    mishap: Mishap
    sprung: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)

    def release(self) -> None:
        """Let a late request arrive."""
        self.released.set()


@dataclass(eq=False)
class _Line:
    """One connection: both of its ends."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    deaf: bool = False


class FaultProxy:
    """Forwards a loopback port to a server.

    Args:
        server: the server's URL, `unix:///...` or `http://...`.
    """

    def __init__(self, server: str) -> None:
        self._server = urlsplit(server)
        self._thawed = asyncio.Event()
        self._thawed.set()
        self._mute = False
        self._traps: list[Trap] = []
        self._lines: set[_Line] = set()
        self._pumps: set[asyncio.Task[None]] = set()
        self._listener: asyncio.Server | None = None
        self.port = 0

    @property
    def url(self) -> str:
        """The URL by which the bot goes this way: of Redis, or of the same page."""
        if self._server.scheme == "unix":
            return f"redis://127.0.0.1:{self.port}"
        return f"http://127.0.0.1:{self.port}{self._server.path}"

    async def __aenter__(self) -> Self:
        await self._listen()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._thawed.set()
        await self._close()
        for pump in self._pumps:
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)

    def trap(self, needle: str, mishap: Mishap) -> Trap:
        """Set a trap for one request that contains these bytes, such as a script's SHA."""
        trap = Trap(needle.encode(), mishap)
        self._traps.append(trap)
        return trap

    def cut(self) -> None:
        """Break every connection; new ones work."""
        for line in list(self._lines):
            line.client.transport.abort()

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
        self._thawed.clear()
        try:
            yield
        finally:
            self._thawed.set()

    @contextlib.contextmanager
    def mute(self) -> Iterator[None]:
        """Requests reach the server, and its answers are lost for ever."""
        self._mute = True
        try:
            yield
        finally:
            self._mute = False

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
        answers, server = await self._reach()
        line = _Line(writer, server)
        self._lines.add(line)
        for pumping in (self._requests(reader, line), self._answers(answers, line)):
            pump = asyncio.create_task(pumping)
            self._pumps.add(pump)
            pump.add_done_callback(self._pumps.discard)

    async def _reach(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._server.scheme == "unix":
            return await asyncio.open_unix_connection(unquote(self._server.path))
        return await asyncio.open_connection(self._server.hostname, self._server.port)

    async def _requests(self, source: asyncio.StreamReader, line: _Line) -> None:
        try:
            while data := await source.read(1_000_000):
                await self._thawed.wait()
                await self._pass(data, line)
        except ConnectionError:
            pass
        finally:
            line.server.close()

    async def _pass(self, data: bytes, line: _Line) -> None:
        trap = next((trap for trap in self._traps if trap.needle in data), None)
        if trap is None:
            await _send(line.server, data)
            return
        self._traps.remove(trap)
        trap.sprung.set()
        line.deaf = True
        if trap.mishap == "late":
            await trap.released.wait()
        if trap.mishap != "unsent":
            await _send(line.server, data)
        if trap.mishap in {"unsent", "unanswered"}:
            line.client.transport.abort()

    async def _answers(self, source: asyncio.StreamReader, line: _Line) -> None:
        try:
            while data := await source.read(1_000_000):
                if not (line.deaf or self._mute):
                    await _send(line.client, data)
        except ConnectionError:
            pass
        finally:
            self._lines.discard(line)
            line.client.close()


def sha(name: str) -> str:
    """By what Redis knows a script of the product."""
    return sha_of(compose(name, own_text(name)))


async def load_scripts(runner: Runner) -> None:
    """Let Redis know every script, so that a trap meets the call that does the work."""
    for text in (compose(name, own_text(name)) for name in script_names()):
        await runner.client.script_load(text)


async def _send(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(data)
    await writer.drain()
