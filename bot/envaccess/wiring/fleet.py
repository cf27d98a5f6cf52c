"""What this process tells the others that serve its workspace, and what operators are shown of all."""

import os
import socket
from collections.abc import Sequence
from typing import Final

from envaccess import __version__
from envaccess.domain.errors import SettingsError
from envaccess.domain.fleet import BEAT_SECONDS, Fleet, Layout, Replica, too_far
from envaccess.domain.sinks import SinkLag
from envaccess.settings import Settings
from envaccess.slack.alarms import Alarms
from envaccess.slack.socket import SocketMode
from envaccess.store.fleet import OWN_LAYOUT, RedisFleet
from envaccess.wiring.parts import WallClock
from envaccess.wiring.sinks import sink_context

_FIRST_SECONDS: Final = 1.0
"""Until the first connection, which is looked at soon."""
_GHOSTS: Final = "ghost_connections"
_MEND: Final = (
    "What Slack sends to the others is lost: stop processes that use the same app token elsewhere; those "
    "that a network lost without a word end within hours, or with a new app token"
)


class Presence:
    """One process in its fleet.

    Args:
        fleet: all of them.
        id_: this process, as in the lease.
        sockets: its connections of Socket Mode; None where Slack posts to it.
        alarms: told when Slack counts connections that no process of ours has.
        layout: how it writes what it stores.
    """

    def __init__(
        self,
        fleet: RedisFleet,
        id_: str,
        sockets: SocketMode | None,
        alarms: Alarms,
        layout: Layout = OWN_LAYOUT,
    ) -> None:
        self._fleet, self._sockets, self._alarms, self._judged = fleet, sockets, alarms, 0
        mode = "socket" if sockets else "http"
        self._own = Replica(
            id_, __version__, layout, socket.gethostname(), os.getpid(), mode, WallClock().now()
        )

    async def check(self) -> None:
        """Refuse to serve beside a process that writes what this one cannot read.

        Raises:
            SettingsError: there is one.
            StoreError: Redis does not answer.
        """
        other = too_far(self._own.layout, (await self._fleet.look()).replicas)
        if other:
            raise SettingsError(_apart(self._own, other))

    async def step(self) -> float:
        """Say that this process serves; returns seconds until the next time."""
        await self._fleet.beat(self._own)
        return BEAT_SECONDS if self._sockets is None else await self._judge(self._sockets)

    async def _judge(self, sockets: SocketMode) -> float:
        """Hold what Slack said at the newest connection against what the processes may have."""
        if sockets.greetings == self._judged:
            return BEAT_SECONDS if self._judged else _FIRST_SECONDS
        self._judged, told = sockets.greetings, sockets.told
        ours = (await self._fleet.look()).sockets
        if told > ours:
            problem = f"Slack counts {told} connections of this app; those that serve have {ours} at most"
            self._alarms.tell(_GHOSTS, problem=problem, mend=_MEND)
        else:
            self._alarms.clear(_GHOSTS)
        return BEAT_SECONDS

    async def leave(self) -> None:
        """Say that it serves no more."""
        await self._fleet.leave(self._own.id)


def _apart(own: Replica, other: Replica) -> str:
    who = f"{other.place}, envaccess {other.version}"
    return (
        f"Another process serves this workspace ({who}), and what it writes is more than one version from "
        f"{own.version}: stop it first, or start a version that lies between"
    )


async def fleet_status(settings: Settings, workspace: str) -> tuple[Fleet, Sequence[SinkLag]]:
    """All of it at one moment, and how far each sink is behind.

    Raises:
        SettingsError: a setting is wrong, or it is not clear which workspace is meant.
        StoreError: Redis does not answer.
    """
    async with sink_context(settings, workspace) as sinks:
        return await RedisFleet(sinks.cursors.runner).look(), await sinks.lags()
