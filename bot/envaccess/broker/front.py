"""What every request to the broker passes first: where it comes from, and that it is one HTTP request."""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from aiohttp import HttpVersion11, web

from envaccess.broker.errors import CallRefusedError, forbidden, refused_input
from envaccess.broker.exchange import CutOffError, Exchange
from envaccess.broker.headers import check_protocol
from envaccess.broker.problems import problem
from envaccess.broker.source import ServiceSource
from envaccess.broker.target import CallTarget, check_method, read_target
from envaccess.broker.upstream import Upstream

CONTROL: Final = "_envaccess"
_SAME: Final = frozenset({"none", "same-origin"})
_AT_ONCE: Final = 200
_STRANGERS: Final = frozenset({"address", "host", "origin", "version"})
"""Who is refused so has no connection to keep."""

Control = Callable[[web.BaseRequest, CallTarget], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Reachable:
    """How callers name the broker.

    Attributes:
        hosts: what `Host` may say, in small letters: a page elsewhere that has a name lead here says another.
        prefix: what every path begins with; nobody guesses it. Empty on a unix socket.
    """

    hosts: frozenset[str]
    prefix: str = ""


class BrokerFront:
    """Handles every request.

    Args:
        reachable: how callers name the broker.
        source: the services, and where calls are reported.
        upstream: calls them.
        control: answers what is below `/_envaccess/`.
    """

    def __init__(
        self, reachable: Reachable, source: ServiceSource, upstream: Upstream, control: Control
    ) -> None:
        self._reachable, self._source, self._upstream, self._control = reachable, source, upstream, control
        self._running = 0

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request."""
        self._running += 1
        try:
            return await self._answer(request)
        except CallRefusedError as error:
            answer = problem(error)
            if request.body_exists or error.reason in _STRANGERS:
                answer.force_close()
            return answer
        except CutOffError:
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=HTTPStatus.BAD_GATEWAY)
        finally:
            self._running -= 1

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        if self._running > _AT_ONCE:
            raise CallRefusedError(HTTPStatus.SERVICE_UNAVAILABLE, "busy", "Too many calls run at once.")
        self._check_caller(request)
        check_method(request.method)
        check_protocol(request.headers.items())
        target = self._target(request)
        if target.service == CONTROL:
            return await self._control(request, target)
        opened = await self._source.open(target.service)
        return await Exchange(request, target, opened, self._upstream).run(self._source)

    def _check_caller(self, request: web.BaseRequest) -> None:
        """Refuse pages of other sites, old protocols, and what two servers could cut in two ways."""
        headers = request.headers
        if request.version != HttpVersion11:
            raise CallRefusedError(
                HTTPStatus.HTTP_VERSION_NOT_SUPPORTED, "version", "The broker speaks HTTP/1.1."
            )
        hosts = headers.getall("Host", ())
        if len(hosts) != 1 or hosts[0].lower() not in self._reachable.hosts:
            raise forbidden(
                "host", "The broker is not called by this name, so this may come from a web page."
            )
        if any(origin.lower() != f"http://{hosts[0].lower()}" for origin in headers.getall("Origin", ())):
            raise forbidden("origin", "The broker answers no page of another site.")
        if any(site.lower() not in _SAME for site in headers.getall("Sec-Fetch-Site", ())):
            raise forbidden("origin", "The broker answers no page of another site.")
        codings = headers.getall("Transfer-Encoding", ())
        if codings and ("Content-Length" in headers or [coding.lower() for coding in codings] != ["chunked"]):
            raise refused_input(
                "framing", "The length of the body is said in two ways, or in one that is not known."
            )

    def _target(self, request: web.BaseRequest) -> CallTarget:
        prefix = self._reachable.prefix
        raw = request.raw_path
        if prefix and not secrets.compare_digest(raw[: len(prefix)].encode(), prefix.encode()):
            raise CallRefusedError(HTTPStatus.NOT_FOUND, "address", "There is nothing at this address.")
        return read_target(raw, prefix)
