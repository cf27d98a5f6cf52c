"""Sockets that listen, and what becomes of a connection that no descriptor is left for."""

import asyncio
import contextlib
import errno
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, Final

from envaccess import log
from envaccess.domain.errors import SettingsError
from envaccess.http.connection import TimedConnection
from envaccess.http.limits import Limits

LOOPBACK: Final = "127.0.0.1"
EVERYWHERE: Final = "::"
"""Every interface, of IPv4 too where the system can."""

_QUEUE = 1_024
"""How many connections the system may keep for us while we are busy."""
_AT_ONCE = 8
"""How many are taken in one turn of the loop: so few are open beyond the limit until others are closed."""
_MENDS: Final = {
    errno.EADDRINUSE: "it is in use, perhaps by a bot that runs already; end that, or choose another",
    errno.EACCES: "it is forbidden to this user; choose one from 1024 on",
}
_SCARCE = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


def open_socket(host: str, port: int, named: str = "") -> socket.socket:
    """Bind an address.

    Args:
        host: an address of this machine.
        port: 0 for any free one.
        named: the one setting that names both; empty for PORT and ENVACCESS_LISTEN.

    Raises:
        SettingsError: it is taken, forbidden, or no address of this machine.
    """
    try:
        return bind(host, port)
    except OSError as error:
        if error.errno in _MENDS:
            what = f"{named}: port {port}" if named else f"PORT {port}"
            raise SettingsError(f"{what} cannot be listened on: {_MENDS[error.errno]}") from None
        raise SettingsError(
            f"{named or 'ENVACCESS_LISTEN'} names {host}, where this machine cannot listen: "
            "name one of its addresses, or 0.0.0.0 for all"
        ) from None


def bind(host: str, port: int) -> socket.socket:
    """The same; raises `OSError` as it comes."""
    if host != EVERYWHERE:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family)
    try:
        both = socket.has_dualstack_ipv6()
        return socket.create_server((host, port), family=socket.AF_INET6, dualstack_ipv6=both)
    except OSError as error:
        if error.errno in (errno.EADDRINUSE, errno.EACCES):
            raise
        return socket.create_server(("0.0.0.0", port))  # noqa: S104 (a machine without IPv6)


@contextlib.asynccontextmanager
async def accepting(
    listener: socket.socket, make_http: Callable[[], asyncio.Protocol], limits: Limits
) -> AsyncIterator[None]:
    """Take connections, each timed and counted, until left; those that are open stay so."""
    loop = asyncio.get_running_loop()
    with _scarcity_mended(loop, limits):
        server = await loop.create_server(
            lambda: TimedConnection(make_http, limits, loop), sock=listener, backlog=_AT_ONCE
        )
        listener.listen(_QUEUE)  # asyncio takes one number for both (`BaseSelectorEventLoop`)
        try:
            yield
        finally:
            server.close()


@contextlib.contextmanager
def _scarcity_mended(loop: asyncio.AbstractEventLoop, limits: Limits) -> Iterator[None]:
    """Close connections when descriptors run out: asyncio only logs that, and tries again in a second."""
    before = loop.get_exception_handler()

    def handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, OSError) and error.errno in _SCARCE:
            log.fault("descriptors_used_up", error)
            limits.make_room(_AT_ONCE)
        elif before:
            before(loop, context)
        else:
            loop.default_exception_handler(context)

    loop.set_exception_handler(handle)
    try:
        yield
    finally:
        loop.set_exception_handler(before)
