"""The key that seals, wrapped by the master keys: one for a workspace, made with its first seal."""

import base64
from collections.abc import Mapping

from envaccess.domain.audit import Actor
from envaccess.store.client import ours
from envaccess.store.runner import Runner


class RedisSealKeys:
    """One workspace's wrapped seal keys."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    async def wrapped(self) -> Mapping[str, bytes]:
        """Every wrapped key, by its id."""
        async with ours():
            found = await self._runner.client.hgetall(self._runner.key("seal_keys"))
        return {key: base64.b64decode(text) for key, text in found.items()}

    async def make(self, key: str, wrapped: bytes) -> None:
        """Store a key where there is none; whoever comes second finds the first one's."""
        await self._put(key, wrapped, back=False)

    async def put_back(self, key: str, wrapped: bytes) -> None:
        """Store a key again that was lost with everything else; nothing where one is, or it was dropped."""
        await self._put(key, wrapped, back=True)

    async def _put(self, key: str, wrapped: bytes, *, back: bool) -> None:
        text = base64.b64encode(wrapped).decode()
        await self._runner.run("put_seal_key", id=key, wrapped=text, back=str(int(back)))

    async def rewrap(self, op: str, key: str, old: bytes, new: bytes, actor: Actor) -> bool:
        """Put a key under another master key; False where it is not as it was."""
        texts = {name: base64.b64encode(blob).decode() for name, blob in (("old", old), ("new", new))}
        outcome = await self._runner.outcome("rewrap_seal_key", op=op, id=key, actor=str(actor), **texts)
        return bool(outcome["done"])

    async def drop(self, op: str, actor: Actor, lost: str = "") -> bool:
        """Drop every key and with it all that was sealed; False, and nothing, where somebody serves.

        `lost` is the id of the key that marks values, where no master key opens it: it is dropped too.
        """
        more = {"lost": lost} if lost else {}
        return "done" in await self._runner.outcome("drop_seal_key", op=op, actor=str(actor), **more)
