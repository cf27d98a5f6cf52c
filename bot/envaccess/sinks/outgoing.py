"""POST to a sink: no redirect is followed, no proxy asked, no private address called that is not declared."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import aiohttp
from yarl import URL

from envaccess.domain.sinks import SinkSpec
from envaccess.http.outgoing_addresses import CheckedResolver, is_address, refuse_address
from envaccess.projections.sinks.ports import SinkError, SinkRefusedError

_ANSWER_MOST: Final = 16 * 1024
_REFUSED: Final = frozenset({400, 413, 415, 422})
"""Statuses that say that this body is not taken, whenever it comes."""


@dataclass(frozen=True, slots=True)
class SinkAnswer:
    """What a sink said.

    Attributes:
        body: the first bytes of it.
        seconds: how long it asks to wait; None where it does not say.
    """

    status: int
    body: bytes
    seconds: float | None = None


def refused_address(why: str) -> SinkError:
    """What is raised where a name stands for an address that is not called."""
    return SinkError(f"its name stands for {why}")


@lru_cache(maxsize=64)
def trust(authority: str) -> ssl.SSLContext:
    """Certificates that count: those that are given (PEM), or the system's."""
    return ssl.create_default_context(cadata=authority or None)


def judge(answer: SinkAnswer) -> None:
    """Take 2xx for a yes.

    Raises:
        SinkRefusedError: the body is not taken.
        SinkError: nothing is taken now.
    """
    if 200 <= answer.status < 300:  # noqa: PLR2004
        return
    if answer.status in _REFUSED:
        raise SinkRefusedError(f"it answered {answer.status}")
    raise SinkError(f"it answered {answer.status}", answer.seconds)


async def post(spec: SinkSpec, url: str, body: bytes, headers: Mapping[str, str]) -> SinkAnswer:
    """Send a body; returns the answer, whatever its status.

    Raises:
        SinkError: it is not known what became of it, or it may not be called.
    """
    where = URL(url)
    if is_address(where.host or "") and (fault := refuse_address(where.host or "", private=spec.private)):
        raise refused_address(fault)
    try:
        return await _post(spec, where, body, headers)
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise SinkError(f"it could not be reached ({type(error).__name__})") from None


async def _post(spec: SinkSpec, url: URL, body: bytes, headers: Mapping[str, str]) -> SinkAnswer:
    connector = aiohttp.TCPConnector(
        resolver=CheckedResolver(private=spec.private, refused=refused_address),
        use_dns_cache=False,
        force_close=True,
        ssl=trust(spec.authority) if spec.authority else True,
    )
    said = {"User-Agent": "envaccess", "Accept-Encoding": "identity", **headers}
    async with (
        aiohttp.ClientSession(
            connector=connector, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False, trust_env=False
        ) as http,
        http.post(url, data=body, headers=said, allow_redirects=False) as answer,
    ):
        found = await answer.content.read(_ANSWER_MOST)
        after = answer.headers.get("Retry-After", "")
        seconds = float(after[:9]) if after.isascii() and after.isdigit() else None
        return SinkAnswer(answer.status, found, seconds)
