"""All workspaces of a process: noticed when they are installed and removed, each kept running by itself."""

import asyncio
from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Final, Protocol

from slack_bolt.app.async_app import AsyncApp

from envaccess import log
from envaccess.application.ports.installations import InstallationStore
from envaccess.domain.errors import DirectoryError, EnvaccessError, SettingsError, StoreError
from envaccess.domain.installation import Installation
from envaccess.domain.workspaces import WorkspacesFile
from envaccess.http import unless_stopped
from envaccess.slack.alarms import Alarms
from envaccess.slack.socket import SocketMode
from envaccess.wiring.workspaces.chosen import ChosenWorkspace, Installed, by_team, choose
from envaccess.wiring.workspaces.running import RunningWorkspace, Shared, start_workspace

LOOK_SECONDS: Final = 2.0
"""Between two looks at what is installed: a new workspace is served some seconds after."""
_FIRST_WAIT: Final = 2.0
_LONGEST_WAIT: Final = 60.0
_FAULTY: Final = "workspace_not_served"
_UNFIT: Final = "workspace_settings_refused"
_UNSET: Final = "workspace_without_settings"


class WorkspaceState(StrEnum):
    """How it stands with a workspace, for whoever types there."""

    SERVED = "served"
    NOT_INSTALLED = "not_installed"
    WITHOUT_SETTINGS = "without_settings"
    """Installed, and nobody says which channels it uses."""
    AWAY = "away"
    """It is being started, or cannot be."""


class File(Protocol):
    """The file of workspaces, as it holds now."""

    async def look(self) -> WorkspacesFile:
        """What it says; where it is broken, what it said before."""
        ...


class Workspaces:
    """All of them.

    Args:
        shared: what they share.
        installations: what is installed.
        file: what each uses.
        alarms: what is wrong with one of them, or with the file.

    Attributes:
        sockets: the connections of Socket Mode; None where Slack posts to us.
    """

    def __init__(self, shared: Shared, installations: InstallationStore, file: File, alarms: Alarms) -> None:
        self._shared, self._installations, self._file = shared, installations, file
        self._alarms = alarms
        self.sockets: SocketMode | None = None
        self._left: set[_KeptWorkspace] = set()
        self._looking = asyncio.Lock()
        self._kept: dict[str, _KeptWorkspace] = {}
        self._installed: Installed = {}
        self._looked = False

    @property
    def running(self) -> Mapping[str, RunningWorkspace]:
        """Those that are served now, by team id."""
        return {team: kept.running for team, kept in self._kept.items() if kept.running}

    @property
    def installed(self) -> Collection[Installation]:
        """What was installed at the last look."""
        return {one.token_sha256: one for one in self._installed.values()}.values()

    def find(self, team: str) -> AsyncApp | None:
        """What answers payloads of a workspace."""
        kept = self._kept.get(team)
        return kept.running.front if kept and kept.running else None

    def state(self, team: str) -> WorkspaceState:
        """How it stands with one."""
        if self.find(team):
            return WorkspaceState.SERVED
        if team in self._kept:
            return WorkspaceState.AWAY
        if team in self._installed:
            return WorkspaceState.WITHOUT_SETTINGS
        return WorkspaceState.NOT_INSTALLED if self._looked else WorkspaceState.AWAY

    def none_servable(self) -> bool:
        """Whether workspaces wait to be served, and none is: one that lacks something stops no other."""
        return bool(self._kept) and not any(kept.sound for kept in self._kept.values())

    async def step(self) -> float:
        """Look what is installed; returns seconds until the next look.

        Raises:
            StoreError: Redis did not answer.
        """
        async with self._looking:
            return await self._look()

    async def _look(self) -> float:
        self._installed = by_team(await self._installations.all())
        chosen = choose(self._shared.settings, await self._file.look(), self._installed)
        self._looked = True
        self._tell_unset(chosen)
        for team in self._kept.keys() - chosen.keys():
            self._let_go(self._kept.pop(team))
            log.note("workspace_removed", workspace=team)
        for team, one in chosen.items():
            if team in self._kept:
                self._kept[team].choose(one)
            else:
                self._kept[team] = _KeptWorkspace(self._shared, one, self._alarms, self.sockets)
        return LOOK_SECONDS

    async def drain(self, _seconds: float) -> bool:
        """Let each finish what was begun, all at once."""
        for kept in self._kept.values():
            self._let_go(kept)
        await asyncio.gather(*(kept.finished.wait() for kept in self._left))
        return True

    async def close(self) -> None:
        """Let each say farewell."""
        await asyncio.gather(*(kept.task for kept in self._left), return_exceptions=True)

    def _let_go(self, kept: "_KeptWorkspace") -> None:
        self._left.add(kept)
        kept.task.add_done_callback(lambda _: self._left.discard(kept))
        kept.leave()

    def _tell_unset(self, chosen: Mapping[str, ChosenWorkspace]) -> None:
        for team in self._installed:
            if team in chosen:
                self._alarms.clear(_UNSET, team)
            else:
                mend = (
                    f"Add it to the file that ENVACCESS_WORKSPACES_FILE names: "
                    f"`{team}: {{approvers_channel: C..., audit_channel: C...}}`"
                )
                self._alarms.tell(
                    _UNSET, team, problem="It is installed, and nobody says what it uses", mend=mend
                )


