"""Where calls of the API come in: a problem until the process serves, and once it stops."""

from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

from envaccess.http import HttpIntake
from envaccess.http.api.dispatch import problem_response
from envaccess.http.api.problems import HttpFault, fault_problem

Take = Callable[[web.Request], Awaitable[web.StreamResponse]]
_PREFIX: Final = "/v1"


def mount(application: web.Application, take: Take) -> None:
    """Let the API answer everything under `/v1`, as it is sent: no other reading of a path leads past it."""

    @web.middleware
    async def first(request: web.Request, handler: Take) -> web.StreamResponse:
        path = request.raw_path.partition("?")[0]
        ours = path == _PREFIX or path.startswith(f"{_PREFIX}/")
        return await (take if ours else handler)(request)

    application.middlewares.append(first)


class ApiIntake(HttpIntake):
    """The intake of `/v1`.

    Attributes:
        wake: ends the waiting of those that wait for a change; set with `handler`.
    """

    wake: Callable[[], None]

    def __init__(self) -> None:
        super().__init__()
        self.wake = lambda: None

    async def stop_intake(self) -> None:
        """Take no more, and answer at once who waits."""
        await super().stop_intake()
        self.wake()

    def _closed(self) -> web.Response:
        return problem_response(fault_problem(HttpFault.STARTING), {"Cache-Control": "no-store"})

    def _note(self, request: web.Request, answer: web.StreamResponse) -> None:
        """Whose a connection is, is known when a key was proven, whatever is answered."""
