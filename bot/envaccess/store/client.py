"""One connection pool to Redis, set up for answers within a second."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from functools import cache
from typing import Any, Final, cast

import redis.asyncio as redis
from redis import exceptions
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.driver_info import DriverInfo
from redis.maint_notifications import MaintNotificationsConfig

from envaccess.domain.errors import StoreError, StoreUnavailableError, StoreUncertainError

Client = redis.Redis
"""What other packages hold without knowing Redis."""

CALL_SECONDS = 1.0
"""A call before an ack ends within this."""

PAGE_SECONDS = 30.0
"""A page of many, where nobody waits for an answer in Slack, may take this long."""

CONNECT_SECONDS = 0.75
"""Of these, how many may pass until a connection is free, open and greeted."""

CONNECTIONS = 32

_REFUSED: Final[dict[type[Exception], str]] = {
    exceptions.OutOfMemoryError: "OOM",
    exceptions.ReadOnlyError: "READONLY",
    exceptions.BusyLoadingError: "LOADING",
    exceptions.NoPermissionError: "NOPERM",
    exceptions.MasterDownError: "MASTERDOWN",
    exceptions.AuthenticationError: "NOAUTH or WRONGPASS",
    exceptions.MovedError: "MOVED",
    exceptions.AskError: "ASK",
    exceptions.TryAgainError: "TRYAGAIN",
    exceptions.ClusterDownError: "CLUSTERDOWN",
}
"""Answers that mean that nothing was run; redis-py keeps their words only as a type."""

_REFUSED_WORDS = ("MISCONF", "BUSY", "NOREPLICAS", *_REFUSED.values())

_ELSEWHERE, _FIRST_LINE = "non local key", "@user_script:1."
"""What a script's first line meets while a cluster moves the slot key by key.

ASK is never followed: the other node has a part of the keys only.
"""


class NotSentError(redis.ConnectionError):
    """No connection could be had, so that the command certainly did not reach Redis."""


class _FairPool:
    """A plain pool whose callers wait in turn; tells a command never sent from one that was lost.

    A semaphore is fairer and faster than redis-py's own blocking pool (docs/benchmarks.md). A connection that
    broke while it lay there is opened anew by the pool, before it is handed out.
    """

    def __init__(self, pool: Any) -> None:  # noqa: ANN401 - redis-py leaves its methods untyped
        self._pool = pool
        self._free = asyncio.Semaphore(pool.max_connections)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the client asks of a pool
        return getattr(self._pool, name)

    async def get_connection(self, *_: Any, **__: Any) -> Any:  # noqa: ANN401 - redis-py's own signature
        """A connection that is open.

        Raises:
            NotSentError: there is none within `CONNECT_SECONDS`.
            AuthenticationError, BusyLoadingError: what Redis answered to the greeting.
        """
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                return await self._take()
        except tuple(_REFUSED):
            raise
        except (redis.RedisError, TimeoutError, OSError) as error:
            raise NotSentError(str(error)) from error

    async def _take(self) -> Any:  # noqa: ANN401 - the same
        await self._free.acquire()
        try:
            return await self._pool.get_connection()
        except BaseException:
            self._free.release()
            raise

    async def release(self, connection: Any) -> None:  # noqa: ANN401 - the same
        """Give it to whoever waits."""
        try:
            await self._pool.release(connection)
        finally:
            self._free.release()


@cache
def _driver_info() -> DriverInfo:
    """Who connects, for `CLIENT LIST`. redis-py alone reads its version from disk for each connection."""
    return DriverInfo()


def connect(url: str) -> Client:
    """A client for `redis://`, `rediss://` or `unix://`; nothing is sent yet.

    redis-py's own retry is off: it repeats a script whose answer was lost without saying so.
    """
    pool: Any = redis.ConnectionPool.from_url(
        url,
        decode_responses=True,
        # Whoever writes to Redis can make an entry of the stream that is no text: it must stop no reader.
        encoding_errors="replace",
        protocol=3,
        socket_timeout=None,
        socket_connect_timeout=CONNECT_SECONDS,
        max_connections=CONNECTIONS,
        retry=Retry(NoBackoff(), 0),
        driver_info=_driver_info(),
        # With them, redis-py takes a closed connection for one that has news, and loses a command on it.
        maint_notifications_config=MaintNotificationsConfig(enabled=False),
    )
    client: Client = redis.Redis.from_pool(cast("redis.ConnectionPool", _FairPool(pool)))
    return client


def translate(error: Exception, *, sent_before: bool = False) -> StoreError:
    """A fault of redis-py as ours.

    Args:
        error: what redis-py raised.
        sent_before: whether an earlier try of the same call may have reached the server.
    """
    if sent_before:  # whatever this try came to: the earlier one may have landed
        return StoreUncertainError("Redis did not answer in time")
    refused = _refused(error)
    if refused:
        return StoreUnavailableError(f"Redis refused: {refused}")
    if isinstance(error, redis.ResponseError):
        # Lua does not roll back: a script that broke may have written already.
        return StoreUncertainError(f"Redis could not run this: {type(error).__name__}")
    if isinstance(error, NotSentError):
        return StoreUnavailableError("Redis cannot be reached")
    return StoreUncertainError("Redis did not answer in time")


def _refused(error: BaseException | None) -> str:
    """The word that Redis refused with; empty when it did not. A greeting's refusal comes wrapped."""
    while error is not None:
        words = (word for kind, word in _REFUSED.items() if isinstance(error, kind))
        said = str(error).split(" ", maxsplit=1)[0]
        found = next(words, said if said in _REFUSED_WORDS else "")
        moving = _FIRST_LINE in str(error).partition(_ELSEWHERE)[2]
        found = found or ("the slot is moving" if moving else "")
        if found:
            return found
        error = error.__cause__
    return ""


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
