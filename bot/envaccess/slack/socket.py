"""Socket Mode: two WebSockets to Slack, replaced whenever Slack or the network ends one.

slack-sdk's client tries a failed connection again with the same URL, which works only once, and so for ever
in vain (slack-sdk 3.47, `SocketModeClient.connect`). Here each connection is a client of its own that
connects once; a task makes the next, with a fresh URL. When Slack announces a refresh, the old connection
is read on while the next is opened, and finishes what it runs.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final

import aiohttp
from slack_bolt.adapter.socket_mode.async_internals import send_async_response
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from envaccess import log
from envaccess.application.ports.metrics import UNMETERED, Meter
from envaccess.domain.errors import EnvaccessError, SettingsError
from envaccess.domain.fleet import SOCKETS_EACH
from envaccess.domain.tracing import traced
from envaccess.slack.budget import before_ack
from envaccess.slack.calls import Delayed, Done, Refused, call
from envaccess.slack.client import SlackClient
from envaccess.slack.incoming import Dispatch, read_message, read_object
from envaccess.slack.metrics import ACK_SECONDS, NOT_SENT, PAYLOAD, kind_of, outcome_of

LINES: Final = SOCKETS_EACH
FIRST_WAIT: Final = 0.5
LONGEST_WAIT: Final = 10.0
_SETTLED_SECONDS = 10.0
"""A connection that lived shorter counts as failed, so that one that Slack drops at once is not hammered."""
_CONNECT_SECONDS = 5.0
_HEARTBEAT_SECONDS = 10.0
_GOODBYE_SECONDS = 1.0
_OVERLAP_SECONDS = 2.0
_FINISH_SECONDS = 3.0

_MENDS = {
    "invalid_auth": "copy it again from the app's page Basic Information, App-Level Tokens",
    "not_authed": "copy it again from the app's page Basic Information, App-Level Tokens",
    "account_inactive": "the app was removed: install it again",
    "token_revoked": "the token was revoked: make a new one on the page Basic Information",
    "not_allowed_token_type": "it must be an app-level token, which begins with xapp-",
    "missing_scope": "the token needs the scope connections:write: make a new one with it",
    "no_permission": "the token needs the scope connections:write: make a new one with it",
    "forbidden_team": "the workspace does not allow the app",
    "socket_mode_disabled": "turn Socket Mode on, on the app's page Socket Mode",
}

Pause = Callable[[float], Awaitable[None]]


class _NoLineError(EnvaccessError):
    """Slack gave no URL to connect to; `seconds` is how long it asks to wait, else 0."""

    def __init__(self, why: str, seconds: float = 0.0) -> None:
        super().__init__(why)
        self.seconds = seconds


class _Line(SocketModeClient):
    """One WebSocket: connects once, and dispatches each payload in a task of its own.

    Attributes:
        over: set when it has ended, or Slack says that it will.
        running: what is being dispatched.
    """

    def __init__(
        self,
        answer: Dispatch,
        client: AsyncWebClient,
        meter: Meter,
        told: Callable[[int], None],
        *,
        loopback: bool,
    ) -> None:
        super().__init__(
            app_token=client.token or "",
            logger=logging.getLogger("slack_sdk.envaccess"),
            web_client=client,
            auto_reconnect_enabled=False,
        )
        if loopback:
            self.proxy = None  # slack-sdk took it from the environment (docs/explanation/slack.md)
        self.over = asyncio.Event()
        self.running: set[asyncio.Task[None]] = set()
        self._answer, self._meter, self._told = answer, meter, told
        self.socket_mode_request_listeners.append(self._dispatch)

    @property
    def open(self) -> bool:
        """Whether payloads can arrive."""
        session, receiver = self.current_session, self.message_receiver
        return bool(session and not session.closed and receiver and not receiver.done())

    async def connect(self) -> None:
        """Connect by a fresh URL, or raise; never a second try."""
        url = await _ask_url(self.web_client)
        self.current_session = await self.aiohttp_client_session.ws_connect(
            url,
            heartbeat=_HEARTBEAT_SECONDS,
            proxy=self.proxy,
            timeout=aiohttp.ClientWSTimeout(ws_close=_GOODBYE_SECONDS),
        )
        self.message_receiver = asyncio.ensure_future(self.receive_messages())

    async def connect_to_new_endpoint(self, force: bool = False) -> None:  # noqa: ARG002 - slack-sdk's signature
        """Note that Slack sent `disconnect`; its task makes the new connection."""
        self.over.set()

    async def receive_messages(self) -> None:
        """Read until the connection ends; aiohttp ends it itself when a heartbeat stays unanswered."""
        assert self.current_session
        try:
            async for message in self.current_session:
                if message.type is aiohttp.WSMsgType.TEXT:
                    await self.enqueue_message(message.data)
        finally:
            self.over.set()

    async def process_message(self) -> None:
        """Dispatch one message; what Slack never sends is one log line.

        Its envelope is acked, where it has one: Slack would send it again.
        """
        text = await self.message_queue.get()
        message = read_message(text)
        if message is None:
            log.warn("payload_unreadable", mode="socket")
            await self._ack_unread(read_object(text) or {})
            return
        if message.get("type") == "hello":
            self._note_connections(message.get("num_connections"))
        # slack-sdk keeps no reference to such a task, so that it might vanish half-way.
        task = asyncio.create_task(self.run_message_listeners(message, ""))
        self.running.add(task)
        task.add_done_callback(self.running.discard)

    def _note_connections(self, number: object) -> None:
        """How many connections of this app there are, of every process, as far as Slack believes."""
        if isinstance(number, int) and not isinstance(number, bool):
            self._told(number)

    async def _ack_unread(self, message: dict[str, Any]) -> None:
        envelope = message.get("envelope_id")
        if isinstance(envelope, str) and isinstance(message.get("payload"), dict):
            await self.send_socket_mode_response(SocketModeResponse(envelope_id=envelope))

    def stop_reading(self) -> None:
        """Take nothing more; acks can still be sent."""
        if self.message_receiver:
            self.message_receiver.cancel()

    async def finish(self) -> None:
        """Read on until the next connection should be there, let what runs send its acks, and close."""
        if self.message_receiver:
            await asyncio.wait([self.message_receiver], timeout=_OVERLAP_SECONDS)
        self.stop_reading()
        if self.running:
            await asyncio.wait(self.running, timeout=_FINISH_SECONDS)
        await self.close()

    async def close(self) -> None:
        """Close, and wait until nothing of it is left; what still runs is cancelled."""
        self.closed = True
        tasks = [task for task in (self.message_processor, self.message_receiver, *self.running) if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self.current_session:
            with suppress(aiohttp.ClientError, OSError):
                await self.current_session.close()
        await self.aiohttp_client_session.close()

    async def _dispatch(self, _: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        clock = asyncio.get_running_loop().time
        begun = clock()
        with traced(PAYLOAD, kind_of(request.payload)) as span:
            try:
                with before_ack():
                    response = await self._answer(request.payload)
                await send_async_response(self, request, response, 0)
                outcome = outcome_of(response.status)
            except (ConnectionError, aiohttp.ClientError) as error:
                log.fault("ack_not_sent", error, kind=request.type)
                outcome = NOT_SENT
            span.came_to(outcome)
        self._meter.took(ACK_SECONDS, clock() - begun, kind_of(request.payload), outcome)


class SocketMode:
    """Socket Mode: some connections, and the tasks that renew them.

    Attributes:
        told: how many connections of this app there are, as Slack said last; 0: it did not.
        greetings: how often it has said so, with each new connection.
    """

    def __init__(
        self,
        answer: Dispatch,
        client: SlackClient,
        app_token: str,
        *,
        pause: Pause = asyncio.sleep,
        meter: Meter = UNMETERED,
    ) -> None:
        """Nothing is connected yet.

        Args:
            answer: answers every payload.
            client: the connections to Slack's Web API.
            app_token: the `xapp-` token.
            pause: waits so many seconds between tries.
            meter: times each answer.
        """
        self.told = self.greetings = 0
        self._answer, self._meter = answer, meter
        self._client = client.for_app_token(app_token)
        self._loopback = client.loopback
        self._pause = pause
        self._lines: set[_Line] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._finishing: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Start connecting; return when the first try has come to something. Passing faults are tried again.

        Raises:
            SettingsError: SLACK_APP_TOKEN is wrong, and no waiting mends it.
        """
        first: asyncio.Future[SettingsError | None] = asyncio.get_running_loop().create_future()
        self._tasks = [asyncio.create_task(self._keep(first)) for _ in range(LINES)]
        fault = await first
        if fault:
            await self.close()
            raise fault

    def connected(self) -> bool:
        """Whether payloads can arrive on at least one connection."""
        return any(line.open for line in self._lines)

    @property
    def open_lines(self) -> int:
        """How many connections of this process payloads can arrive on."""
        return sum(line.open for line in self._lines)

    def _hear(self, number: int) -> None:
        self.told, self.greetings = number, self.greetings + 1

    async def stop_intake(self) -> None:
        """Take no more payloads. What runs goes on, and sends its acks."""
        for line in self._lines:
            line.stop_reading()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def close(self) -> None:
        """Stop intake, give what runs at most three seconds, and close; nothing is left afterwards."""
        await self.stop_intake()
        await asyncio.gather(*self._finishing, return_exceptions=True)

    async def _keep(self, first: "asyncio.Future[SettingsError | None]") -> None:
        """Keep one connection open until cancelled."""
        failures = 0
        while True:
            started = asyncio.get_running_loop().time()
            wait = await self._live_once(first)
            settled = asyncio.get_running_loop().time() - started >= _SETTLED_SECONDS
            failures = 0 if settled else failures + 1
            if failures:
                await self._pause(max(wait, min(FIRST_WAIT * 2 ** (failures - 1), LONGEST_WAIT)))

    async def _live_once(self, first: "asyncio.Future[SettingsError | None]") -> float:
        """Connect and stay until it is over; returns how long Slack asks to wait before the next."""
        line = _Line(self._answer, self._client, self._meter, self._hear, loopback=self._loopback)
        self._lines.add(line)
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                await line.connect()
            _report(first, None)
            await line.over.wait()
        except (EnvaccessError, aiohttp.ClientError, OSError, TimeoutError) as error:
            _report(first, error if isinstance(error, SettingsError) else None)
            log.fault("socket_mode_not_connected", error)
            return error.seconds if isinstance(error, _NoLineError) else 0.0
        finally:
            self._retire(line)
        return 0.0

    def _retire(self, line: _Line) -> None:
        task = asyncio.create_task(self._finish(line))
        self._finishing.add(task)
        task.add_done_callback(self._finishing.discard)

    async def _finish(self, line: _Line) -> None:
        try:
            await line.finish()
        finally:
            self._lines.discard(line)


def _report(first: "asyncio.Future[SettingsError | None]", fault: SettingsError | None) -> None:
    if not first.done():
        first.set_result(fault)


async def _ask_url(client: AsyncWebClient) -> str:
    answer = await call(client, "apps.connections.open")
    match answer:
        case Done(data):
            return str(data["url"])
        case Refused(code) if code in _MENDS:
            raise SettingsError(f"SLACK_APP_TOKEN was refused by Slack ({code}): {_MENDS[code]}")
        case Delayed(seconds):
            raise _NoLineError("Slack asks to wait before connecting", seconds)
        case _:
            raise _NoLineError(f"Slack gave no address to connect to: {answer}")
