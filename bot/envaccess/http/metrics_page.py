"""`GET /metrics`, on a port of its own: nothing else is told there, and nothing can be done."""

from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

from envaccess import log
from envaccess.domain.errors import EnvaccessError

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
"""Of Prometheus' text format (https://prometheus.io/docs/instrumenting/exposition_formats/)."""

Show = Callable[[], Awaitable[bytes]]


def build_metrics(show: Show) -> web.Application:
    """Make the web application.

    Args:
        show: everything as text, as of some seconds ago at most.
    """
    application = web.Application(client_max_size=0)
    application.router.add_get("/metrics", _handler(show))
    return application


def _handler(show: Show) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def tell(_: web.Request) -> web.Response:
        try:
            body = await show()
        except EnvaccessError as error:
            log.fault("metrics_not_shown", error)
            return web.Response(status=503)
        headers = {"Content-Type": CONTENT_TYPE, "Cache-Control": "no-store"}
        return web.Response(body=body, headers=headers)

    return tell
