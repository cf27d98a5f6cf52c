"""Upgrade an earlier version's store: end what lives and waits, seal what is over, mark the store (law 13).

Grants and requests from before there were seals cannot be told from forged ones, so they end. Every step can
be repeated: an upgrade that is killed is begun anew by the next start, and nothing is served before it is
through. Without its sealed mark a store is upgraded again, whatever else it holds: that only ends things.
"""

from collections.abc import Sequence
from contextlib import aclosing
from typing import Any, Final

from envaccess.domain.audit import BOT
from envaccess.domain.end_reasons import EndReason
from envaccess.domain.errors import SealBrokenError
from envaccess.domain.seals.statements import EpochSeal
from envaccess.store.adopt_secrets import adopt_secrets, holds_unadopted
from envaccess.store.client import PAGE_SECONDS, Client, name_pages, ours
from envaccess.store.exclusive import ExclusiveLease, taken_over
from envaccess.store.history import history_seal
from envaccess.store.keys import EPOCH
from envaccess.store.record_seals import StoredRequest
from envaccess.store.runner import Runner
from envaccess.store.sealing import Sealing

_AT_ONCE: Final = 50
"""Duties that one step ends."""
_UNMARKED: Final = "0"


class StoreUpgrade:
    """The upgrade of one workspace.

    Args:
        runner: the workspace's scripts.
        sealing: seals what is over, and the mark.
        token: names this process in the lease.

    Attributes:
        lease: taken before every step.
    """

    def __init__(self, runner: Runner, sealing: Sealing, token: str) -> None:
        self._runner = runner
        self._client: Any = runner.client
        self._sealing = sealing
        self.lease = ExclusiveLease(runner, token)

    async def is_done(self) -> bool:
        """Whether the store has this version's epoch and a true seal of it."""
        async with ours():
            epoch, seal = await self._client.mget(self._runner.key("epoch"), self._runner.key("epoch_seal"))
        if epoch != str(EPOCH):
            return False
        try:
            return EpochSeal.opened(self._sealing.seals, seal or "").epoch == EPOCH
        except SealBrokenError:
            return False

    async def end_live(self) -> tuple[int, int]:
        """End every live grant and every pending request; returns how many of each ended so."""
        return await self.lease.end_live(BOT, EndReason.UPGRADED)

    async def adopt_secrets(self) -> int:
        """Write the catalogue records of values that have none; returns how many."""
        await self.lease.keep()
        return await adopt_secrets(self._runner, self._sealing)

    async def end_duties(self) -> int:
        """Give every duty back to its owner; returns how many."""
        ended = 0
        while more := await self._end_duties():
            ended += more
        return ended

    async def _end_duties(self) -> int:
        await self.lease.keep()
        return int(
            await self._runner.run("end_duties", limit=_AT_ONCE, actor=str(BOT), why=EndReason.UPGRADED)
        )

    async def keep_history(self) -> tuple[int, int]:
        """Seal every request that has no seal as what is over; returns how many were, and could not be."""
        kept = refused = 0
        async for ids in self.lease.requests():
            unsealed = [found for found in await self._read(ids) if not found.text.get("filing")]
            seals = {found.id: history_seal(found, self._sealing) for found in unsealed}
            versions = {found.id: found.fields.get("version", "") for found in unsealed}
            done = {id_: seal for id_, seal in seals.items() if seal}
            if done:
                kept += int(await self._runner.run("keep_history", seals=done, versions=versions))
            refused += len(seals) - len(done)
        return kept, refused

    async def mark(self) -> None:
        """Say that a store which holds nothing of an earlier version is of this one."""
        await self._runner.run("finish_upgrade", **self._epoch())

    async def finish(self, detail: dict[str, str]) -> None:
        """Write down that it is done, and mark the store; in one step.

        Raises:
            StoreUnavailableError: another process took the workspace over.
        """
        if not await self._runner.run(
            "finish_upgrade", token=self.lease.token, detail=detail, **self._epoch()
        ):
            raise taken_over()

    def _epoch(self) -> dict[str, str | int]:
        seal = EpochSeal(EPOCH, self._sealing.clock()).sealed(self._sealing.seals)
        return {"epoch": EPOCH, "seal": seal}

    async def _read(self, ids: Sequence[str]) -> list[StoredRequest]:
        pipe = self._client.pipeline(transaction=True)
        for id_ in ids:
            pipe.hgetall(self._runner.key("request", id_))
            pipe.hgetall(self._runner.key("text", id_))
        async with ours(PAGE_SECONDS):
            answers = await pipe.execute()
        found = zip(ids, answers[::2], answers[1::2], strict=True)
        return [StoredRequest(id_, fields, text) for id_, fields, text in found if fields]


async def holds_earlier(runner: Runner) -> bool:
    """Whether a store holds what an earlier version may have left: a value, a request, a duty.

    Raises:
        StoreError: Redis does not answer.
    """
    client: Any = runner.client
    async with ours():
        if await client.exists(runner.key("delegations")):
            return True
    return await holds_unadopted(runner) or await _holds_request(client, runner.key("request"))


async def awaits_upgrade(runner: Runner) -> bool:
    """Whether the next start of serving upgrades this store, as far as that shows without keys.

    Raises:
        StoreError: Redis does not answer.
    """
    async with ours():
        epoch = await runner.client.get(runner.key("epoch"))
    return epoch in {None, _UNMARKED} and await holds_earlier(runner)


async def _holds_request(client: Client, prefix: str) -> bool:
    async with aclosing(name_pages(client, f"{prefix}*", PAGE_SECONDS)) as pages:
        async for page in pages:
            if page:
                return True
    return False
