"""Where the broker listens: a unix socket that only its user reaches, or loopback behind a secret path."""

import asyncio
import contextlib
import os
import secrets
import socket
import stat
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from aiohttp import web

from envaccess.broker.errors import ListenAddressError
from envaccess.broker.front import Reachable
from envaccess.client.server_url import is_loopback

_UNIX: Final = "unix:"
_LONGEST: Final = 100
"""Bytes of a socket's path; macOS takes 103, Linux 107."""
_TAKES: Final = "--listen takes unix:PATH, or 127.0.0.1:PORT (0 for any port)"
_HEADER_MAX: Final = 16_384
HEAD_SECONDS: Final = 10.0
IDLE_SECONDS: Final = 75.0
_LINGER_SECONDS: Final = 1.0
"""How long what is left of a refused body is read, so that its caller gets to read the refusal."""
_PRIVATE: Final = 0o700

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class ListenAddress:
    """Where to listen.

    Attributes:
        path: of the unix socket; None on loopback.
        host: the loopback address, else empty.
        port: 0 for any.
    """

    path: Path | None
    host: str = ""
    port: int = 0

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read it.

        Raises:
            ListenAddressError: it is none, or one that other machines reach.
        """
        if text.startswith(_UNIX):
            path = Path(text.removeprefix(_UNIX)).absolute()
            if len(os.fsencode(path)) > _LONGEST:
                raise ListenAddressError(f"The path of the socket is longer than {_LONGEST} bytes.")
            return cls(path)
        host, _, port = text.rpartition(":")
        host = host.removeprefix("[").removesuffix("]")
        if not is_loopback(host) or not (port.isascii() and port.isdigit() and int(port) < 1 << 16):
            raise ListenAddressError(f"The broker listens on this machine alone: {_TAKES}.")
        return cls(None, host, int(port))


class BrokerListener:
    """Listens. Begin with `bind`, so that callers know the address before anything is asked for."""

    def __init__(self, socket_: socket.socket, path: Path | None) -> None:
        self._socket, self._path = socket_, path
        self.reachable, self.url = _named(socket_, path)
        self._runner: web.ServerRunner | None = None

    @classmethod
    def bind(cls, address: ListenAddress) -> Self:
        """Take the address.

        Raises:
            ListenAddressError: another broker listens there, or the folder is not the user's own.
        """
        if address.path is not None:
            opened = _bind_unix(address.path)
            opened.listen()  # who is told the address may call before it is served
            return cls(opened, address.path)
        family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
        opened = socket.socket(family, socket.SOCK_STREAM)
        try:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            opened.bind((address.host, address.port))
            opened.listen()
        except OSError as error:
            opened.close()
            raise ListenAddressError(f"The broker cannot listen there ({error.strerror}).") from None
        return cls(opened, None)

    async def serve(self, server: web.Server) -> None:
        """Answer from now on."""
        self._runner = web.ServerRunner(server, access_log=None, handle_signals=False)
        await self._runner.setup()
        await web.SockSite(self._runner, self._socket).start()

    async def close(self) -> None:
        """Listen no more, and leave no socket behind."""
        if self._runner is not None:
            await self._runner.cleanup()
        self._socket.close()
        if self._path is not None:
            with contextlib.suppress(OSError):
                self._path.unlink()


class _BrokerServer(web.Server):
    """Closes a connection that does not send the head of a request in time, so that nobody holds them all.

    aiohttp itself waits for ever (as envaccess.http.connection says).
    """

    def __init__(self, handle: Handler, head_seconds: float) -> None:
        super().__init__(
            self._heard,
            handler_cancellation=True,
            keepalive_timeout=IDLE_SECONDS,
            lingering_time=_LINGER_SECONDS,
            max_line_size=_HEADER_MAX,
            max_field_size=_HEADER_MAX,
            access_log=None,
            auto_decompress=False,
        )
        self._handle, self._head_seconds = handle, head_seconds
        self._late: dict[web.RequestHandler, asyncio.TimerHandle] = {}

    def __call__(self) -> web.RequestHandler:
        connection = super().__call__()
        loop = asyncio.get_running_loop()
        self._late[connection] = loop.call_later(self._head_seconds, connection.force_close)
        return connection

    def connection_lost(self, handler: web.RequestHandler, exc: BaseException | None = None) -> None:
        self._came(handler)
        super().connection_lost(handler, exc)

    async def _heard(self, request: web.BaseRequest) -> web.StreamResponse:
        self._came(request.protocol)
        return await self._handle(request)

    def _came(self, connection: web.RequestHandler) -> None:
        if late := self._late.pop(connection, None):
            late.cancel()


def make_server(handle: Handler, head_seconds: float = HEAD_SECONDS) -> web.Server:
    """A server that gives up a call as soon as its caller goes.

    Args:
        handle: answers a request.
        head_seconds: how long a caller has for the first request's line and headers.
    """
    return _BrokerServer(handle, head_seconds)


def _named(opened: socket.socket, path: Path | None) -> tuple[Reachable, str]:
    """How callers name it, and the base of its URLs."""
    if path is not None:
        return Reachable(frozenset({"localhost", "envaccess"})), f"{_UNIX}{path}"
    host, port = opened.getsockname()[:2]
    written = f"[{host}]" if ":" in host else host
    segment = secrets.token_urlsafe(32)
    hosts = frozenset({f"{written}:{port}", f"localhost:{port}"})
    return Reachable(hosts, f"/{segment}"), f"http://{written}:{port}/{segment}"


def _bind_unix(path: Path) -> socket.socket:
    opened = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        _check_folder(path.parent)
        _remove_stale(path)
        before = os.umask(0o177)
        try:
            opened.bind(str(path))
        finally:
            os.umask(before)
    except OSError as error:
        opened.close()
        raise ListenAddressError(f"The broker cannot listen there ({error.strerror}).") from None
    except ListenAddressError:
        opened.close()
        raise
    return opened


def _check_folder(folder: Path) -> None:
    """A folder that is the user's own, and that nobody else enters; made where there is none."""
    before = os.umask(0o077)  # a mode is the last folder's alone, and the session's folder is above it
    try:
        folder.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
    finally:
        os.umask(before)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & 0o077:
        raise ListenAddressError(
            "Others could reach the socket: its folder must be your own, and closed to others "
            f"(chmod 700 {folder})."
        )


def _remove_stale(path: Path) -> None:
    """The socket of a broker that was killed; a live one stays."""
    if not path.exists():
        return
    if not stat.S_ISSOCK(path.lstat().st_mode):
        raise ListenAddressError("There is a file at the socket's path already, and it is no socket.")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
        else:
            raise ListenAddressError(
                "A broker listens there already: name another socket by --listen unix:PATH."
            )
