"""What operators do with sinks: try them, see how far behind they are, and wait for one no longer."""

import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace

from envaccess.domain.audit import Actor, Event
from envaccess.domain.cursors import SINK
from envaccess.domain.sinks import SinkLag, SinkSpec, known_sinks, lag_of
from envaccess.projections.sinks.trying import try_sink
from envaccess.settings import Settings
from envaccess.sinks import open_sink
from envaccess.store.cursors import RedisCursors
from envaccess.store.runner import Runner
from envaccess.store.trail import RedisTrail
from envaccess.wiring.operator import host_context, operator_actor
from envaccess.wiring.parts import WallClock
from envaccess.wiring.sink_loops import backlogs_of

_TEST = "sink.check"
"""The tag of what is sent to try a sink; no event of a stream has it."""


async def check_sinks(settings: Settings) -> Mapping[str, str]:
    """Send each sink one event that says it is a test; by its name why it did not take it, or nothing.

    Raises:
        SettingsError: a setting is wrong.
    """
    settings.for_host(keys=False)
    clock = WallClock()
    now, actor = clock.now(), operator_actor(settings)
    test = Event(f"{now}-0", _TEST, now, actor, detail={"note": "a test of this sink: nothing happened"})
    return {spec.name: await try_sink(open_sink(spec, clock), test) for spec in settings.sinks}


async def sink_lags(declared: Sequence[SinkSpec], cursors: RedisCursors) -> Mapping[str, int]:
    """Seconds by which each sink of the file is behind."""
    if not declared:
        return {}
    now, found = await cursors.all()
    return {spec.name: lag_of(spec.name, found, now).seconds for spec in declared}


@dataclass(frozen=True, slots=True)
class SinkContext:
    """The sinks of a workspace.

    Attributes:
        declared: those of the file.
    """

    declared: tuple[SinkSpec, ...]
    cursors: RedisCursors
    trail: RedisTrail
    actor: Actor

    async def lags(self) -> list[SinkLag]:
        """How far each sink is behind; those that no file declares come last."""
        now, cursors = await self.cursors.all()
        names = [spec.name for spec in self.declared]
        others = [name for name in known_sinks(cursors) if name not in names]
        lags = [lag_of(name, cursors, now) for name in (*names, *others)]
        archived = {name: found.after_now for name, found in backlogs_of(self.declared, self.trail).items()}
        return [replace(lag, archived=archived.get(SINK + lag.name, "")) for lag in lags]

    async def drop(self, name: str) -> bool:
        """Wait no longer for what a sink does not have; False where it has no cursor, or has just moved."""
        _, cursors = await self.cursors.all()
        goes_on = name in {spec.name for spec in self.declared}
        for cursor in cursors:
            if cursor.name == SINK + name:
                return await self.cursors.lose(cursor, goes_on=goes_on, actor=self.actor)
        return False


@contextlib.asynccontextmanager
async def sink_context(settings: Settings, workspace: str) -> AsyncIterator[SinkContext]:
    """The sinks of the workspace that is named, `auth.test`'s, or the only one.

    Raises:
        SettingsError: a setting is missing or wrong, or it is not clear which workspace is meant.
    """
    async with host_context(settings, workspace) as operator:
        runner = Runner(operator.client, operator.workspace)
        yield SinkContext(settings.sinks, RedisCursors(runner), RedisTrail(runner), operator.actor)
