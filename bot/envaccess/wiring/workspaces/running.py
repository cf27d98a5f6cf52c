"""One workspace among several: started, run beside the others, and stopped, whatever becomes of them."""

import asyncio
import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from envaccess.application.ports.metrics import Meter
from envaccess.crypto.keys import Keyring
from envaccess.domain.errors import SettingsError
from envaccess.log import LogJournal
from envaccess.projections.workers import Loop
from envaccess.settings import Settings
from envaccess.slack.background import Background
from envaccess.slack.client import Identity, SlackClient
from envaccess.slack.socket import SocketMode
from envaccess.store.client import Client
from envaccess.store.fleet import RedisFleet
from envaccess.wiring.application import Application, Base, join
from envaccess.wiring.fleet import Presence
from envaccess.wiring.front import begin, build_front, say_farewell
from envaccess.wiring.metrics import measure
from envaccess.wiring.parts import RandomIds, open_slack
from envaccess.wiring.seal_keys import open_seals
from envaccess.wiring.start_checks import check_settings, check_slack, check_store
from envaccess.wiring.upgrade import upgrade_store
from envaccess.wiring.workspaces.chosen import ChosenWorkspace

DRAIN_SECONDS: Final = 4.0
FAREWELL_SECONDS: Final = 1.2


@dataclass(frozen=True, slots=True)
class Shared:
    """What all workspaces of a process share.

    Attributes:
        replica: names this process among those that serve.
    """

    settings: Settings
    client: Client
    keyring: Keyring
    ids: RandomIds
    journal: LogJournal
    meter: Meter
    replica: str


class RunningWorkspace:
    """One workspace that is served.

    Attributes:
        chosen: what it was started with.
        front: answers its payloads.
    """

    def __init__(
        self,
        chosen: ChosenWorkspace,
        base: Base,
        identity: Identity,
        application: Application,
        presence: Presence,
        sockets: SocketMode | None,
        opened: contextlib.AsyncExitStack,
    ) -> None:
        self.chosen, self.base, self.identity, self.application = chosen, base, identity, application
        self._background = Background()
        self.front = build_front(base, identity, application, self._background)
        self._presence, self._opened = presence, opened
        self._tasks: list[asyncio.Task[None]] = []
        self.gauges, self._more = measure(base, application, sockets, time.monotonic)

    def run(self, loops: Sequence[Loop]) -> None:
        """Begin with what runs beside the listeners."""
        self._tasks = [asyncio.create_task(loop()) for loop in (*loops, *self._more)]

    async def until_over(self, stop: asyncio.Event) -> None:
        """Wait until told to stop. Raises whatever ended a loop: none ends by itself."""
        stopped = asyncio.create_task(stop.wait())
        try:
            done, _ = await asyncio.wait({stopped, *self._tasks}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopped.cancel()
        for task in done:
            await task

    def renew(self, chosen: ChosenWorkspace) -> None:
        """Go on with another token of the same installation."""
        self.base.slack.use_token(chosen.installation.token)
        self.chosen = replace(self.chosen, installation=chosen.installation)

    async def check(self, chosen: ChosenWorkspace) -> None:
        """Refuse settings with which it could not be started.

        Raises:
            SettingsError: they are wrong.
            DirectoryError: Slack did not say.
        """
        serving, policy, sources = check_settings(chosen.settings)
        base = replace(self.base, settings=chosen.settings, serving=serving, policy=policy, sources=sources)
        await check_slack(base, self.identity, self.application)

    async def finish(self) -> None:
        """Finish what was begun, within four seconds."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(self._background.drain(DRAIN_SECONDS), *self._tasks, return_exceptions=True)

    async def close(self) -> None:
        """Say farewell and close."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL_SECONDS):
                await say_farewell(self.base, self.application, self._presence)
        await self._opened.aclose()


async def start_workspace(
    shared: Shared, chosen: ChosenWorkspace, sockets: SocketMode | None
) -> RunningWorkspace:
    """Check what must hold, join the parts, and run.

    Raises:
        SettingsError: something is wrong that no waiting mends.
        EnvaccessError: Slack or Redis did not answer.
    """
    async with contextlib.AsyncExitStack() as stack:
        slack = await stack.enter_async_context(
            open_slack(chosen.settings, chosen.installation.token, shared.meter)
        )
        base = _base(shared, chosen, slack)
        identity = _of(chosen, await slack.whoami())
        await check_store(base, identity)
        seals = await open_seals(base.client, identity.team, identity.user, base.keyring)
        application = join(base, identity, seals)
        stack.push_async_callback(application.directory.close)
        stack.push_async_callback(application.values.close)
        await check_slack(base, identity, application)
        await upgrade_store(base, identity, seals)
        fleet = RedisFleet(application.runner)
        presence = Presence(fleet, application.outbox.token, sockets, application.alarms)
        loops = await begin(base, application, presence, "socket" if sockets else "http")
        running = RunningWorkspace(chosen, base, identity, application, presence, sockets, stack.pop_all())
    running.run(loops)
    return running


def _base(shared: Shared, chosen: ChosenWorkspace, slack: SlackClient) -> Base:
    """What it has besides what all share. Raises `SettingsError` with every fault of its settings."""
    serving, policy, sources = check_settings(chosen.settings)
    return Base(
        chosen.settings,
        serving,
        shared.client,
        slack,
        shared.keyring,
        shared.ids,
        shared.journal,
        policy,
        sources,
        shared.meter,
        shared.replica,
    )


def _of(chosen: ChosenWorkspace, identity: Identity) -> Identity:
    """Who we are in this workspace: a token of another one is never used for it.

    Raises:
        SettingsError: it is another one's.
    """
    if chosen.installation.org_wide:
        return replace(identity, team=chosen.team)
    if identity.team != chosen.team:
        raise SettingsError(f"Its token is of another workspace, {identity.team}: install the app again")
    return identity
