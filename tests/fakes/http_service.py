"""A service on loopback that keeps what it was sent, and answers with whatever bytes a test gives it."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
FIRST_EVENT = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"7\r\nfirst\n\n\r\n"
)
"""A stream that goes on."""


@dataclass(frozen=True, slots=True)
class ReceivedRequest:
    """A request as its bytes came."""

    line: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def every(self, name: str) -> list[str]:
        """The values of all headers of this name."""
        return [value for key, value in self.headers if key.lower() == name.lower()]


Answer = Callable[[ReceivedRequest, asyncio.StreamWriter], Awaitable[None]]


class HttpService:
    """The service; `answer_with` says what it answers from now on."""

    def __init__(self) -> None:
        self.requests: list[ReceivedRequest] = []
        self.base = ""
        self._open: dict[asyncio.Task[None] | None, asyncio.StreamWriter] = {}
        self._answer: Answer = self._fixed(OK)

    def answer_with(self, answer: bytes | Answer) -> None:
        """Bytes for every request, or what writes them."""
        self._answer = self._fixed(answer) if isinstance(answer, bytes) else answer

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, for one request."""
        self._open[asyncio.current_task()] = writer
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            received = await _receive(reader)
            self.requests.append(received)
            await self._answer(received, writer)
        writer.close()

    async def stop(self) -> None:
        """Break off every answer that is not over."""
        for task, writer in self._open.items():
            writer.transport.abort()
            if task is not None:
                task.cancel()
        await asyncio.gather(*filter(None, self._open), return_exceptions=True)

    @staticmethod
    def _fixed(answer: bytes) -> Answer:
        async def write(_: ReceivedRequest, writer: asyncio.StreamWriter) -> None:
            writer.write(answer)
            await writer.drain()

        return write


@contextlib.asynccontextmanager
async def http_service(tls: ssl.SSLContext | None = None) -> AsyncIterator[HttpService]:
    """Run one."""
    service = HttpService()
    server = await asyncio.start_server(service.serve, "127.0.0.1", 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    service.base = f"https://localhost:{port}" if tls else f"http://127.0.0.1:{port}"
    try:
        yield service
    finally:
        server.close()
        await service.stop()


async def _receive(reader: asyncio.StreamReader) -> ReceivedRequest:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    line, *lines = head.strip().split("\r\n")
    pairs = tuple((name.strip(), value.strip()) for name, _, value in (each.partition(":") for each in lines))
    said = {name.lower(): value for name, value in pairs}
    if said.get("transfer-encoding") == "chunked":
        return ReceivedRequest(line, pairs, await _chunks(reader))
    return ReceivedRequest(line, pairs, await reader.readexactly(int(said.get("content-length", "0"))))


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while size := int(await reader.readline(), 16):
        body += await reader.readexactly(size)
        await reader.readline()
    await reader.readline()
    return body
