"""One connection pool to Redis, set up for answers within a second."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from functools import cache
from typing import Any, cast

import redis.asyncio as redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.driver_info import DriverInfo
from redis.maint_notifications import MaintNotificationsConfig

from envaccess.domain.errors import StoreUnavailableError, StoreUncertainError
from envaccess.domain.store_address import read_address
from envaccess.store.answers import translate
from envaccess.store.locator import make_locator
from envaccess.store.pool import Pool, connection_maker

Client = redis.Redis
"""What other packages hold without knowing Redis."""

CALL_SECONDS = 1.0
"""A call before an ack ends within this."""

PAGE_SECONDS = 30.0
"""A page of many, where nobody waits for an answer in Slack, may take this long."""

CONNECT_SECONDS = 0.75
"""Of these, how many may pass until a connection is free, open and greeted."""

CONNECTIONS = 32

CONNECTIONS_OF_MANY = 256
"""Where a process serves many workspaces: each waits for its own stream on connections of its own."""


@cache
def _driver_info() -> DriverInfo:
    """Who connects, for `CLIENT LIST`. redis-py alone reads its version from disk for each connection."""
    return DriverInfo()


def connect(
    url: str, *, trust_network: bool = False, replicas: int = 0, connections: int = CONNECTIONS
) -> Client:
    """A client for an address as `domain.store_address` reads it; nothing is sent yet.

    redis-py's own retry is off: it repeats a script whose answer was lost without saying so.

    Args:
        url: the address.
        trust_network: whether what Sentinels or a cluster name off this machine may be spoken to in clear
            text, although the address names only this machine.
        replicas: how many must have what claims, decides or ends before it counts.
        connections: how many there may be at once.
    """
    address = read_address(url)
    template: Any = redis.ConnectionPool.from_url(
        address.url,
        decode_responses=True,
        # Whoever writes to Redis can make an entry of the stream that is no text: it must stop no reader.
        encoding_errors="replace",
        protocol=3,
        socket_timeout=None,
        socket_connect_timeout=CONNECT_SECONDS,
        max_connections=connections,
        retry=Retry(NoBackoff(), 0),
        driver_info=_driver_info(),
        # With them, redis-py takes a closed connection for one that has news, and loses a command on it.
        maint_notifications_config=MaintNotificationsConfig(enabled=False),
    )
    make = connection_maker(template)
    pool = Pool(template, make, make_locator(address, make, trust_network=trust_network), connect_seconds)
    pool.replicas = replicas
    client: Client = redis.Redis.from_pool(cast("redis.ConnectionPool", pool))
    return client


def connect_seconds() -> float:
    """How many may pass until a connection is free, open and greeted."""
    return CONNECT_SECONDS


def replicas_of(client: Client) -> int:
    """How many replicas must have what claims, decides or ends."""
    return client.connection_pool.replicas if isinstance(client.connection_pool, Pool) else 0


def use_workspace(client: Client, workspace: str) -> None:
    """Let a client of a cluster talk to whoever has this workspace; others have one server anyway."""
    if isinstance(client.connection_pool, Pool):
        client.connection_pool.use(f"{{{workspace}}}")


@contextlib.asynccontextmanager
async def ours(seconds: float | None = None, *, writes: bool = False) -> AsyncIterator[None]:
    """Turn whatever redis-py raises inside, and too long a wait, into `StoreError`s.

    Args:
        seconds: the longest that what is inside may take; unless said, `CALL_SECONDS`.
        writes: whether a lost answer leaves a doubt; after a read, nothing has changed.
    """
    try:
        async with asyncio.timeout(CALL_SECONDS if seconds is None else seconds):
            yield
    except (redis.RedisError, TimeoutError, OSError) as error:
        fault = translate(error)
        if isinstance(fault, StoreUncertainError) and not writes:
            raise StoreUnavailableError(str(fault)) from None
        raise fault from None


async def name_pages(
    client: Client, pattern: str, seconds: float | None = None
) -> AsyncGenerator[Sequence[str], None]:
    """Names of the keys that match, by page; a page may be empty, and a name may come twice.

    Args:
        client: the connections.
        pattern: as `SCAN` takes it.
        seconds: the longest that a page may take; unless said, `CALL_SECONDS`.
    """
    cursor = 0
    while True:
        async with ours(seconds):
            cursor, page = await client.scan(cursor, match=pattern, count=1000)
        yield [str(name) for name in page]
        if not cursor:
            return


@contextlib.asynccontextmanager
async def nothing_to_check() -> AsyncIterator[None]:
    """Around a write that changes nothing a person could look for: in doubt, it counts as not made."""
    try:
        yield
    except StoreUncertainError as error:
        raise StoreUnavailableError(str(error)) from None
