"""Values that are to be made worthless: what the audit stream makes due, and the loop that drives each on.

One process does so, under the relay's lease. What an event makes due is written once for each value,
however often the event is looked at, so that a process that dies before its cursor moves leaves nothing
undone or done twice.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from envaccess.application.ports.audit import Stream
from envaccess.application.ports.process import Journal, Lease
from envaccess.application.ports.rotations import Rotations
from envaccess.application.rotations.advance import RotationDriver
from envaccess.domain.audit import NO_EVENT, Event
from envaccess.domain.cursors import ROTATION
from envaccess.domain.errors import StoreError
from envaccess.domain.rotation_record import Rotation
from envaccess.projections.ports import Cursors

_LOOK_SECONDS: Final = 1.0
_PAGE: Final = 200
_AT_ONCE: Final = 16
_BREATH: Final = 0.1
_AFTER_FAULT: Final = 5.0
_LAST_SECONDS: Final = 4.0
"""For a step to take back what it made, when the process stops: one call of a source takes 3."""


class RotationFollower:
    """Follows the stream, while this process has the lease.

    Args:
        lease: one process follows.
        cursors: how far it has come.
        stream: what is followed.
        due: makes due what an event says, as often as it is called for it.
        journal: the log.
    """

    def __init__(
        self,
        lease: Lease,
        cursors: Cursors,
        stream: Stream,
        due: Callable[[Event], Awaitable[None]],
        journal: Journal,
    ) -> None:
        self._lease, self._cursors, self._stream = lease, cursors, stream
        self._due, self._journal = due, journal

    async def step(self) -> float:
        """Look at the next events; returns seconds until the next look."""
        if not await self._lease.lead():
            return _LOOK_SECONDS
        events = await self._stream.bare(await self._cursor(), _PAGE)
        for event in events:
            await self._look(event)
        if events:
            await self._cursors.move(ROTATION, events[-1].id)
        return 0.0 if len(events) == _PAGE else _LOOK_SECONDS

    async def _look(self, event: Event) -> None:
        """One event; what nobody expected of it holds up no other."""
        try:
            await self._due(event)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 - one event must not stop the others for ever
            self._journal.crash("rotation.event", error)

    async def _cursor(self) -> str:
        """The last event that was looked at; who begins looks at what happens from now on."""
        stored = await self._cursors.at(ROTATION)
        if stored is None:
            self._journal.fault("cursor.lost", name=ROTATION)
            stored = await self._stream.last()
            await self._cursors.restart(ROTATION, stored)
        elif stored == NO_EVENT and not await self._is_known():
            stored = await self._stream.last()
            await self._cursors.move(ROTATION, stored)
        return stored

    async def _is_known(self) -> bool:
        return any(cursor.name == ROTATION for cursor in (await self._cursors.all())[1])


class RotationLoop:
    """Drives each rotation that is to be looked at; one that hangs holds up no other.

    Args:
        lease: one process drives.
        rotations: where they are stored.
        driver: takes one a step further.
        journal: the log.
    """

    def __init__(self, lease: Lease, rotations: Rotations, driver: RotationDriver, journal: Journal) -> None:
        self._lease, self._rotations, self._driver, self._journal = lease, rotations, driver, journal
        self._busy: dict[str, asyncio.Task[None]] = {}

    async def run(self, keep_on: Callable[[Callable[[], Awaitable[float]]], Awaitable[None]]) -> None:
        """Drive until cancelled; then every step under way ends where it is.

        A step that made something, and did not come to write it down, is given a moment to take it back.
        """
        try:
            await keep_on(self.step)
        finally:
            ending = list(self._busy.values())
            for task in ending:
                task.cancel()
            if ending:
                await asyncio.wait(ending, timeout=_LAST_SECONDS)

    async def step(self) -> float:
        """Begin what is to be done now; returns seconds until something may be."""
        if not await self._lease.lead():
            return _LOOK_SECONDS
        due, wait = await self._rotations.due(_AT_ONCE + len(self._busy))
        for rotation in due:
            if rotation.id not in self._busy and len(self._busy) < _AT_ONCE:
                self._busy[rotation.id] = asyncio.create_task(self._drive(rotation))
        return _BREATH if due else min(wait, _LOOK_SECONDS)

    async def _drive(self, rotation: Rotation) -> None:
        try:
            await self._driver.step(rotation)
        except StoreError:
            await asyncio.sleep(_AFTER_FAULT)
        except Exception as error:  # noqa: BLE001 - one that nobody expected holds up no other
            self._journal.crash("rotation", error)
            await asyncio.sleep(_AFTER_FAULT)
        finally:
            del self._busy[rotation.id]