class _KeptWorkspace:
    """One workspace, started again whenever it ends, until it is to leave.

    Attributes:
        running: while it is served.
        finished: set once it does nothing more than to say farewell.
    """

    def __init__(
        self, shared: Shared, chosen: ChosenWorkspace, alarms: Alarms, sockets: SocketMode | None
    ) -> None:
        self._shared, self._chosen, self._alarms, self._sockets = shared, chosen, alarms, sockets
        self.running: RunningWorkspace | None = None
        self.finished = asyncio.Event()
        self._leaving, self._changed = asyncio.Event(), asyncio.Event()
        self.task = asyncio.create_task(self._keep())

    @property
    def sound(self) -> bool:
        """Whether it is served, with nothing wrong."""
        return self.running is not None and not self.running.application.lost()

    def leave(self) -> None:
        """Stop for good."""
        self._leaving.set()
        self._changed.set()

    def choose(self, chosen: ChosenWorkspace) -> None:
        """Go on with what is said now: another token at once, other settings by another start."""
        before, self._chosen = self._chosen, chosen
        if self.running and chosen.kept == self.running.chosen.kept:
            self.running.renew(chosen)
        elif chosen != before:
            self._changed.set()

    async def _keep(self) -> None:
        failures = 0
        try:
            while not self._leaving.is_set():
                self._changed.clear()
                failures = 0 if await self._live() else failures + 1
                if failures:
                    await self._wait(min(_FIRST_WAIT * 2 ** (failures - 1), _LONGEST_WAIT))
        finally:
            self.finished.set()

    async def _live(self) -> bool:
        """Start, and run until it is to be started anew; whether it ran."""
        try:
            running = await unless_stopped(
                lambda: start_workspace(self._shared, self._chosen, self._sockets), self._changed
            )
        except EnvaccessError as error:
            self._tell(error)
            return False
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one workspace stops no other
            log.unexpected("workspace", error)
            self._tell(EnvaccessError("It could not be started"))
            return False
        if running is None:
            return True
        self.running = running
        for tag in (_FAULTY, _UNFIT):
            self._alarms.clear(tag, self._chosen.team)
        return await self._run(running)

    async def _run(self, running: RunningWorkspace) -> bool:
        try:
            await self._until_changed(running)
        except Exception as error:  # noqa: BLE001 - the same
            log.unexpected("workspace", error)
            return False
        else:
            return True
        finally:
            self.running = None
            await running.finish()
            if self._leaving.is_set():
                self.finished.set()
            await running.close()

    async def _until_changed(self, running: RunningWorkspace) -> None:
        """Wait until it is to leave, or other settings hold with which it can be started."""
        while True:
            await running.until_over(self._changed)
            offered = self._chosen
            if self._leaving.is_set():
                return
            self._changed.clear()
            if offered.kept == running.chosen.kept:
                self._alarms.clear(_UNFIT, offered.team)
                continue
            try:
                await running.check(offered)
            except EnvaccessError as error:
                mend = "What it used before holds; mend the file, and it is tried again"
                self._alarms.tell(_UNFIT, offered.team, problem=_in_one(error), mend=mend)
            else:
                return

    def _tell(self, error: EnvaccessError) -> None:
        passing = isinstance(error, (DirectoryError, StoreError))
        mend = "It is tried again" if passing else "It is tried again each minute: mend this meanwhile"
        self._alarms.tell(_FAULTY, self._chosen.team, problem=_in_one(error), mend=mend)

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            pass


def _in_one(error: EnvaccessError) -> str:
    return "; ".join(error.sentences) if isinstance(error, SettingsError) else str(error)
