"""Where calls of the API come in: a problem until the process serves, and once it stops."""

from collections.abc import Callable

from aiohttp import web

from envaccess.http import HttpIntake
from envaccess.http.api.dispatch import problem_response
from envaccess.http.api.problems import HttpFault, fault_problem


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
