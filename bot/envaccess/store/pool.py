"""One pool of connections to the primary, wherever that is: documented calls of redis-py only.

A plain list and a semaphore: callers wait in turn, which is fairer and faster than redis-py's own blocking
pool (docs/explanation/benchmarks.md). Whoever takes a connection learns whether a command was never sent, or
lost.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Final

import redis.asyncio as redis
from redis import exceptions

from envaccess.domain.store_address import Endpoint
from envaccess.store.answers import ELSEWHERE, REFUSED, NotSentError
from envaccess.store.locator import Locator, NotFoundError

_LOOK_SECONDS: Final = 1.0
_TOLD: Final[tuple[type[Exception], ...]] = (NotSentError, *REFUSED)
"""What is told as it is."""


class PrimaryConnection:
    """A connection of redis-py that is given up once its server says that another one is the primary.

    Attributes:
        era: how often all connections had been given up before this one was opened.
    """

    def __init__(self, inner: Any) -> None:  # noqa: ANN401 - redis-py's connection
        self._inner = inner
        self.era = 0

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a client asks of a connection
        return getattr(self._inner, name)

    async def read_response(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - redis-py's own signature
        """As redis-py does."""
        try:
            return await self._inner.read_response(*args, **kwargs)
        except ELSEWHERE:
            self._inner.mark_for_reconnect()
            raise


def connection_maker(template: Any) -> Callable[..., Any]:  # noqa: ANN401 - redis-py leaves its pools untyped
    """What makes connections as a pool of redis-py would, each of which greets a primary only."""

    def make(**others: Any) -> Any:  # noqa: ANN401 - redis-py's connection
        options = {**template.connection_kwargs, "redis_connect_func": _greet, **others}
        return PrimaryConnection(template.connection_class(**options))

    return make


async def _greet(connection: Any) -> None:  # noqa: ANN401 - redis-py's connection
    """Log in, and ask whether this is a primary: one that was cut off, or whose name moved on, is none.

    Raises:
        ReadOnlyError: it is a replica.
    """
    await connection.on_connect()
    if not await _is_primary(connection):
        raise exceptions.ReadOnlyError("this is a replica")


async def _is_primary(connection: Any) -> bool:  # noqa: ANN401 - the same
    """What it says of itself: `ROLE` is a right of administrators, which the bot's user need not have."""
    try:
        await connection.send_command("ROLE")
        return str((await connection.read_response())[0]) == "master"
    except exceptions.NoPermissionError:
        pass
    try:
        await connection.send_command("INFO", "replication")
        return "role:slave" not in str(await connection.read_response())
    except exceptions.NoPermissionError:  # told by the doctor and at the start; READONLY tells as well
        return True


