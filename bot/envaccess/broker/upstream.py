"""The broker's own connections to services: verified, without cookies, redirects or decoding."""

import ssl
from collections.abc import AsyncIterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Final

import aiohttp
from yarl import URL

from envaccess.client.proxies import goes_direct
from envaccess.client.server_url import is_loopback

CONNECT_SECONDS: Final = 10.0
QUIET_SECONDS: Final = 300.0
"""Between two parts of an answer: a model that thinks is silent for minutes."""
_CONNECTIONS: Final = 100


@dataclass(frozen=True, slots=True, repr=False)
class UpstreamProxy:
    """How other hosts are reached, as the settings say.

    Attributes:
        url: of an http proxy; empty for none. It may hold a password.
        no_proxy: hosts that are reached without it, as curl reads it.
    """

    url: str = ""
    no_proxy: str = ""

    def reaches(self, url: URL) -> str | None:
        """The proxy for a URL, or None. Only https goes through it, by CONNECT."""
        host = url.host or ""
        if not self.url or url.scheme != "https" or is_loopback(host):
            return None
        return None if goes_direct(host, url.port or 443, self.no_proxy) else self.url


class Upstream:
    """Calls of services. Made in a running loop; closed at the end."""

    def __init__(self, proxy: UpstreamProxy | None = None, quiet_seconds: float = QUIET_SECONDS) -> None:
        verified = ssl.create_default_context()
        verified.minimum_version = ssl.TLSVersion.TLSv1_2
        self._proxy = proxy or UpstreamProxy()
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=verified, limit=_CONNECTIONS),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            requote_redirect_url=False,
            trust_env=False,
            skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
            timeout=aiohttp.ClientTimeout(
                total=None, sock_connect=CONNECT_SECONDS, connect=CONNECT_SECONDS * 2, sock_read=quiet_seconds
            ),
        )

    def call(
        self, method: str, url: URL, headers: list[tuple[str, str]], body: AsyncIterable[bytes] | None
    ) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        """Make a call; a redirect is an answer like another."""
        return self._session.request(
            method, url, headers=headers, data=body, allow_redirects=False, proxy=self._proxy.reaches(url)
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._session.close()
