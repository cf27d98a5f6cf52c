"""Serving the page: only to this machine, only with the token, and of no use to any other page.

The token in the address keeps other users of the machine out, and pages of other sites in the same browser.
The Host is checked so that no name of somebody else's can be made to point here (DNS rebinding), and a web
socket's Origin because browsers let any page open one.
"""

import secrets
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from pathlib import Path
from typing import Final

from aiohttp import web

STATIC: Final = Path(__file__).parent / "static"
LOOPBACK: Final = "127.0.0.1"

_TYPES: Final = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".json": "application/json",
    ".map": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
    ".txt": "text/plain",
}
"""What is served; anything else beside it is not."""

_FRONT: Final = "index.html"
_TEXTS: Final = ("text/", "image/svg", "application/json")


class PortError(Exception):
    """The port is taken or forbidden; the sentence says what to do."""


class PageServer:
    """Answers every request; what it does not know is 404, and so is everything without the token.

    Args:
        welcome: serves a web socket that was let in.
        more: a folder whose files come before the page's own of the same name.
    """

    def __init__(
        self, welcome: Callable[[web.Request], Awaitable[web.StreamResponse]], more: Path | None = None
    ) -> None:
        self._welcome = welcome
        self._folders = (STATIC, more) if more else (STATIC,)
        self._token = secrets.token_urlsafe(32)
        self._hosts: frozenset[str] = frozenset()

    def application(self) -> web.Application:
        """An application of one route."""
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self._answer)
        application.on_response_prepare.append(self._guard)
        return application

    async def open(self, runner: web.AppRunner, port: int) -> str:
        """Listen on loopback; returns the page's address.

        Raises:
            PortError: the port is taken or forbidden.
        """
        try:
            await web.TCPSite(runner, LOOPBACK, port).start()
        except OSError:
            raise PortError(
                f"--port {port} cannot be listened on: it is in use or forbidden; choose another"
            ) from None
        actual = runner.addresses[0][1]
        self._hosts = frozenset({f"{LOOPBACK}:{actual}", f"localhost:{actual}"})
        return f"http://{LOOPBACK}:{actual}/{self._token}/"

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        token, slash, path = request.raw_path.partition("?")[0].removeprefix("/").partition("/")
        if request.headers.get("Host") not in self._hosts or not self._is_ours(token) or not slash:
            return _nothing()
        if request.method not in ("GET", "HEAD"):
            return _nothing()
        if path == "ws":
            return await self._socket(request)
        name = path.removeprefix("static/") if path.startswith("static/") else ""
        return self._file(name if path else _FRONT)

    def _is_ours(self, token: str) -> bool:
        return secrets.compare_digest(token.encode(errors="replace"), self._token.encode())

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Origin") != f"http://{request.headers['Host']}":
            return web.Response(status=HTTPStatus.FORBIDDEN)
        if not web.WebSocketResponse().can_prepare(request):
            return web.Response(status=HTTPStatus.UPGRADE_REQUIRED)
        return await self._welcome(request)

    def _file(self, name: str) -> web.Response:
        """A file of ours, looked for among those that exist, so that no name leads anywhere else."""
        known = {
            str(path.relative_to(folder)): path
            for folder in self._folders
            for path in folder.rglob("*")
            if path.suffix in _TYPES
        }
        path = known.get(name)
        if path is None:
            return _nothing()
        kind = _TYPES[path.suffix]
        charset = "utf-8" if kind.startswith(_TEXTS) else None
        return web.Response(body=path.read_bytes(), content_type=kind, charset=charset)

    async def _guard(self, request: web.Request, response: web.StreamResponse) -> None:
        """The headers of every answer."""
        host = request.headers.get("Host", "")
        response.headers.update(_headers(host if host in self._hosts else LOOPBACK))


def _nothing() -> web.Response:
    return web.Response(status=HTTPStatus.NOT_FOUND, text="There is nothing here.\n")


def _headers(host: str) -> dict[str, str]:
    policy = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "font-src": "'self'",
        "connect-src": f"'self' ws://{host}",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    return {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
