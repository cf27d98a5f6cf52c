"""Socket Mode: web sockets that the app opens, and envelopes that travel over any of them.

Shapes: https://docs.slack.dev/apis/events-api/using-socket-mode.
"""

import asyncio
import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus

from aiohttp import WSMsgType, web

from slack_emulator.deliveries import FAILED, TIMED_OUT, PayloadDelivery, as_ack, private_to
from slack_emulator.faults import SOCKET
from slack_emulator.http_answers import DroppedError, Reply, drop, to_response
from slack_emulator.state import EmulatorState
from slack_emulator.types import Json

MOST_CONNECTIONS = 10
_HOST = "playground"
_TAKE_AN_ANSWER = frozenset({"view_submission", "block_suggestion"})
"""Interactions whose acknowledgement may say something, besides commands."""

_GOODBYE = 0.5
"""Seconds that the other side has to answer a close."""

_NORMAL_LIFE = 18_060


@dataclass(eq=False)
class Connection:
    """One open web socket. A draining one gets nothing new."""

    ws: web.WebSocketResponse
    request: web.Request
    draining: bool = False


@dataclass(eq=False)
class _Waiting:
    """Copies of one envelope on their way; `answers` gets each ack, or None for a lost connection."""

    answers: asyncio.Queue[Json | None] = field(default_factory=asyncio.Queue)
    connections: list[Connection] = field(default_factory=list)


class Sockets:
    """All Socket Mode connections of the app."""

    def __init__(self, state: EmulatorState) -> None:
        self._state = state
        self._tickets: set[str] = set()
        self._connections: list[Connection] = []
        self._waiting: dict[str, _Waiting] = {}
        self._turn = 0

    @property
    def count(self) -> int:
        """How many connections take envelopes."""
        return len(self._ready())

    def open(self) -> str:
        """A `wss` URL (here `ws`) that works once."""
        ticket = secrets.token_urlsafe(24)
        self._tickets.add(ticket)
        return (
            f"ws://127.0.0.1:{self._state.port}/link/?ticket={ticket}&app_id={self._state.workspace.app_id}"
        )

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one connection until it ends."""
        try:
            reply = await self._state.faults.meet(
                SOCKET, {}, lambda: Reply(HTTPStatus.SWITCHING_PROTOCOLS, "")
            )
        except DroppedError:
            return drop(request)
        return (
            await self._serve(request)
            if reply.status == HTTPStatus.SWITCHING_PROTOCOLS
            else to_response(reply)
        )

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=404, text="link_expired")
        self._tickets.remove(ticket)
        ws = web.WebSocketResponse(timeout=_GOODBYE)
        await ws.prepare(request)
        connection = Connection(ws, request)
        if len(self._connections) >= MOST_CONNECTIONS:
            await ws.send_json(_goodbye("too_many_websockets"))
            return ws
        self._connections.append(connection)
        try:
            await self._greet(connection)
            await self._listen(connection)
        finally:
            self._forget(connection)
        return ws

    async def _greet(self, connection: Connection) -> None:
        await connection.ws.send_json(
            {
                "type": "hello",
                "num_connections": len(self._connections),
                "debug_info": {
                    "host": _HOST,
                    "build_number": 1,
                    "approximate_connection_time": _NORMAL_LIFE,
                },
                "connection_info": {"app_id": self._state.workspace.app_id},
            }
        )
        self._state.changes.notify()

    async def _listen(self, connection: Connection) -> None:
        async for frame in connection.ws:
            answer = _parsed(frame.data) if frame.type is WSMsgType.TEXT else {}
            waiting = self._waiting.get(str(answer.get("envelope_id")))
            if waiting is not None:
                waiting.answers.put_nowait(as_ack(answer.get("payload")))
            elif answer:
                self._state.record.note("from bot", "ack:late", answer)

    def _forget(self, connection: Connection) -> None:
        self._connections.remove(connection)
        for waiting in self._waiting.values():
            for _ in range(waiting.connections.count(connection)):
                waiting.answers.put_nowait(None)
        self._state.changes.notify()

    async def deliver(self, delivery: PayloadDelivery, copies: int, within: float, attempt: int) -> None:
        """Send copies of an envelope to the connections in turn and wait for all their acknowledgements."""
        waiting = _Waiting()
        self._waiting[delivery.envelope_id] = waiting
        try:
            for connection in self._next_connections(copies):
                waiting.connections.append(connection)
                await self._send(connection, delivery, attempt)
            await self._collect(delivery, waiting, within)
        finally:
            del self._waiting[delivery.envelope_id]

    async def _send(self, connection: Connection, delivery: PayloadDelivery, attempt: int) -> None:
        envelope: Json = {
            "envelope_id": delivery.envelope_id,
            "payload": delivery.payload,
            "type": delivery.kind,
            "accepts_response_payload": _takes_an_answer(delivery),
        }
        if delivery.kind == "events_api":
            envelope |= {"retry_attempt": attempt, "retry_reason": "timeout" if attempt else ""}
        self._state.record.note("to bot", f"envelope:{delivery.kind}", delivery.payload)
        try:
            await connection.ws.send_json(envelope)
        except ConnectionError:
            connection.draining = True

    async def _collect(self, delivery: PayloadDelivery, waiting: _Waiting, within: float) -> None:
        delivery.error = None if waiting.connections else FAILED
        try:
            async with asyncio.timeout(within):
                for _ in waiting.connections:
                    answer = await waiting.answers.get()
                    if answer is None:
                        delivery.error = delivery.error or FAILED
                    else:
                        delivery.acks.append(answer)
                        self._state.record.note(
                            "from bot", f"ack:{delivery.kind}", answer, private_to(delivery)
                        )
        except TimeoutError:
            delivery.error = TIMED_OUT
        if delivery.acked:
            delivery.error = None

    def _next_connections(self, copies: int) -> Iterator[Connection]:
        ready = self._ready()
        for _ in range(copies if ready else 0):
            self._turn += 1
            yield ready[self._turn % len(ready)]

    def _ready(self) -> list[Connection]:
        return [
            connection
            for connection in self._connections
            if not connection.draining and not connection.ws.closed
        ]

    async def refresh(self, reason: str = "refresh_requested") -> None:
        """Ask every connection to be replaced, as Slack does every few hours; it gets nothing new."""
        for connection in self._ready():
            connection.draining = True
            await connection.ws.send_json(_goodbye(reason))

    def drop(self) -> None:
        """Cut every connection without a word."""
        for connection in list(self._connections):
            connection.draining = True
            if connection.request.transport is not None:
                connection.request.transport.abort()

    async def close(self) -> None:
        """Say goodbye to every connection."""
        await asyncio.gather(*(connection.ws.close() for connection in self._connections))


def _goodbye(reason: str) -> Json:
    return {"type": "disconnect", "reason": reason, "debug_info": {"host": _HOST}}


def _takes_an_answer(delivery: PayloadDelivery) -> bool:
    return delivery.kind == "slash_commands" or delivery.payload.get("type") in _TAKE_AN_ANSWER


def _parsed(data: str) -> Json:
    try:
        answer = json.loads(data)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}
