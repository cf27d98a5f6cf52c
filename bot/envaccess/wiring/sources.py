"""`sources.yml`: read at the start, and what is opened of it."""

import asyncio
import os
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Final

from envaccess import log
from envaccess.application.ports.metrics import UNMETERED, Meter
from envaccess.domain.errors import SettingsError
from envaccess.domain.file_fault import FileFault
from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from envaccess.domain.sources.file import NO_FILE, SourcesFile
from envaccess.domain.variable import Variable
from envaccess.settings import Settings
from envaccess.settings.files import IN_FILES, SUFFIX, data_folder, environment_variable
from envaccess.slack.alarms import Alarms
from envaccess.sources.credentials import OURS, read_credential
from envaccess.sources.http_client import HttpClient
from envaccess.sources.opening import Surroundings
from envaccess.sources_file.reading import read_sources
from envaccess.sources_file.scalars import Lookup
from envaccess.wiring.metric_catalogue import SOURCE_CALLS
from envaccess.wiring.parts import KEY_FILE, WallClock
from envaccess.yaml_file.file import digest_of, read_file

SETTING: Final = "ENVACCESS_SOURCES_FILE"


def load_sources(
    path: Path, *, guarded: bool = True, missing_ok: bool = False
) -> SourcesFile | tuple[FileFault, ...]:
    """What a file declares, or all that is wrong with it.

    Args:
        path: the file's.
        guarded: refuse it where somebody else may change it: it says what is read, called and run.
        missing_ok: whether a credential that is not here is no fault: the file is used elsewhere.
    """
    text = read_file(path, guarded=guarded)
    return (text,) if isinstance(text, FileFault) else _read_text(text, missing_ok=missing_ok)


def _read_text(text: str, *, missing_ok: bool) -> SourcesFile | tuple[FileFault, ...]:
    found = read_sources(text, Lookup(environment_variable, _read_file, missing_ok))
    if isinstance(found, SourcesFile):
        withhold_all(found)
    return found


def _read_file(path: str) -> str:
    """A credential's file, each time that it is read; those of envaccess itself go to no source.

    Raises:
        OSError: it cannot be read.
        ValueError: it is one of ours, or no text.
    """
    try:
        meant = Path(path).resolve()
    except RuntimeError:
        raise ValueError("its links go round in a circle") from None
    if _is_named_so(meant):
        raise ValueError(OURS)
    return read_credential(path, _is_ours)


def _is_named_so(meant: Path) -> bool:
    return meant.name == KEY_FILE or meant.is_relative_to("/proc")


def _is_ours(path: str, opened: os.stat_result) -> bool:
    """Whether an open file is a key or a setting of envaccess, under whatever name, or tells of a process.

    Raises:
        OSError: its path leads elsewhere by now.
    """
    meant = Path(path).resolve()
    if not os.path.samestat(meant.stat(), opened):
        raise OSError(0, "it was changed while it was read")
    named = {environment_variable(f"{name}{SUFFIX}") for name in IN_FILES} - {None, ""}
    ours = [found for one in (*named, data_folder() / KEY_FILE) if (found := _stat_of(str(one)))]
    processes = _stat_of("/proc")
    return (
        _is_named_so(meant)
        or any(os.path.samestat(one, opened) for one in ours)
        or (processes is not None and processes.st_dev == opened.st_dev)
    )


def _stat_of(path: str) -> os.stat_result | None:
    try:
        return Path(path).stat()
    except OSError:
        return None


def withhold_all(file: SourcesFile) -> None:
    """Keep every credential of a file out of the log."""
    rotations = (rule.rotation for rule in file.rules)
    credentials = [
        *(one for spec in file.sources.values() for one in spec.credentials()),
        *(rotation.secret for rotation in rotations if rotation and rotation.secret),
    ]
    for one in credentials:
        if one.text:
            log.withhold_too(one.text)


def sources_at_start(settings: Settings) -> SourcesFile:
    """The sources to serve with; none but the sealed store where no file is named.

    Raises:
        SettingsError: the file cannot be read, or has faults; names the first, and how many more there are.
    """
    if settings.sources_file is None:
        return NO_FILE
    return _or_refused(load_sources(settings.sources_file))


def _or_refused(found: SourcesFile | tuple[FileFault, ...]) -> SourcesFile:
    if isinstance(found, SourcesFile):
        return found
    first, others = found[0], len(found) - 1
    more = f" (and {others} more: envaccess sources check)" if others else ""
    raise SettingsError(f"{first.of(SETTING)}{more}")


class KeptWhere:
    """Where values are kept as the settings' file says: it is read when first asked."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._file: SourcesFile | None = None

    def source_of(self, variable: Variable) -> str:
        """The name of the source of a variable.

        Raises:
            SettingsError: the file has a fault.
        """
        if self._file is None:
            self._file = _or_refused(load_sources(self._path, missing_ok=True)) if self._path else NO_FILE
        return self._file.place_of(variable).source


class SourcesOnDisk:
    """The file that is watched; fits `reload_sources.WatchedFile`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def digest(self) -> str:
        """SHA-256 of the file as it is now; empty when it cannot be read."""
        return await asyncio.to_thread(self._digest)

    async def read(self) -> tuple[str, SourcesFile | tuple[FileFault, ...]]:
        """The same, and what stands there."""
        return await asyncio.to_thread(self._read)

    def _digest(self) -> str:
        text = read_file(self._path, guarded=True)
        return "" if isinstance(text, FileFault) else digest_of(text)

    def _read(self) -> tuple[str, SourcesFile | tuple[FileFault, ...]]:
        text = read_file(self._path, guarded=True)
        if isinstance(text, FileFault):
            return "", (text,)
        return digest_of(text), _read_text(text, missing_ok=False)


class SourceAlarms:
    """Tells the operators of a source that fails, each kind of fault once for as long as it lasts."""

    def __init__(self, alarms: Alarms) -> None:
        self._alarms = alarms

    def failed(self, variable: Variable, error: SourceFaultError) -> None:
        """A value was not had."""
        about = error.source if error.fault in _OF_SOURCE else f"{error.source}:{variable}"
        what = f"{error} (asked for {variable.label})"
        self._alarms.tell(f"source_{error.fault}", about, problem=what, mend=MENDS[error.fault])

    def answered(self, variable: Variable, source: str) -> None:
        """A value was had: what was wrong before is over."""
        for fault in SourceFault:
            about = source if fault in _OF_SOURCE else f"{source}:{variable}"
            self._alarms.clear(f"source_{fault}", about)


_OF_SOURCE: Final = frozenset({SourceFault.DOWN, SourceFault.SLOW})
"""What is wrong with the whole source; the others may be about one secret alone."""
MENDS: Final[Mapping[SourceFault, str]] = {
    SourceFault.MISSING: "look at its rule: `envaccess sources explain NAME` says where it is looked for",
    SourceFault.DELETED: "store it there again, or take its rule out of the file",
    SourceFault.DENIED: "give the credential the rights that it lacks: `envaccess sources check` names them",
    SourceFault.DOWN: "look whether it runs and can be reached from here: `envaccess sources check`",
    SourceFault.SLOW: "look at its load, and at the network between",
    SourceFault.MALFORMED: "look whether its address is that kind of source, and its field is there",
}


def surroundings(meter: Meter = UNMETERED) -> Surroundings:
    """What adapters are given."""
    called = partial(meter.count, SOURCE_CALLS)
    return Surroundings(HttpClient(), time.monotonic, WallClock().now, log.withhold_too, called)
