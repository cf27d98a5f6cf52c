"""The page with all that it needs, served on loopback."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine

from aiohttp import web

from slack_emulator.emulator import SlackEmulator
from slack_emulator.page.actions import PersonActions
from slack_emulator.page.connection import BrowserConnection
from slack_emulator.page.controls import WorkspaceControls
from slack_emulator.page.extension import PageExtension
from slack_emulator.page.requests import PageRequest, PageRequestError
from slack_emulator.page.server import PageServer
from slack_emulator.page.terminals import PageTerminals
from slack_emulator.page.workspace_view import Program, WorkspaceView
from slack_emulator.types import ImpossibleError, Json, RefusalError

BROWSERS = 16
"""Web sockets at once."""

_SHUTDOWN_SECONDS = 0.5
_RECORDS = 5_000
"""Of everything said, how much is kept: a page may be open for days."""


class Page:
    """One emulator's page.

    Args:
        slack: the emulator, open.
        program: what newcomers are told.
        extension: what a host adds.
    """

    def __init__(
        self,
        slack: SlackEmulator,
        program: Program | None = None,
        extension: PageExtension | None = None,
    ) -> None:
        self.extension = extension or PageExtension()
        self.workspace_view = WorkspaceView(slack, program or Program(), self.extension)
        self._workspace_controls = WorkspaceControls(self.workspace_view)
        self._controls = {**self._workspace_controls.all, **self.extension.controls}
        self._acts = PersonActions(self.workspace_view).acts
        self._refusals: tuple[type[Exception], ...] = (
            ImpossibleError,
            RefusalError,
            *self.extension.refusals,
        )
        self.terminals = PageTerminals(self.extension.programs, self.notify)
        self._connections: set[BrowserConnection] = set()
        self._acting: set[asyncio.Task[None]] = set()

    @contextlib.asynccontextmanager
    async def served(self, port: int = 0) -> AsyncIterator[str]:
        """Serve until the block ends; yields the page's address, which nobody can guess.

        Raises:
            PortError: the port is taken or forbidden.
        """
        server = PageServer(self.welcome, self.extension.static)
        runner = web.AppRunner(server.application(), access_log=None, shutdown_timeout=_SHUTDOWN_SECONDS)
        await runner.setup()
        running = asyncio.create_task(self.extension.run())
        try:
            yield await server.open(runner, port)
        finally:
            running.cancel()
            await self._close()
            await runner.cleanup()
            await asyncio.gather(running, return_exceptions=True)

    async def _close(self) -> None:
        await asyncio.gather(*(connection.close() for connection in self._connections))
        for task in self._acting:
            task.cancel()
        await asyncio.gather(*self._acting, return_exceptions=True)
        await self.terminals.end()

    def notify(self) -> None:
        """Something that browsers are told about has changed."""
        self.workspace_view.slack.state.changes.notify()

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
            if control := self._controls.get(what):
                return await control(request)
            if act := self._acts.get(what):
                return await act(self.workspace_view.person(request.text("seat")), request)
        except self._refusals as error:
            raise PageRequestError(f"{error}") from None
        finally:
            self._tidy()
            self.notify()
        raise PageRequestError("There is no such thing to do.")

    def state(self) -> Json:
        """The `state` frame, without the time."""
        return {"type": "state", "faults": dict(self._workspace_controls.faults), **self.extension.state()}

    def _tidy(self) -> None:
        slack = self.workspace_view.slack
        for records in (slack.state.record.said, slack.state.record.calls, slack.dispatcher.deliveries):
            del records[: max(0, len(records) - _RECORDS)]
