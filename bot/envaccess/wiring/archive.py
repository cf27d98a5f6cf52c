"""The archive of closed requests, as the settings say."""

from pathlib import Path
from typing import Final

from envaccess.archive.folder import FolderObjects
from envaccess.archive.index import ArchiveIndex
from envaccess.archive.ports import Objects
from envaccess.archive.request_archive import RequestArchive
from envaccess.domain.archive_address import ArchiveAddress
from envaccess.settings import Settings
from envaccess.store.archiving import RedisArchiving
from envaccess.store.runner import Runner
from envaccess.store.sealing import Sealing

FOLDER: Final = "archive"
"""Where in ENVACCESS_HOME it is beside the embedded server."""
_INDEXES: Final = "archive-index"


def archive_address(settings: Settings) -> ArchiveAddress:
    """Where the archive is.

    Beside the embedded server it lies where the data lie. Beside another nobody knows a folder that stays.
    """
    if settings.archive is not None:
        return settings.archive
    return ArchiveAddress() if settings.redis_url else ArchiveAddress(folder=str(settings.home / FOLDER))


def open_archive(settings: Settings, runner: Runner, sealing: Sealing) -> RequestArchive | None:
    """The archive of a runner's workspace; None where there is none. Nothing is written or asked yet."""
    address = archive_address(settings)
    if address.is_off:
        return None
    return RequestArchive(
        _objects(address),
        ArchiveIndex(settings.home / _INDEXES / f"{runner.workspace}.sqlite"),
        RedisArchiving(runner),
        runner.workspace,
        sealing.seals,
        sealing.look_again,
        sealing.clock,
        settings.retention * 1_000,
    )


def _objects(address: ArchiveAddress) -> Objects:
    return FolderObjects(Path(address.folder).expanduser())
