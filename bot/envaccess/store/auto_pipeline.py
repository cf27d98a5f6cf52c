"""Commands that are called in the same turn of the event loop go to Redis in one packet.

A call costs redis-py about as much as it costs Redis; ten in a packet cost little more than one
(docs/explanation/benchmarks.md). Each caller gets the answer, or the fault, of its own command.

A packet is written and read on a connection of the client's pool, without what redis-py puts around a command
(its packing in Python, retries, metrics, a way back to the pool and out of it again), which costs twice what
the command does.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from weakref import WeakKeyDictionary

import redis.asyncio as redis
from hiredis import pack_command
from redis import exceptions

from envaccess.store.answers import NotSentError
from envaccess.store.client import CALL_SECONDS, Client
from envaccess.store.confirmed import WAIT_MILLISECONDS, confirm
from envaccess.store.pool import is_sound

Word = str | int

_pack: Final[Any] = pack_command
"""Its annotations know tuples of one word only."""
_SPARE: Final = 4
"""Connections that are kept between packets; the rest of the pool is for everybody else."""
_ANSWERS: Final = (exceptions.ResponseError, exceptions.BusyLoadingError)
"""What redis-py raises for an answer of Redis to one command, after which the next answer can be read."""

_PIPELINES: Final[WeakKeyDictionary[Client, dict[int, "AutoPipeline"]]] = WeakKeyDictionary()


def pipeline_of(client: Client, replicas: int = 0) -> "AutoPipeline":
    """The one pipeline of a client, whoever sends by it: it keeps connections from everybody else.

    Args:
        client: the connections.
        replicas: how many must have what a packet wrote; their packets are apart, so that nobody else waits.
    """
    found = _PIPELINES.setdefault(client, {})
    if replicas not in found:
        found[replicas] = AutoPipeline(client, replicas)
    return found[replicas]


@dataclass(frozen=True, slots=True, eq=False)
class _Call:
    words: tuple[Word, ...]
    answer: "asyncio.Future[Any]"


class AutoPipeline:
    """Sends the commands of many callers; only for those that may be repeated, as `Runner.run` does."""

    def __init__(self, client: Client, replicas: int = 0) -> None:
        self._replicas = replicas
        # redis-py's annotations cannot tell that answers are decoded here.
        self._pool: Any = client.connection_pool
        self._spare: list[Any] = []
        self._waiting: list[_Call] = []
        self._flights: set[asyncio.Task[None]] = set()
        self._next: asyncio.Task[None] | None = None

    async def call(self, *words: Word) -> Any:  # noqa: ANN401 - whatever Redis answers
        """Send a command and return its answer.

        Raises:
            NotSentError: it certainly did not reach Redis.
            NotConfirmedError: it ran, and too few replicas have what it wrote.
            redis.RedisError: Redis refused it, or its answer was lost.
            TimeoutError: there was no answer within `CALL_SECONDS`.
            ValueError: it holds half a character, so that it is sent to nobody.
        """
        return await self._queue(words)

    async def call_all(self, commands: Sequence[tuple[Word, ...]]) -> Sequence[Any]:
        """Send several commands in one packet; their answers in the same order. Raises as `call` does."""
        return await asyncio.gather(*map(self._queue, commands))

    def _queue(self, words: tuple[Word, ...]) -> "asyncio.Future[Any]":
        if not _is_text("".join(map(str, words))):
            raise ValueError("a command holds half a character")
        call = _Call(words, asyncio.get_running_loop().create_future())
        self._waiting.append(call)
        if self._next is None:
            self._next = asyncio.create_task(self._fly())
            self._flights.add(self._next)
            self._next.add_done_callback(self._landed)
        return call.answer

    def _landed(self, flight: asyncio.Task[None]) -> None:
        """Forget a flight; of one that was cancelled before it began, tell those who wait for it."""
        self._flights.discard(flight)
        if flight is self._next:
            self._next = None
            waiting, self._waiting = self._waiting, []
            for call in waiting:
                _hand(call.answer, NotSentError("nobody is left to send it"))

    async def _fly(self) -> None:
        """Send what waits by now, but for callers that have gone."""
        self._next = None
        batch = [call for call in self._waiting if not call.answer.done()]
        self._waiting = []
        answers: Sequence[object]
        try:
            async with asyncio.timeout(CALL_SECONDS):
                answers = await self._confirmed([call.words for call in batch])
        except asyncio.CancelledError:
            for call in batch:
                _hand(call.answer, redis.ConnectionError("nobody is left to hear the answer"))
            raise
        except Exception as error:  # noqa: BLE001 - the callers, who wait for it, raise it
            answers = [error] * len(batch)
        for call, answer in zip(batch, answers, strict=True):
            _hand(call.answer, answer)

    async def _confirmed(self, commands: Sequence[tuple[Word, ...]]) -> Sequence[object]:
        """The same answers, once replicas have what was written, or told as not confirmed."""
        if not (self._replicas and commands):
            return await self._exchange(commands)
        *answers, reached = await self._exchange([*commands, ("WAIT", self._replicas, WAIT_MILLISECONDS)])
        return [confirm(answer, reached, self._replicas) for answer in answers]

    async def _exchange(self, commands: Sequence[tuple[Word, ...]]) -> Sequence[object]:
        """The answer to each, or the exception that it got; raises what they all share."""
        connection = await self._take()
        try:
            answers = await _talk(connection, commands)
        except BaseException:
            # Whatever broke it broke the others as well, or an answer is still on its way to nobody.
            for each in (connection, *self._forget_spare()):
                await each.disconnect(nowait=True)
                await self._pool.release(each)
            raise
        if len(self._spare) < _SPARE and not connection.should_reconnect():
            self._spare.append(connection)
        else:
            await self._pool.release(connection)
        return answers

    async def _take(self) -> Any:  # noqa: ANN401 - redis-py's connection
        while self._spare:
            connection = self._spare.pop()
            if await is_sound(connection):
                return connection
            await self._pool.release(connection)
        return await self._pool.get_connection()

    def _forget_spare(self) -> list[Any]:
        spare, self._spare = self._spare, []
        return spare


async def _talk(connection: Any, commands: Sequence[tuple[Word, ...]]) -> Sequence[object]:  # noqa: ANN401 - the same
    """Write the commands, read as many answers; raises when the connection breaks: all are in doubt then."""
    await connection.send_packed_command(list(map(_pack, commands)), check_health=False)
    answers: list[object] = []
    for _ in commands:
        try:
            answers.append(await connection.read_response(disconnect_on_error=False))
        except _ANSWERS as error:
            answers.append(error)
    return answers


def _is_text(words: str) -> bool:
    """Whether they can be sent: one that cannot would take its whole packet along."""
    try:
        return words.isascii() or bool(words.encode())
    except UnicodeEncodeError:
        return False


def _hand(to: "asyncio.Future[Any]", answer: object) -> None:
    if to.done():
        return
    if isinstance(answer, BaseException):
        to.set_exception(answer)
    else:
        to.set_result(answer)
