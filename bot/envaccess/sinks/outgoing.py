"""POST to a sink: no redirect is followed, no proxy asked, no private address called that is not declared."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import aiohttp
from yarl import URL

from envaccess.http.outgoing_addresses import CheckedResolver, is_address, refuse_address
from envaccess.projections.sinks.ports import SinkError, SinkRefusedError

_ANSWER_MOST: Final = 16 * 1024
_REFUSED: Final = frozenset({400, 413, 415, 422})
"""Statuses that say that this body is not taken, whenever it comes."""


@dataclass(frozen=True, slots=True)
class SinkAnswer:
    """What a sink said to a batch that it took.

    Attributes:
        body: the first bytes of it.
    """

    status: int
    body: bytes


def refused_address(why: str) -> SinkError:
    """What is raised where a name stands for an address that is not called."""
    return SinkError(f"its name stands for {why}")


async def post(
    url: str, body: bytes, headers: Mapping[str, str], *, private: bool, trust: ssl.SSLContext | None = None
) -> SinkAnswer:
    """Send a body; returns the answer to one that was taken (2xx).

    Raises:
        SinkRefusedError: the body is not taken.
        SinkError: nothing is taken now, or it is not known what became of it.
    """
    where = URL(url)
    if is_address(where.host or "") and (fault := refuse_address(where.host or "", private=private)):
        raise refused_address(fault)
    try:
        return await _post(where, body, headers, private=private, trust=trust)
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise SinkError(f"it could not be reached ({type(error).__name__})") from None


async def _post(
    url: URL, body: bytes, headers: Mapping[str, str], *, private: bool, trust: ssl.SSLContext | None
) -> SinkAnswer:
    connector = aiohttp.TCPConnector(
        resolver=CheckedResolver(private=private, refused=refused_address),
        use_dns_cache=False,
        force_close=True,
        ssl=trust or True,
    )
    said = {"User-Agent": "envaccess", "Accept-Encoding": "identity", **headers}
    async with (
        aiohttp.ClientSession(
            connector=connector, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False, trust_env=False
        ) as http,
        http.post(url, data=body, headers=said, allow_redirects=False) as answer,
    ):
        found = await answer.content.read(_ANSWER_MOST)
        return _judge(answer.status, found, answer.headers.get("Retry-After", ""))


def _judge(status: int, body: bytes, after: str) -> SinkAnswer:
    if 200 <= status < 300:  # noqa: PLR2004
        return SinkAnswer(status, body)
    if status in _REFUSED:
        raise SinkRefusedError(f"it answered {status}")
    raise SinkError(
        f"it answered {status}", float(after[:9]) if after.isascii() and after.isdigit() else None
    )
