"""Waiting for a change in the emulator without polling."""

import asyncio
import inspect
from collections.abc import Callable


class NeverHappenedError(AssertionError):
    """A condition that `until` waited for did not come true in time."""


class ChangeNotifier:
    """Notified of every change in the emulator; waiters look again at each."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    def notify(self) -> None:
        """Something changed: wake whoever waits."""
        waiting, self._waiting = self._waiting, set()
        for one in waiting:
            if not one.done():
                one.set_result(None)

    def next_change(self) -> asyncio.Future[None]:
        """A future that the next change completes; cancel it when nobody waits for it any more."""
        rung = asyncio.get_running_loop().create_future()
        self._waiting.add(rung)
        rung.add_done_callback(self._waiting.discard)
        return rung

    async def until(self, condition: Callable[[], object], within: float) -> object:
        """Wait until the condition is truthy and return its value, or None after `within` seconds.

        The condition is asked at once, after each change, and one last time when the time is up.
        """
        deadline = asyncio.get_running_loop().time() + within
        while True:
            rung = asyncio.get_running_loop().create_future()
            self._waiting.add(rung)
            if found := await _ask(condition):
                self._waiting.discard(rung)
                return found
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0:
                self._waiting.discard(rung)
                return None
            await asyncio.wait([rung], timeout=left)


async def _ask(condition: Callable[[], object]) -> object:
    answer = condition()
    if inspect.isawaitable(answer):
        return await answer
    return answer
