"""Upgrade the store of an earlier version when serving starts, before anything is served."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Final

from envaccess import __version__, log
from envaccess.crypto.seals import Seals
from envaccess.domain.audit import BOT
from envaccess.domain.errors import SettingsError, StoreError
from envaccess.domain.upgrade import UpgradeCounts
from envaccess.slack.client import Identity
from envaccess.store.exclusive import ExclusiveLease
from envaccess.store.runner import Runner
from envaccess.store.sealing import Sealing
from envaccess.store.upgrade import StoreUpgrade, holds_earlier
from envaccess.wiring.application import Base
from envaccess.wiring.backup import back_up_before_upgrade
from envaccess.wiring.parts import WallClock

_FOLLOWERS: Final = 2.0
"""Seconds in which a process that follows takes a lease that nobody has."""


async def upgrade_store(base: Base, identity: Identity, seals: Seals) -> None:
    """Upgrade what an earlier version left, once; a store of this version is left as it is.

    Raises:
        SettingsError: another process serves the workspace.
        BackupFileError: no backup can be written; nothing was changed.
        StoreError: Redis could not do it; the next start goes on with it.
    """
    runner = Runner(base.client, identity.team)
    store = StoreUpgrade(runner, Sealing(seals, WallClock().now), f"upgrade-{base.ids.operation()}")
    if await store.is_done():
        return
    if not await holds_earlier(runner):
        await store.mark()
        return
    async with _alone(store.lease):
        if not await store.is_done():
            await _upgrade(base, identity, store)


async def _upgrade(base: Base, identity: Identity, store: StoreUpgrade) -> None:
    backup = str(await back_up_before_upgrade(base.client, identity.team, base.settings.home, BOT))
    log.note("upgrade_backup", path=backup)
    counts = await run_upgrade(store, backup)
    log.note("upgraded", **asdict(counts))


async def run_upgrade(store: StoreUpgrade, backup: str) -> UpgradeCounts:
    """All steps behind the backup, in their order; each can be repeated.

    Args:
        store: with the lease taken.
        backup: the file's path, for the event.

    Raises:
        StoreError: Redis could not do it.
    """
    variables = await store.adopt_secrets()
    grants, requests = await store.end_live()
    duties = await store.end_duties()
    kept, refused = await store.keep_history()
    counts = UpgradeCounts(grants, requests, duties, variables, kept, refused)
    told = {name: str(count) for name, count in asdict(counts).items() if count}
    await store.finish({"version": __version__, "backup": backup, **told})
    return counts


@contextlib.asynccontextmanager
async def _alone(lease: ExclusiveLease) -> AsyncIterator[None]:
    """With the lease, which any other process that serves would have taken."""
    if not await lease.is_others():
        await asyncio.sleep(_FOLLOWERS)
    if not await lease.take():
        raise SettingsError(
            "The store is of an earlier version of envaccess, and another process serves it, or did in the "
            "last ten seconds: stop them all, start one, and the others when it serves"
        )
    try:
        yield
    finally:
        with contextlib.suppress(StoreError):  # it ends by itself
            await lease.resign()
