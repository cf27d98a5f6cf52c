"""Feed one sink from its cursor: what it accepted is not sent again, what it did not is never passed over.

A crash between its yes and the cursor sends a batch twice; the event's id tells repeats. A batch that is
refused is halved until one event stands alone; that one goes truncated and says so. Where even this is
refused the sink refuses everything, and is tried again later: nothing is skipped in silence.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

from envaccess.application.ports.process import Clock, Journal, Lease
from envaccess.audit.formats import truncated
from envaccess.domain.audit import NO_EVENT, Event, Tag, stream_order
from envaccess.domain.cursors import SINK
from envaccess.domain.sinks import LATE_AFTER, LATE_BYTES, WAIT_MOST, backoff
from envaccess.projections.sinks.ports import (
    Backlog,
    EncodedEvent,
    Places,
    Sink,
    SinkError,
    SinkPendingError,
    SinkRefusedError,
    Waiting,
)

TRY_SECONDS: Final = 10.0
"""How long a sink may take for one batch."""
_LOOK_SECONDS: Final = 1.0
_PAGE: Final = 200


class SinkLoop:
    """Sends a sink what it does not have, while this process has the lease.

    Attributes:
        name: the sink's.

    Args:
        sink: where to.
        lease: which process feeds sinks.
        cursors: how far each follower of the stream has come.
        stream: what is sent.
        journal: the log.
        clock: the time of day, for the age of what waits.
        patience: seconds that a try may take.
        backlog: what it gets from elsewhere, where it has one.
    """

    def __init__(
        self,
        sink: Sink,
        lease: Lease,
        cursors: Places,
        stream: Waiting,
        journal: Journal,
        clock: Clock,
        patience: float = TRY_SECONDS,
        backlog: Backlog | None = None,
    ) -> None:
        self.name = sink.name
        self._sink, self._lease, self._cursors, self._stream = sink, lease, cursors, stream
        self._journal, self._clock, self._patience = journal, clock, patience
        self._cursor_name = SINK + sink.name
        self._backlog = backlog
        self._taken = NO_EVENT
        self._seen = self._not_ours = ""
        self._most = sink.limits.events
        self._failures = 0
        self._told_late = False

    async def step(self) -> float:
        """Send one batch; returns seconds until the next."""
        if not await self._lease.lead():
            self._seen = ""  # from now on another process moves it
            return _LOOK_SECONDS
        cursor = await self._cursor()
        events = await self._stream.after(cursor, self._most)
        if not events:
            self._told_late = False
            return _LOOK_SECONDS
        batch = self._fit(events)
        try:
            await self._send(batch)
        except SinkRefusedError as error:
            if len(batch) > 1:
                self._most = max(1, len(batch) // 2)
                return 0.0
            return await self._send_truncated(events[0], len(batch[0].text), error)
        except SinkError as error:
            return await self._failed(error, cursor, events[0])
        await self._accepted(batch)
        self._note_age(batch[-1].id)
        return 0.0

    def _fit(self, events: Sequence[Event]) -> list[EncodedEvent]:
        """As many events as one call takes, at least one; one that is too large is truncated here."""
        limits, batch, size = self._sink.limits, list[EncodedEvent](), 0
        for event in events:
            text = self._sink.encode(event)
            if len(text) > limits.one:
                self._journal.fault("sink.truncated", name=self._sink.name, event=event.id)
                text = self._sink.encode(truncated(event, len(text)))
            size += len(text) + 1
            if batch and size > limits.size:
                break
            batch.append(EncodedEvent(event.id, event.event, event.at, text))
        return batch

    async def _send(self, batch: Sequence[EncodedEvent]) -> None:
        try:
            async with asyncio.timeout(self._patience):
                await self._sink.send(batch)
        except TimeoutError:
            raise SinkError("it did not answer in time") from None

    async def _send_truncated(self, event: Event, size: int, refused: SinkRefusedError) -> float:
        """Send what is left of an event that the sink refuses as it is."""
        left = self._sink.encode(truncated(event, size))
        one = EncodedEvent(event.id, event.event, event.at, left)
        try:
            await self._send([one])
        except SinkError:
            return await self._failed(refused, self._taken, event)
        self._journal.fault("sink.truncated", name=self._sink.name, event=event.id)
        await self._accepted([one])
        return 0.0

    async def _accepted(self, batch: Sequence[EncodedEvent]) -> None:
        if self._failures:
            self._journal.fault("sink.works_again", name=self._sink.name)
        self._failures = 0
        self._most = min(self._sink.limits.events, self._most * 2)
        self._taken = batch[-1].id
        await self._cursors.move(self._cursor_name, self._taken)
        if stream_order(self._taken) > stream_order(self._not_ours or NO_EVENT):
            self._seen = self._taken

    async def _failed(self, error: SinkError, cursor: str, oldest: Event) -> float:
        """Seconds until the next try; told once an outage, and once more when what waits is late."""
        if isinstance(error, SinkPendingError):
            self._note_age(oldest.id)
            return _LOOK_SECONDS
        self._failures += 1
        if self._failures == 1:
            self._journal.fault("sink.failed", name=self._sink.name, why=str(error))
        if not self._told_late:
            await self._tell_late(cursor, oldest)
        return min(error.seconds, WAIT_MOST) if error.seconds else backoff(self._failures)

    async def _tell_late(self, cursor: str, oldest: Event) -> None:
        if not self._note_age(oldest.id) and (waiting := await self._waiting(cursor)) >= LATE_BYTES:
            self._alarm(bytes=str(waiting))

    def _note_age(self, event: str) -> bool:
        """Tell once that a sink is late by this event, until it has every event; whether it is."""
        seconds = self._clock.now() // 1_000 - stream_order(event)[0] // 1_000
        if seconds > LATE_AFTER:
            self._alarm(seconds=str(seconds))
        return seconds > LATE_AFTER

    def _alarm(self, **facts: str) -> None:
        if not self._told_late:
            self._told_late = True
            self._journal.fault("sink.late", name=self._sink.name, **facts)

    async def _waiting(self, cursor: str) -> int:
        """Bytes that wait; no more are counted than make an alarm."""
        found = 0
        while found < LATE_BYTES and (events := await self._stream.after(cursor, _PAGE)):
            found += sum(len(self._sink.encode(event)) for event in events)
            cursor = events[-1].id
        return found

    async def _cursor(self) -> str:
        """The last event that the sink has: as stored, or as accepted when Redis did not take it."""
        seen, self._seen = self._seen, ""
        stored = await self._cursors.at(self._cursor_name)
        if stored is None:
            return await self._restart()
        if stored == NO_EVENT == self._taken and not await self._is_known():
            return await self._begin()
        if seen and stored not in {seen, self._taken} and not await self._was_dropped(stored):
            self._journal.fault("cursor.moved", name=self._cursor_name, stored=stored, known=self._taken)
            self._not_ours = stored
        self._seen = stored
        if stream_order(self._taken) <= stream_order(stored) and stored != self._not_ours:
            self._taken = stored
        elif stream_order(self._taken) > stream_order(stored):
            if not await self._cursors.move(self._cursor_name, self._taken):
                self._taken, self._not_ours = stored, ""  # a failover took back what it was sent
            self._seen = self._taken
        return self._taken

    async def _was_dropped(self, stored: str) -> bool:
        """Whether `sinks drop` or the end of its week put the cursor there, or a backlog did."""
        if self._backlog and self._backlog.ends_at(stored):
            return True
        return any(
            event.event == Tag.SINK_LOST and event.detail.get("name") == self.name
            for event in await self._stream.after(stored, 1)
        )

    async def _is_known(self) -> bool:
        return any(cursor.name == self._cursor_name for cursor in (await self._cursors.all())[1])

    async def _begin(self) -> str:
        """A new sink gets what happens from now on; `audit export` has what was before."""
        newest = await self._stream.last()
        await self._cursors.move(self._cursor_name, newest)
        return newest

    async def _restart(self) -> str:
        """Where no follower can be: go on after what this process sent, else after the newest event."""
        self._journal.fault("cursor.lost", name=self._cursor_name)
        after = await self._stream.last() if self._taken == NO_EVENT else self._taken
        await self._cursors.restart(self._cursor_name, after)
        return after
