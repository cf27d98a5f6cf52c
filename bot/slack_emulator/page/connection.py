"""One browser: a web socket on which it says what to do, and is told what changes.

What is told is worked out from the state when the socket can take it. So nothing queues up for a browser that
reads slowly or not at all, and nobody else waits for it.
"""

import asyncio
import contextlib
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from aiohttp import WSCloseCode, WSMsgType, web

from slack_emulator.page.requests import PageRequest, PageRequestError, read
from slack_emulator.page.seat_feed import SeatFeed
from slack_emulator.page.summary import call_shape
from slack_emulator.page.terminals import BrowserTerminals
from slack_emulator.types import Json

if TYPE_CHECKING:
    from slack_emulator.page.page import Page

FRAME_BYTES: Final = 1_048_576
UNANSWERED: Final = 64
CALLS: Final = 200

_TOGETHER = 0.01
"""Seconds that a change waits for others, so that what happens together travels together."""

_HEARTBEAT = 20.0
_GOODBYE = 0.5


class BrowserConnection:
    """One web socket."""

    def __init__(self, page: "Page") -> None:
        self._page = page
        self._ws = web.WebSocketResponse(
            timeout=_GOODBYE, heartbeat=_HEARTBEAT, max_msg_size=FRAME_BYTES, compress=False
        )
        self._seats: dict[str, SeatFeed] = {}
        self._told: dict[str, Json] = {}
        self._extension_frames = page.extension.feed()
        self._terminals = BrowserTerminals(page.terminals)
        self._calls: dict[int, bool] = {}
        self._unanswered = 0

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Serve until the socket ends."""
        await self._ws.prepare(request)
        telling = asyncio.create_task(self._tell())
        try:
            async for frame in self._ws:
                if frame.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                    await self._take(frame.data)
        finally:
            telling.cancel()
            self._terminals.close()
            await asyncio.gather(telling, return_exceptions=True)
        return self._ws

    async def close(self) -> None:
        """Say goodbye; a browser that does not read is not waited for."""
        with contextlib.suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(_GOODBYE):
                await self._ws.close(code=WSCloseCode.GOING_AWAY)

    # -- what the browser says

    async def _take(self, data: str | bytes) -> None:
        """Begin what a frame asks for; frames overlap, as people's actions do."""
        try:
            request = read(data if isinstance(data, str) else "")
        except PageRequestError as error:
            await self._answer(None, {"ok": False, "error": str(error)})
            return
        if self._unanswered >= UNANSWERED:
            await self._answer(request, {"ok": False, "error": "That is too much at once."})
            return
        self._unanswered += 1
        self._page.begin(self._act(request))

    async def _act(self, request: PageRequest) -> None:
        try:
            answer = {"ok": True, **await self._done(request)}
        except PageRequestError as error:
            answer = {"ok": False, "error": str(error)}
        except Exception as error:  # noqa: BLE001 - whatever a frame does, the page goes on
            self._page.extension.report("page_order_failed", error)
            answer = {"ok": False, "error": "The playground itself failed at this."}
        finally:
            self._unanswered -= 1
        await self._answer(request, answer)

    async def _done(self, request: PageRequest) -> Json:
        match request.raw("do"):
            case "sit":
                return self._sit(request)
            case "leave":
                self._seats.pop(request.text("seat"), None)
                return {}
            case "terminal":
                return self._act_in_terminal(request)
        return await self._page.act(request)

    def _sit(self, request: PageRequest) -> Json:
        person = self._page.workspace_view.person(request.text("seat"))
        if request.flag("fresh"):
            person.reload()
        self._seats[person.id] = SeatFeed(self._page.workspace_view, person)
        self._page.notify()
        return {}

    def _act_in_terminal(self, request: PageRequest) -> Json:
        answer = self._terminals.act(request)
        self._page.notify()
        return answer

    async def _answer(self, request: PageRequest | None, answer: Json) -> None:
        await self._send({"type": "re", "id": request.number if request else None, **answer})

    # -- what the browser is told

    async def _tell(self) -> None:
        try:
            while not self._ws.closed:
                await self._tell_once()
        except Exception as error:  # noqa: BLE001 - a browser that is told nothing must notice
            self._page.extension.report("page_telling_failed", error)
            await self.close()

    async def _tell_once(self) -> None:
        ring = self._page.workspace_view.slack.state.changes.next_change()
        try:
            for frame in self._frames():
                await self._send(frame)
            await ring
        finally:
            ring.cancel()
        await asyncio.sleep(_TOGETHER)

    async def _send(self, frame: Json) -> None:
        with contextlib.suppress(ConnectionError):
            await self._ws.send_str(json.dumps(frame, separators=(",", ":")))

    def _frames(self) -> Iterator[Json]:
        """Everything that is new to this browser."""
        page = self._page
        for frame in (page.workspace_view.frame(), page.state()):
            if self._told.get(frame["type"]) != frame:
                self._told[frame["type"]] = frame
                yield {**frame, "now": page.extension.now}
        for seat in list(self._seats.values()):
            yield from seat.frames()
        yield from self._extension_frames()
        yield from self._terminals.frames()
        yield from self._new_calls()

    def _new_calls(self) -> Iterator[Json]:
        state = self._page.workspace_view.slack.state
        recent = state.record.calls[-CALLS:]
        told = self._calls
        self._calls = {call.number: bool(call.status) for call in recent}
        fresh = [call for call in recent if told.get(call.number) != self._calls[call.number]]
        if fresh:
            yield {"type": "calls", "calls": [call_shape(call, state.workspace) for call in fresh]}
