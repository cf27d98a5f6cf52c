"""What stands between a terminal and the bot, ends its TLS, and keeps every byte."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

from tests.scenario.test_http_mode import free_port

_PIECE = 65_536


class RecordingProxy:
    """Passes bytes on to a port of this machine.

    Attributes:
        url: where terminals reach it.
        asked: all that terminals sent.
        answered: all that the server sent.
        on_values: called in place of the next answer that has values in it, which is lost.
    """

    def __init__(self, server_port: int) -> None:
        self._server_port, self._port = server_port, free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self.asked, self.answered = bytearray(), bytearray()
        self.on_values: Callable[[], object] | None = None
        self._pumps: set[asyncio.Task[None]] = set()

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Listen; afterwards nobody does, and what is open is cut."""
        listener = await asyncio.start_server(self._join, "127.0.0.1", self._port)
        try:
            yield
        finally:
            listener.close()
            for pump in self._pumps:
                pump.cancel()
            await asyncio.gather(*self._pumps, return_exceptions=True)

    async def _join(self, asking: asyncio.StreamReader, terminal: asyncio.StreamWriter) -> None:
        try:
            answering, server = await asyncio.open_connection("127.0.0.1", self._server_port)
        except OSError:
            terminal.transport.abort()
            return
        for pumping in (self._ask(asking, server), self._answer(answering, terminal, server)):
            pump = asyncio.create_task(pumping)
            self._pumps.add(pump)
            pump.add_done_callback(self._pumps.discard)

    async def _ask(self, asking: asyncio.StreamReader, server: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await asking.read(_PIECE):
                self.asked += data
                server.write(data)
        server.close()

    async def _answer(
        self, answering: asyncio.StreamReader, terminal: asyncio.StreamWriter, server: asyncio.StreamWriter
    ) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await answering.read(_PIECE):
                self.answered += data
                if self.on_values and b'"values":' in data:
                    self.on_values()
                    self.on_values = None
                    server.transport.abort()
                    break
                terminal.write(data)
        terminal.close()
