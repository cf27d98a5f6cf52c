"""What a sink gets from an archive, because the stream waits for it no longer.

How far it has come lies beside the archive, in `sinks/NAME`: the last event that it has, and the last of the
archive when it was put off. What happens now goes to the sink meanwhile, as always.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from envaccess.application.ports.process import Clock, Journal, Lease
from envaccess.domain.audit import NO_EVENT, Event, stream_order
from envaccess.domain.cursors import SINK, Cursor
from envaccess.domain.errors import StoreUnavailableError
from envaccess.domain.sinks import SinkSpec
from envaccess.projections.sinks.loop import SinkLoop
from envaccess.projections.sinks.ports import Sink
from envaccess.wiring.archive_entries import ArchiveEntries, Entry

_LOOK_SECONDS = 5.0
Read = Callable[[Sequence[Entry]], Awaitable[Sequence[Event]]]


class SinkBacklog:
    """One sink's; fits `projections.trimming.Backlog`, and `Stream` and `Places` for a loop that feeds it.

    Args:
        spec: the sink, which names the archive.
        read: events with what people typed, where that is kept still.
    """

    def __init__(self, spec: SinkSpec, read: Read) -> None:
        folder = Path(spec.archive)
        self.name = SINK + spec.name
        self._entries, self._read, self._place = ArchiveEntries(folder), read, folder / "sinks" / spec.name

    @property
    def after_now(self) -> str:
        """The last event that the sink has of it; empty where nothing waits."""
        return self._state()[0] if self.waits else ""

    async def put_off(self, after: str, waiting: str) -> str:
        """Take over what the sink does not have; up to which event, empty where it is not archived.

        Args:
            after: the last event that the sink has.
            waiting: the oldest event that it does not have.
        """
        return await asyncio.to_thread(self._put_off, after, waiting)

    def _put_off(self, after: str, waiting: str) -> str:
        try:
            newest = self._entries.newest()
            first = self._entries.after(after, newest, 1)
            if not first or first[0][0] != waiting:
                return ""
            self._entries.check_after(after)
            begun, _ = self._state()
            self._keep(begun if self.waits and stream_order(begun) < stream_order(after) else after, newest)
        except (StoreUnavailableError, OSError):
            return ""
        return newest

    def ends_at(self, event: str) -> bool:
        """Whether it took over up to this event."""
        return self._state()[1] == event

    @property
    def waits(self) -> bool:
        """Whether there is anything to send."""
        after, until = self._state()
        return stream_order(after) < stream_order(until)

    async def after(self, cursor: str, count: int) -> Sequence[Event]:
        """The next events."""
        until = self._state()[1]
        return await self._read(await asyncio.to_thread(self._entries.after, cursor, until, count))

    async def last(self) -> str:
        """Where it ends."""
        return self._state()[1]

    async def at(self, name: str) -> str | None:
        """The last event that the sink has of it."""
        del name
        return self._state()[0]

    async def move(self, name: str, event: str) -> bool:
        """Remember that the sink has these."""
        del name
        after, until = self._state()
        if stream_order(event) > stream_order(after):
            self._keep(event, until)
        return True

    async def restart(self, name: str, event: str) -> None:
        """Begin anew after this event."""
        await self.move(name, event)

    async def all(self) -> tuple[int, Sequence[Cursor]]:
        """Its only place."""
        after = self._state()[0]
        return 0, (Cursor(self.name, after, after, ""),)

    def _state(self) -> tuple[str, str]:
        try:
            after, until = self._place.read_text("ascii").split()
        except (OSError, ValueError):
            return NO_EVENT, NO_EVENT
        return after, until

    def _keep(self, after: str, until: str) -> None:
        """Whole on the disk, or as it was."""
        self._place.parent.mkdir(mode=0o700, exist_ok=True)
        beside = self._place.with_name(f".{self._place.name}.{os.getpid()}")
        with beside.open("w") as file:
            file.write(f"{after} {until}\n")
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._place)


class BacklogLoop:
    """Feeds a sink from its backlog, where it has one."""

    def __init__(
        self, sink: Sink, lease: Lease, backlog: SinkBacklog, journal: Journal, clock: Clock
    ) -> None:
        self.name = f"{sink.name}_archive"
        self._backlog = backlog
        self._loop = SinkLoop(sink, lease, backlog, backlog, journal, clock)

    async def step(self) -> float:
        """Send one batch; returns seconds until the next."""
        return await self._loop.step() if self._backlog.waits else _LOOK_SECONDS
