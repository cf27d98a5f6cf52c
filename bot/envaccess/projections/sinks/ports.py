"""What a sink is to the loop that feeds it, and what can become of a batch."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from envaccess.domain.audit import Event
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
