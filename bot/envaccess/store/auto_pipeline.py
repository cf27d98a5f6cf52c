"""Commands that are called in the same turn of the event loop go to Redis in one packet.

A call costs redis-py about as much as it costs Redis; ten in a packet cost little more than one
(docs/benchmarks.md). Each caller gets the answer, or the fault, of its own command.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from redis import exceptions

from envaccess.store.client import CALL_SECONDS, Client

Word = str | int

_REFUSES_ALL = (exceptions.BusyLoadingError, exceptions.MasterDownError)
"""What redis-py raises at one answer of a packet, telling nothing of the others."""


@dataclass(frozen=True, slots=True)
class _Call:
    words: tuple[Word, ...]
    answer: "asyncio.Future[Any]"


class AutoPipeline:
    """Sends the commands of many callers; only for those that may be repeated, as `Runner.run` does."""

    def __init__(self, client: Client) -> None:
        # redis-py's annotations cannot tell that answers are decoded here.
        self._client: Any = client
        self._waiting: list[_Call] = []
        self._flights: set[asyncio.Task[None]] = set()

    async def call(self, *words: Word) -> Any:  # noqa: ANN401 - whatever Redis answers
        """Send a command and return its answer.

        Raises:
            NotSentError: it certainly did not reach Redis.
            redis.RedisError: Redis refused it, or its answer was lost.
            TimeoutError: there was no answer within `CALL_SECONDS`.
        """
        call = _Call(words, asyncio.get_running_loop().create_future())
        self._waiting.append(call)
        if len(self._waiting) == 1:
            flight = asyncio.create_task(self._fly())
            self._flights.add(flight)
            flight.add_done_callback(self._flights.discard)
        return await call.answer

    async def _fly(self) -> None:
        """Send what waits by now, but for callers that have gone."""
        batch = [call for call in self._waiting if not call.answer.done()]
        self._waiting = []
        answers: Sequence[object]
        try:
            async with asyncio.timeout(CALL_SECONDS):
                answers = await self._exchange(batch)
        except Exception as error:  # noqa: BLE001 - the callers, who wait for it, raise it
            answers = [error] * len(batch)
        for call, answer in zip(batch, answers, strict=True):
            _hand(call.answer, answer)

    async def _exchange(self, batch: Sequence[_Call]) -> Sequence[object]:
        """The answer to each, or the exception that it got; raises what they all share."""
        answers: list[object]
        if len(batch) == 1:
            return [await self._client.execute_command(*batch[0].words)]
        try:
            async with self._client.pipeline(transaction=False) as pipe:
                for call in batch:
                    pipe.execute_command(*call.words)
                answers = await pipe.execute(raise_on_error=False)
        except _REFUSES_ALL:
            each = (self._client.execute_command(*call.words) for call in batch)
            answers = await asyncio.gather(*each, return_exceptions=True)
        return answers


def _hand(to: "asyncio.Future[Any]", answer: object) -> None:
    if to.done():
        return
    if isinstance(answer, BaseException):
        to.set_exception(answer)
    else:
        to.set_result(answer)
