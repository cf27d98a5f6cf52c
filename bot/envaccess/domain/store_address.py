"""Where the store is, by the words of REDIS_URL alone: one server, or who is asked for the primary.

    redis://user:password@host:6379/0
    redis+sentinel://user:password@host1:26379,host2,host3/NAME/0?sentinel_password=...
    redis+cluster://user:password@host1:6379,host2

With `rediss` in place of `redis` everybody is spoken to by TLS. Nothing is resolved.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from string import ascii_lowercase, digits
from typing import Final
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from envaccess.domain.hosts import is_loopback

Endpoint = tuple[str, int]
"""A server's host and port."""

SENTINEL_PORT: Final = 26379
REDIS_PORT: Final = 6379
SENTINEL_OPTIONS: Final = ("sentinel_username", "sentinel_password")
"""Who we are for the Sentinels, which have users of their own; they stand after the `?`."""

_HOST: Final = frozenset(ascii_lowercase + digits + "._-:")


class Locating(StrEnum):
    """How the primary is found."""

    FIXED = "fixed"
    SENTINEL = "sentinel"
    CLUSTER = "cluster"


@dataclass(frozen=True, slots=True)
class StoreAddress:
    """What an address of the store says.

    Attributes:
        locating: how the primary is found.
        url: what redis-py is told of a server, with the first of these endpoints.
        endpoints: who is named: Sentinels, or nodes of a cluster; for one server none.
        service: what the Sentinels call it; empty otherwise.
        user: who we are for the Sentinels; None: nobody in particular.
        password: with which password.
    """

    locating: Locating
    url: str = field(repr=False)
    endpoints: tuple[Endpoint, ...] = ()
    service: str = ""
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    @property
    def remote(self) -> bool:
        """Whether one of those who are named is not this machine, by its literal address or `localhost`."""
        return not all(is_loopback(host) for host, _ in self.endpoints)


def locating_of(url: str) -> Locating:
    """How the primary is found, by the scheme."""
    kind = url.partition("://")[0].partition("+")[2]
    return Locating(kind) if kind in {Locating.SENTINEL, Locating.CLUSTER} else Locating.FIXED


def read_address(url: str) -> StoreAddress:
    """An address of the store.

    Raises:
        ValueError: it names nobody, or its path is none of this kind.
    """
    locating = locating_of(url)
    if locating is Locating.FIXED:
        return StoreAddress(locating, url)
    parts = urlsplit(url)
    login, at, hosts = parts.netloc.rpartition("@")
    usual = SENTINEL_PORT if locating is Locating.SENTINEL else REDIS_PORT
    endpoints = tuple(_endpoint(text, usual) for text in hosts.split(","))
    service, _, database = parts.path[1:].partition("/")
    if locating is Locating.CLUSTER:
        service, database = "", parts.path[1:]
    elif not service or service.isdigit():
        raise ValueError("no name")
    options = parse_qsl(parts.query, keep_blank_values=True)
    told = SENTINEL_OPTIONS if locating is Locating.SENTINEL else ()
    own = {name: value for name, value in options if name in told}
    rest = [option for option in options if option[0] not in own]
    if len(own) + len(rest) < len(options):
        raise ValueError("said twice")
    others = urlencode(rest)
    scheme = parts.scheme.partition("+")[0]
    return StoreAddress(
        locating,
        f"{scheme}://{login}{at}{hosts.split(',')[0]}/{database}{'?' if others else ''}{others}",
        endpoints,
        unquote(service),
        own.get("sentinel_username"),
        own.get("sentinel_password"),
    )


def _endpoint(text: str, usual: int) -> Endpoint:
    """`host`, `host:port` or `[::1]:port`. Raises `ValueError`."""
    parts = urlsplit(f"//{text}")
    if not parts.hostname or parts.port == 0 or not _HOST.issuperset(parts.hostname):
        raise ValueError("no host")
    return parts.hostname, parts.port or usual
