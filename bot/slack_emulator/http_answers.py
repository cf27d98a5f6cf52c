"""HTTP answers, and the lack of one."""

from dataclasses import dataclass, field

from aiohttp import web

from slack_emulator.types import Json


@dataclass(frozen=True)
class Reply:
    """An HTTP answer: a status, a JSON body or a page, headers."""

    status: int
    body: Json | str
    headers: dict[str, str] = field(default_factory=dict)


class DroppedError(Exception):
    """The connection ends without an answer."""


def to_response(reply: Reply) -> web.Response:
    """An aiohttp response of a reply."""
    if isinstance(reply.body, str):
        return web.Response(
            status=reply.status, text=reply.body, headers=reply.headers, content_type="text/html"
        )
    return web.json_response(reply.body, status=reply.status, headers=reply.headers)


def drop(request: web.Request) -> web.StreamResponse:
    """End the connection at once; the response returned goes nowhere."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)
