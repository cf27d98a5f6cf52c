"""Sinks for tests: one in memory that takes, refuses or stays silent as a test says, and events to send."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from envaccess.audit.formats import Format, encode
from envaccess.domain.audit import Event
from envaccess.projections.sinks.ports import EncodedEvent, SinkError, SinkLimits, SinkRefusedError


def never(_batch: Sequence[EncodedEvent]) -> bool:
    return False


@dataclass
class FakeSink:
    """Fits `projections.sinks.ports.Sink`.

    Attributes:
        taken: the ids that it has, as they came.
        texts: what it has, by id.
        away: raised at each try while it is set.
        silent: never answers while it is set.
        keeps: whether it takes what it does not answer.
        refuses: whether it refuses a batch.
        tries: how many events each try had.
    """

    name: str = "siem"
    limits: SinkLimits = field(default_factory=SinkLimits)
    taken: list[str] = field(default_factory=list)
    texts: dict[str, bytes] = field(default_factory=dict)
    away: SinkError | None = None
    silent: bool = False
    keeps: bool = False
    refuses: Callable[[Sequence[EncodedEvent]], bool] = never
    tries: list[int] = field(default_factory=list)

    def encode(self, event: Event) -> bytes:
        return encode(Format.JSONL, event).encode()

    async def send(self, batch: Sequence[EncodedEvent]) -> None:
        self.tries.append(len(batch))
        if self.away:
            raise self.away
        if self.refuses(batch):
            raise SinkRefusedError("it answered 400")
        if self.silent:
            if self.keeps:
                self._take(batch)
            await asyncio.Event().wait()
        self._take(batch)

    def _take(self, batch: Sequence[EncodedEvent]) -> None:
        self.taken += [one.id for one in batch]
        self.texts |= {one.id: one.text for one in batch}
