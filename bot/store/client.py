"""One connection pool to Redis, set up for answers within a second."""

import contextlib
from collections.abc import AsyncIterator

import redis.asyncio as redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from bot.domain.errors import StoreError, StoreUnavailableError, StoreUncertainError

Client = redis.Redis
"""What other rooms hold without knowing Redis."""

CALL_SECONDS = 1.0
"""A call before an ack ends within this."""

CONNECTIONS = 32

_NEVER_SENT = (ConnectionRefusedError, FileNotFoundError, PermissionError)
_REFUSED = ("OOM", "MISCONF", "READONLY", "LOADING", "MASTERDOWN", "NOAUTH", "WRONGPASS", "NOPERM", "BUSY")


def connect(url: str) -> Client:
    """A client for `redis://`, `rediss://` or `unix://`; nothing is sent yet.

    redis-py's own retry is off: it repeats a script whose answer was lost without saying so.
    """
    client: Client = redis.Redis.from_url(
        url,
        decode_responses=True,
        protocol=3,
        socket_timeout=None,
        socket_connect_timeout=CALL_SECONDS,
        max_connections=CONNECTIONS,
        retry=Retry(NoBackoff(), 0),
    )
    return client


def translate(error: Exception, *, sent_before: bool = False) -> StoreError:
    """A fault of redis-py as ours.

    Args:
        error: what redis-py raised.
        sent_before: whether an earlier try of the same call may have reached the server.
    """
    if isinstance(error, redis.ResponseError) or str(error).startswith(_REFUSED):
        if str(error).startswith(_REFUSED):
            return StoreUnavailableError(f"Redis refused: {str(error).split(' ', maxsplit=1)[0]}")
        return StoreError(f"Redis could not run this: {error}")
    if isinstance(error.__cause__, _NEVER_SENT) and not sent_before:
        return StoreUnavailableError("Redis cannot be reached")
    return StoreUncertainError("Redis did not answer in time")


@contextlib.asynccontextmanager
async def ours() -> AsyncIterator[None]:
    """Turn whatever redis-py raises inside into `StoreError`s."""
    try:
        yield
    except (redis.RedisError, TimeoutError, OSError) as error:
        raise translate(error) from None
