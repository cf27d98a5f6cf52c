"""The file of workspaces: read at the start, watched while serving; a broken one leaves what held before."""

import asyncio
from pathlib import Path
from typing import Final

from envaccess import log
from envaccess.application.file_watch import FileWatch
from envaccess.application.ports.process import Clock
from envaccess.domain.errors import SettingsError
from envaccess.domain.workspaces import NO_WORKSPACES_FILE, WorkspacesFile
from envaccess.slack.alarms import Alarms
from envaccess.workspaces_file.reading import load_workspaces

SETTING: Final = "ENVACCESS_WORKSPACES_FILE"
_BROKEN: Final = "workspaces_file_broken"


def workspaces_at_start(path: Path | None) -> WorkspacesFile:
    """What it says.

    Raises:
        SettingsError: with every fault.
    """
    if path is None:
        return NO_WORKSPACES_FILE
    found = load_workspaces(path)
    if isinstance(found, WorkspacesFile):
        return found
    raise SettingsError(*(fault.of(SETTING) for fault in found))


class WatchedWorkspaces:
    """The file while serving; fits `host.File`.

    Args:
        path: None where there is none.
        start: what it said at the start.
        alarms: told while it is broken.
        clock: the time of day.
    """

    def __init__(self, path: Path | None, start: WorkspacesFile, alarms: Alarms, clock: Clock) -> None:
        self._path, self._held, self._alarms = path, start, alarms
        self._watch = FileWatch(start.digest, clock)

    @property
    def current(self) -> WorkspacesFile:
        """What holds now."""
        return self._held

    async def look(self) -> WorkspacesFile:
        """What it says, once it has stayed the same for a moment; while it is broken, what it said before."""
        if self._path is None:
            return self._held
        found = await asyncio.to_thread(load_workspaces, self._path)
        digest = found.digest if isinstance(found, WorkspacesFile) else "; ".join(map(str, found))
        if digest == self._watch.judged or self._watch.wait(digest) is not None:
            return self._held
        self._watch.note(digest)
        if isinstance(found, WorkspacesFile):
            self._held = found
            self._alarms.clear(_BROKEN)
            log.note("workspaces_file", workspaces=str(len(found.entries)))
        else:
            first = found[0]
            where = f"Line {first.line}: " if first.line else ""
            mend = f"Mend it; until then what it said before holds ({len(found)} faults)"
            self._alarms.clear(_BROKEN)
            self._alarms.tell(_BROKEN, problem=f"{where}{first}", mend=mend)
        return self._held
