"""What a sink is to the loop that feeds it, and what can become of a batch."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from envaccess.domain.audit import Event
from envaccess.domain.cursors import Cursor
from envaccess.domain.errors import EnvaccessError


class SinkError(EnvaccessError):
    """A sink did not take a batch: it may have, or may take it later. The words hold nothing of its answer.

    Attributes:
        seconds: how long it asks to wait; None where it does not say.
    """

    def __init__(self, why: str, seconds: float | None = None) -> None:
        super().__init__(why)
        self.seconds = seconds


class SinkPendingError(SinkError):
    """A sink took a batch and may not have it yet: it is handed over again, which asks about it."""


class SinkRefusedError(SinkError):
    """A sink says that it takes none of this batch, now or later: one of the events may be why."""


@dataclass(frozen=True, slots=True)
class SinkLimits:
    """What a sink takes in one call.

    Attributes:
        events: how many.
        size: bytes of them all.
        one: bytes of each: a greater one is truncated by us, and says so, before somebody cuts it silently.
    """

    events: int = 200
    size: int = 512 * 1024
    one: int = 128 * 1024


@dataclass(frozen=True, slots=True)
class EncodedEvent:
    """An event as it is sent."""

    id: str
    tag: str
    at: int
    text: bytes


class Places(Protocol):
    """Where a sink's place is kept; part of `projections.ports.Cursors`."""

    async def at(self, name: str) -> str | None:
        """The last event that it has, `0-0` for none; None where what is stored is not believed."""
        ...

    async def move(self, name: str, event: str) -> bool:
        """Store that it has the events up to this one; never backwards. False: the stream lacks that."""
        ...

    async def restart(self, name: str, event: str) -> None:
        """Begin anew after this event."""
        ...

    async def all(self) -> tuple[int, Sequence[Cursor]]:
        """The store's time in milliseconds, and every place."""
        ...


class Waiting(Protocol):
    """What is to be sent."""

    async def after(self, cursor: str, count: int) -> Sequence[Event]:
        """Events after a stream id, oldest first."""
        ...

    async def last(self) -> str:
        """The newest event's id."""
        ...


class Backlog(Protocol):
    """What a sink gets from elsewhere, because the stream waits for it no longer."""

    async def put_off(self, after: str, waiting: str) -> str:
        """Take over what comes after an event, `waiting` first; up to which, empty where it is not there."""
        ...

    def ends_at(self, event: str) -> bool:
        """Whether it took over up to this event."""
        ...


class Sink(Protocol):
    """Somebody else's system."""

    @property
    def name(self) -> str:
        """The word that the file calls it by."""
        ...

    @property
    def limits(self) -> SinkLimits:
        """What it takes in one call."""
        ...

    def encode(self, event: Event) -> bytes:
        """An event as it takes it."""
        ...

    async def send(self, batch: Sequence[EncodedEvent]) -> None:
        """Hand a batch over; once this returns, the sink has it.

        Raises:
            SinkPendingError: it took them, and does not have them for certain yet.
            SinkRefusedError: the sink does not take these, whenever they come.
            SinkError: it did not answer, or takes nothing now.
        """
        ...
