"""Seal events: put them into the tree and sign its head, each minute, and at once for an emergency.

One process does so, under the relay's lease, but each one reads every new head and keeps the last: what Redis
lost in a failover is not signed again under the same name, or there would be two heads of one size.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from envaccess.application.ports.process import Journal, Lease
from envaccess.domain.audit import NO_EVENT, Tag, stream_order
from envaccess.domain.audit_line import line_of
from envaccess.domain.audit_tree import Rest, TreeHead, log_of, origin_of
from envaccess.domain.checkpoint import Checkpoint, SignedNote
from envaccess.domain.merkle import WIDTH, Place, append, leaf_hash, open_tiles, tile_node, tree_root

SEAL_SECONDS: Final = 60.0
"""How long an event waits to be sealed, at most."""
SEAL_EVENTS: Final = 256
"""So many events that wait are sealed sooner."""
APART_SECONDS: Final = 10.0
"""Seconds between two heads, but for an emergency: each is a line in Slack."""
PUT_OFF_MOST: Final = 30
"""So many looks are waited for a replica that has what is to be sealed; it must not stop the sealing."""
_MOST: Final = 1_024
"""Events in one step."""
_LOOK_SECONDS: Final = 1.0

Entry = tuple[str, Mapping[str, str]]


class Tree(Protocol):
    """The tree as it is stored. Methods raise `StoreError`."""

    async def heads(self) -> Sequence[TreeHead]:
        """Every fork, the first first."""
        ...

    async def entries(self, after: str, count: int) -> Sequence[Entry]:
        """Events after an id, as they are stored."""
        ...

    async def back(self, event: str, steps: int) -> Entry | None:
        """The event so many before one."""
        ...

    async def tiles(self, fork: int, places: Sequence[Place]) -> dict[Place, list[bytes]]:
        """Those of these tiles that are there."""
        ...

    async def seal(self, before: TreeHead, head: TreeHead, tiles: Mapping[Place, Sequence[bytes]]) -> bool:
        """Store a head that follows another one; False where the tree, or the lease, is not as it was."""
        ...

    async def replicated(self) -> bool:
        """Whether a replica has all that was written until now; true where there is none."""
        ...

    async def fork(self, before: TreeHead, fork: int, origin: str, lost: TreeHead, rest: Rest) -> bool:
        """Begin another tree, whose first event names the lost head, and what no tree seals."""
        ...


class Signer(Protocol):
    """Signs heads."""

    @property
    def log(self) -> str:
        """The log's name."""
        ...

    def sign(self, origin: str, body: str) -> SignedNote:
        """A note of a head of that origin."""
        ...

    async def refresh(self) -> None:
        """Take a key that another process made since, so that a rotation needs no restart."""
        ...

    def choose(self, before: SignedNote | None, unsealed: Sequence[str]) -> None:
        """Sign with the newest key whose rotation is sealed.

        Args:
            before: the head before; with an older key than that nothing is signed.
            unsealed: the keys whose rotation comes after what is about to be sealed.
        """
        ...


class HeadMemory(Protocol):
    """The newest head that this host has seen, whatever Redis says; a restart forgets nothing."""

    def last(self) -> TreeHead | None:
        """That head."""
        ...

    def keep(self, head: TreeHead) -> None:
        """Keep it."""
        ...


@dataclass(slots=True)
class _SeenEvents:
    """What was seen of the events that wait; each is read once to count it, and once more to seal it.

    Attributes:
        after: the last sealed event when this was counted.
        last: the last event that was counted.
        events: how many.
        urgent: whether an emergency is among them.
        only_heads: whether they tell of heads alone.
    """

    after: str
    last: str
    events: int = 0
    urgent: bool = False
    only_heads: bool = True

    def add(self, entries: Sequence[Entry]) -> None:
        """Count further events."""
        tags = {fields.get("event", "") for _, fields in entries}
        self.events += len(entries)
        self.last = entries[-1][0] if entries else self.last
        self.urgent = self.urgent or Tag.EMERGENCY_USED in tags
        self.only_heads = self.only_heads and tags <= {Tag.AUDIT_CHECKPOINT}


