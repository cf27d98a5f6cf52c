"""End what sources made, at its time or before, and never give up.

There is a lane for each source, so that one that hangs delays only itself, and each lease is with one
process at a time. What was not confirmed is asked for again: after a second, then twice as long each time,
five minutes at most; from the start again when this process starts, and when the source answers.

Once a minute each source is asked for what is past its own end there: a source that refuses new logins by
then may leave open sessions alone, and whoever writes to Redis can make us forget them.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from functools import partial
from typing import Final, Protocol

from envaccess.application.leases.sealed_left import sealed_left
from envaccess.application.ports.leases import LeaseSources, LeaseStore
from envaccess.application.ports.process import Clock, Journal
from envaccess.application.ports.requests import Requests
from envaccess.application.ports.sources import Leases
from envaccess.domain.errors import RecordRefusedError
from envaccess.domain.leases import (
    CLOSED,
    Due,
    DueLease,
    Gone,
    HeldLease,
    LeaseId,
    LeaseTooShortError,
    StillThere,
    TimeLeft,
    lease_parts,
)
from envaccess.domain.request import Request
from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from envaccess.domain.variable import Variable

AT_ONCE: Final = 8
"""Leases of one source that a process asks for at the same time."""
_PAUSE: Final = 1.0
_PAUSE_MOST: Final = 300.0
_LOOK: Final = 1.0
"""Seconds after which a lane looks whether something is due."""
OVERDUE_APART: Final = 60.0
"""Seconds between two questions of a process for what is past its own end at a source."""
_UNKNOWN: Final = Variable("default", "UNKNOWN")
"""Of a login whose request is kept no longer."""
_AWAY: Final = frozenset({SourceFault.DOWN, SourceFault.SLOW})
"""Faults that say something about the source, not about one lease."""
_STUCK: Final = "lease_stuck"
_NO_SOURCE: Final = "lease_source_missing"

KeepOn = Callable[[str, Journal, Callable[[], Awaitable[float]]], Awaitable[None]]
"""Runs a step for ever; it returns how many seconds to wait before the next."""


class LeaseAlarm(Protocol):
    """Tells the operator what only a person mends, once while it lasts; `slack.alarms.Alarms` fits."""

    def tell(self, tag: str, subject: str = "", *, problem: str, mend: str) -> None:
        """It is so."""
        ...

    def clear(self, tag: str, channel: str = "") -> None:
        """It is over."""
        ...


class LeaseSweep:
    """What one process does about leases, for as long as it runs.

    Args:
        workspace: whose they are.
        store: what is written down of them.
        sources: where they were made.
        requests: whose they are, for what people sealed.
        clock: our clock, for the same.
        journal: the process's log.
        alarm: tells the operator.
        keep_on: runs a lane for ever.
        apart: seconds between two questions for what is overdue.
    """

    def __init__(
        self,
        workspace: str,
        store: LeaseStore,
        sources: LeaseSources,
        requests: Requests,
        clock: Clock,
        journal: Journal,
        alarm: LeaseAlarm,
        keep_on: KeepOn,
        apart: float = OVERDUE_APART,
    ) -> None:
        self._workspace = workspace
        self._store = store
        self._sources = sources
        self._requests = requests
        self._clock = clock
        self._journal = journal
        self._alarm = alarm
        self._keep_on = keep_on
        self._apart = apart
        self._asked: dict[str, float] = {}
        self._pauses: dict[str, float] = {}
        self._lanes: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Open a lane for each source that has something to end, until cancelled."""
        try:
            await self._keep_on("leases", self._journal, self._open_lanes)
        finally:
            for lane in self._lanes.values():
                lane.cancel()
            await asyncio.gather(*self._lanes.values(), return_exceptions=True)

    async def _open_lanes(self) -> float:
        for source in await self.lanes():
            if source not in self._lanes:
                step = partial(self.step, source)
                lane = self._keep_on(f"leases.{source}", self._journal, step)
                self._lanes[source] = asyncio.ensure_future(lane)
        return _LOOK

    async def lanes(self) -> Collection[str]:
        """The sources that have made something, as it is written down, and those that may have."""
        return {*await self._store.sources(), *self._sources.making()}

    async def step(self, source: str) -> float:
        """See to what is due at one source; returns the seconds until the next look."""
        leases = self._sources.leases_of(source)
        if leases is None:
            if source in await self._store.sources():
                self._tell_missing(source)
            return _LOOK
        self._alarm.clear(_NO_SOURCE, source)
        if source not in self._pauses:
            await self._store.wake(source)
            self._pauses[source] = 0.0
        away = self._pauses[source] > 0
        taken = await self._store.take(source, 1 if away else AT_ONCE)
        if not taken.leases:
            if await self._take_up_overdue(source, leases):
                return 0.0
            return min(_LOOK, taken.wait / 1_000) if taken.wait >= 0 else _LOOK
        answers = await asyncio.gather(*(self._see_to(leases, due) for due in taken.leases))
        if not any(answers):
            self._pauses[source] = min(_PAUSE_MOST, 2 * self._pauses[source] or _PAUSE)
            return self._pauses[source]
        if away:
            self._pauses[source] = 0.0
            await self._store.wake(source)
        await self._take_up_overdue(source, leases)  # also where something is to be done all the time
        return 0.0

    async def _take_up_overdue(self, source: str, leases: Leases) -> bool:
        """Whether something is past its own end at a source, and ends now; asked once in a while."""
        now = asyncio.get_running_loop().time()
        if now < self._asked.get(source, -self._apart) + self._apart:
            return False
        self._asked[source] = now
        try:
            found = await leases.overdue(self._workspace)
        except SourceFaultError:
            return False  # whoever wants something of it is told
        ends = [await self._take_up(source, lease) for lease in found]
        return any(ends)

    async def _take_up(self, source: str, lease: LeaseId) -> bool:
        """End what is overdue, unless it was prolonged and its source is yet to be told."""
        parts = lease_parts(lease)
        if parts is None:
            return False
        extensions = await self._store.longer_by(parts.request)
        found, left = await self._sealed(parts.request, extensions)
        if left > 0:
            return False
        known = found.variables[parts.number : parts.number + 1] if found else ()
        return await self._store.take_up(HeldLease(lease, known[0] if known else _UNKNOWN, source))

    async def _see_to(self, leases: Leases, due: DueLease) -> bool:
        """Do what is to be done about one lease; whether its source answered."""
        does = {Due.END: self._end, Due.EXTEND: self._extend, Due.LOOK: self._look}[due.due]
        try:
            await does(leases, due)
        except SourceFaultError as error:
            await self._store.left(due.lease, error.fault)
            self._tell_stuck(due, f"its source failed: {error.fault}")
            return error.fault not in _AWAY
        except LeaseTooShortError:
            await self._store.left(due.lease, Due.EXTEND)
        return True

    async def _end(self, leases: Leases, due: DueLease) -> None:
        outcome = await leases.revoke(due.lease)
        if isinstance(outcome, Gone):
            if await self._store.gone(due.lease):
                self._alarm.clear(_STUCK, due.lease.id)
            return
        closed = outcome.why in CLOSED
        await self._store.left(due.lease, outcome.why, closed=closed, sessions=outcome.sessions)
        self._tell_stuck(due, outcome.what or f"what is left of it: {outcome.why}", outcome)

    async def _extend(self, leases: Leases, due: DueLease) -> None:
        """Only as long as people sealed that it may last: Redis alone prolongs nothing (law 13)."""
        loop = asyncio.get_running_loop()
        _, sealed = await self._sealed(due.request, due.extensions)
        left = TimeLeft(min(due.left, sealed), loop.time)
        try:
            seconds = await leases.extend(due.lease, left)
        except SourceFaultError as error:
            if error.fault not in {SourceFault.MISSING, SourceFault.DELETED}:
                raise
            await self._store.over(due.lease)
        else:
            await self._store.extended(due.lease, due.ends_at, seconds)

    async def _sealed(self, request: str, extensions: Sequence[str]) -> tuple[Request | None, int]:
        """A request, and milliseconds that it may last by what people sealed."""
        try:
            found = await self._requests.get(request)
            longer = [await self._requests.get(one) for one in extensions]
        except RecordRefusedError:
            return None, 0
        if found is None or found.duration.once:  # what a single use showed is never prolonged
            return found, 0
        return found, sealed_left(found, [one for one in longer if one], self._clock.now())

    async def _look(self, leases: Leases, due: DueLease) -> None:
        if await leases.alive(due.lease) is False:
            await self._store.over(due.lease)

    def _tell_stuck(self, due: DueLease, problem: str, left: StillThere | None = None) -> None:
        """What did not end for a quarter of an hour, or what belongs to it, is a person's."""
        if due.due is Due.END and (due.stuck or (left and left.why in CLOSED and not left.sessions)):
            mend = f"See what envaccess leases list says, then: envaccess leases end {due.lease.id}"
            self._alarm.tell(_STUCK, due.lease.id, problem=f"{due.lease.source}: {problem}", mend=mend)

    def _tell_missing(self, source: str) -> None:
        mend = f"Put the source {source} back into sources.yml until envaccess leases list names it no more"
        problem = "logins that were made there are not ended: the file declares no such source"
        self._alarm.tell(_NO_SOURCE, source, problem=problem, mend=mend)
