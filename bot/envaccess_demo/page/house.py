"""The page with all that it needs, served on loopback."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine

from aiohttp import web

from envaccess.domain.errors import EnvaccessError
from envaccess_demo.page.acting import Acting
from envaccess_demo.page.backstage import Backstage
from envaccess_demo.page.clock import MovableClock
from envaccess_demo.page.door import Door
from envaccess_demo.page.levers import Levers
from envaccess_demo.page.orders import Order, OrderError
from envaccess_demo.page.town import Program, Town
from envaccess_demo.page.underneath import Underneath
from envaccess_demo.page.visitor import Visitor
from slack_emulator.playground import Playground
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
        backstage: what lies behind Slack.
    """

    def __init__(
        self, slack: Playground, clock: MovableClock, program: Program, backstage: Backstage
    ) -> None:
        self.town = Town(slack, clock, program)
        self.backstage = backstage
        self.underneath = Underneath(clock, backstage, self.ring)
        self.levers = Levers(self.town, backstage, self._moved)
        self._acts = Acting(self.town).acts
        self._visitors: set[Visitor] = set()
        self._acting: set[asyncio.Task[None]] = set()

    @contextlib.asynccontextmanager
    async def served(self, port: int = 0) -> AsyncIterator[str]:
        """Serve until the block ends; yields the page's address, which nobody can guess.

        Raises:
            SettingsError: the port is taken or forbidden.
        """
        door = Door(self.welcome)
        runner = web.AppRunner(door.application(), access_log=None, shutdown_timeout=_SHUTDOWN_SECONDS)
        await runner.setup()
        watching = asyncio.create_task(self.underneath.run())
        try:
            yield await door.open(runner, port)
        finally:
            watching.cancel()
            await self._close()
            await runner.cleanup()
            await asyncio.gather(watching, return_exceptions=True)

    async def _close(self) -> None:
        await asyncio.gather(*(visitor.close() for visitor in self._visitors))
        for task in self._acting:
            task.cancel()
        await asyncio.gather(*self._acting, return_exceptions=True)

    def ring(self) -> None:
        """Something that browsers are told about has changed."""
        self.town.slack.stage.bell.ring()

    def _moved(self) -> None:
        self.underneath.look()
        self.ring()

    async def welcome(self, request: web.Request) -> web.StreamResponse:
        """Serve one browser's web socket until it ends."""
        if len(self._visitors) >= BROWSERS:
            return web.Response(status=503, text="Too many pages are open.")
        visitor = Visitor(self)
        self._visitors.add(visitor)
        try:
            return await visitor.serve(request)
        finally:
            self._visitors.discard(visitor)

    def begin(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        """Run something to its end, even if the browser that asked for it is gone by then."""
        task = asyncio.create_task(work)
        self._acting.add(task)
        task.add_done_callback(self._acting.discard)
        return task

    async def act(self, order: Order) -> Json:
        """Do what a frame asks for, unless it is about the socket itself.

        Raises:
            OrderError: it cannot be done, with a sentence that says why.
        """
        what = order.text("do")
        try:
            if lever := self.levers.all.get(what):
                return await lever(order)
            if act := self._acts.get(what):
                return await act(self.town.person(order.text("seat")), order)
        except (ImpossibleError, RefusalError, EnvaccessError) as error:
            raise OrderError(f"{error}") from None
        finally:
            self._tidy()
            self.ring()
        raise OrderError("There is no such thing to do.")

    def state(self) -> Json:
        """The `state` frame, without the time."""
        return {
            "type": "state",
            "clock_offset_ms": self.town.clock.offset,
            "faults": dict(self.levers.faults),
            "bot": self.backstage.bot,
            "redis": self.underneath.redis,
            "ready": self.backstage.ready,
        }

    def _tidy(self) -> None:
        stage, courier = self.town.slack.stage, self.town.slack.courier
        for records in (stage.record.said, stage.record.calls, courier.deliveries):
            del records[: max(0, len(records) - _RECORDS)]