class Pool:
    """Connections for `redis.Redis`; what else that asks of a pool, redis-py's own answers.

    A connection that broke, or whose server says that it is not the primary, takes all others along: they
    lead to the same server. The next one is opened where the locator says. That is asked every second, too: a
    primary that was replaced takes writes until it is told so, and they are lost.

    Attributes:
        replicas: how many of them must have what claims, decides or ends before it counts.
    """

    def __init__(
        self,
        template: Any,  # noqa: ANN401 - redis-py leaves its pools untyped
        make: Callable[..., Any],
        locator: Locator,
        seconds: Callable[[], float],
    ) -> None:
        """Nothing is opened yet.

        Args:
            template: a pool of redis-py that opens nothing: it knows what a client asks of pools.
            make: makes a connection.
            locator: finds the primary.
            seconds: how many may pass until a connection is free, open and greeted.
        """
        self._template, self._make, self._locator, self._seconds = template, make, locator, seconds
        self.replicas = 0
        self._era = 0
        self._free = asyncio.Semaphore(template.max_connections)
        self._idle: list[Any] = []
        self._used: set[Any] = set()
        self._finding: asyncio.Task[Endpoint | None] | None = None
        self._last: Endpoint | None = None
        self._next_look: asyncio.TimerHandle | None = None

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the client asks of a pool
        return getattr(self._template, name)

    def use(self, key: str) -> None:
        """Serve the slot of this key from now on."""
        if self._locator.use(key):
            self._mark_all()

    async def get_connection(self, *_: Any, **__: Any) -> Any:  # noqa: ANN401 - redis-py's own signature
        """A connection that is open.

        Raises:
            NotSentError: there is none in time.
            AuthenticationError, BusyLoadingError, ReadOnlyError: what Redis answered to the greeting.
        """
        try:
            async with asyncio.timeout(self._seconds()):
                return await self._take()
        except _TOLD:
            raise
        except (redis.RedisError, TimeoutError, OSError) as error:
            raise NotSentError(str(error)) from error

    async def release(self, connection: Any) -> None:  # noqa: ANN401 - redis-py's connection
        """Give it to whoever waits, or give it up."""
        try:
            self._used.discard(connection)
            if connection.is_connected and not connection.should_reconnect():
                self._idle.append(connection)
                return
            if connection.era == self._era:  # the others that were opened with it are given up once
                self._mark_all()
            await connection.disconnect(nowait=True)
        finally:
            self._free.release()

    async def disconnect(self, inuse_connections: bool = True) -> None:
        """Close those that lie here, and those that are used as well."""
        for connection in (*self._idle, *(self._used if inuse_connections else ())):
            await connection.disconnect()
        self._idle.clear()

    async def aclose(self) -> None:
        """Close all."""
        if self._next_look:
            self._next_look.cancel()
            self._next_look = None
        if self._finding:
            self._finding.cancel()
            await asyncio.wait([self._finding])
        await self.disconnect()

    def _mark_all(self) -> None:
        self._era += 1
        for connection in (*self._idle, *self._used):
            connection.mark_for_reconnect()

    async def _take(self) -> Any:  # noqa: ANN401 - redis-py's connection
        await self._free.acquire()
        try:
            connection = await self._sound() or await self._open()
        except BaseException:
            self._free.release()
            raise
        self._used.add(connection)
        return connection

    async def _sound(self) -> Any:  # noqa: ANN401 - the same
        """One that lies here and can be used; the others are closed."""
        while self._idle:
            connection, sound = self._idle.pop(), False
            try:
                sound = await is_sound(connection)
            finally:  # whoever waited for it may be gone by now
                if not sound:
                    await connection.disconnect(nowait=True)
            if sound:
                return connection
        return None

    async def _open(self) -> Any:  # noqa: ANN401 - the same
        found, era = await self._find(), self._era
        connection = self._make(**({"host": found[0], "port": found[1]} if found else {}))
        connection.era = era
        try:
            await connection.connect()
        except BaseException:
            await connection.disconnect(nowait=True)
            raise
        if found and self._next_look is None:
            self._look_later()
        return connection

    def _look_later(self) -> None:
        self._next_look = asyncio.get_running_loop().call_later(_LOOK_SECONDS, self._look)

    def _look(self) -> None:
        """Ask where the primary is as long as there are connections to one; no answer changes nothing."""
        self._next_look = None
        if self._idle or self._used:
            self._look_later()
            self._begin_to_find()

    async def _find(self) -> Endpoint | None:
        """Where the primary is now; those who open at once ask once."""
        return await asyncio.shield(self._begin_to_find())

    def _begin_to_find(self) -> "asyncio.Task[Endpoint | None]":
        if self._finding is None:
            self._finding = asyncio.create_task(self._locate())
            self._finding.add_done_callback(self._found)
        return self._finding

    async def _locate(self) -> Endpoint | None:
        try:
            async with asyncio.timeout(self._seconds()):
                found = await self._locator.find()
        except NotFoundError as error:
            raise NotSentError(str(error)) from error
        if found != self._last:
            self._mark_all()
            self._last = found
        return found

    def _found(self, finding: "asyncio.Task[Endpoint | None]") -> None:
        self._finding = None
        if not finding.cancelled():
            finding.exception()  # those who wait for it raise it


async def is_sound(connection: Any) -> bool:  # noqa: ANN401 - redis-py's connection
    """Whether it leads to the primary, as far as anybody said, and was not closed while it lay there.

    A command that is written to a closed one is in doubt.
    """
    if not connection.is_connected or connection.should_reconnect():
        return False
    try:
        return not await connection.can_read()
    except redis.ConnectionError:
        return False
