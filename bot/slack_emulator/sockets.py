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

from slack_emulator.deliveries import FAILED, TIMED_OUT, Delivery, as_ack, private_to
from slack_emulator.faults import SOCKET
from slack_emulator.replies import DroppedError, Reply, drop, to_response
from slack_emulator.shapes import Json
from slack_emulator.stage import Stage

MOST_LINKS = 10
_HOST = "playground"
_TAKE_AN_ANSWER = frozenset({"view_submission", "block_suggestion"})
"""Interactions whose acknowledgement may say something, besides commands."""

_GOODBYE = 0.5
"""Seconds that the other side has to answer a close."""

_NORMAL_LIFE = 18_060


@dataclass(eq=False)
class Link:
    """One open web socket. A draining one gets nothing new."""

    ws: web.WebSocketResponse
    request: web.Request
    draining: bool = False


@dataclass(eq=False)
class _Waiting:
    """Copies of one envelope on their way; each acknowledgement, or None for a lost link, is put here."""

    answers: asyncio.Queue[Json | None] = field(default_factory=asyncio.Queue)
    links: list[Link] = field(default_factory=list)


class Sockets:
    """All Socket Mode connections of the app."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._tickets: set[str] = set()
        self._links: list[Link] = []
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
            f"ws://127.0.0.1:{self._stage.port}/link/?ticket={ticket}&app_id={self._stage.workspace.app_id}"
        )

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one connection until it ends."""
        try:
            reply = await self._stage.faults.meet(
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
        link = Link(ws, request)
        if len(self._links) >= MOST_LINKS:
            await ws.send_json(_goodbye("too_many_websockets"))
            return ws
        self._links.append(link)
        try:
            await self._greet(link)
            await self._listen(link)
        finally:
            self._forget(link)
        return ws

    async def _greet(self, link: Link) -> None:
        await link.ws.send_json(
            {
                "type": "hello",
                "num_connections": len(self._links),
                "debug_info": {
                    "host": _HOST,
                    "build_number": 1,
                    "approximate_connection_time": _NORMAL_LIFE,
                },
                "connection_info": {"app_id": self._stage.workspace.app_id},
            }
        )
        self._stage.bell.ring()

    async def _listen(self, link: Link) -> None:
        async for frame in link.ws:
            answer = _parsed(frame.data) if frame.type is WSMsgType.TEXT else {}
            waiting = self._waiting.get(str(answer.get("envelope_id")))
            if waiting is not None:
                waiting.answers.put_nowait(as_ack(answer.get("payload")))
            elif answer:
                self._stage.record.note("from bot", "ack:late", answer)

    def _forget(self, link: Link) -> None:
        self._links.remove(link)
        for waiting in self._waiting.values():
            for _ in range(waiting.links.count(link)):
                waiting.answers.put_nowait(None)
        self._stage.bell.ring()

    async def deliver(self, delivery: Delivery, copies: int, within: float, attempt: int) -> None:
        """Send copies of an envelope to the connections in turn and wait for all their acknowledgements."""
        waiting = _Waiting()
        self._waiting[delivery.envelope_id] = waiting
        try:
            for link in self._next_links(copies):
                waiting.links.append(link)
                await self._send(link, delivery, attempt)
            await self._collect(delivery, waiting, within)
        finally:
            del self._waiting[delivery.envelope_id]

    async def _send(self, link: Link, delivery: Delivery, attempt: int) -> None:
        envelope: Json = {
            "envelope_id": delivery.envelope_id,
            "payload": delivery.payload,
            "type": delivery.kind,
            "accepts_response_payload": _takes_an_answer(delivery),
        }
        if delivery.kind == "events_api":
            envelope |= {"retry_attempt": attempt, "retry_reason": "timeout" if attempt else ""}
        self._stage.record.note("to bot", f"envelope:{delivery.kind}", delivery.payload)
        try:
            await link.ws.send_json(envelope)
        except ConnectionError:
            link.draining = True

    async def _collect(self, delivery: Delivery, waiting: _Waiting, within: float) -> None:
        delivery.error = None if waiting.links else FAILED
        try:
            async with asyncio.timeout(within):
                for _ in waiting.links:
                    answer = await waiting.answers.get()
                    if answer is None:
                        delivery.error = delivery.error or FAILED
                    else:
                        delivery.acks.append(answer)
                        self._stage.record.note(
                            "from bot", f"ack:{delivery.kind}", answer, private_to(delivery)
                        )
        except TimeoutError:
            delivery.error = TIMED_OUT
        if delivery.acked:
            delivery.error = None

    def _next_links(self, copies: int) -> Iterator[Link]:
        ready = self._ready()
        for _ in range(copies if ready else 0):
            self._turn += 1
            yield ready[self._turn % len(ready)]

    def _ready(self) -> list[Link]:
        return [link for link in self._links if not link.draining and not link.ws.closed]

    async def refresh(self, reason: str = "refresh_requested") -> None:
        """Ask every connection to be replaced, as Slack does every few hours; it gets nothing new."""
        for link in self._ready():
            link.draining = True
            await link.ws.send_json(_goodbye(reason))

    def drop(self) -> None:
        """Cut every connection without a word."""
        for link in list(self._links):
            link.draining = True
            if link.request.transport is not None:
                link.request.transport.abort()

    async def close(self) -> None:
        """Say goodbye to every connection."""
        await asyncio.gather(*(link.ws.close() for link in self._links))


def _goodbye(reason: str) -> Json:
    return {"type": "disconnect", "reason": reason, "debug_info": {"host": _HOST}}


def _takes_an_answer(delivery: Delivery) -> bool:
    return delivery.kind == "slash_commands" or delivery.payload.get("type") in _TAKE_AN_ANSWER


def _parsed(data: str) -> Json:
    try:
        answer = json.loads(data)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}
