"""Metrics of one process: who counts, what the gauges show, their port; nothing of it where none is set."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final, Protocol, runtime_checkable

from envaccess import __version__, log
from envaccess import http as process
from envaccess.application.ports.metrics import UNMETERED, Meter
from envaccess.domain.audit import stream_order
from envaccess.domain.cursors import LINES, Cursor
from envaccess.domain.errors import StoreError
from envaccess.domain.hosts import is_loopback
from envaccess.domain.metrics import Reading
from envaccess.domain.sinks import lag_of
from envaccess.http.metrics_page import build_metrics
from envaccess.projections.event_metrics import EventMetrics
from envaccess.projections.workers import Loop, keep_on
from envaccess.settings import Settings
from envaccess.slack.socket import SocketMode
from envaccess.slack.token_guard import REFUSED
from envaccess.store.gauges import RedisGauges, StoreGauges
from envaccess.store.keys import SCHEMA
from envaccess.wiring import metric_catalogue as known
from envaccess.wiring.application import Application, Base
from envaccess.wiring.parts import WallClock

KEPT_SECONDS: Final = 1.0
"""How long one look at Redis serves, whoever scrapes."""
_LOOK_SECONDS: Final = 2.0
_SETTING: Final = "ENVACCESS_METRICS_LISTEN"
_THOUSAND: Final = 1_000


def open_meter(settings: Settings) -> Meter:
    """Who counts; nobody where no port is set, and prometheus-client is not loaded then."""
    if settings.metrics_listen is None:
        return UNMETERED
    from envaccess.metrics.prometheus import PrometheusMeter  # noqa: PLC0415 - half a second of imports

    return PrometheusMeter(known.METRICS)


@runtime_checkable
class Exposition(Protocol):
    """A meter that shows what it counted."""

    def show(self, readings: Sequence[Reading]) -> bytes:
        """Everything as text, with these gauges."""
        ...


class Metrics:
    """What this process shows of itself.

    Args:
        settings: whether and where.
        meter: who counts.
        monotonic: seconds on a clock that never jumps.
    """

    def __init__(self, settings: Settings, meter: Meter, monotonic: Callable[[], float]) -> None:
        self._settings, self._meter, self._monotonic = settings, meter, monotonic
        self._read: Read | None = None
        self._looking: asyncio.Task[Sequence[Reading]] | None = None
        self._until = 0.0

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Show them at their port, until left.

        Raises:
            SettingsError: the address cannot be listened on.
        """
        address, meter = self._settings.metrics_listen, self._meter
        if address is None or not isinstance(meter, Exposition):
            yield
            return
        site = build_metrics(partial(self._show, meter), local=is_loopback(address[0]))
        host, port = address
        async with process.listening(site, port, host, named=_SETTING):
            log.note("metrics", address=host, port=port)
            try:
                yield
            finally:
                await self._give_up()

    def serve(self, read: "Read") -> None:
        """The parts are joined: from now on the gauges are read, by this."""
        self._read = read

    async def _show(self, meter: Exposition) -> bytes:
        return meter.show(await self._readings(self._read) if self._read else ())

    async def _readings(self, read: "Read") -> Sequence[Reading]:
        """Share one look among all who scrape, for a second."""
        if self._looking is None or (self._looking.done() and self._monotonic() >= self._until):
            self._looking = asyncio.create_task(self._look(read))
        return await asyncio.shield(self._looking)

    async def _look(self, read: "Read") -> Sequence[Reading]:
        readings = await read()
        self._until = self._monotonic() + KEPT_SECONDS
        return readings

    async def _give_up(self) -> None:
        if self._looking:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)


Read = Callable[[], Coroutine[Any, Any, Sequence[Reading]]]


def measure(
    base: Base, application: Application, socket: SocketMode | None, monotonic: Callable[[], float]
) -> "tuple[Gauges, list[Loop]]":
    """The gauges of one workspace, and what runs beside the listeners for metrics."""
    gauges = RedisGauges(application.runner)
    events = EventMetrics(application.outbox, application.trail, gauges, base.meter)
    loops: list[Loop] = [partial(keep_on, "metrics", base.journal, events.step)]
    found = Gauges(base, application, gauges, socket, monotonic)
    return found, loops if base.settings.metrics_listen else []


_LEAST: Final = frozenset(metric.name for metric in (known.UP, known.TOKEN))
_SUMMED: Final = frozenset(
    metric.name
    for metric in (known.PENDING, known.DRAWINGS, known.LEASES, known.ROTATIONS, known.ALARMS, known.LEADER)
)


