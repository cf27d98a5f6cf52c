"""Look for what is unusual: follow the audit stream, and alert where facts about one person come together.

One process does so, under the relay's lease. What is remembered, an alert with its event, and the cursor are
written in one step, so that a process that dies anywhere leaves one alert, or one that is still to be raised.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final, Protocol

from envaccess.application.ports.audit import Stream
from envaccess.application.ports.process import Ids, Journal, Lease
from envaccess.application.rulebook import Rulebook
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
from envaccess.domain.signals.following import FOLLOWED, Following, follow
from envaccess.domain.signals.thresholds import USUAL, Thresholds
from envaccess.projections.ports import Cursors

_LOOK_SECONDS: Final = 1.0
_PAGE: Final = 500
_CODE_MAX: Final = 40
_CODES_MAX: Final = 20


class SignalMemory(Protocol):
    """What is remembered in order to alert. Methods raise `StoreError`."""

    async def load(
        self, subjects: Collection[str]
    ) -> tuple[int, dict[str, AlertWindow], dict[str, Following]]:
        """Since when the workspace is watched, 0 where it is not yet; what is remembered of each of these."""
        ...

    async def store(
        self,
        before: str,
        event: str,
        windows: Mapping[str, AlertWindow],
        counts: Mapping[str, Following],
        alert: Alert | None = None,
    ) -> bool:
        """Keep it, raise the alert and move the cursor from `before`; False where another process did."""
        ...


class FollowedPage:
    """Some events, and what is remembered of those whom they are about.

    Attributes:
        windows: what was unusual of each lately, and is to be kept.
        counts: what is usual of each besides requests, and is to be kept.
        found: the facts of an alert, where there is one: there a page ends.
    """

    def __init__(
        self,
        windows: Mapping[str, AlertWindow],
        counts: Mapping[str, Following],
        since: int,
        thresholds: Thresholds,
    ) -> None:
        self.windows: dict[str, AlertWindow] = {}
        self.counts: dict[str, Following] = {}
        self.found: Sequence[NoticedFact] = ()
        self._known = windows, counts
        self._since, self._thresholds = since, thresholds

    def look(self, event: Event) -> bool:
        """Look at the next event; whether it makes an alert."""
        about, _ = subject_of(event)
        if not about:
            return False
        windows, counts = self._known
        known = self.counts.get(about) or counts[about]
        after, facts = follow(known, event, self._thresholds)
        if after != known:
            self.counts[about] = after
        new = (*noticed_in(event), *facts_in(event, facts))
        if new:
            window = self.windows.get(about) or windows[about]
            since = self._since or event.at
            self.windows[about], self.found = notice(window, new, event.at, since)
        return bool(self.found)


class SignalFollower:
    """Follows the stream, while this process has the lease.

    Args:
        lease: one process follows.
        cursors: how far it has come.
        stream: what is followed.
        memory: what is remembered.
        ids: name alerts.
        journal: the log.
        rulebook: has the thresholds that hold now; None: the usual ones.
    """

    def __init__(
        self,
        lease: Lease,
        cursors: Cursors,
        stream: Stream,
        memory: SignalMemory,
        ids: Ids,
        journal: Journal,
        rulebook: Rulebook | None = None,
    ) -> None:
        self._lease, self._cursors, self._stream, self._rulebook = lease, cursors, stream, rulebook
        self._memory, self._ids, self._journal = memory, ids, journal

    async def step(self) -> float:
        """Look at the next events; returns seconds until the next look."""
        if not await self._lease.lead():
            return _LOOK_SECONDS
        cursor = await self._cursor()
        events = await self._stream.after(cursor, _PAGE)
        if not events:
            return _LOOK_SECONDS
        told = [event for event in events if event.event in FOLLOWED]
        subjects = dict.fromkeys(subject_of(event)[0] for event in told)
        subjects.pop("", None)
        since, windows, counts = await self._memory.load(list(subjects))
        thresholds = self._rulebook.current.signals if self._rulebook else USUAL
        page = FollowedPage(windows, counts, since, thresholds)
        seen = next((event for event in told if page.look(event)), events[-1])
        alert = self._alert(subject_of(seen)[0], page.found, seen.at) if page.found else None
        await self._memory.store(cursor, seen.id, page.windows, page.counts, alert)
        return 0.0

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
            await self._memory.store(NO_EVENT, newest, {}, {})
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
