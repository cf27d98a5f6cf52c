"""The keys of issuers: fetched from the policy's address alone, seldom, and kept while it does not answer.

Whoever sends tokens with made-up key ids makes us ask once a minute, whatever they send, and whoever answers
in the issuer's place cannot lead us elsewhere, keep us waiting, or fill our memory.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import aiohttp
from yarl import URL

from envaccess import log
from envaccess.domain import strict_json
from envaccess.domain.errors import IssuerKeysError
from envaccess.domain.policy.machines import Issuer
from envaccess.domain.programs import Platform
from envaccess.http.outgoing_addresses import CheckedResolver, is_address, refuse_address

EVERY: Final = 60.0
"""Seconds between two attempts to have an issuer's keys."""
FRESH: Final = 3_600.0
"""Seconds after which keys are asked for again, so that one that was withdrawn does not count for ever."""
KEPT: Final = 24 * 3_600.0
"""Seconds that keys count while their address does not answer."""
SECONDS: Final = 5.0
BYTES_MAX: Final = 256 * 1_024
_KEYS_MAX: Final = 200
_ISSUERS_MAX: Final = 64
"""Issuers whose keys are kept; a policy that is loaded anew may name others."""
_WHERE: Final[Mapping[Platform, str]] = {
    Platform.GITHUB: "/.well-known/jwks",
    Platform.GITLAB: "/oauth/discovery/keys",
    Platform.KUBERNETES: "/openid/v1/jwks",
}
"""Where platforms have their keys, below the issuer, where a policy does not say."""

Keys = Sequence[Mapping[str, object]]
Fetch = Callable[[Issuer], Awaitable[Keys]]


@dataclass
class _Held:
    """What is known of one issuer, and since when; times are seconds of a clock that never goes back."""

    keys: Keys = ()
    had_at: float = 0.0
    tried_at: float | None = None
    stamp: object = None
    failing: bool = False
    one: asyncio.Lock = field(default_factory=asyncio.Lock)

    def has(self, kid: str) -> bool:
        """Whether it has a key of this id."""
        return any(key.get("kid") == kid for key in self.keys)


class IssuerKeys:
    """Fits `identity.ports.KeySource`.

    Args:
        clock: seconds of a clock that never goes back.
        fetch: asks an issuer's address.
    """

    def __init__(self, clock: Callable[[], float], fetch: Fetch | None = None) -> None:
        self._clock = clock
        self._fetch = fetch or fetch_keys
        self._held: dict[Issuer, _Held] = {}

    async def keys(self, issuer: Issuer, kid: str) -> Keys:
        """An issuer's keys; who knows the key already does not wait for others who ask anew.

        Raises:
            IssuerKeysError: none are known that still count.
        """
        held = self._of(issuer)
        if issuer.jwks_file:
            await self._read_file(issuer, held)
        elif not held.has(kid) if held.one.locked() else self._is_due(held, kid):
            async with held.one:
                if self._is_due(held, kid):
                    await self._refresh(issuer, held)
        if not held.keys or self._clock() - held.had_at > KEPT:
            raise IssuerKeysError("The keys of an issuer of tokens are not known now")
        return held.keys

    def _of(self, issuer: Issuer) -> _Held:
        if issuer not in self._held and len(self._held) >= _ISSUERS_MAX:
            self._held.pop(next(iter(self._held)))
        return self._held.setdefault(issuer, _Held())

    def _is_due(self, held: _Held, kid: str) -> bool:
        now = self._clock()
        if held.tried_at is not None and now - held.tried_at < EVERY:
            return False
        return not held.has(kid) or now - held.had_at > FRESH

    async def _refresh(self, issuer: Issuer, held: _Held) -> None:
        held.tried_at = self._clock()
        try:
            held.keys, held.had_at = await self._fetch(issuer), self._clock()
        except IssuerKeysError as error:
            log.fault("issuer_keys_not_fetched", error, issuer=issuer.url)

    async def _read_file(self, issuer: Issuer, held: _Held) -> None:
        """Read a file again where it has changed; while it cannot be read, what it had counts."""
        try:
            stamp, keys = await asyncio.to_thread(_file_keys, Path(issuer.jwks_file), held.stamp)
        except (OSError, IssuerKeysError) as error:
            if not held.failing:
                log.fault("issuer_keys_not_read", error, issuer=issuer.url)
            held.stamp, held.failing = None, True
            return
        held.stamp, held.had_at, held.failing = stamp, self._clock(), False
        held.keys = held.keys if keys is None else keys


