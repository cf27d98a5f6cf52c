"""What happened to an installation is told in the audit streams of its workspaces, and has its consequences.

Installations have an audit stream of their own, beside them; this follows it. A removal ends what lives in
the workspace before it is told there, so that both are done again where a process died in between.
"""

import time
from collections.abc import Callable, Sequence
from typing import Final

from envaccess.application.ports.installations import InstallationStore
from envaccess.domain.audit import BOT, Event, Tag, stream_order
from envaccess.domain.end_reasons import EndReason
from envaccess.store.client import Client
from envaccess.store.cursors import RedisCursors
from envaccess.store.exclusive import ExclusiveLease
from envaccess.store.installations import RedisInstallations
from envaccess.store.runner import Runner
from envaccess.store.trail import RedisTrail

CURSOR: Final = "installations"
_AT_ONCE: Final = 50
_IDLE: Final = 2.0
_SOON: Final = 1.0
_PATIENCE: Final = 60.0
"""Seconds for which a process that still serves a removed workspace is waited for."""
_KEPT: Final = 30 * 24 * 3_600_000
_OF_WORKSPACES: Final = frozenset({"team", "teams"})

ClientOf = Callable[[str], Client]
"""The connections for a workspace; in a cluster each has its own."""


class InstallationEvents:
    """Follows the stream of installations.

    Args:
        runner: of the slot of installations.
        installations: those that there are now.
        client_of: connections for the workspaces.
        token: names this process.
    """

    def __init__(
        self, runner: Runner, installations: InstallationStore, client_of: ClientOf, token: str
    ) -> None:
        self._trail, self._cursors = RedisTrail(runner), RedisCursors(runner)
        self._stored, self._installations = RedisInstallations(runner), installations
        self._client_of, self._token = client_of, token
        self._since: dict[str, float] = {}

    async def step(self) -> float:
        """Tell what is new; seconds until the next look.

        Raises:
            StoreError: Redis did not answer.
        """
        at = await self._cursors.at(CURSOR)
        if at is None:
            await self._cursors.restart(CURSOR, "0-0")
            return _SOON
        events = await self._trail.after(at, _AT_ONCE)
        for event in events:
            if not await self._follow(event):
                return _SOON
            await self._cursors.move(CURSOR, event.id)
            self._since.pop(event.id, None)
        if events:
            await self._stored.trim(stream_order(events[-1].id)[0] - _KEPT)
        return _IDLE

    async def _follow(self, event: Event) -> bool:
        """Do what follows of one event; False where it has to wait."""
        teams = teams_of(event)
        if event.event == Tag.APP_UNINSTALLED:
            served = {team for one in await self._installations.all() for team in one.served}
            for team in teams:
                if team not in served and not await self._end(event.id, team):
                    return False
        for team in teams:
            await self._tell(team, event)
        return True

    async def _tell(self, team: str, event: Event) -> None:
        detail = {name: said for name, said in event.detail.items() if name not in _OF_WORKSPACES}
        trail = RedisTrail(Runner(self._client_of(team), team))
        await trail.append(f"installation-{event.id}", Tag(event.event), event.actor, detail)

    async def _end(self, event: str, team: str) -> bool:
        """End what lives in a workspace that is not served any more: nobody could show it, or end it.

        While a process that has not noticed yet leads there, it is waited for.
        """
        lease = ExclusiveLease(Runner(self._client_of(team), team), self._token)
        if not await lease.take():
            begun = self._since.setdefault(event, time.monotonic())
            return time.monotonic() - begun > _PATIENCE
        try:
            await lease.end_live(BOT, EndReason.UNINSTALLED)
        finally:
            await lease.resign()
        return True


def teams_of(event: Event) -> Sequence[str]:
    """The workspaces in whose streams an event belongs."""
    named = event.detail.get("teams") or event.detail.get("team", "")
    return [team for team in named.split(",") if team]
