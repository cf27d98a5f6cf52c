"""One connection, timed: it stands between asyncio's transport and the protocol that speaks HTTP.

aiohttp limits neither how slowly a request may arrive nor how many may be on their way
(https://docs.aiohttp.org/en/stable/web_reference.html#aiohttp.web.AppRunner). Deadlines count from the first
byte of a request, so that one byte a second wins nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable
from enum import Enum, auto
from typing import Final, Protocol

from aiohttp import StreamReader, web

from envaccess import log
from envaccess.http.limits import Limits

HEAD_SECONDS: Final = 10.0
"""How long a request's line and headers may take; a silent newcomer has as long."""
BODY_SECONDS: Final = 15.0
"""How long a whole request may take."""
IDLE_SECONDS: Final = 75.0
"""How long a connection may wait for its next request: longer than proxies keep theirs (60 s is usual)."""
WRITE_SECONDS: Final = 15.0
"""How long a client may leave our answer unread once the buffers are full."""


class Alarm(Protocol):
    """A deadline that was set."""

    def cancel(self) -> None:
        """Forget it."""
        ...


class LoopClock(Protocol):
    """Time, as an event loop has it."""

    def time(self) -> float:
        """Seconds."""
        ...

    def call_at(self, when: float, callback: Callable[..., object], *args: str) -> Alarm:
        """Call back at that time."""
        ...


class _State(Enum):
    HEAD = auto()
    """A request's line and headers are on their way, or nothing came yet."""
    REQUEST = auto()
    """It is being answered; its body may still be on its way."""
    IDLE = auto()
    """It was answered, and the next has not begun."""


class TimedConnection(asyncio.Protocol):
    """Passes everything on, both ways; counts, times and closes."""

    def __init__(self, make_http: Callable[[], asyncio.Protocol], limits: Limits, clock: LoopClock) -> None:
        """Wait for the transport.

        Args:
            make_http: makes the protocol that speaks HTTP, once the connection is let in.
            limits: told of every change; may close this connection.
            clock: the event loop.
        """
        self._make_http, self._limits, self._clock = make_http, limits, clock
        self._http: asyncio.Protocol | None = None
        self._transport: asyncio.Transport | None = None
        self._state = _State.HEAD
        self._began = 0.0
        self._arriving = False
        self._known = False
        self._alarm: Alarm | None = None
        self._unread: Alarm | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let it in where there is room."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        if not self._limits.admit(self, transport.get_extra_info("peername")):
            self.close_for_another("no_room")
            return
        self._head_begins()
        self._http = self._make_http()
        self._http.connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget every deadline: a timer that is left holds all of this in memory."""
        self._limits.left(self)
        self._set_alarm(None, "")
        self._read_again()
        self._transport = None
        if self._http:
            self._http.connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """What comes after an answer is the next request."""
        if self._state is _State.IDLE:
            self._limits.waits(self, known=self._known)
            self._head_begins()
        if self._http:
            self._http.data_received(data)

    def eof_received(self) -> bool | None:
        """The client sends nothing more."""
        return self._http.eof_received() if self._http else None

    def pause_writing(self) -> None:
        """The client does not read."""
        self._unread = self._clock.call_at(self._clock.time() + WRITE_SECONDS, self._drop, "answer_unread")
        if self._http:
            self._http.pause_writing()

    def resume_writing(self) -> None:
        """It reads again."""
        self._read_again()
        if self._http:
            self._http.resume_writing()

    def request_begins(self, body: StreamReader) -> None:
        """The headers are complete: what is missing is the body."""
        self._state, self._arriving = _State.REQUEST, True
        self._set_alarm(self._began + BODY_SECONDS, "body_late")
        body.on_eof(self._body_complete)

    def request_was_signed(self) -> None:
        """The client has shown that it is Slack: from now on it goes last."""
        self._known = True

    def request_was_proven(self, principal: str) -> None:
        """The client has proven a key of this principal, whom the connection counts for."""
        self._known = True
        self._limits.proven(self, principal)

    def request_ends(self) -> None:
        """It is answered, or about to be: the client reads, and sends the next or nothing."""
        self._state = _State.IDLE
        self._set_alarm(self._clock.time() + IDLE_SECONDS, "")
        self._limits.waits(self, known=self._known)

    def close_for_another(self, why: str) -> None:
        """Close at once, because there are too many."""
        self._drop(why)

    def _head_begins(self) -> None:
        self._state, self._began = _State.HEAD, self._clock.time()
        self._set_alarm(self._began + HEAD_SECONDS, "headers_late")

    def _body_complete(self) -> None:
        if self._state is _State.REQUEST and self._arriving:
            self._arriving = False
            self._set_alarm(None, "")
            self._limits.works(self)

    def _read_again(self) -> None:
        if self._unread:
            self._unread.cancel()
            self._unread = None

    def _set_alarm(self, when: float | None, why: str) -> None:
        """Replace the deadline; nothing is logged at the end of one without a `why`."""
        if self._alarm:
            self._alarm.cancel()
        self._alarm = None if when is None else self._clock.call_at(when, self._drop, why)

    def _drop(self, why: str) -> None:
        """Close without waiting for anything that is still to be sent."""
        if why:
            log.warn("connection_dropped", why=why)
        self._set_alarm(None, "")
        if self._transport:
            self._transport.abort()


@web.middleware
async def tell_connection(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Tell a timed connection when a request begins to be answered, and when it is."""
    connection = connection_of(request)
    if connection is None:
        return await handler(request)
    connection.request_begins(request.content)
    try:
        return await handler(request)
    finally:
        connection.request_ends()


def connection_of(request: web.Request) -> TimedConnection | None:
    """The timed connection of a request; None when it is lost already, or not timed."""
    found = request.transport.get_protocol() if request.transport else None
    return found if isinstance(found, TimedConnection) else None
