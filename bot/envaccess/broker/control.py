"""Speak to a broker on this machine: what it is told, and calls that it makes.

A broker listens on a unix socket in a private folder, or on loopback behind a path that nobody can guess. It
holds the session, the keys and the values; nothing of that comes here.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from envaccess.client.server_url import is_loopback
from envaccess.domain.errors import EnvaccessError

ANSWER_MOST: Final = 65_536
"""Bytes of a service's answer that are handed on: some 20,000 tokens of a model."""
CALL_SECONDS: Final = 50.0
"""For a service's answer: clients of MCP give up after 60 (anthropics/claude-code#18684)."""
_CONTROL_SECONDS: Final = 30.0
_CONTROL_MOST: Final = 1_048_576
_UNIX: Final = "unix:"
HOW_TO_START: Final = (
    "Whoever runs you starts one with `envaccess agent start`, and confirms it in Slack. Then try again."
)


class BrokerAddressError(EnvaccessError):
    """What was given is no address of a broker."""


class BrokerAwayError(EnvaccessError):
    """No broker answers, or what answers is none."""


class ControlRefusedError(EnvaccessError):
    """The broker said no.

    Attributes:
        told: its problem (RFC 9457), as it came.
    """

    def __init__(self, told: Mapping[str, Any]) -> None:
        super().__init__(str(told.get("detail") or told.get("title") or "The broker refused."))
        self.told = told


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """Where a broker listens. What makes it secret is not shown.

    Attributes:
        socket: the path of the unix socket; empty for loopback.
        base: the URL before all paths; without a slash at its end.
    """

    socket: str
    base: str = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `unix:/run/x/broker.sock` or `http://127.0.0.1:PORT/SEGMENT`.

        Raises:
            BrokerAddressError: it is neither. It is not repeated.
        """
        if text.startswith(_UNIX) and text.removeprefix(_UNIX).startswith("/"):
            return cls(text.removeprefix(_UNIX), "http://localhost")
        try:
            parts = urlsplit(text)
            known = parts.scheme == "http" and is_loopback(parts.hostname or "") and bool(parts.port)
        except ValueError:
            known = False
        if not known or parts.query or parts.fragment or parts.username is not None:
            raise BrokerAddressError(
                "This is no broker's address (nor is it repeated here): it is unix:/PATH or "
                "http://127.0.0.1:PORT/SEGMENT, as `envaccess agent start` says it."
            )
        return cls("", text.rstrip("/"))


@dataclass(frozen=True, slots=True)
class ServiceAnswer:
    """What a service answered, through the broker.

    Attributes:
        headers: in their order; one name may come more than once.
        body: its first `ANSWER_MOST` bytes.
        cut: whether there was more.
    """

    status: int
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    body: bytes = field(repr=False)
    cut: bool = False


class BrokerControl:
    """Speaks to a broker, by a new connection each time: after a restart the new one is found."""

    def __init__(self, address: BrokerAddress) -> None:
        self._address = address
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        socket = self._address.socket
        connector = (
            aiohttp.UnixConnector(socket, force_close=True)
            if socket
            else aiohttp.TCPConnector(force_close=True)
        )
        self._session = aiohttp.ClientSession(
            connector=connector, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def ask(
        self, method: str, path: str, told: Mapping[str, object] | None = None
    ) -> Mapping[str, Any]:
        """Ask the broker itself; returns its JSON object.

        Raises:
            BrokerAwayError: it does not answer, or not as a broker.
            ControlRefusedError: it says no.
        """
        content = None if told is None else json.dumps(told).encode()
        headers = {"Content-Type": "application/json"} if content is not None else {}
        answer = await self._send(
            method, f"/_envaccess/{path}", headers, content, (_CONTROL_SECONDS, _CONTROL_MOST)
        )
        try:
            found = json.loads(answer.body)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise BrokerAwayError(f"What answers there is no broker of envaccess. {HOW_TO_START}")
        if answer.status >= HTTPStatus.BAD_REQUEST:
            raise ControlRefusedError(found)
        return found

    async def call(
        self, service: str, method: str, target: str, headers: Mapping[str, str], content: bytes | None
    ) -> ServiceAnswer:
        """Call a service through the broker; a redirect is an answer like another.

        Raises:
            BrokerAwayError: no answer, or none in time.
        """
        return await self._send(method, f"/{service}{target}", headers, content, (CALL_SECONDS, ANSWER_MOST))

    async def _send(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        content: bytes | None,
        most: tuple[float, int],
    ) -> ServiceAnswer:
        assert self._session is not None
        seconds, limit = most
        try:
            async with self._session.request(
                method,
                URL(self._address.base + target, encoded=True),
                headers={"Accept-Encoding": "identity", **headers},
                data=content,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=seconds),
            ) as answer:
                body = await _first(answer.content, limit + 1)
                return ServiceAnswer(
                    answer.status, tuple(answer.headers.items()), body[:limit], len(body) > limit
                )
        except TimeoutError:
            raise BrokerAwayError(f"No answer came within {seconds:.0f} seconds.") from None
        except (aiohttp.ClientConnectorError, FileNotFoundError):
            raise BrokerAwayError(f"No broker answers. {HOW_TO_START}") from None
        except (aiohttp.ClientError, OSError, ValueError):
            raise BrokerAwayError(
                "The answer was cut off before it was whole: nothing of it is shown."
            ) from None


async def _first(stream: aiohttp.StreamReader, most: int) -> bytes:
    found = bytearray()
    while len(found) < most and (part := await stream.read(most - len(found))):
        found += part
    return bytes(found)
