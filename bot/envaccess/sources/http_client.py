"""HTTP to sources: one session for all, and what an answer or its absence means.

No redirect is followed, no proxy asked, no cookie kept; an answer's body is in no exception, and longer ones
than a source's secrets can be are not read.
"""

import asyncio
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

import aiohttp
from yarl import URL

from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from envaccess.sources.adapter import NotConnectedError

BODY_MOST: Final = 2 * 1024 * 1024
"""Bytes of an answer: secrets are 1 MiB at most (Kubernetes), in base64."""
_IDLE: Final = 4.0
"""Seconds that a connection is kept open: a server that closes it first would make a call fail."""
SILENT: Final = 30.0
"""Seconds without a byte after which nobody waits on, whatever time there is in all."""
_OF_STATUS: Final[Mapping[int, SourceFault]] = {
    401: SourceFault.DENIED,
    403: SourceFault.DENIED,
    404: SourceFault.MISSING,
    408: SourceFault.SLOW,
    410: SourceFault.DELETED,
    429: SourceFault.DOWN,
}


@dataclass(frozen=True, slots=True)
class SourceAnswer:
    """What a source said.

    Attributes:
        body: it may hold a value, so that no `repr` shows it.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def ok(self) -> bool:
        """Whether it is a yes."""
        return 200 <= self.status < 300  # noqa: PLR2004

    def json(self, source: str) -> Any:  # noqa: ANN401 - JSON has many shapes
        """The body as JSON.

        Raises:
            SourceFaultError: it is none; what stands there is not told.
        """
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            told = f"The source {source} answered something else than JSON"
            raise SourceFaultError(SourceFault.MALFORMED, source, told) from None


@lru_cache(maxsize=64)
def trust(authority: str) -> ssl.SSLContext:
    """Certificates that count: those that are given (PEM), or the system's."""
    return ssl.create_default_context(cadata=authority or None)


def fault_of(status: int) -> SourceFault:
    """What a status means, where a vendor does not say more in its body."""
    if status in _OF_STATUS:
        return _OF_STATUS[status]
    return SourceFault.DOWN if status >= 500 else SourceFault.MALFORMED  # noqa: PLR2004


def judge(source: str, answer: SourceAnswer) -> SourceAnswer:
    """The answer, where it is a yes.

    Raises:
        SourceFaultError: what its status means.
    """
    if answer.ok:
        return answer
    told = f"The source {source} answered {answer.status}"
    raise SourceFaultError(fault_of(answer.status), source, told)


class HttpClient:
    """The one session of all sources; it is opened with the first call. Its time is limited by `limits`."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def send(
        self,
        source: str,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        authority: str = "",
        longest: int = BODY_MOST,
    ) -> SourceAnswer:
        """Ask a source; returns the answer, whatever its status.

        Args:
            source: its name, for the fault.
            method: of HTTP.
            url: whole, with its query encoded: it is sent as it stands.
            headers: added to ours.
            body: what is sent.
            authority: certificates that count (PEM); empty for the system's.
            longest: bytes of an answer that are read.

        Raises:
            NotConnectedError: no connection was made.
            SourceFaultError: there was one, and no answer that could be read.
        """
        said = {"User-Agent": "envaccess", "Accept-Encoding": "identity", **(headers or {})}
        trusted = trust(authority) if authority else True
        to = URL(url, encoded=True)
        try:
            async with self._opened().request(
                method, to, headers=said, data=body, allow_redirects=False, ssl=trusted
            ) as answer:
                found = await _body(source, answer, longest)
                return SourceAnswer(answer.status, dict(answer.headers), found)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise _fault(source, error) from None

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, limit_per_host=0, keepalive_timeout=_IDLE),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=3, sock_read=SILENT),
            )
        return self._session

    async def close(self) -> None:
        """Close every connection."""
        if self._session is not None:
            session, self._session = self._session, None
            await session.close()
            await asyncio.sleep(0)  # lets transports of TLS be told


def _fault(source: str, error: Exception) -> SourceFaultError:
    """What an exception of aiohttp's means; its own words may hold addresses and answers."""
    if isinstance(error, aiohttp.ClientConnectorError):
        return NotConnectedError(source, f"The source {source} could not be reached ({type(error).__name__})")
    if isinstance(error, aiohttp.SocketTimeoutError):
        told = f"The source {source} said nothing for {SILENT:g} s"
        return SourceFaultError(SourceFault.SLOW, source, told)
    return SourceFaultError(
        SourceFault.DOWN, source, f"The source {source} broke off ({type(error).__name__})"
    )


async def _body(source: str, answer: aiohttp.ClientResponse, longest: int) -> bytes:
    found = bytearray()
    async for part in answer.content.iter_chunked(65_536):
        found += part
        if len(found) > longest:
            answer.close()
            told = f"The source {source} answered more than {longest // 1024} KiB"
            raise SourceFaultError(SourceFault.MALFORMED, source, told)
    return bytes(found)
