"""Back up a workspace and restore it: the store's parts, the file, and whose workspace it is."""

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from envaccess import __version__
from envaccess.crypto.keyfile import load_or_create
from envaccess.crypto.keys import Keyring, MasterKey
from envaccess.domain.audit import Actor, Tag, rfc3339
from envaccess.domain.backup import BackupCounts, BackupHeader, BackupMade, BackupRestored
from envaccess.domain.errors import (
    BackupFileError,
    KeyFileError,
    RestoreUnfinishedError,
    StoreError,
    StoreUnavailableError,
)
from envaccess.settings import Settings
from envaccess.store import health
from envaccess.store.backup_file import BackupDraft, BackupFile, check_place, drafted, opened
from envaccess.store.backup_read import BackupReader, ValuesChangedError
from envaccess.store.backup_write import RestoreWriter
from envaccess.store.client import Client
from envaccess.store.keys import EPOCH
from envaccess.store.runner import Runner
from envaccess.store.trail import RedisTrail
from envaccess.wiring.operator import choose_workspace, open_host, operator_actor
from envaccess.wiring.parts import RandomIds, key_file, refuse_later
from envaccess.wiring.seal_keys import needed_keys

_TRIES: Final = 3
"""How often a backup begins anew where values are changed while it is made."""
FOLDER: Final = "backups"
"""Where in ENVACCESS_HOME an upgrade puts its own backup."""


async def make_backup(
    client: Client, workspace: str, path: Path, actor: Actor, *, replace: bool = False
) -> BackupMade:
    """Write a workspace's backup to a file, whole or not at all, and write down that it was made.

    Args:
        client: the server.
        workspace: the team id.
        path: absolute; its folder is there.
        actor: who makes it, for the audit.
        replace: whether a file that is there is replaced.

    Raises:
        BackupFileError: the file is in the way or cannot be written.
        StoreError: Redis could not be read, or did not take the event: then there is no file.
    """
    check_place(path, replace=replace)
    for _ in range(_TRIES):
        try:
            return await _write(Runner(client, workspace), workspace, path, actor, replace=replace)
        except ValuesChangedError:
            continue
        except UnicodeDecodeError:
            raise StoreUnavailableError("Redis holds bytes that are no text, which no backup takes") from None
    raise StoreUnavailableError("Values were changed while they were copied, again and again: try it later")


async def _write(runner: Runner, workspace: str, path: Path, actor: Actor, *, replace: bool) -> BackupMade:
    reader = BackupReader(runner)
    at, epoch = await reader.stands()
    with drafted(path) as (file, name):
        draft = BackupDraft(file, BackupHeader(workspace, epoch, at, __version__))
        async for part in reader.parts():
            draft.add(part)
        end = draft.end()
        told = {"file": _shown(path), "sha256": end.sha256, **_told(end.counts)}
        await RedisTrail(runner).append(RandomIds().operation(), Tag.BACKUP_MADE, actor, told)
        name(replace)
    return BackupMade(workspace, str(path), end.counts, end.sha256)


def _shown(path: Path) -> str:
    """A path as text, also where the disk names it in bytes that are none."""
    return os.fsencode(path).decode("utf-8", "replace")


def _told(counts: BackupCounts) -> dict[str, str]:
    return {
        "requests": str(counts.requests),
        "values": str(counts.values),
        "events": str(counts.events),
    }


async def back_up_before_upgrade(client: Client, workspace: str, home: Path, actor: Actor) -> Path:
    """Make the backup that comes before an upgrade, in the home's own folder; returns its path.

    Raises:
        BackupFileError, StoreError: there is none; the upgrade must not go on.
    """
    folder = home / FOLDER
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise BackupFileError(f"Cannot make the folder {folder}: {error.strerror}.") from None
    at, _ = await BackupReader(Runner(client, workspace)).stands()
    moment = rfc3339(at).translate(str.maketrans("", "", "-:."))
    path = folder / f"{workspace}-{moment}.jsonl"
    await make_backup(client, workspace, path, actor)
    return path


