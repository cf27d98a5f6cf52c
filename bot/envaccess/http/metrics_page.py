"""`GET /metrics`, on a port of its own: nothing else is told there, and nothing can be done."""

from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler
from yarl import URL

from envaccess import log
from envaccess.domain.errors import EnvaccessError
from envaccess.domain.hosts import is_loopback

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
"""Of Prometheus' text format (https://prometheus.io/docs/instrumenting/exposition_formats/)."""

Show = Callable[[], Awaitable[bytes]]


def build_metrics(show: Show, *, local: bool = False) -> web.Application:
    """Make the web application.

    Args:
        show: everything as text, as of some seconds ago at most.
        local: whether it listens to this machine alone: then it is asked for by this machine's name or
            address. A page in a browser here, whose own name was made to lead here, says that name
            (DNS rebinding).
    """
    application = web.Application(client_max_size=0, middlewares=[_of_this_machine] if local else [])
    application.router.add_get("/metrics", _handler(show))
    return application


@web.middleware
async def _of_this_machine(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        host = URL(f"http://{request.headers.get('Host', '')}").host
    except ValueError:
        host = None
    return await handler(request) if is_loopback(host) else web.Response(status=421)


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
