"""The audit channel: one line an event, in stream order, threaded per request; under load many a message."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from itertools import takewhile
from typing import TypeVar

from envaccess.application.ports.audit import Stream
from envaccess.application.ports.process import Journal
from envaccess.domain.audit import NO_EVENT, Event, Tag, rfc3339, stream_order
from envaccess.domain.cursors import LINES
from envaccess.domain.errors import RecordRefusedError
from envaccess.domain.request import Request
from envaccess.projections.errors import (
    MessageDelayedError,
    MessageError,
    MessageRefusedError,
    NotLeadingError,
)
from envaccess.projections.gaps import Gaps
from envaccess.projections.ports import Cursors, DayThreads, Messages, Outbox
from envaccess.projections.rate_gate import RateGate
from envaccess.projections.shown import Shown

ALONE = 10
"""Up to so many waiting lines each have a message of their own, in their request's thread."""
LINES_AT_ONCE = 20
"""Lines in one message, where more wait."""
DIGEST_ABOVE = 500
"""Above so many waiting lines, frequent ones are told in a digest, or they would be half a minute late."""

NEVER_FOLDED = frozenset(
    {
        Tag.REQUEST_APPROVED,
        Tag.REQUEST_DENIED,
        Tag.REQUEST_STEP_APPROVED,
        Tag.REQUEST_ESCALATED,
        Tag.GRANT_EXTENDED,
        Tag.EMERGENCY_USED,
        Tag.EMERGENCY_REVIEWED,
        Tag.DUTY_DELEGATED,
        Tag.GRANT_REVOKED,
        Tag.PRINCIPAL_LOCKED,
        Tag.PRINCIPAL_UNLOCKED,
        Tag.SECRET_READ,
        Tag.SECRET_CREATED,
        Tag.SECRET_CHANGED,
        Tag.SECRET_DELETED,
        Tag.SECRET_RESEALED,
        Tag.RECORD_REFUSED,
        Tag.SEAL_BROKEN,
        Tag.SEAL_KEY_UNKNOWN,
        Tag.SEAL_KEY_DROPPED,
        Tag.BACKUP_RESTORED,
        Tag.AUDIT_GAP,
        Tag.AUDIT_CHECKPOINT,
        Tag.AUDIT_KEY_ROTATED,
        Tag.AUDIT_REDACTED,
        Tag.SINK_LOST,
        Tag.REVIEW_OPENED,
        Tag.REVIEW_REMINDED,
        Tag.REVIEW_CLOSED,
        Tag.SIGNAL_RAISED,
        Tag.SIGNAL_JUDGED,
    }
)
"""Whoever presses a button fifty times must not push somebody's decision into a digest."""

REPEATED = "repeated"
"""A detail of an event as it is told: whether its line was posted before."""

_T = TypeVar("_T")
_PAGE = 1_000
_LATELY = 1_000
"""Events whose lines this process posted last, that it posts no other time where its cursor is lost."""
_NAME = "lines"


