"""A browser without a screen: sits in seats, keeps what it is told, does what a person at the page can do."""

from __future__ import annotations

import asyncio
import contextlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aiohttp

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

Frame = dict[str, Any]


def origin_of(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


@dataclass
class Browser:
    """What one page knows.

    Attributes:
        screens: by seat and channel, the messages by their stamps.
    """

    ws: aiohttp.ClientWebSocketResponse
    frames: list[Frame] = field(default_factory=list)
    answers: dict[Any, Frame] = field(default_factory=dict)
    screens: dict[str, dict[str, dict[str, Frame]]] = field(default_factory=dict)
    last: dict[str, Frame] = field(default_factory=dict)
    views: dict[str, Frame] = field(default_factory=dict)
    seats: dict[str, Frame] = field(default_factory=dict)
    events: list[Frame] = field(default_factory=list)
    calls: dict[int, Frame] = field(default_factory=dict)
    _bell: asyncio.Event = field(default_factory=asyncio.Event)
    _count: int = 0

    async def read(self) -> None:
        async for frame in self.ws:
            self.take(json.loads(frame.data))
            self._bell.set()
        self._bell.set()

    def take(self, frame: Frame) -> None:
        self.frames.append(frame)
        match frame["type"]:
            case "re":
                self.answers[frame["id"]] = frame
            case "put":
                screen = self.screens.setdefault(frame["seat"], {}).setdefault(frame["channel"], {})
                screen.update({message["ts"]: message for message in frame["messages"]})
            case "drop":
                for ts in frame["ts"]:
                    del self.screens[frame["seat"]][frame["channel"]][ts]
            case "view":
                self.views[frame["seat"]] = frame
            case "seat":
                self.seats[frame["seat"]] = frame
            case "audit":
                self.events += frame["events"]
            case "calls":
                self.calls.update({call["n"]: call for call in frame["calls"]})
            case kind:
                self.last[kind] = frame

    async def until(self, condition: Callable[[], Any], within: float = 10) -> Any:
        async with asyncio.timeout(within):
            while not (found := condition()):
                self._bell.clear()
                await self._bell.wait()
        return found

    async def ask(self, **order: Any) -> Frame:
        """Send an order; the answer to it."""
        self._count += 1
        number = f"own {self._count}"
        await self.ws.send_str(json.dumps({"id": number, **order}))
        answer: Frame = await self.until(lambda: self.answers.get(number), within=20)
        return answer

    async def do(self, what: str, /, **order: Any) -> Frame:
        """The same for an order that must be carried out."""
        answer = await self.ask(do=what, **order)
        assert answer["ok"], answer
        return answer

    async def refused(self, what: str, /, **order: Any) -> str:
        """The same for one that must be refused; the sentence that says why."""
        answer = await self.ask(do=what, **order)
        assert not answer["ok"], answer
        return str(answer["error"])

    # -- what is on the screens

    def person(self, name: str) -> str:
        return next(str(p["id"]) for p in self.last["workspace"]["people"] if p["name"] == name)

    def channel(self, name: str) -> str:
        return next(str(c["id"]) for c in self.last["workspace"]["channels"] if c["name"] == name)

    def dm(self, name: str) -> str:
        return str(self.seats[self.person(name)]["dm"])

    async def sit(self, *names: str, fresh: bool = False) -> None:
        people = {self.person(name) for name in names}
        for person in people:
            await self.do("sit", seat=person, fresh=fresh)
        await self.until(lambda: people <= self.seats.keys() & self.views.keys())

    def sees(self, name: str, channel: str) -> list[Frame]:
        """The messages at one seat in one channel (by id), in order."""
        screen = self.screens.get(self.person(name), {}).get(channel, {})
        return [screen[ts] for ts in sorted(screen)]

    def everything(self, name: str) -> str:
        """All that one seat shows, as text."""
        return json.dumps(self.screens.get(self.person(name), {}), ensure_ascii=False)

    def button(self, name: str, label: str, value: str = "") -> Frame | None:
        """The newest button of that label (and value) at a seat, as the order that presses it."""
        for channel, screen in self.screens.get(self.person(name), {}).items():
            for ts in sorted(screen, reverse=True):
                for block, element in controls(screen[ts]["blocks"]):
                    of_it = value in {"", element.get("value")}
                    if of_it and element.get("text", {}).get("text") == label:
                        where = {"channel": channel, "ts": ts, "revision": screen[ts]["revision"]}
                        return {**where, **control(block, element), "value": element.get("value")}
        return None

    async def press(self, name: str, label: str, value: str = "") -> Frame:
        """Wait for a button, and press it."""
        found = await self.until(lambda: self.button(name, label, value))
        return await self.do("press", seat=self.person(name), **found)

    async def modal(self, name: str) -> Frame:
        """Wait for a modal on this person's screen."""
        view: Frame = await self.until(lambda: self.views.get(self.person(name), {}).get("modal"))
        return view

    async def command(self, name: str, text: str, channel: str = "general") -> Frame:
        return await self.do("command", seat=self.person(name), channel=self.channel(channel), text=text)


def controls(blocks: list[Frame]) -> Iterator[tuple[Frame, Frame]]:
    for block in blocks:
        elements = block.get("elements", []) if block["type"] == "actions" else []
        for element in [*elements, block.get("element"), block.get("accessory")]:
            if element and "action_id" in element:
                yield block, element


def control(block: Frame, element: Frame) -> Frame:
    return {"block_id": block["block_id"], "action_id": element["action_id"]}


def named(view: Frame, action_id: str) -> Frame:
    """The control of a view with this action id, as orders name it."""
    found = next(pair for pair in controls(view["blocks"]) if pair[1]["action_id"] == action_id)
    return {"view": view["id"], **control(*found)}


@contextlib.asynccontextmanager
async def browser(address: str) -> AsyncIterator[Browser]:
    """Open the page's socket, and wait until it is told who lives there."""
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{address}ws", headers={"Origin": origin_of(address)}, max_msg_size=0) as ws,
    ):
        opened = Browser(ws)
        reading = asyncio.create_task(opened.read())
        try:
            await opened.until(lambda: "workspace" in opened.last and "state" in opened.last)
            yield opened
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
