"""`sources.yml`: read at the start, and what is opened of it."""

import time
from pathlib import Path
from typing import Final

from envaccess import log
from envaccess.domain.errors import SettingsError
from envaccess.domain.file_fault import FileFault
from envaccess.domain.sources.file import NO_FILE, SourcesFile
from envaccess.settings import Settings
from envaccess.settings.files import environment_variable
from envaccess.sources.credentials import read_credential
from envaccess.sources.http_client import HttpClient
from envaccess.sources.opening import Surroundings
from envaccess.sources_file.reading import read_sources
from envaccess.sources_file.scalars import Lookup
from envaccess.wiring.parts import WallClock
from envaccess.yaml_file.file import read_file

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
    if isinstance(text, FileFault):
        return (text,)
    found = read_sources(text, Lookup(environment_variable, read_credential, missing_ok))
    if isinstance(found, SourcesFile):
        withhold_all(found)
    return found


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
    found = load_sources(settings.sources_file)
    if isinstance(found, SourcesFile):
        return found
    first, others = found[0], len(found) - 1
    line = f" in line {first.line}" if first.line else ""
    more = f" (and {others} more: envaccess sources check)" if others else ""
    raise SettingsError(f"{SETTING} has a fault{line}: {first}{more}")


def surroundings() -> Surroundings:
    """What adapters are given."""
    return Surroundings(HttpClient(), time.monotonic, WallClock().now, log.withhold_too)
