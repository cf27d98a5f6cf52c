"""Take what an owner replaced off the disk of the embedded server, as `secrets set` does on the host."""

from collections.abc import Awaitable, Callable
from typing import Final

from envaccess.application.ports.audit import Stream
from envaccess.domain.audit import NO_EVENT, ActorKind, Event, Tag

_PAGE: Final = 200
_WAIT_SECONDS: Final = 1.0


class DiskErasure:
    """Follows the audit stream from where it stood at the start.

    An operator's own command takes away what it replaced, and says so; it is not done again here.

    Args:
        stream: what is followed.
        erase: takes what is replaced off the disk; raises `StoreError` where that failed.
        last: the newest event at the start; without it the newest at the first step.
    """

    def __init__(self, stream: Stream, erase: Callable[[], Awaitable[None]], last: str = "") -> None:
        self._stream = stream
        self._erase = erase
        self._last = last

    async def step(self) -> float:
        """Erase where values were replaced, or wait a second at most for something to happen.

        Raises:
            StoreError: it could not be done; the next step does it again.
        """
        if not self._last or not await self._holds_place():
            self._last = await self._stream.last()
        events = await self._stream.bare(self._last, _PAGE)
        if any(map(_was_replaced_by_person, events)):
            await self._erase()
        if events:
            self._last = events[-1].id
            return 0.0
        await self._stream.wait(self._last, _WAIT_SECONDS)
        return 0.0

    async def _holds_place(self) -> bool:
        """Whether the stream still is the one that was read."""
        return self._last == NO_EVENT or await self._stream.holds(self._last)


def _was_replaced_by_person(event: Event) -> bool:
    return event.event == Tag.SECRET_CHANGED and event.actor.kind is ActorKind.PERSON
