"""Look for what is unusual: follow the audit stream, and alert where facts about one person come together.

One process does so, under the relay's lease. What is remembered, an alert with its event, and the cursor are
written in one step, so that a process that dies anywhere leaves one alert, or one that is still to be raised.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final, Protocol

from envaccess.application.ports.audit import Stream
from envaccess.application.ports.process import Ids, Journal, Lease
from envaccess.domain.audit import NO_EVENT, Event, Tag
from envaccess.domain.cursors import SIGNALS
from envaccess.domain.signals.alerts import (
    Alert,
    AlertWindow,
    NoticedFact,
    facts_in,
    notice,
    subject_of,
)
from envaccess.projections.ports import Cursors

_LOOK_SECONDS: Final = 1.0
_PAGE: Final = 500
_CODE_MAX: Final = 40
_CODES_MAX: Final = 20


class SignalMemory(Protocol):
    """What is remembered in order to alert. Methods raise `StoreError`."""

    async def load(self, subjects: Collection[str]) -> tuple[int, dict[str, AlertWindow]]:
        """Since when the workspace is watched, 0 where it is not yet; what is remembered of each of these."""
        ...

    async def store(
        self, before: str, event: str, windows: Mapping[str, AlertWindow], alert: Alert | None = None
    ) -> bool:
        """Keep it, raise the alert and move the cursor from `before`; False where another process did."""
        ...


class SignalFollower:
    """Follows the stream, while this process has the lease.

    Args:
        lease: one process follows.
        cursors: how far it has come.
        stream: what is followed.
        memory: what is remembered.
        ids: name alerts.
        journal: the log.
    """

    def __init__(
        self, lease: Lease, cursors: Cursors, stream: Stream, memory: SignalMemory, ids: Ids, journal: Journal
    ) -> None:
        self._lease, self._cursors, self._stream = lease, cursors, stream
        self._memory, self._ids, self._journal = memory, ids, journal

    async def step(self) -> float:
        """Look at the next events; returns seconds until the next look."""
        if not await self._lease.lead():
            return _LOOK_SECONDS
        cursor = await self._cursor()
        events = await self._stream.after(cursor, _PAGE)
        if not events:
            return _LOOK_SECONDS
        subjects = list(dict.fromkeys(subject_of(event)[0] for event in events if noticed_in(event)))
        since, windows = await self._memory.load(subjects)
        seen, changed, alert = self._look(events, windows, since)
        await self._memory.store(cursor, seen, changed, alert)
        return 0.0

    def _look(
        self, events: Sequence[Event], windows: Mapping[str, AlertWindow], since: int
    ) -> tuple[str, dict[str, AlertWindow], Alert | None]:
        """The last event looked at, what is remembered from now on, and an alert, at which it ends."""
        changed: dict[str, AlertWindow] = {}
        for event in events:
            facts = noticed_in(event)
            if not facts:
                continue
            about, _ = subject_of(event)
            window = changed.get(about) or windows[about]
            changed[about], found = notice(window, facts, event.at, since or event.at)
            if found:
                return event.id, changed, self._alert(about, found, event.at)
        return events[-1].id, changed, None

    def _alert(self, about: str, facts: Sequence[NoticedFact], at: int) -> Alert:
        people = dict.fromkeys(fact.person for fact in facts if fact.person)
        return Alert(self._ids.request(), about, tuple(people), tuple(facts), at)

    async def _cursor(self) -> str:
        """The last event that was looked at; who begins looks at what happens from now on."""
        stored = await self._cursors.at(SIGNALS)
        if stored is None:
            self._journal.fault("cursor.lost", name=SIGNALS)
            after = await self._stream.last()
            await self._cursors.restart(SIGNALS, after)
            return after
        if stored == NO_EVENT and not await self._is_known():
            newest = await self._stream.last()
            await self._memory.store(NO_EVENT, newest, {})
            return await self._cursors.at(SIGNALS) or NO_EVENT
        return stored

    async def _is_known(self) -> bool:
        return any(cursor.name == SIGNALS for cursor in (await self._cursors.all())[1])


def noticed_in(event: Event) -> tuple[NoticedFact, ...]:
    """The facts that an event carries; of text that is no code nothing is kept."""
    if event.event != Tag.REQUEST_CREATED:  # an alert's own event names facts, too
        return ()
    told = event.detail.get("facts", "").split(",")[:_CODES_MAX]
    codes = [code for code in told if code.isascii() and code.isidentifier() and len(code) <= _CODE_MAX]
    hour = event.detail.get("hour", "")
    known = hour.isascii() and hour.isdigit() and len(hour) <= 2  # noqa: PLR2004 - of a day
    return facts_in(event, codes, int(hour) if known else -1)