async def back_up(settings: Settings, workspace: str, path: Path, *, replace: bool) -> BackupMade:
    """The operator's backup; no master key is needed.

    Raises:
        SettingsError: a setting is wrong, or it is not clear which workspace is meant.
        BackupFileError, StoreError: as `make_backup`.
    """
    check_place(path, replace=replace)
    async with open_host(settings, workspace, keys=False) as (client, told, _):
        found = choose_workspace(told, await health.workspaces(client))
        await refuse_later(Runner(client, found))
        return await make_backup(client, found, path, operator_actor(settings), replace=replace)


async def restore(settings: Settings, workspace: str, path: Path, *, replace: bool) -> BackupRestored:
    """Put a backup into a store that holds nothing of its workspace, and end what was live in it.

    Args:
        settings: as they were looked at.
        workspace: which one the operator means; empty for Slack's, or the file's where Slack does not answer.
        path: absolute.
        replace: whether what the store holds of this workspace is deleted first.

    Raises:
        SettingsError: a setting is wrong.
        BackupFileError: the file is not whole, or of another workspace; nothing was changed.
        RestoreRefusedError: somebody serves the workspace, or the store holds it; nothing was changed.
        RestoreUnfinishedError: it must be run again.
        StoreError: Redis could not be reached; nothing was changed.
    """
    with opened(path) as backup:
        counts = await asyncio.to_thread(backup.check)
        async with open_host(settings, workspace, keys=False) as (client, told, _):
            _check_header(path, backup.header, told)
            runner = Runner(client, backup.header.workspace)
            work = _Restore(backup, counts, RestoreWriter(runner, f"restore-{RandomIds().operation()}"))
            grants, requests = await work.run(operator_actor(settings), replace=replace)
            needed = await needed_keys(client, backup.header.workspace)
    missing = tuple(sorted(needed - _held_keys(settings)))
    header = backup.header
    return BackupRestored(header.workspace, counts, header.at, grants, requests, missing)


@dataclass(frozen=True, slots=True)
class _Restore:
    """The steps of one restore."""

    backup: BackupFile
    counts: BackupCounts
    writer: RestoreWriter

    async def run(self, actor: Actor, *, replace: bool) -> tuple[int, int]:
        """How many grants and requests ended."""
        made = rfc3339(self.backup.header.at)
        replaced = await self.writer.begin(made, replace=replace)
        try:
            await self.writer.clear()
            await self.writer.write(self.backup.parts())
            grants, requests = await self.writer.end_live(actor)
            told = {"made": made, **_told(self.counts), "replaced": replaced}
            ended = {"ended_grants": str(grants), "ended_requests": str(requests)}
            await self.writer.finish(actor, {name: text for name, text in {**told, **ended}.items() if text})
        except (StoreError, BackupFileError) as error:
            raise RestoreUnfinishedError(
                f"The restore is not finished. {str(error).removesuffix('.')}. Nothing is served until one "
                "is: mend this, and run it again."
            ) from None
        return grants, requests


def _check_header(path: Path, header: BackupHeader, told: str) -> None:
    if told and header.workspace != told:
        raise BackupFileError(f"{path} is a backup of the workspace {header.workspace}, not of {told}.")
    if header.epoch > EPOCH:
        raise BackupFileError(
            f"{path} was made of a store of a later version of envaccess (epoch {header.epoch}; this version "
            f"knows {EPOCH}): restore it with that one."
        )


def _held_keys(settings: Settings) -> frozenset[str]:
    """Ids of the master keys that a bot would have here; none is made."""
    if settings.master_keys:
        return frozenset(
            Keyring(tuple(MasterKey(key.get_secret_value()) for key in settings.master_keys)).ids
        )
    if settings.redis_url:
        return frozenset()
    try:
        return frozenset(Keyring((load_or_create(key_file(settings), may_create=False),)).ids)
    except KeyFileError:
        return frozenset()
