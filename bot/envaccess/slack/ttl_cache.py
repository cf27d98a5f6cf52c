"""Answers kept for some seconds in this process and in one that all processes share.

Law 4 wants answers at most ten seconds old when something is decided on them. So they are kept for seven: the
handler's other questions take 1.5 s at most (`budget`), and the script that changes something one second.
Clocks of several processes cannot be compared, so the seven are divided: what we heard ourselves is kept that
long here, counted from before we asked, but lies in the shared cache for `SHARED_SECONDS` only, and what we
find there is kept for `FOUND_SECONDS` only. The rest is the second that storing may take.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

from envaccess import log
from envaccess.domain.errors import StoreError

OWN_SECONDS: Final = 7.0
SHARED_SECONDS: Final = 3.0
FOUND_SECONDS: Final = 3.0
SHARED_WAIT_SECONDS: Final = 0.25
"""How long the shared cache may take to answer before the source is asked instead."""
_KEPT_AT_MOST = 20_000

T = TypeVar("T")


class SharedCache(Protocol):
    """A cache that all processes of the workspace see. Methods may raise `StoreError`."""

    async def get(self, key: str) -> str | None:
        """The text under a key, if it is there."""
        ...

    async def put(self, key: str, text: str, milliseconds: int) -> None:
        """Store a text for so many milliseconds."""
        ...

    async def drop(self, key: str) -> None:
        """Delete it."""
        ...


@dataclass(frozen=True, slots=True)
class _Kept(Generic[T]):
    answer: T
    until: float


class TtlCache(Generic[T]):
    """Answers to one kind of question, by subject. Concurrent questions about one subject share one asking.

    Attributes:
        ask: asks the source; its exceptions go to everybody who waits, and are not kept.
        write: an answer as text for the shared cache.
        read: the inverse; ValueError for a text that is none.
    """

    def __init__(
        self,
        kind: str,
        shared: SharedCache,
        clock: Callable[[], float],
        *,
        ask: Callable[[str], Awaitable[T]],
        write: Callable[[T], str],
        read: Callable[[str], T],
    ) -> None:
        self._kind = kind
        self._shared = shared
        self._clock = clock
        self._ask, self._write, self._read = ask, write, read
        self._kept: dict[str, _Kept[T]] = {}
        self._asking: dict[str, asyncio.Task[T]] = {}
        self._writing: dict[str, asyncio.Task[None]] = {}

    def kept(self, subject: str) -> _Kept[T] | None:
        """Return what this process still may rely on, without any waiting."""
        found = self._kept.get(subject)
        return found if found and self._clock() < found.until else None

    async def find(self, subject: str) -> T:
        """Return an answer from here, from the shared cache, or from the source."""
        found = self.kept(subject)
        if found:
            return found.answer
        asking = self._asking.get(subject)
        if asking is None:
            asking = asyncio.create_task(self._learn(subject))
            self._asking[subject] = asking
            asking.add_done_callback(lambda done: self._settle(subject, done))
        # Shielded, because the one who asked first may be cancelled while others wait for the answer.
        return await asyncio.shield(asking)

    def forget(self, subject: str) -> None:
        """Drop what is kept in both caches; an asking under way answers its own askers only."""
        self._kept.pop(subject, None)
        self._asking.pop(subject, None)
        self._change_shared(subject, lambda: self._shared.drop(self._key(subject)))

    async def close(self) -> None:
        """Finish writing to the shared cache, and end what is still asked."""
        for asking in list(self._asking.values()):
            asking.cancel()
        await asyncio.gather(*self._asking.values(), *self._writing.values(), return_exceptions=True)

    async def _learn(self, subject: str) -> T:
        shared = await self._find_shared(subject)
        if shared:
            return self._keep(subject, shared)
        before = self._clock()
        answer = await self._ask(subject)
        self._keep(subject, _Kept(answer, before + OWN_SECONDS))
        self._share(subject, answer, before + SHARED_SECONDS)
        return answer

    async def _find_shared(self, subject: str) -> _Kept[T] | None:
        if subject in self._writing:
            return None  # it is being dropped or replaced at this moment
        until = self._clock() + FOUND_SECONDS
        try:
            async with asyncio.timeout(SHARED_WAIT_SECONDS):
                text = await self._shared.get(self._key(subject))
            return None if text is None else _Kept(self._read(text), until)
        except (StoreError, TimeoutError, ValueError):
            return None  # the source has the newer answer, and works without Redis

    def _keep(self, subject: str, found: _Kept[T]) -> T:
        # Not if it was forgotten meanwhile: the question was put before the change.
        if self._asking.get(subject) is asyncio.current_task():
            if len(self._kept) >= _KEPT_AT_MOST:
                self._sweep()
            self._kept[subject] = found
        return found.answer

    def _share(self, subject: str, answer: T, until: float) -> None:
        if self._asking.get(subject) is asyncio.current_task():
            self._change_shared(subject, lambda: self._put(self._key(subject), self._write(answer), until))

    async def _put(self, key: str, text: str, until: float) -> None:
        """Store it for what is left of its time, now that earlier changes are made."""
        milliseconds = int((until - self._clock()) * 1000)
        if milliseconds > 0:
            await self._shared.put(key, text, milliseconds)

    def _change_shared(self, subject: str, change: Callable[[], Awaitable[None]]) -> None:
        """Change the shared cache in the background, in the order of the calls for one subject."""
        task = asyncio.create_task(self._after(self._writing.get(subject), change))
        self._writing[subject] = task
        task.add_done_callback(lambda done: self._written(subject, done))

    async def _after(self, earlier: asyncio.Task[None] | None, change: Callable[[], Awaitable[None]]) -> None:
        if earlier:
            await asyncio.wait([earlier])
        try:
            await change()
        except StoreError as error:
            log.fault("shared_cache_failed", error, kind=self._kind)

    def _written(self, subject: str, done: asyncio.Task[None]) -> None:
        if self._writing.get(subject) is done:
            del self._writing[subject]

    def _settle(self, subject: str, done: asyncio.Task[T]) -> None:
        if self._asking.get(subject) is done:
            del self._asking[subject]
        if not done.cancelled():
            done.exception()  # seen by those who wait; without any, asyncio would warn

    def _sweep(self) -> None:
        now = self._clock()
        self._kept = {key: kept for key, kept in self._kept.items() if now < kept.until}
        if len(self._kept) >= _KEPT_AT_MOST:
            self._kept.clear()

    def _key(self, subject: str) -> str:
        return f"{self._kind}:{subject}"
