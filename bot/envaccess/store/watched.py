"""What security people watch: fits `ports.watch.Watched`."""

from collections.abc import Sequence
from typing import Final

from envaccess.domain.audit import Tag, stream_order
from envaccess.domain.sinks import SinkLag, known_sinks, lag_of
from envaccess.domain.watch import LiveGrants, SealState
from envaccess.store.client import ours
from envaccess.store.cursors import RedisCursors
from envaccess.store.request_reader import RequestReader
from envaccess.store.runner import Runner
from envaccess.store.tree import RedisTree

_LIVE: Final = frozenset({"expire", "lapse"})
"""Deadlines of access that there is: one of them belongs to each live grant."""


class RedisWatched:
    """One workspace's.

    Args:
        runner: the workspace's scripts.
        reader: reads requests.
        declared: names of the sinks that the file declares.
    """

    def __init__(self, runner: Runner, reader: RequestReader, declared: Sequence[str]) -> None:
        self._runner = runner
        self._reader = reader
        self._tree = RedisTree(runner)
        self._cursors = RedisCursors(runner)
        self._declared = declared

    async def grants(self, page: int, size: int) -> LiveGrants:
        """A page of all live grants: one call lists their ids, and another reads those of the page."""
        async with ours():
            deadlines = await self._runner.client.zrange(self._runner.key("deadlines"), 0, -1)
        entries = (entry.partition(":") for entry in deadlines)
        ids = list(dict.fromkeys(id_ for kind, _, id_ in entries if kind in _LIVE))
        page = min(page, max(0, (len(ids) - 1) // size))
        loaded = await self._reader.load(ids[page * size : (page + 1) * size])
        live = [request for request in loaded.requests if request.held]
        return LiveGrants(live, len(ids), page, [refused.request for refused in loaded.refused])

    async def seal(self) -> SealState:
        """How far the audit stream is sealed. A checkpoint alone waits for other events to be sealed with."""
        heads = await self._tree.heads()
        now, _ = await self._cursors.all()
        if not heads:
            return SealState(waits=_age(await self._tree.entries("0-0", 1), now))
        head = heads[-1]
        unsealed = await self._tree.entries(head.last, 3)
        waiting = [entry for entry in unsealed if entry[1].get("event") != Tag.AUDIT_CHECKPOINT]
        note = head.signed
        key = note.signatures[0].key_hash.hex() if note and note.signatures else ""
        at = stream_order(head.last)[0] if head.size else 0
        return SealState(head.size, at, key, head.fork, _age(waiting, now))

    async def sinks(self) -> Sequence[SinkLag]:
        """How far each sink is behind, those of the file first."""
        now, cursors = await self._cursors.all()
        others = (name for name in known_sinks(cursors) if name not in self._declared)
        return [lag_of(name, cursors, now) for name in (*self._declared, *others)]


def _age(entries: Sequence[tuple[str, object]], now: int) -> int:
    """For how many seconds the first of these has waited; 0 where there is none."""
    return max(0, now - stream_order(entries[0][0])[0]) // 1_000 if entries else 0
