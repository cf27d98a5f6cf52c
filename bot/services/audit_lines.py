"""The audit channel: one line an event, in stream order, threaded per request."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from itertools import groupby

from bot.domain.audit import Event, Tag, stream_order
from bot.domain.errors import MessageDelayedError, MessageError, MessageRefusedError, NotLeadingError
from bot.services.pace import Pace
from bot.services.ports import Journal, Messages, Outbox, Stream
from bot.services.shown import Shown

LINES_MAX = 30
"""Above so many waiting lines, frequent ones are told in a digest."""

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
        Tag.AUDIT_GAP,
    }
)
"""Whoever presses a button fifty times must not push somebody's decision into a digest."""

_PAGE = 1_000
_NAME = "audit"


class AuditLines:
    """Posts what the stream says, from a stored cursor.

    Attributes:
        shown: the threads it has begun, on their way into the store.

    Args:
        outbox: the lease and the cursor.
        stream: what is told.
        messages: Slack.
        journal: the log.
        pace: who must wait, shared with the relay.
        channel: the audit channel's id.
    """

    def __init__(
        self, outbox: Outbox, stream: Stream, messages: Messages, journal: Journal, pace: Pace, channel: str
    ) -> None:
        self._outbox = outbox
        self.shown = Shown(outbox)
        self._stream = stream
        self._messages = messages
        self._journal = journal
        self._pace = pace
        self._channel = channel
        self._told = "0-0"
        self._telling: asyncio.Future[None] | None = None
        self._stopping = False

    async def step(self, _bell: asyncio.Event) -> float:
        """Post what waits; returns seconds after which to look again, unless an event comes first."""
        held = max(self._pace.held(name, self._channel) for name in (_NAME, "post"))
        if held:
            return held
        events = await self._stream.after(await self._cursor(), _PAGE)
        if not events:
            return 1.0
        # Shielded, so that being stopped cuts no line off from its cursor: it would be told twice.
        self._telling = asyncio.ensure_future(self._tell(events))
        try:
            await asyncio.shield(self._telling)
        except NotLeadingError:
            return 1.0
        except MessageDelayedError as error:
            return error.seconds
        except MessageError as error:
            return self._failed(error)
        self._pace.worked(_NAME)
        return 0.0

    def follow(self) -> None:
        """Another process tells: what we knew of the channel is old."""
        self._pace.forget(self._channel)

    def stop(self) -> None:
        """Begin no other line; how far the lines are told is still stored."""
        self._stopping = True

    async def drain(self) -> None:
        """Wait for the line under way."""
        if self._telling:
            await asyncio.gather(self._telling, return_exceptions=True)

    def _failed(self, error: MessageError) -> float:
        """Wait, whatever events come meanwhile."""
        if not self._pace.failing(_NAME):
            self._journal.fault("relay.audit", why=str(error))
        seconds = self._pace.failed(_NAME)
        self._pace.hold(_NAME, self._channel, seconds)
        return seconds

    async def _cursor(self) -> str:
        """The last event told: what is stored, or what Redis did not take when we told it."""
        stored = await self._outbox.cursor()
        if stream_order(self._told) <= stream_order(stored):
            return stored
        await self._outbox.move_cursor(self._told)
        return self._told

    async def _tell(self, events: Sequence[Event]) -> None:
        """One by one; above `LINES_MAX`, what is frequent is folded, so that it hides no decision."""
        if len(events) <= LINES_MAX:
            for event in events:
                await self._line(event)
        elif sum(event.event in NEVER_FOLDED for event in events) > LINES_MAX:
            await self._digest(events)
        else:
            for alone, run in groupby(events, lambda event: event.event in NEVER_FOLDED):
                await self._tell_run(list(run), alone=alone)

    async def _tell_run(self, events: Sequence[Event], *, alone: bool) -> None:
        if not alone and len(events) > 1:
            await self._digest(events)
            return
        for event in events:
            await self._line(event)

    async def _line(self, event: Event) -> None:
        request = await self._outbox.get(event.request) if event.request else None
        request = self.shown.known(request) if request else None
        thread = request.surfaces.thread if request else ""
        ts = await self._post(partial(self._messages.post_line, event, thread))
        self._told = event.id
        if request and not thread:
            await self.shown.store(request.id, thread=ts)
        await self._outbox.move_cursor(event.id)

    async def _digest(self, events: Sequence[Event]) -> None:
        counts = Counter(event.event for event in events)
        first, last = events[0].id, events[-1].id
        await self._post(partial(self._messages.post_digest, first, last, counts))
        self._told = last
        await self._outbox.move_cursor(last)

    async def _post(self, post: Callable[[], Awaitable[str | None]]) -> str:
        """One call to the audit channel, under the lease."""
        wait = self._pace.claim("post", self._channel)
        if wait:
            raise MessageDelayedError(wait)
        if self._stopping or not await self._outbox.lead():
            raise NotLeadingError
        try:
            ts = await post()
        except MessageDelayedError as error:
            self._pace.hold("post", self._channel, error.seconds)
            raise
        except MessageRefusedError as error:
            self._pace.refused(self._channel, error.code)
            raise
        self._pace.reached(self._channel)
        return ts or ""
