"""A broker with a source that the test fills, and a caller that sends it bytes."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from http import HTTPStatus
from pathlib import Path

from aiohttp import web

from envaccess.broker.errors import CallRefusedError, forbidden
from envaccess.broker.front import BrokerFront
from envaccess.broker.listener import BrokerListener, ListenAddress, make_server
from envaccess.broker.service import BrokeredService
from envaccess.broker.source import CallRecord, OpenService
from envaccess.broker.target import CallTarget
from envaccess.broker.upstream import Upstream
from envaccess.domain.policy.services import AllowedCall

VALUE = "value-for-tests/of+a=service"
ALLOW = ("GET /things/**", "POST /things", "GET /things", "HEAD /things", "PUT /up/*")


class FixedServices:
    """Services that a test names; what was reported."""

    def __init__(self) -> None:
        self.services: dict[str, OpenService] = {}
        self.calls: list[CallRecord] = []

    def add(
        self,
        name: str,
        base: str,
        header: str = "Authorization",
        format_: str = "Bearer {value}",
        value: str = VALUE,
        allow: tuple[str, ...] = ALLOW,
    ) -> OpenService:
        """Have a service."""
        calls = tuple(AllowedCall(*call.split(" ", 1)) for call in allow)
        service = BrokeredService(name, f"grant-of-{name}", base, header, format_, calls, value)
        self.services[name] = OpenService(service)
        return self.services[name]

    async def open(self, name: str) -> OpenService:
        """The service."""
        if name not in self.services:
            raise CallRefusedError(HTTPStatus.NOT_FOUND, "service", "There is no such service.")
        if self.services[name].ended.is_set():
            raise forbidden("no_access", "There is no live access.")
        return self.services[name]

    def record(self, call: CallRecord) -> None:
        """Keep it."""
        self.calls.append(call)


class Caller:
    """Sends bytes, and reads all that comes until the broker closes."""

    def __init__(self, listener: BrokerListener, services: FixedServices) -> None:
        self.listener, self.services = listener, services
        self.path = listener.reachable.prefix
        self.host = min(listener.reachable.hosts)

    async def open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection."""
        if self.listener.url.startswith("unix:"):
            return await asyncio.open_unix_connection(self.listener.url.removeprefix("unix:"))
        host, _, port = self.listener.url.split("/")[2].rpartition(":")
        return await asyncio.open_connection(host, int(port))

    async def raw(self, data: bytes) -> bytes:
        """Send exactly this."""
        reader, writer = await self.open()
        writer.write(data)
        with contextlib.suppress(ConnectionError):
            await writer.drain()
        found = b""
        with contextlib.suppress(ConnectionError):
            while part := await reader.read(65_536):
                found += part
        writer.close()
        return found

    def head(self, method: str, target: str, *headers: str) -> bytes:
        """A request's head, below the prefix."""
        lines = [
            f"{method} {self.path}{target} HTTP/1.1",
            f"Host: {self.host}",
            "Connection: close",
            *headers,
        ]
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    async def call(self, method: str, target: str, *headers: str, body: bytes = b"") -> "Answered":
        """A request, and its answer."""
        length = (f"Content-Length: {len(body)}",) if body else ()
        return Answered(await self.raw(self.head(method, target, *headers, *length) + body))


class Answered:
    """An answer as its bytes came."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        head, _, self.body = raw.partition(b"\r\n\r\n")
        self.head = head.decode("latin-1")
        self.status = int(self.head.split(" ")[1]) if self.head else 0

    @property
    def reason(self) -> str:
        """The reason of a problem."""
        return str(json.loads(self.body)["reason"])

    def header(self, name: str) -> list[str]:
        """All values of a header."""
        pairs = [line.partition(":") for line in self.head.split("\r\n")[1:]]
        return [value.strip() for key, _, value in pairs if key.lower() == name.lower()]

    def text(self) -> bytes:
        """The body without its chunks."""
        if self.header("transfer-encoding") != ["chunked"]:
            return self.body
        rest, found = self.body, b""
        while rest:
            size, _, rest = rest.partition(b"\r\n")
            found += rest[: int(size, 16)]
            rest = rest[int(size, 16) + 2 :]
        return found

    @property
    def is_whole(self) -> bool:
        """Whether a chunked body has its end."""
        return self.body.endswith(b"0\r\n\r\n")


async def _no_control(_: web.BaseRequest, target: CallTarget) -> web.StreamResponse:
    return web.json_response({"control": target.path})


@contextlib.asynccontextmanager
async def broker(
    where: str | Path = "127.0.0.1:0", quiet_seconds: float = 30, head_seconds: float = 30
) -> AsyncIterator[Caller]:
    """Run one, on loopback or on a socket."""
    address = ListenAddress.parse(f"unix:{where}" if isinstance(where, Path) else where)
    services, upstream = FixedServices(), Upstream(quiet_seconds=quiet_seconds)
    listener = BrokerListener.bind(address)
    front = BrokerFront(listener.reachable, services, upstream, _no_control)
    await listener.serve(make_server(front.handle, head_seconds))
    try:
        yield Caller(listener, services)
    finally:
        await upstream.close()
        await listener.close()
