"""A broker's control and one service, as `envaccess mcp` meets them, on a unix socket."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from envaccess.broker.control import BrokerAddress

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class FakeBroker:
    """Answers as told, and keeps what was asked.

    Attributes:
        answers: the broker's own answers, status and object, by `METHOD path` below `/_envaccess/`.
        service: what a service answers.
        asked: each call: method, the path as it was sent, headers, body.
    """

    answers: dict[str, tuple[int, object]] = field(default_factory=dict)
    service: Handler | None = None
    asked: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.asked.append((request.method, request.raw_path, headers, await request.read()))
        own = f"{request.method} {request.raw_path.removeprefix('/_envaccess/')}"
        if own in self.answers:
            status, told = self.answers[own]
            text = told if isinstance(told, str) else json.dumps(told)
            return web.Response(status=status, text=text, content_type="application/json")
        if self.service is None:
            return web.json_response({"detail": "There is no such service."}, status=404)
        return await self.service(request)


@asynccontextmanager
async def listening(broker: FakeBroker, folder: Path) -> AsyncIterator[BrokerAddress]:
    """It, on a socket in a folder."""
    app = web.Application(client_max_size=8 * 1_048_576)
    app.router.add_route("*", "/{path:.*}", broker.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    socket = str(folder / "broker.sock")
    await web.UnixSite(runner, socket).start()
    try:
        yield BrokerAddress.parse(f"unix:{socket}")
    finally:
        await runner.cleanup()
