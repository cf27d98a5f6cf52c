"""What the broker costs: requests through it beside a bare aiohttp proxy, and the first byte of a stream."""

import asyncio
import contextlib
import json
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
from aiohttp import web

from benchmarks.children import child, free_port
from benchmarks.machine import Cores
from benchmarks.scale import Scale
from benchmarks.table import Goal, Row, middle, milliseconds
from envaccess.broker.front import BrokerFront, Reachable
from envaccess.broker.listener import make_server
from envaccess.broker.service import BrokeredService
from envaccess.broker.source import CallRecord, OpenService
from envaccess.broker.target import CallTarget
from envaccess.broker.upstream import Upstream
from envaccess.domain.policy.services import AllowedCall

_BODY = json.dumps({"object": "list", "data": [{"id": number, "text": "x" * 60} for number in range(40)]})
_EVENTS, _PAUSE, _STREAMS = 20, 0.02, 10
_AT_ONCE = 16
_VALUE = "value-for-benchmarks-of-the-broker"


class _OneService:
    """Fits `ServiceSource`: one service, nothing reported."""

    def __init__(self, base: str) -> None:
        allow = (AllowedCall("GET", "/**"),)
        service = BrokeredService("it", "grant", base, "Authorization", "Bearer {value}", allow, _VALUE)
        self._opened = OpenService(service)

    async def open(self, name: str) -> OpenService:  # noqa: ARG002 - there is one
        return self._opened

    def record(self, call: CallRecord) -> None:
        pass


async def run(scale: Scale, cores: Cores, folder: Path) -> list[Row]:
    """Requests a second by turns, then the time that the first event of a stream takes more."""
    count, log = scale.filings, folder / "log"
    async with _service() as upstream:
        ports = {kind: free_port() for kind in ("broker", "bare")}
        async with contextlib.AsyncExitStack() as stack, aiohttp.ClientSession() as client:
            for kind, port in ports.items():
                words = ["-m", "benchmarks.brokering", kind, str(port), upstream]
                await stack.enter_async_context(child(words, core=cores.subject, log=log))
                await _answers(client, port)
            rounds = [
                [await _rate(client, port, count) for port in ports.values()] for _ in range(scale.rounds)
            ]
            ours, limit = (middle(rates) for rates in zip(*rounds, strict=True))
            late = [await _late(client, port) for port in ports.values()]
    return [
        Row(
            "calls through the broker, 16 at once, answers of 3 KB",
            f"{ours:.0f} req/s",
            f"a bare aiohttp proxy {limit:.0f} req/s",
            limit / ours,
            Goal(1.3),
        ),
        Row(
            "an event of a stream, from the service to the caller",
            milliseconds(late[0]),
            f"a bare aiohttp proxy {milliseconds(late[1])}",
            None,
            Goal(5, unit=" ms more"),
            late[0] - late[1],
        ),
    ]


async def _rate(client: aiohttp.ClientSession, port: int, count: int) -> float:
    """Requests a second."""
    left = iter(range(count))

    async def work() -> None:
        for _ in left:
            async with client.get(f"http://127.0.0.1:{port}/it/list") as answer:
                assert len(await answer.read()) == len(_BODY)

    began = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(_AT_ONCE)))
    return count / (time.perf_counter() - began)


async def _late(client: aiohttp.ClientSession, port: int) -> float:
    """Milliseconds from the moment that the service writes an event to its arrival, the median."""
    found: list[float] = []
    for _ in range(_STREAMS):
        async with client.get(f"http://127.0.0.1:{port}/it/stream") as answer:
            found += [
                (time.perf_counter() - float(line[6:])) * 1000
                async for line in answer.content
                if line.startswith(b"data: ")
            ]
    return middle(found)


async def _answers(client: aiohttp.ClientSession, port: int) -> None:
    for _ in range(400):
        with contextlib.suppress(aiohttp.ClientError):
            async with client.get(f"http://127.0.0.1:{port}/it/list"):
                return
        await asyncio.sleep(0.05)


@contextlib.asynccontextmanager
async def _service() -> AsyncIterator[str]:
    """A service in this process, so that its clock is ours."""

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        if request.path != "/stream":
            return web.Response(text=_BODY, content_type="application/json")
        back = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await back.prepare(request)
        for _ in range(_EVENTS):
            await back.write(f"data: {time.perf_counter()}\n\n".encode())
            await asyncio.sleep(_PAUSE)
        return back

    port = free_port()
    async with _listening(web.Server(answer), port):
        yield f"http://127.0.0.1:{port}"


@contextlib.asynccontextmanager
async def _listening(server: web.Server, port: int) -> AsyncIterator[None]:
    runner = web.ServerRunner(server, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield
    finally:
        await runner.cleanup()


async def _serve_broker(port: int, base: str) -> None:
    async def control(_: web.BaseRequest, target: CallTarget) -> web.StreamResponse:
        return web.Response(text=target.path)

    front = BrokerFront(Reachable(frozenset({f"127.0.0.1:{port}"})), _OneService(base), Upstream(), control)
    async with _listening(make_server(front.handle), port):
        await asyncio.Event().wait()


async def _serve_bare(port: int, base: str) -> None:
    """The least that passes a call on with a header."""
    async with aiohttp.ClientSession(auto_decompress=False) as client:

        async def handle(request: web.BaseRequest) -> web.StreamResponse:
            headers = {"Authorization": f"Bearer {_VALUE}"}
            async with client.get(base + request.path.removeprefix("/it"), headers=headers) as answer:
                back = web.StreamResponse(
                    status=answer.status, headers={"Content-Type": answer.headers["Content-Type"]}
                )
                await back.prepare(request)
                async for part in answer.content.iter_any():
                    await back.write(part)
                return back

        async with _listening(web.Server(handle), port):
            await asyncio.Event().wait()


if __name__ == "__main__":
    serve = _serve_broker if sys.argv[1] == "broker" else _serve_bare
    asyncio.run(serve(int(sys.argv[2]), sys.argv[3]))
