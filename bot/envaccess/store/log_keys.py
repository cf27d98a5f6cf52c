"""The keys that sign heads of the audit tree, wrapped by the master keys."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass

from envaccess.domain.audit import Actor
from envaccess.domain.checkpoint import VerifierKey, read_verifier_key
from envaccess.domain.text import whole_number
from envaccess.store.client import ours
from envaccess.store.runner import Runner


@dataclass(frozen=True, slots=True)
class StoredLogKeys:
    """What the store has of them.

    Attributes:
        name: the log's; empty where there is none.
        wrapped: each key, by its number: 1 for the first; the last signs.
        public: what each is checked with, as the store says.
    """

    name: str
    wrapped: Mapping[int, bytes]
    public: Mapping[int, VerifierKey]


class RedisLogKeys:
    """One workspace's."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    async def stored(self) -> StoredLogKeys:
        """All of them."""
        async with ours():
            fields = await self._runner.client.hgetall(self._runner.key("log_keys"))
        numbers = [number for name in fields if (number := whole_number(name)) is not None]
        public = {number: read_verifier_key(fields.get(f"public:{number}", "")) for number in numbers}
        return StoredLogKeys(
            fields.get("name", ""),
            {number: _decode(fields[str(number)]) for number in sorted(numbers)},
            {number: key for number, key in public.items() if key},
        )

    async def put(
        self, op: str, number: int, wrapped: bytes, key: VerifierKey, actor: Actor, note: str = ""
    ) -> bool:
        """Store the key of this number; False where there is one, or none before it."""
        outcome = await self._runner.outcome(
            "put_log_key",
            op=op,
            number=number,
            name=key.name,
            sealed=base64.b64encode(wrapped).decode(),
            public=str(key),
            actor=str(actor),
            note=note,
        )
        return bool(outcome["done"])

    async def rewrap(self, op: str, number: int, old: bytes, new: bytes, actor: Actor) -> bool:
        """Put a key under another master key; False where it is not as it was."""
        texts = {name: base64.b64encode(blob).decode() for name, blob in (("old", old), ("new", new))}
        outcome = await self._runner.outcome(
            "rewrap_log_key", op=op, id=str(number), actor=str(actor), **texts
        )
        return bool(outcome["done"])


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b""
