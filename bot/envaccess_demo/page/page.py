"""The page with all that it needs, served on loopback."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine

from aiohttp import web

from envaccess.domain.errors import EnvaccessError
from envaccess_demo.page.actions import PersonActions
from envaccess_demo.page.backend import Backend
from envaccess_demo.page.clock import MovableClock
from envaccess_demo.page.connection import BrowserConnection
from envaccess_demo.page.controls import Controls
from envaccess_demo.page.monitor import BackendMonitor
from envaccess_demo.page.requests import PageRequest, PageRequestError
from envaccess_demo.page.server import PageServer
from envaccess_demo.page.workspace_view import Program, WorkspaceView
from slack_emulator.emulator import SlackEmulator
from slack_emulator.shapes import ImpossibleError, Json, RefusalError

BROWSERS = 16
"""Web sockets at once."""

_SHUTDOWN_SECONDS = 0.5
_RECORDS = 5_000
"""Of everything said, how much is kept: a demo may run for days."""


class Page:
    """One playground's page.

    Args:
        slack: the playground, open, with `clock` as its clock.
        clock: what is moved.
        program: what newcomers are told.
        backend: what lies behind Slack.
    """

    def __init__(self, slack: SlackEmulator, clock: MovableClock, program: Program, backend: Backend) -> None:
        self.workspace_view = WorkspaceView(slack, clock, program)
        self.backend = backend
        self.monitor = BackendMonitor(clock, backend, self.notify)
        self.controls = Controls(self.workspace_view, backend, self._moved)
        self._acts = PersonActions(self.workspace_view).acts
        self._connections: set[BrowserConnection] = set()
        self._acting: set[asyncio.Task[None]] = set()

    @contextlib.asynccontextmanager
    async def served(self, port: int = 0) -> AsyncIterator[str]:
        """Serve until the block ends; yields the page's address, which nobody can guess.

        Raises:
            SettingsError: the port is taken or forbidden.
        """
        door = PageServer(self.welcome)
        runner = web.AppRunner(door.application(), access_log=None, shutdown_timeout=_SHUTDOWN_SECONDS)
        await runner.setup()
        watching = asyncio.create_task(self.monitor.run())
        try:
            yield await door.open(runner, port)
        finally:
            watching.cancel()
            await self._close()
            await runner.cleanup()
            await asyncio.gather(watching, return_exceptions=True)

    async def _close(self) -> None:
        await asyncio.gather(*(connection.close() for connection in self._connections))
        for task in self._acting:
            task.cancel()
        await asyncio.gather(*self._acting, return_exceptions=True)

    def notify(self) -> None:
        """Something that browsers are told about has changed."""
        self.workspace_view.slack.state.changes.notify()

    def _moved(self) -> None:
        self.monitor.look()
        self.notify()

    async def welcome(self, request: web.Request) -> web.StreamResponse:
        """Serve one browser's web socket until it ends."""
        if len(self._connections) >= BROWSERS:
            return web.Response(status=503, text="Too many pages are open.")
        connection = BrowserConnection(self)
        self._connections.add(connection)
        try:
            return await connection.serve(request)
        finally:
            self._connections.discard(connection)

    def begin(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        """Run something to its end, even if the browser that asked for it is gone by then."""
        task = asyncio.create_task(work)
        self._acting.add(task)
        task.add_done_callback(self._acting.discard)
        return task

    async def act(self, request: PageRequest) -> Json:
        """Do what a frame asks for, unless it is about the socket itself.

        Raises:
            PageRequestError: it cannot be done, with a sentence that says why.
        """
        what = request.text("do")
        try:
            if control := self.controls.all.get(what):
                return await control(request)
            if act := self._acts.get(what):
                return await act(self.workspace_view.person(request.text("seat")), request)
        except (ImpossibleError, RefusalError, EnvaccessError) as error:
            raise PageRequestError(f"{error}") from None
        finally:
            self._tidy()
            self.notify()
        raise PageRequestError("There is no such thing to do.")

    def state(self) -> Json:
        """The `state` frame, without the time."""
        return {
            "type": "state",
            "clock_offset_ms": self.workspace_view.clock.offset,
            "faults": dict(self.controls.faults),
            "bot": self.backend.bot,
            "redis": self.monitor.redis,
            "ready": self.backend.ready,
        }

    def _tidy(self) -> None:
        state, dispatcher = self.workspace_view.slack.state, self.workspace_view.slack.dispatcher
        for records in (state.record.said, state.record.calls, dispatcher.deliveries):
            del records[: max(0, len(records) - _RECORDS)]
