"""One process: the web application, the intake of payloads, the workers, and how they stop.

Nothing concrete is named here; `wiring` hands the parts in.
"""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any, Protocol, TypeVar

from aiohttp import web

from envaccess.domain.errors import DirectoryError, EnvaccessError
from envaccess.http.addresses import Network
from envaccess.http.connection import connection_of, tell_connection
from envaccess.http.limits import Limits, connections_allowed
from envaccess.http.listener import LOOPBACK, accepting, open_socket
from envaccess.http.quiet import PlainHandler, quiet_logger

T = TypeVar("T")

# A host kills ten seconds after SIGTERM: these leave more than one to close connections.
_INTAKE_SECONDS = 3.0
_DRAIN_SECONDS = 4.0
_FINISH_SECONDS = 4.2
"""A call of the relay ends within 4 s, and its outcome is stored."""
_FAREWELL_SECONDS = 1.2
_RETRY_SECONDS = 2.0
_STOPS = (signal.SIGTERM, signal.SIGINT)
_LINGER_SECONDS = 1.0
"""How long aiohttp goes on reading what was answered already, so that the client sees the answer."""


class Intake(Protocol):
    """Where payloads come in: Socket Mode, or HTTP mode."""

    async def start(self) -> None:
        """Begin to take payloads."""
        ...

    def connected(self) -> bool:
        """Whether payloads can arrive."""
        ...

    async def stop_intake(self) -> None:
        """Take no more; what runs goes on."""
        ...

    async def close(self) -> None:
        """Finish what runs and close."""
        ...


async def _at_once() -> None:
    """Nobody has to notice."""


@dataclass(frozen=True, slots=True)
class Runtime:
    """What runs once the process knows who it is.

    Attributes:
        intake: where payloads come in.
        workers: loops that run until cancelled.
        drain: finishes what handlers began, within the seconds given.
        farewell: the last things to do.
        linger: lets others notice that it stops, while payloads are taken still.
    """

    intake: Intake
    workers: Sequence[Callable[[], Coroutine[Any, Any, None]]]
    drain: Callable[[float], Awaitable[bool]]
    farewell: Callable[[], Awaitable[None]]
    linger: Callable[[], Awaitable[None]] = _at_once


class HttpIntake:
    """An intake by HTTP: answers 503 until the process can take payloads, and again once it stops.

    Attributes:
        handler: handles what comes in; set before `start`.
    """

    def __init__(self) -> None:
        self.handler: Callable[[web.Request], Awaitable[web.StreamResponse]] | None = None
        self._open = False
        self._running = 0
        self._idle = asyncio.Event()
        self._idle.set()

    async def take(self, request: web.Request) -> web.StreamResponse:
        """Handle a request; aiohttp lets it run to its end even where the client hangs up (`listening`)."""
        if not (self._open and self.handler):
            return self._closed()
        self._running += 1
        self._idle.clear()
        try:
            answer = await self.handler(request)
        finally:
            self._running -= 1
            if not self._running:
                self._idle.set()
        self._note(request, answer)
        return answer

    def _closed(self) -> web.Response:
        """What is answered while nothing is taken."""
        return web.Response(status=503, headers={"Retry-After": "1"})

    def _note(self, request: web.Request, answer: web.StreamResponse) -> None:
        """Only what is signed is answered 200."""
        connection = connection_of(request)
        if connection and answer.status == HTTPStatus.OK:
            connection.request_was_signed()

    async def start(self) -> None:
        """Begin to take payloads."""
        self._open = True

    def connected(self) -> bool:
        """Whether payloads can arrive."""
        return self._open

    async def stop_intake(self) -> None:
        """Take no more; what runs goes on."""
        self._open = False

    async def close(self) -> None:
        """Finish what runs."""
        await self._idle.wait()


class Intakes:
    """Several intakes, as one.

    Args:
        parts: at least one.
    """

    def __init__(self, *parts: Intake) -> None:
        self._parts = parts

    async def start(self) -> None:
        """Begin to take payloads."""
        for part in self._parts:
            await part.start()

    def connected(self) -> bool:
        """Whether payloads can arrive, everywhere."""
        return all(part.connected() for part in self._parts)

    async def stop_intake(self) -> None:
        """Take no more; what runs goes on."""
        await asyncio.gather(*(part.stop_intake() for part in self._parts))

    async def close(self) -> None:
        """Finish what runs and close."""
        await asyncio.gather(*(part.close() for part in self._parts))


