"""One call: out to the service with the value, and its answer back, looked through before a byte leaves."""

from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Final

import aiohttp
from aiohttp import web

from envaccess.broker.decoding import BodyDecoder
from envaccess.broker.echo import EchoError, EchoScanner
from envaccess.broker.errors import CallRefusedError, bad_answer
from envaccess.broker.headers import answer_headers, check_length, request_headers, too_long
from envaccess.broker.source import CallRecord, OpenService, ServiceSource
from envaccess.broker.target import CallTarget, check_allowed
from envaccess.broker.upstream import Upstream

BODY_MAX: Final = 64 * 1024 * 1024
"""Bytes of a request's body."""
_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
_SWITCHED: Final = 101
_PIECES: Final = "multipart/byteranges"
_SHORT: Final = 16_384
"""Bytes of a body that says its length, and is waited for: it is no stream."""


class CutOffError(Exception):
    """An answer that had begun was broken off; nothing more can be said on this connection."""


class Exchange:
    """One call of one service."""

    def __init__(
        self, request: web.BaseRequest, target: CallTarget, opened: OpenService, upstream: Upstream
    ) -> None:
        self._request, self._target, self._opened, self._upstream = request, target, opened, upstream
        self._service = opened.service
        self._status, self._too_long = 0, False
        self._answer: web.StreamResponse | None = None

    async def run(self, source: ServiceSource) -> web.StreamResponse:
        """Make it, and report it.

        Raises:
            CallRefusedError: it is not allowed, or its answer cannot be passed back.
            CutOffError: the answer was broken off.
        """
        blocked = ""
        self._opened.begin(self._abort)
        try:
            return await self._run()
        except CallRefusedError as error:
            blocked = error.reason
            if isinstance(error, EchoError):
                self._opened.done(self._abort)  # this one is answered, or broken off below
                self._opened.end()
            if self._answer is not None:
                raise CutOffError from None
            raise
        finally:
            self._opened.done(self._abort)
            source.record(self._record(blocked))

    async def _run(self) -> web.StreamResponse:
        request, service = self._request, self._service
        check_allowed(request.method, self._target.path, service.allow)
        check_length(request.headers.items(), BODY_MAX)
        headers = request_headers(request.headers.items(), service)
        url = service.url(self._target.path, self._target.query)
        try:
            body = self._body() if request.body_exists else None
            async with self._upstream.call(request.method, url, headers, body) as answer:
                return await self._pass_back(answer)
        except (aiohttp.ClientError, OSError) as error:
            fault = self._explained(error)
        raise fault  # out here, so that it holds no frame that saw the value

    async def _pass_back(self, answer: aiohttp.ClientResponse) -> web.StreamResponse:
        echo = self._opened.echo
        echo.check(_head(answer))
        _check_framing(answer)
        decoder = BodyDecoder(",".join(answer.headers.getall("Content-Encoding", ())))
        whole = decoder.plain and "Transfer-Encoding" not in answer.headers
        back = web.StreamResponse(
            status=answer.status, headers=answer_headers(answer.headers.items(), whole=whole)
        )
        scanner = EchoScanner(echo, answer.headers.get("Content-Type", ""))
        ready = await self._first(answer, decoder, scanner)
        self._status, self._answer = answer.status, back
        await back.prepare(self._request)
        if ready:
            await back.write(ready)
        async for part in answer.content.iter_any():
            for plain in decoder.feed(part):
                if out := scanner.feed(plain):
                    await back.write(out)
        rest = scanner.feed(decoder.finish()) + scanner.finish()
        await back.write_eof(rest)
        return back

    async def _first(
        self, answer: aiohttp.ClientResponse, decoder: BodyDecoder, scanner: EchoScanner
    ) -> bytes:
        """All of a short body: an echo in it is answered with an error, and not with half an answer."""
        known = answer.content_length
        short = known is not None and known <= _SHORT
        found = await answer.read() if short else b""
        return b"".join(scanner.feed(plain) for plain in decoder.feed(found))

    async def _body(self) -> AsyncIterator[bytes]:
        """The request's body; asked for only when the call is allowed."""
        request = self._request
        if request.headers.get("Expect", "").lower() == "100-continue":
            await request.writer.write(_CONTINUE)
            request.writer.output_size = 0
        came = 0
        async for part in request.content.iter_any():
            came += len(part)
            if came > BODY_MAX:
                self._too_long = True
                raise too_long()
            yield part

    def _explained(self, error: Exception) -> Exception:
        if self._answer is not None:
            return CutOffError()
        if self._too_long:
            return too_long()
        if isinstance(error, aiohttp.ClientConnectorCertificateError):
            return bad_answer(
                "certificate",
                f"The certificate of {self._service.host} cannot be verified.",
                "An authority of your own is named by SSL_CERT_FILE, where the broker starts.",
            )
        if isinstance(error, TimeoutError):
            return CallRefusedError(
                HTTPStatus.GATEWAY_TIMEOUT, "timeout", f"{self._service.host} took too long to answer."
            )
        return bad_answer("unreachable", f"{self._service.host} does not answer, or breaks off.")

    def _abort(self) -> None:
        if self._request.transport is not None:
            self._request.transport.abort()

    def _record(self, blocked: str) -> CallRecord:
        service = self._service
        return CallRecord(
            service.grant,
            service.name,
            self._request.method,
            service.host,
            self._target.path,
            self._status,
            blocked,
        )


def _check_framing(answer: aiohttp.ClientResponse) -> None:
    """Refuse what is no plain answer of HTTP/1.1: other codings, and pieces, which nobody asked for."""
    codings = {part.strip().lower() for part in answer.headers.get("Transfer-Encoding", "chunked").split(",")}
    in_pieces = answer.headers.get("Content-Type", "").strip().lower().startswith(_PIECES)
    if answer.status == _SWITCHED or codings != {"chunked"} or in_pieces:
        raise bad_answer("framing", "The service answers in another protocol than the broker speaks.")


def _head(answer: aiohttp.ClientResponse) -> bytes:
    """All of it that could go back: what the status line says, names and values."""
    reason = (answer.reason or "").encode(errors="surrogateescape")
    return b"\n".join([reason, *(text for header in answer.raw_headers for text in header)])
