"""The loops that feed sinks: one each for what happens, and one for what it gets from an archive."""

from collections.abc import Mapping, Sequence
from functools import partial

from envaccess.application.ports.process import Journal, Lease
from envaccess.domain.cursors import SINK
from envaccess.domain.sinks import SinkSpec
from envaccess.projections import workers
from envaccess.projections.sinks.loop import SinkLoop
from envaccess.projections.workers import Loop
from envaccess.sinks import open_sink
from envaccess.store.cursors import RedisCursors
from envaccess.store.trail import RedisTrail
from envaccess.wiring.parts import WallClock
from envaccess.wiring.sink_backlog import BacklogLoop, SinkBacklog


def backlogs_of(specs: Sequence[SinkSpec], trail: RedisTrail) -> Mapping[str, SinkBacklog]:
    """By cursor, those of the sinks that name an archive."""
    return {SINK + spec.name: SinkBacklog(spec, trail.read) for spec in specs if spec.archive}


def sink_loops(
    specs: Sequence[SinkSpec],
    lease: Lease,
    cursors: RedisCursors,
    trail: RedisTrail,
    journal: Journal,
    backlogs: Mapping[str, SinkBacklog],
) -> list[Loop]:
    """None waits for another."""
    clock, feeding = WallClock(), list[SinkLoop | BacklogLoop]()
    for spec in specs:
        backlog = backlogs.get(SINK + spec.name)
        feeding.append(
            SinkLoop(open_sink(spec, clock), lease, cursors, trail, journal, clock, backlog=backlog)
        )
        if backlog:
            feeding.append(BacklogLoop(open_sink(spec, clock), lease, backlog, journal, clock))
    return [partial(workers.keep_on, f"sink_{one.name}", journal, one.step) for one in feeding]