@contextlib.contextmanager
def stop_signals() -> Iterator[asyncio.Event]:
    """An event that SIGTERM and SIGINT set.

    After one of them both are ignored from its end on: a second one does not kill a process on its way out.
    """
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in _STOPS:
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _STOPS)
        for number in _STOPS:
            loop.remove_signal_handler(number)
            if stop.is_set():
                signal.signal(number, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.asynccontextmanager
async def listening(
    application: web.Application,
    port: int,
    host: str = LOOPBACK,
    trusted: Sequence[Network] = (),
    *,
    named: str = "",
) -> AsyncIterator[int]:
    """Serve an application at an address; yields the port.

    Args:
        application: not started yet.
        port: 0 for any free one.
        host: an address of this machine; `EVERYWHERE` for all.
        trusted: peers that are proxies.
        named: the one setting that names address and port; empty for PORT and ENVACCESS_LISTEN.

    Raises:
        SettingsError: the address cannot be listened on.
    """
    application.middlewares.insert(0, tell_connection)
    application.on_response_prepare.append(_hide_software)
    options: dict[str, Any] = {
        "access_log": None,
        "auto_decompress": False,  # nobody who sends to us compresses, and few bytes may become very many
        "logger": quiet_logger(),
        "lingering_time": _LINGER_SECONDS,
    }
    runner = web.AppRunner(application, shutdown_timeout=1.0, **options)
    await runner.setup()
    assert runner.server
    make_http = partial(PlainHandler, runner.server, loop=asyncio.get_running_loop(), **options)
    limits = Limits(connections_allowed(), trusted)
    try:
        with open_socket(host, port, named) as listener:
            async with accepting(listener, make_http, limits):
                yield int(listener.getsockname()[1])
    finally:
        await runner.cleanup()


async def _hide_software(_: web.Request, response: web.StreamResponse) -> None:
    """Take away aiohttp's name and version, which it writes into each answer."""
    response.headers.popall("Server", None)


async def until_known(
    ask: Callable[[], Awaitable[T]], stop: asyncio.Event, note: Callable[[EnvaccessError], None]
) -> T | None:
    """Ask until it answers; definite faults go up, passing ones are tried again; None when told to stop."""
    while not stop.is_set():
        try:
            return await unless_stopped(ask, stop)
        except DirectoryError as error:
            note(error)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_RETRY_SECONDS):
                await stop.wait()
    return None


async def unless_stopped(ask: Callable[[], Awaitable[T]], stop: asyncio.Event) -> T | None:
    """The answer, or None as soon as told to stop."""
    asking, stopped = asyncio.ensure_future(ask()), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({asking, stopped}, return_when=asyncio.FIRST_COMPLETED)
        return asking.result() if asking.done() else None
    finally:
        asking.cancel()
        stopped.cancel()
        await asyncio.gather(asking, stopped, return_exceptions=True)


async def run(runtime: Runtime, stop: asyncio.Event) -> None:
    """Run everything until told to stop; then linger, stop intake, finish what runs, and close.

    All but the lingering is done within ten seconds.

    Raises:
        EnvaccessError: the intake can never start.
    """
    tasks = [asyncio.create_task(worker()) for worker in runtime.workers]
    try:
        await _until_over(runtime.intake, stop, tasks)
        if runtime.intake.connected():
            await _linger(runtime.linger, tasks)
    finally:
        await _stop(runtime, tasks)


async def _until_over(intake: Intake, stop: asyncio.Event, workers: Sequence[asyncio.Task[None]]) -> None:
    """Start the intake, and wait until told to stop, also while it starts: Slack may not answer."""
    starting, stopped = asyncio.create_task(intake.start()), asyncio.create_task(stop.wait())
    try:
        ends = {stopped, *workers}
        done, _ = await asyncio.wait({starting, *ends}, return_when=asyncio.FIRST_COMPLETED)
        if done == {starting}:
            starting.result()
            done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()  # a worker never ends by itself: its fault goes up
    finally:
        starting.cancel()
        stopped.cancel()
        await asyncio.gather(starting, stopped, return_exceptions=True)


async def _linger(linger: Callable[[], Awaitable[None]], workers: Sequence[asyncio.Task[None]]) -> None:
    """The workers go on meanwhile: what is taken is drawn."""
    lingering = asyncio.ensure_future(linger())
    try:
        done, _ = await asyncio.wait({lingering, *workers}, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        lingering.cancel()
        await asyncio.gather(lingering, return_exceptions=True)


async def _stop(runtime: Runtime, workers: Sequence[asyncio.Task[None]]) -> None:
    """Each step has its own time and is done whatever became of those before it."""
    async with contextlib.AsyncExitStack() as last_first:
        last_first.push_async_callback(_at_most, _FAREWELL_SECONDS, runtime.farewell)
        last_first.push_async_callback(_at_most, _FINISH_SECONDS, lambda: _finish(runtime, workers))
        last_first.push_async_callback(_at_most, _INTAKE_SECONDS, lambda: _close(runtime.intake))


async def _close(intake: Intake) -> None:
    await intake.stop_intake()
    await intake.close()


async def _finish(runtime: Runtime, workers: Sequence[asyncio.Task[None]]) -> None:
    for task in workers:
        task.cancel()
    await asyncio.gather(runtime.drain(_DRAIN_SECONDS), *workers, return_exceptions=True)


async def _at_most(seconds: float, step: Callable[[], Awaitable[None]]) -> None:
    """Give up what takes longer."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await step()
