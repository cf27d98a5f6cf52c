"""What somebody does to the audit stream who can write to Redis, and how it is brought back.

Only on a server of the demo's own: the product has none of this.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from envaccess.domain.audit import Tag, person
from envaccess.domain.audit_line import line_of
from envaccess.domain.audit_tree import TreeHead, tile_name, write_tile
from envaccess.domain.checkpoint import Checkpoint
from envaccess.domain.errors import EnvaccessError
from envaccess.domain.merkle import Place, append, leaf_hash, tile_node, tree_root
from envaccess.store.client import ours
from envaccess.store.runner import Runner
from envaccess.store.tree import Entry, RedisTree
from envaccess.wiring.audit_tree import all_entries, all_tiles_of
from envaccess.wiring.log_keys import LogKeys


class Deed(StrEnum):
    """What is done."""

    EDIT = "edit"
    DELETE = "delete"
    FORK = "fork"


class NothingSealedError(EnvaccessError):
    """There is nothing yet that tampering could be found out of."""


_WANTED: Final = (Tag.GRANT_REVEALED, Tag.REQUEST_APPROVED, Tag.EMERGENCY_USED, Tag.REQUEST_CREATED)
_KEYS: Final = ("audit", "tree", "tree_tiles", "cursors", "event_number")


class Tampering:
    """One workspace's stream.

    Args:
        runner: with the script of this package.
        keys: what signs heads: a thief of the host has them, too.
        head: the file where the bot's host keeps the newest head.
    """

    def __init__(self, runner: Runner, keys: LogKeys, head: Path) -> None:
        self._runner, self._tree, self._keys = runner, RedisTree(runner), keys
        self._head = head
        self._before: dict[str, Mapping[str, str]] = {}
        self._whole: tuple[dict[str, bytes], str] | None = None
        self.deed: Deed | None = None

    @property
    def needs_rest(self) -> bool:
        """Whether the bot must be stopped before it is undone: it remembers which head it saw last."""
        return self.deed is Deed.FORK

    async def do(self, deed: Deed, culprit: str) -> None:
        """Do it; one at a time. `culprit` is the Slack user id that is put into an event.

        Raises:
            NothingSealedError: nothing is sealed yet, or something is done already.
            StoreError: Redis did not answer.
        """
        if self.deed:
            raise NothingSealedError("Bring the true stream back first.")
        heads = [head for head in await self._tree.heads() if head.size]
        if not heads:
            raise NothingSealedError("Nothing is sealed yet: what happens is sealed within a minute.")
        event, fields = await self._chosen(heads[-1])
        edited = {**fields, "actor": str(person(culprit))}
        if deed is Deed.FORK:
            await self._keep_all()
            await self._fork(heads[-1], event, edited)
        await self._rewrite({event: None if deed is Deed.DELETE else edited})
        self._before, self.deed = {event: fields}, deed

    async def undo(self) -> None:
        """Bring the true stream back; after a fork, with the bot stopped, all as it was before."""
        if self._whole:
            await self._restore(*self._whole)
        else:
            await self._rewrite(self._before)
        self._before, self._whole, self.deed = {}, None, None

    async def _chosen(self, head: TreeHead) -> Entry:
        """The newest sealed event that people would like to have been otherwise."""
        sealed = [entry async for entry in all_entries(self._tree, head.start)]
        last = next(place for place, (event, _) in enumerate(sealed) if event == head.last)
        sealed = sealed[: last + 1]
        wanted = [entry for entry in sealed if entry[1].get("event") in _WANTED]
        return (wanted or sealed)[-1]

    async def _rewrite(self, changes: Mapping[str, Mapping[str, str] | None]) -> None:
        flat = {
            event: False if fields is None else [text for pair in fields.items() for text in pair]
            for event, fields in changes.items()
        }
        await self._runner.run("rewrite_stream", changes=json.dumps(flat))

    async def _fork(self, head: TreeHead, event: str, edited: Mapping[str, str]) -> None:
        """Sign another tree of the same size, in which the event is another one."""
        tiles = await all_tiles_of(self._tree, head)
        old = leaf_hash(line_of(event, await self._fields(event)))
        new = leaf_hash(line_of(event, edited))
        leaves = [new if leaf == old else leaf for leaf in _leaves(tiles)]
        grown: dict[Place, list[bytes]] = {}
        for size, leaf in enumerate(leaves):
            append(grown, size, leaf)
        kept = head.checkpoint
        root = tree_root(head.size, tile_node(grown))
        body = Checkpoint(head.origin, head.size, root, kept.kept, kept.kept_id).body
        forged = replace(head, note=self._keys.sign(head.origin, body).text)
        key, pipe = self._runner.key, self._runner.client.pipeline(transaction=True)
        pipe.hset(key("tree"), f"fork:{head.fork}", forged.written())
        for place, hashes in grown.items():
            pipe.hset(key("tree_tiles"), f"{head.fork}/{tile_name(place)}", write_tile(hashes))
        async with ours():
            await pipe.execute()

    async def _fields(self, event: str) -> Mapping[str, str]:
        async with ours():
            found: Sequence[Entry] = await self._runner.client.xrange(self._runner.key("audit"), event, event)
        return found[0][1]

    async def _keep_all(self) -> None:
        """Everything of the stream and its tree, and the head that the host keeps."""
        client, found = self._runner.client, {}
        async with ours():
            for kind in _KEYS:
                found[kind] = await client.execute_command("DUMP", self._runner.key(kind), **_RAW)
        self._whole = found, self._head.read_text("utf-8") if self._head.exists() else ""

    async def _restore(self, kept: Mapping[str, Any], head: str) -> None:
        key, pipe = self._runner.key, self._runner.client.pipeline(transaction=True)
        for kind, dump in kept.items():
            if dump is not None:
                pipe.restore(key(kind), 0, dump, replace=True)
        async with ours():
            await pipe.execute()
        if head:
            self._head.write_text(head, "utf-8")


_RAW: Final = {"NEVER_DECODE": True}
"""A dump is bytes, not text."""


def _leaves(tiles: Mapping[Place, Sequence[bytes]]) -> list[bytes]:
    return [leaf for (level, _), tile in sorted(tiles.items()) if not level for leaf in tile]
