"""The audit channel: one line an event, in stream order, threaded per request."""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from bot.domain.audit import Event
from bot.domain.errors import MessageDelayedError, MessageError, MessageRefusedError
from bot.services.pace import Pace
from bot.services.ports import Journal, Messages, Outbox, Trail

LINES_MAX = 30
"""More waiting lines than this are told in one digest."""

_PAGE = 1_000
_NAME = "audit"


class AuditLines:
    """Posts what the stream says, from a stored cursor.

    Args:
        outbox: the lease and the cursor.
        trail: the stream.
        messages: Slack.
        journal: the log.
        pace: who must wait, shared with the relay.
        channel: the audit channel's id.
    """

    def __init__(
        self, outbox: Outbox, trail: Trail, messages: Messages, journal: Journal, pace: Pace, channel: str
    ) -> None:
        self._outbox = outbox
        self._trail = trail
        self._messages = messages
        self._journal = journal
        self._pace = pace
        self._channel = channel

    async def step(self) -> float:
        """Post what waits; returns seconds after which to look again, unless an event comes first."""
        events = await self._trail.after(await self._outbox.cursor(), _PAGE)
        if not events:
            return 1.0
        try:
            await (self._digest(events) if len(events) > LINES_MAX else self._lines(events))
        except MessageDelayedError as error:
            return error.seconds
        except MessageError as error:
            self._journal.fault("relay.audit", why=str(error))
            return self._pace.failed(_NAME)
        self._pace.worked(_NAME)
        return 0.0

    async def _lines(self, events: Sequence[Event]) -> None:
        for event in events:
            request = await self._outbox.get(event.request) if event.request else None
            thread = request.surfaces.thread if request else ""
            ts = await self._post(partial(self._messages.post_line, event, thread))
            if ts is None:
                return
            if request and not thread:
                await self._outbox.shown(request.id, thread=ts)
            await self._outbox.move_cursor(event.id)

    async def _digest(self, events: Sequence[Event]) -> None:
        counts = Counter(event.event for event in events)
        first, last = events[0].id, events[-1].id
        if await self._post(partial(self._messages.post_digest, first, last, counts)) is not None:
            await self._outbox.move_cursor(last)

    async def _post(self, post: Callable[[], Awaitable[str | None]]) -> str | None:
        """One call to the audit channel; None when another process leads."""
        held = self._pace.held("post", self._channel)
        if held:
            raise MessageDelayedError(held)
        if not await self._outbox.lead():
            return None
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
