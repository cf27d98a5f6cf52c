"""TLS in front of a server that has none: at one port, whoever speaks TLS gets it, and whoever does not, too.

Sentinels and replicas find each other at the address that clients are told, and speak to it without TLS.
"""

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.fakes.redis_servers import HOST
from tests.fakes.tls import server_context

_TLS = b"\x16"
"""The first byte of a handshake (RFC 8446, 5.1)."""


@dataclass
class TlsProxy:
    """One that listens.

    Attributes:
        port: where.
        greeted: how many connections began with TLS.
    """

    port: int
    behind: int
    greeted: int = 0
    _open: list[socket.socket] = field(default_factory=list)

    def serve(self, listener: socket.socket, context: ssl.SSLContext) -> None:
        """Until the listener is closed."""
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                self._open.append(client)
                threading.Thread(target=self._pass, args=(client, context), daemon=True).start()

    def close(self) -> None:
        """End every connection."""
        for one in self._open:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _pass(self, client: socket.socket, context: ssl.SSLContext) -> None:
        with contextlib.suppress(OSError):
            if client.recv(1, socket.MSG_PEEK) == _TLS:
                self.greeted += 1
                client = context.wrap_socket(client, server_side=True)
                self._open.append(client)
            server = socket.create_connection((HOST, self.behind))
            self._open.append(server)
            threading.Thread(target=_copy, args=(server, client), daemon=True).start()
            _copy(client, server)


def _copy(source: socket.socket, to: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65_536):
            to.sendall(data)
    with contextlib.suppress(OSError):
        to.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def tls_before(behind: int, name: str = "localhost", port: int = 0) -> Iterator[TlsProxy]:
    """TLS with a certificate for this name, in front of a port."""
    listener = socket.create_server((HOST, port))
    proxy = TlsProxy(listener.getsockname()[1], behind)
    thread = threading.Thread(target=proxy.serve, args=(listener, server_context(name)), daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        proxy.close()
        thread.join(5)
