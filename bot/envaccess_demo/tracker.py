"""A service of the demo's own on this machine: it wants a token, and says back what it was sent."""

import contextlib
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Final

from aiohttp import web

_HOST: Final = "127.0.0.1"
_SCHEME: Final = "Bearer "
_ISSUES: Final = ("the refund button does nothing", "the cart forgets its coupon")


class Tracker:
    """The issues of acme/shop, for whoever sends a token.

    Attributes:
        sent: what the last call had in its header `Authorization`.
    """

    def __init__(self) -> None:
        self.sent = ""

    @contextlib.asynccontextmanager
    async def served(self) -> AsyncIterator[str]:
        """Answer on a free port; gives the base of its URLs."""
        runner = web.ServerRunner(web.Server(self._answer, access_log=None), handle_signals=False)
        await runner.setup()
        try:
            site = web.TCPSite(runner, _HOST, 0)
            await site.start()
            yield f"http://{_HOST}:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        self.sent = request.headers.get("Authorization", "")
        if not self.sent.startswith(_SCHEME):
            return web.json_response({"error": "no token"}, status=HTTPStatus.UNAUTHORIZED)
        match request.path:
            case "/issues":
                length = len(self.sent.removeprefix(_SCHEME))
                return web.json_response(
                    {
                        "you_sent": f"{request.method} /issues, a token of {length} characters",
                        "issues": _ISSUES,
                    }
                )
            case "/echo":
                return web.json_response({"you_sent": dict(request.headers)})
        return web.json_response({"error": "not found"}, status=HTTPStatus.NOT_FOUND)
