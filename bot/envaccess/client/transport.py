"""HTTP on the standard library: one request out, one answer in, within limits of time and size.

Nothing is followed: a redirect is an answer like another. Connections are kept for the next call. Only https
goes through a proxy, by CONNECT, so that it sees the host alone. What was sent is in no exception.
"""

import contextlib
import http.client
import socket
import ssl
import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from envaccess.client.errors import UnreachableError, WrongServerError
from envaccess.client.proxies import goes_direct
from envaccess.client.server_url import is_loopback, port_of

ANSWER_MAX: Final = 1_048_576
"""Bytes of an answer; the longest list of requests has a tenth of it."""
VALUES_MAX: Final = 67_108_864
"""Bytes of an answer with values: fifty of 128 KB, sealed and written as JSON."""
CONNECT_SECONDS: Final = 10.0
ANSWER_SECONDS: Final = 20.0
_PART: Final = 65_536
_KEPT: Final = 2


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What came back.

    Attributes:
        headers: by their names in small letters.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """What is sent.

    Attributes:
        method: of HTTP.
        target: the path and the query, below the server's URL.
        headers: besides Host and Content-Length.
        seconds: until the answer must be there.
        limit: bytes that its body may have.
    """

    method: str
    target: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(default=None, repr=False)
    seconds: float = ANSWER_SECONDS
    limit: int = ANSWER_MAX


class HttpTransport:
    """Connections to one server.

    Args:
        url: the server, in its one writing.
        proxy: the URL of an http proxy; empty for none. Never used for this machine.
        no_proxy: hosts that are reached without it, as curl reads it.
        clock: seconds of a clock that never goes back.
    """

    def __init__(
        self, url: str, proxy: str = "", no_proxy: str = "", clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._parts = urlsplit(url)
        host = self._parts.hostname or ""
        direct = not proxy or is_loopback(host) or goes_direct(host, port_of(self._parts), no_proxy)
        self._proxy = None if direct else _read_proxy(proxy)
        self._clock = clock
        self._idle: list[http.client.HTTPConnection] = []
        self._used: set[http.client.HTTPConnection] = set()
        self._closed = False

    def send(self, request: HttpRequest) -> HttpAnswer:
        """Send one request and read its answer.

        Raises:
            UnreachableError: no connection, none in time, or it broke off.
            WrongServerError: the certificate does not verify, the answer is too long or no HTTP.
        """
        reused = bool(self._idle)
        connection = self._idle.pop() if reused else self._connection()
        kept = False
        self._used.add(connection)
        try:
            answer, kept = self._exchange(connection, request)
        except (OSError, http.client.HTTPException) as error:
            fault = self._explained(error, reused=reused)
        else:
            if kept:
                self._idle.append(connection)
            if self._closed:  # another thread closed what was kept before this was
                self._close_idle()
            return answer
        finally:
            self._used.discard(connection)
            if not kept:
                connection.close()
        raise fault  # out here, so that it holds no frame that saw what was sent

    def close(self) -> None:
        """Close what is kept, and break off what another thread waits for."""
        self._closed = True
        self._close_idle()
        for connection in tuple(self._used):
            if connection.sock is not None:
                with contextlib.suppress(OSError):
                    connection.sock.shutdown(socket.SHUT_RDWR)

    def _close_idle(self) -> None:
        with contextlib.suppress(IndexError):  # of the last, which another thread may have taken
            while True:
                self._idle.pop().close()

    def _exchange(
        self, connection: http.client.HTTPConnection, request: HttpRequest
    ) -> tuple[HttpAnswer, bool]:
        """The answer, and whether the connection is kept for another."""
        until = self._clock() + request.seconds
        if connection.sock is None:
            connection.connect()
        connection.sock.settimeout(request.seconds)
        connection.request(
            request.method, self._parts.path + request.target, request.body, dict(request.headers)
        )
        found = connection.getresponse()
        told = {name.lower(): value for name, value in found.getheaders()}
        body = bytearray()
        while part := found.read1(_PART):
            body += part
            if len(body) > request.limit:
                raise _TooLongError
            if self._clock() > until:
                raise TimeoutError
        if found.length:
            raise http.client.IncompleteRead(b"", found.length)
        found.close()  # `read1` leaves it open at the end of a body whose length was said
        return HttpAnswer(found.status, told, bytes(body)), not found.will_close and len(self._idle) < _KEPT

    def _connection(self) -> http.client.HTTPConnection:
        host, port = self._parts.hostname or "", port_of(self._parts)
        if self._parts.scheme == "http":
            return http.client.HTTPConnection(host, port, timeout=CONNECT_SECONDS)
        verified = ssl.create_default_context()
        verified.minimum_version = ssl.TLSVersion.TLSv1_2
        if self._proxy is None:
            return http.client.HTTPSConnection(host, port, timeout=CONNECT_SECONDS, context=verified)
        near = self._proxy
        connection = http.client.HTTPSConnection(
            near.hostname or "", near.port or 80, timeout=CONNECT_SECONDS, context=verified
        )
        connection.set_tunnel(host, port, _authorized(near))
        return connection

    def _explained(self, error: Exception, *, reused: bool) -> UnreachableError | WrongServerError:
        url = self._parts.geturl()
        if isinstance(error, ssl.SSLCertVerificationError):
            why = error.verify_message
            return WrongServerError(
                f"{url} cannot be verified ({why}). An authority of your own is named by SSL_CERT_FILE."
            )
        if isinstance(error, _TooLongError):
            return WrongServerError(f"{url} answered with more than an envaccess would.")
        unheard = isinstance(error, http.client.HTTPException)
        if unheard and not isinstance(error, (http.client.RemoteDisconnected, http.client.IncompleteRead)):
            return WrongServerError(f"{url} does not speak HTTP as an envaccess does.")
        through = f" through the proxy {self._proxy.hostname}" if self._proxy else ""
        told = f"{url} does not answer{through} ({_why(error)})."
        return UnreachableError(told, passing=not _is_unknown_host(error), stale=reused)


class _TooLongError(OSError):
    """An answer is longer than it may be."""


def _why(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "it took too long"
    if _is_unknown_host(error):
        return "no such host is known"
    if isinstance(error, ConnectionRefusedError):
        return "nothing listens there"
    if isinstance(error, (ConnectionError, http.client.HTTPException)):
        return "the connection broke off"
    return (error.strerror if isinstance(error, OSError) else "") or "no connection"


def _is_unknown_host(error: Exception) -> bool:
    return isinstance(error, socket.gaierror) and error.errno == socket.EAI_NONAME


def _read_proxy(proxy: str) -> SplitResult:
    """Split a proxy's URL.

    Raises:
        WrongServerError: of a kind that is not known; it is not repeated, since it may hold a password.
    """
    try:
        parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        known = parts.scheme == "http" and bool(parts.hostname) and parts.port != 0
    except ValueError:
        known = False
    if not known:
        raise WrongServerError("The proxy that HTTPS_PROXY or ALL_PROXY names must be http://HOST:PORT.")
    return parts


def _authorized(proxy: SplitResult) -> dict[str, str]:
    if proxy.username is None:
        return {}
    told = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
    return {"Proxy-Authorization": f"Basic {b64encode(told.encode()).decode('ascii')}"}
