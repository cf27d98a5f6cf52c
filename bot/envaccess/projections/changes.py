"""Wake whoever waits for a change of a request or a login: one reader of the audit stream for all who wait.

Who waits holds a place in memory, no connection. To be woken is a hint: the record says what has changed.
"""

import asyncio
import contextlib
from collections.abc import Iterator

from envaccess.application.ports.audit import Stream
from envaccess.domain.audit import NO_EVENT

_PAGE = 200
_WAIT_SECONDS = 1.0
_BREATH = 0.02
"""Seconds from one reading to the next, so that a burst of events is read in one go."""


class ChangeWatch:
    """One that waits for changes of a request or a login."""

    def __init__(self, changes: "Changes") -> None:
        self._changes = changes
        self._woken = asyncio.Event()

    @property
    def over(self) -> bool:
        """Whether nobody is told of changes any more, because the process ends."""
        return self._changes.over

    def wake(self) -> None:
        """Something may have changed."""
        self._woken.set()

    async def changed(self, seconds: float) -> bool:
        """Whether something may have changed since the last time; False after so many seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        woken = self._woken.is_set()
        if not self.over:
            self._woken.clear()
        return woken


class Changes:
    """Follows the audit stream from where it stood at the first step.

    Args:
        stream: what is followed.
    """

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._last = ""
        self._watches: dict[str, set[ChangeWatch]] = {}
        self.over = False

    @contextlib.contextmanager
    def watch(self, *ids: str) -> Iterator[ChangeWatch]:
        """Notice every change of these requests, or logins and their sessions, from now on."""
        found = ChangeWatch(self)
        for id_ in ids:
            self._watches.setdefault(id_, set()).add(found)
        try:
            yield found
        finally:
            for id_ in ids:
                self._leave(id_, found)

    def close(self) -> None:
        """Nobody waits any longer: the process ends."""
        self.over = True
        self._wake_all()

    async def step(self) -> float:
        """Wake those whose requests changed, or wait a second at most for something to happen.

        Raises:
            StoreError: the store did not answer; the next step goes on from there.
        """
        if not self._last or not await self._holds_place():
            self._last = await self._stream.last()
            self._wake_all()  # what happened before that is not known
        events = await self._stream.bare(self._last, _PAGE)
        for event in events:
            self._wake(event.request)
            self._wake(event.grant)
            self._wake(event.detail.get("session", ""))
        if events:
            self._last = events[-1].id
            return _BREATH
        await self._stream.wait(self._last, _WAIT_SECONDS)
        return 0.0

    def _leave(self, id_: str, watch: ChangeWatch) -> None:
        watching = self._watches[id_]
        watching.discard(watch)
        if not watching:
            del self._watches[id_]

    async def _holds_place(self) -> bool:
        """Whether the stream still is the one that was read: it may have been lost, or put back."""
        return self._last == NO_EVENT or await self._stream.holds(self._last)

    def _wake(self, id_: str) -> None:
        for watch in self._watches.get(id_, ()):
            watch.wake()

    def _wake_all(self) -> None:
        for watching in self._watches.values():
            for watch in watching:
                watch.wake()