class AuditLines:
    """Posts a line for each event of the stream, from a stored cursor.

    Attributes:
        shown: the threads it has begun, on their way into the store.

    Args:
        outbox: the lease.
        cursors: how far the lines have come.
        stream: what is told.
        messages: Slack.
        journal: the log.
        rate_gate: when Slack may be called, shared with the relay.
        channel: the audit channel's id.
        days: the threads of checkpoints.
        gaps: looks whether the stream has lost something.
    """

    def __init__(
        self,
        outbox: Outbox,
        cursors: Cursors,
        stream: Stream,
        messages: Messages,
        journal: Journal,
        rate_gate: RateGate,
        channel: str,
        days: DayThreads,
        gaps: Gaps,
    ) -> None:
        self._days, self._gaps = days, gaps
        self._outbox = outbox
        self._cursors = cursors
        self.shown = Shown(outbox, rate_gate.now)
        self._stream = stream
        self._messages = messages
        self._journal = journal
        self._rate_gate = rate_gate
        self._channel = channel
        self._told = NO_EVENT
        self._lately: dict[str, Event] = {}
        self._unsure_until = NO_EVENT
        self._most = LINES_AT_ONCE
        self._telling: asyncio.Future[None] | None = None
        self._stopping = False

    async def step(self, _woken_by: asyncio.Event) -> float:
        """Post what waits; returns seconds after which to look again, unless an event comes first."""
        held = max(self._rate_gate.held(_NAME, self._channel), self._rate_gate.wait("audit", self._channel))
        if held:
            return held
        events = await self._read()
        if not events:
            return 1.0
        # Shielded, so that being stopped cuts no line off from its cursor: the line would be posted twice.
        self._telling = asyncio.ensure_future(self._tell(events))
        try:
            await asyncio.shield(self._telling)
        except NotLeadingError:
            return 1.0
        except MessageDelayedError as error:
            return error.seconds
        except MessageError as error:
            return self._failed(error)
        self._rate_gate.worked(_NAME)
        return 0.0

    def follow(self) -> None:
        """Another process posts the lines: forget what is known of the channel."""
        self._rate_gate.forget(self._channel)
        self._lately.clear()

    def stop(self) -> None:
        """Begin no other line; the cursor is still stored."""
        self._stopping = True

    async def drain(self) -> None:
        """Wait for the line under way."""
        if self._telling:
            await asyncio.gather(self._telling, return_exceptions=True)

    def _failed(self, error: MessageError) -> float:
        """Seconds to wait after a failure, whatever events come meanwhile."""
        if not self._rate_gate.failing(_NAME):
            self._journal.fault("relay.audit", why=str(error))
        seconds = self._rate_gate.failed(_NAME)
        self._rate_gate.hold(_NAME, self._channel, seconds)
        return seconds

    async def _read(self) -> Sequence[Event]:
        """What waits, without what this process told already.

        Read before it is looked whether the stream has lost something: what it had then is what comes now.
        """
        events = await self._stream.after(await self._cursor(), _PAGE)
        if not events:
            return events
        if await self._gaps.check():
            events = await self._stream.after(await self._cursor(), _PAGE)
        if not self._lately:
            self._unsure_until = self._gaps.newest
        waiting = [event for event in events if self._lately.get(event.id) != event]
        if not waiting:
            self._told = events[-1].id
            await self._cursors.move(LINES, self._told)
        return [self._perhaps_told(event) for event in waiting]

    def _perhaps_told(self, event: Event) -> Event:
        """With a mark where another process perhaps told it, and its cursor was lost."""
        if stream_order(event.id) >= stream_order(self._unsure_until):
            return event
        return replace(event, detail={**event.detail, REPEATED: "perhaps"})

    def _remember(self, events: Sequence[Event]) -> None:
        self._told = events[-1].id
        for event in events:
            written = {name: said for name, said in event.detail.items() if name != REPEATED}
            self._lately[event.id] = replace(event, detail=written)
        while len(self._lately) > _LATELY:
            del self._lately[next(iter(self._lately))]

    async def _cursor(self) -> str:
        """The last event whose line is posted: as stored, or as posted when Redis did not take it."""
        stored = await self._cursors.at(LINES)
        if stored is None:
            return await self._restart()
        if stream_order(self._told) <= stream_order(stored):
            return stored
        if await self._cursors.move(LINES, self._told):
            return self._told
        self._told = NO_EVENT  # the stream has lost it
        return stored

    async def _restart(self) -> str:
        """Where no follower can be: go on after what this process posted, else after the newest event."""
        self._journal.fault("cursor.lost", name=LINES)
        after = await self._stream.last() if self._told == NO_EVENT else self._told
        await self._cursors.restart(LINES, after)
        return after

    async def _tell(self, events: Sequence[Event]) -> None:
        """Post one by one while few wait; else many lines a message, so that none is late."""
        crowded = len(events) > DIGEST_ABOVE
        while events:
            alone = len(events) <= ALONE
            run = list(takewhile(lambda event: event.event not in NEVER_FOLDED, events))
            if crowded and len(run) > LINES_AT_ONCE:
                told = await self._digest(run)
            else:
                told = await self._lines(events[: 1 if alone else self._most])
            events = events[told:]

    async def _lines(self, events: Sequence[Event]) -> int:
        """Post the lines of these events, or of as many as one message holds; returns how many."""
        subjects = {event.request for event in events}
        subject = subjects.pop() if len(subjects) == 1 else ""
        request = await self._thread_of(subject) if subject else None
        thread = self.shown.known(request).surfaces.thread if request else ""
        day = rfc3339(events[0].at)[:10] if _are_checkpoints(events) else ""
        if any(event.event == Tag.AUDIT_CHECKPOINT for event in events):
            await self._days.replicated()  # else a failover could lose a head that others have read
        thread = await self._days.thread_of(day) if day else thread
        try:
            ts, count = await self._post(partial(self._messages.post_lines, events, thread))
        except MessageRefusedError:
            self._most = 1  # perhaps one of them alone is refused
            raise
        self._most = LINES_AT_ONCE
        self._remember(events[:count])
        if day and not thread:
            await self._days.keep_thread(day, ts)
        if request and not thread:
            await self.shown.store(request.id, thread=ts)
        await self._cursors.move(LINES, self._told)
        return count

    async def _thread_of(self, subject: str) -> Request | None:
        """The request whose thread a line goes to; a line stands alone where its record cannot be read."""
        try:
            return await self._outbox.get(subject)
        except RecordRefusedError:
            return None

    async def _digest(self, events: Sequence[Event]) -> int:
        count = await self._post(partial(self._messages.post_digest, events))
        self._remember(events[:count])
        await self._cursors.move(LINES, self._told)
        return count

    async def _post(self, post: Callable[[], Awaitable[_T]]) -> _T:
        """One call to the audit channel, under the lease."""
        wait = self._rate_gate.claim("audit", self._channel)
        if wait:
            raise MessageDelayedError(wait)
        if self._stopping or not await self._outbox.lead():
            raise NotLeadingError
        try:
            answer = await post()
        except MessageDelayedError as error:
            self._rate_gate.hold("audit", self._channel, error.seconds)
            raise
        except MessageRefusedError as error:
            self._rate_gate.refused(self._channel, error.code)
            raise
        self._rate_gate.reached(self._channel)
        return answer


def _are_checkpoints(events: Sequence[Event]) -> bool:
    """Whether these are told in their day's thread, so that they push nothing else out of sight."""
    return all(event.event == Tag.AUDIT_CHECKPOINT for event in events)