def _file_keys(path: Path, known: object) -> tuple[object, Keys | None]:
    """What a file's keys are, and what it is known by; None for the keys that are known already."""
    with path.open("rb") as file:
        found = path.stat()
        stamp = found.st_ino, found.st_mtime_ns, found.st_size
        return stamp, None if stamp == known else parse_keys(file.read(BYTES_MAX + 1))


def keys_address(issuer: Issuer) -> str:
    """Where an issuer has its keys: as the policy says, else where its platform has them."""
    return issuer.jwks_uri or issuer.url.rstrip("/") + _WHERE.get(issuer.platform, "")


async def fetch_keys(issuer: Issuer) -> Keys:
    """Ask an issuer's address for its keys.

    Raises:
        IssuerKeysError: it did not answer with them in time, or may not be asked.
    """
    url = _address(issuer)
    try:
        async with asyncio.timeout(SECONDS):
            return parse_keys(await _download(url, private=issuer.private))
    except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
        raise IssuerKeysError(
            f"The address of an issuer's keys did not give them ({type(error).__name__})"
        ) from None


def _address(issuer: Issuer) -> URL:
    """The URL of the keys, if it may be asked at all."""
    url = URL(keys_address(issuer))
    host = url.host or ""
    if not issuer.jwks_uri and issuer.platform not in _WHERE:
        raise IssuerKeysError("The policy does not say where an issuer has its keys")
    if is_address(host) and (fault := refuse_address(host, private=issuer.private)):
        raise IssuerKeysError(f"The address of an issuer's keys is {fault}")
    plain = url.scheme == "http" and issuer.private and host in {"127.0.0.1", "::1", "localhost"}
    if not (url.scheme == "https" or plain) or url.user or url.password:
        raise IssuerKeysError("The address of an issuer's keys is none that begins with https://")
    return url


async def _download(url: URL, *, private: bool) -> bytes:
    """The body of the answer: no redirect is followed, no proxy asked, no cookie kept, nothing unpacked."""
    connector = aiohttp.TCPConnector(
        resolver=CheckedResolver(private=private), use_dns_cache=False, force_close=True
    )
    headers = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "envaccess"}
    async with (
        aiohttp.ClientSession(
            connector=connector, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False, trust_env=False
        ) as http,
        http.get(url, headers=headers, allow_redirects=False) as answer,
    ):
        if answer.status != 200:  # noqa: PLR2004 (OK)
            raise IssuerKeysError(f"The address of an issuer's keys answered {answer.status}")
        found = bytearray()
        async for part in answer.content.iter_any():
            found += part
            if len(found) > BYTES_MAX:
                break
        return bytes(found)


def parse_keys(body: bytes) -> Keys:
    """The keys of a JWKS (RFC 7517, 5).

    Raises:
        IssuerKeysError: it is none, too long, or empty.
    """
    try:
        found = strict_json.read_object(body.decode()).get("keys") if len(body) <= BYTES_MAX else None
    except ValueError:
        found = None
    keys = found if isinstance(found, list) and len(found) <= _KEYS_MAX else []
    if not keys or not all(isinstance(key, dict) for key in keys):
        raise IssuerKeysError("What should be an issuer's keys is no set of keys (JWKS)")
    return keys