def in_all(workspaces: Sequence[Sequence[Reading]]) -> Sequence[Reading]:
    """What several workspaces show together: counts are added, and of the rest the worst is shown."""
    found: dict[tuple[str, tuple[str, ...]], Reading] = {}
    for reading in (one for readings in workspaces for one in readings):
        place = reading.metric.name, reading.labels
        before = found.get(place)
        found[place] = replace(reading, value=_together(before, reading)) if before else reading
    return list(found.values())


def _together(one: Reading, other: Reading) -> float:
    if one.metric.name in _SUMMED:
        return one.value + other.value
    worst = min if one.metric.name in _LEAST else max
    return worst(one.value, other.value)


class Gauges:
    """Reads what the gauges show of one workspace."""

    def __init__(
        self,
        base: Base,
        application: Application,
        store: RedisGauges,
        socket: SocketMode | None,
        monotonic: Callable[[], float],
    ) -> None:
        self._base, self._application, self._store, self._socket = base, application, store, socket
        self._monotonic = monotonic
        self._policy, self._since = application.context.rulebook.current, monotonic()

    async def read(self) -> Sequence[Reading]:
        """All of them; of Redis' only whether it answers, where it does not."""
        try:
            async with asyncio.timeout(_LOOK_SECONDS):
                store = await self._of_store()
        except (StoreError, TimeoutError):
            store = [Reading(known.UP, 0)]
        return [*store, *self._of_process()]

    async def _of_store(self) -> list[Reading]:
        found = await self._store.read()
        ahead = found.now - WallClock().now()
        now, cursors = await self._application.cursors.all()
        return [
            Reading(known.UP, 1),
            Reading(known.CLOCK, ahead / _THOUSAND),
            Reading(known.PENDING, found.pending),
            Reading(known.OLDEST_PENDING, found.oldest_pending / _THOUSAND),
            Reading(known.DRAWINGS, found.drawings),
            Reading(known.OLDEST_DRAWING, found.oldest_drawing / _THOUSAND),
            Reading(known.EPOCH, found.epoch),
            Reading(known.AUDIT_LAG, _lag(cursors, now)),
            *self._of_sinks(cursors, now),
            *self._of_workspace(found),
            *(Reading(known.LEASES, count, (state,)) for state, count in found.leases.items()),
            Reading(known.ROTATIONS, found.rotations, ("open",)),
            Reading(known.ROTATIONS, found.rotations_due, ("due",)),
        ]

    def _of_workspace(self, found: StoreGauges) -> list[Reading]:
        leads = found.holder == self._application.outbox.token
        return [Reading(known.LEADER, float(leads), (self._application.directory.workspace,))]

    def _of_sinks(self, cursors: Sequence[Cursor], now: int) -> list[Reading]:
        names = [spec.name for spec in self._base.settings.sinks]
        return [Reading(known.SINK_LAG, lag_of(name, cursors, now).seconds, (name,)) for name in names]

    def _of_process(self) -> list[Reading]:
        application, socket = self._application, self._socket
        alarms, memory = application.alarms.faults, application.memory
        lines = [("us", socket.open_lines), ("slack", socket.told)] if socket else []
        return [
            Reading(known.HELD, application.rate_gate.held_longest()),
            *(Reading(known.SOCKET_LINES, count, (by,)) for by, count in lines),
            Reading(known.MEMORY, memory.used),
            Reading(known.MEMORY_MOST, memory.limit),
            Reading(known.ALARMS, len(alarms) + len(application.rate_gate.lost)),
            Reading(known.TOKEN, float(REFUSED not in alarms)),
            Reading(known.POLICY_AGE, self._policy_age()),
            Reading(known.BUILD, 1, (__version__,)),
            Reading(known.SCHEMA_WRITTEN, SCHEMA),
        ]

    def _policy_age(self) -> float:
        now, policy = self._monotonic(), self._application.context.rulebook.current
        if policy is not self._policy:
            self._policy, self._since = policy, now
        return now - self._since


def _lag(cursors: Sequence[Cursor], now: int) -> float:
    """Seconds by which the audit channel's lines are behind."""
    waiting = (stream_order(one.waiting)[0] for one in cursors if one.name == LINES and one.waiting)
    return max((now - at for at in waiting), default=0) / _THOUSAND
