"""Take what was deleted or replaced off the disk: the embedded server's append-only file, written anew.

An append-only file keeps every value that was ever written, sealed as it was, until it is rewritten to what
there is now. The rewrite must begin after the change, so one that is under way already does not count: its
picture of the data may be older. Redis and Valkey keep a base and increments in a folder, name those in force
in a manifest, and delete the others in the background (`aof.c` of both, since version 7).
"""

import asyncio
import os
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import redis.asyncio as redis

from envaccess.domain.errors import StoreUnavailableError
from envaccess.store.client import Client, ours

PATIENCE: Final = 120.0
"""Seconds that a rewrite may take: one of a gigabyte takes about ten."""
_LOOK: Final = 0.02
_MANIFEST: Final = "appendonly.aof.manifest"
_FOLDER: Final = "appendonlydir"
_NAMED: Final = re.compile(r"^file (\S+) ", re.MULTILINE)
_DRAFT: Final = re.compile(r"temp-rewriteaof-(?:bg-)?(\d+)\.aof")
_BUSY: Final = "already in progress"


async def rewrite_log(client: Client, data: Path, seconds: float = PATIENCE) -> None:
    """Rewrite the append-only file, and wait until nothing of the old one is left.

    Args:
        client: the embedded server.
        data: the server's data folder.
        seconds: how long it may take.

    Raises:
        StoreError: it could not be done in time; the old file may still be there.
    """
    deadline = time.monotonic() + seconds
    run = str((await _info(client))["run_id"])
    while not await _begin(client):
        await _pause(deadline)
    while (state := _state(await _info(client), run)) is None:
        await _pause(deadline)
    if state != "ok":
        raise StoreUnavailableError(
            "Redis could not rewrite its append-only file; look at its log and the disk"
        )
    _remove_remains(data)
    while _old_files(data):
        await _pause(deadline)


async def _begin(client: Any) -> bool:  # noqa: ANN401 - redis-py's annotations cannot tell the answers
    """Begin a rewrite, or have it begin as soon as may be; False while an older one is under way."""
    async with ours():
        try:
            await client.bgrewriteaof()
        except redis.ResponseError as error:
            if _BUSY in str(error):
                return False
            raise
    return True


async def _info(client: Any) -> Mapping[str, Any]:  # noqa: ANN401 - the same
    async with ours():
        info: Mapping[str, Any] = await client.info()
    return info


def _state(info: Mapping[str, Any], run: str) -> str | None:
    """How the last rewrite ended; None while one is under way or about to be.

    Raises:
        StoreUnavailableError: the server is another than the one that began, and knows of no rewrite.
    """
    if info["run_id"] != run:
        raise StoreUnavailableError("Redis was restarted while it rewrote its append-only file")
    if int(info["aof_rewrite_in_progress"]) or int(info["aof_rewrite_scheduled"]):
        return None
    return str(info["aof_last_bgrewrite_status"])


async def _pause(deadline: float) -> None:
    if time.monotonic() >= deadline:
        raise StoreUnavailableError("Redis did not finish rewriting its append-only file in time")
    await asyncio.sleep(_LOOK)


def _remove_remains(data: Path) -> None:
    """Remove what a killed rewrite and a torn end left behind, which no server deletes."""
    for draft in data.glob("temp-rewriteaof-*.aof"):
        found = _DRAFT.fullmatch(draft.name)
        if found and not _lives(int(found[1])):
            draft.unlink(missing_ok=True)
    for torn in (data / _FOLDER).glob("*.torn-at-*"):
        torn.unlink(missing_ok=True)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _old_files(data: Path) -> set[str]:
    """Files beside those that the manifest names."""
    folder = data / _FOLDER
    names = {file.name for file in folder.iterdir()}
    named = set(_NAMED.findall((folder / _MANIFEST).read_text()))
    return names - named - {_MANIFEST, f"temp-{_MANIFEST}"}