class Checkpoints:
    """Seals what waits.

    Args:
        lease: one process seals.
        tree: the store.
        signer: the key.
        memory: the newest head that was seen.
        journal: the log.
        monotonic: seconds.
        retention: milliseconds for which events are kept.
    """

    def __init__(
        self,
        lease: Lease,
        tree: Tree,
        signer: Signer,
        memory: HeadMemory,
        journal: Journal,
        monotonic: Callable[[], float],
        retention: int,
    ) -> None:
        self._retention = retention
        self._lease, self._tree, self._signer = lease, tree, signer
        self._memory, self._journal, self._monotonic = memory, journal, monotonic
        self._since: float | None = None
        self._seen: _SeenEvents | None = None
        self._put_off = 0
        self._old = NO_EVENT  # what an earlier version wrote, up to this one
        self._sealed_at = monotonic() - APART_SECONDS
        self._alarmed = ""

    async def step(self) -> float:
        """Seal what is due; returns seconds until the next look.

        Raises:
            StoreError: Redis did not answer; nothing was sealed.
        """
        seen = self._memory.last()  # before the store is read, which is then no older
        heads = await self._tree.heads()
        head = heads[-1] if heads else TreeHead(0, self._signer.log)
        if seen and await self._is_lost(head, seen):
            await self._begin_anew(head, seen)
            return _LOOK_SECONDS
        if head.size:
            self._memory.keep(head)
        if not await self._lease.lead():
            self._since = None
            return _LOOK_SECONDS
        return await self._seal_due(head)

    async def _seal_due(self, head: TreeHead) -> float:
        seen = await self._look(head)
        if seen.only_heads:
            self._since = None
            return _LOOK_SECONDS
        now = self._monotonic()
        self._since = now if self._since is None else self._since
        due = seen.events >= SEAL_EVENTS or now - self._since >= SEAL_SECONDS
        if (seen.urgent or (due and now - self._sealed_at >= APART_SECONDS)) and await self._is_safe(head):
            waiting = await self._waiting(head)
            await self._seal(head, waiting)
            self._seen = None
            self._since, self._sealed_at = None, now
            return 0.0 if len(waiting) == _MOST else _LOOK_SECONDS
        return _LOOK_SECONDS

    async def _is_safe(self, head: TreeHead) -> bool:
        """Whether a failover keeps what is about to be sealed, or it was waited for long enough."""
        if await self._tree.replicated():
            self._put_off = 0
            return True
        self._put_off += 1
        if self._put_off < PUT_OFF_MOST:
            return False
        self._alarm("tree.unreplicated", head)
        return True

    async def _look(self, head: TreeHead) -> _SeenEvents:
        """What waits to be sealed, of which only what is new is read."""
        seen = self._seen
        if seen is None or seen.after != head.last or not seen.events:
            seen = self._seen = _SeenEvents(head.last, head.last)
            seen.add(await self._waiting(head))
        elif seen.events < _MOST:
            seen.add(await self._tree.entries(seen.last, _MOST - seen.events))
        return seen

    async def _waiting(self, head: TreeHead) -> Sequence[Entry]:
        """What is not sealed; of what an earlier version wrote nothing is, because it has no number."""
        if head.size or head.fork:
            return await self._tree.entries(head.last, _MOST)
        found = await self._tree.entries(self._old, _MOST)
        while found and not any("n" in fields for _, fields in found):
            self._old = found[-1][0]
            found = await self._tree.entries(self._old, _MOST)
        first = next((place for place, (_, fields) in enumerate(found) if "n" in fields), len(found))
        return found[first:]

    async def _seal(self, head: TreeHead, waiting: Sequence[Entry]) -> None:
        if not waiting:  # Redis lost them since
            return
        tiles = await self._tree.tiles(head.fork, open_tiles(head.size))
        grown, size = dict(tiles), head.size
        try:
            for event, fields in waiting:
                append(grown, size, leaf_hash(line_of(event, fields)))
                size += 1
            root = tree_root(size, tile_node(grown))
        except KeyError:
            self._alarm("tree.broken", head)
            return
        kept = await self._kept(head, waiting[-1][0])
        await self._signer.refresh()
        self._signer.choose(head.signed, await self._rotations_after(waiting[-1][0]))
        body = Checkpoint(head.origin, size, root, *kept).body
        note = self._signer.sign(head.origin, body).text
        start = head.start if head.size or head.fork else _before(waiting[0][0])
        new = TreeHead(head.fork, head.origin, size, start, waiting[-1][0], note)
        if await self._tree.seal(head, new, grown):
            self._memory.keep(new)

    async def _rotations_after(self, last: str) -> list[str]:
        """Keys made after what is about to be sealed: an archive would have a head of a key that it lacks."""
        found = list[str]()
        while page := await self._tree.entries(last, _MOST):
            found += [_made_key(fields) for _, fields in page if fields.get("event") == Tag.AUDIT_KEY_ROTATED]
            last = page[-1][0]
        return found

    async def _kept(self, head: TreeHead, newest: str) -> tuple[int, str]:
        """The least index that is kept from now on, of a whole tile, and its event.

        No more is dropped than a signed head says.
        """
        before = head.checkpoint.kept, head.checkpoint.kept_id
        since = stream_order(newest)[0] - self._retention
        entry = next(iter(await self._tree.entries(f"{since}-0", 1)), None) if since > 0 else None
        number = entry[1].get("n", "") if entry else ""
        if entry is None or not number.isdecimal() or not before[0] + WIDTH <= int(number) < head.size:
            return before
        event = await self._tree.back(entry[0], int(number) % WIDTH)
        index = int(number) // WIDTH * WIDTH
        return (index, event[0]) if event and event[1].get("n") == str(index) else before

    async def _is_lost(self, head: TreeHead, seen: TreeHead) -> bool:
        """Whether the store is behind a head that was seen, or has another one in its place."""
        if log_of(seen.origin) == log_of(head.origin) and seen.fork < head.fork:
            self._alarm("tree.forked", head)  # another process declared it, or somebody wrote it into Redis
            return False
        if (seen.origin, seen.fork) != (head.origin, head.fork) or seen.size > head.size:
            return True
        if seen.size == head.size:
            return seen.root != head.root
        return await self._root_at(head, seen.size) not in {None, seen.root}

    async def _root_at(self, head: TreeHead, size: int) -> bytes | None:
        """The root that a tree had; None where its tiles are not there, which `audit verify` tells."""
        tiles = await self._tree.tiles(head.fork, open_tiles(size))
        try:
            return tree_root(size, tile_node(tiles))
        except KeyError:
            return None

    async def _begin_anew(self, head: TreeHead, lost: TreeHead) -> None:
        self._alarm("tree.lost", lost)
        if not await self._lease.lead():
            return
        fork = max(head.fork, lost.fork) + 1
        origin = origin_of(self._signer.log, fork)
        if await self._tree.fork(head, fork, origin, lost, await self._rest(head)):
            self._memory.keep(TreeHead(fork, origin))

    async def _rest(self, head: TreeHead) -> Rest:
        """What the fork that ends has not sealed: else it could be changed, and no proof would tell."""
        count, digest, last = 0, hashlib.sha256(), head.last
        while page := await self._tree.entries(last, _MOST):
            for event, fields in page:
                digest.update(leaf_hash(line_of(event, fields)))
            count, last = count + len(page), page[-1][0]
        return Rest(count, digest.hexdigest(), last)

    def _alarm(self, what: str, head: TreeHead) -> None:
        if self._alarmed != what + head.note:
            self._alarmed = what + head.note
            self._journal.fault(what, origin=head.origin, size=str(head.size))


def _made_key(fields: Mapping[str, str]) -> str:
    """The key that a rotation made; whoever writes to Redis can say anything."""
    try:
        found = json.loads(fields.get("detail", "{}"))
    except (ValueError, RecursionError):
        return ""
    return str(found.get("key", "")) if isinstance(found, dict) else ""


def _before(event: str) -> str:
    """The id right before an event's, as far as the stream can say."""
    milliseconds, sequence = stream_order(event)
    if sequence:
        return f"{milliseconds}-{sequence - 1}"
    return f"{milliseconds - 1}-{2**64 - 1}" if milliseconds else NO_EVENT
