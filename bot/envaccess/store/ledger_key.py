"""The key that marks values, wrapped by a master key: one for a workspace, made with its first mark."""

import base64
from dataclasses import dataclass

from envaccess.domain.audit import Actor
from envaccess.store.client import ours
from envaccess.store.runner import Runner


@dataclass(frozen=True, slots=True)
class StoredLedgerKey:
    """It as it lies there.

    Attributes:
        id: what names it; empty where there is none.
        wrapped: sealed by a master key; empty where it is stored as nothing writes it.
    """

    id: str = ""
    wrapped: bytes = b""


class RedisLedgerKey:
    """One workspace's."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    async def stored(self) -> StoredLedgerKey:
        """What is there."""
        async with ours():
            fields = await self._runner.client.hgetall(self._runner.key("ledger_key"))
        try:
            wrapped = base64.b64decode(fields.get("sealed", ""), validate=True)
        except ValueError:
            wrapped = b""
        return StoredLedgerKey(fields.get("id", ""), wrapped)

    async def make(self, key: str, wrapped: bytes) -> None:
        """Store one where there is none; whoever comes second finds the first one's."""
        await self._runner.run("put_ledger_key", id=key, sealed=base64.b64encode(wrapped).decode())

    async def rewrap(self, op: str, key: str, old: bytes, new: bytes, actor: Actor) -> bool:
        """Put it under another master key; False where it is not as it was."""
        texts = {name: base64.b64encode(blob).decode() for name, blob in (("old", old), ("new", new))}
        outcome = await self._runner.outcome("rewrap_ledger_key", op=op, id=key, actor=str(actor), **texts)
        return bool(outcome["done"])
