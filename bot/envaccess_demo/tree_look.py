"""The audit tree as the playground shows it: verified by the product's own code, event by event."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from envaccess.domain.audit_line import line_of
from envaccess.domain.audit_tree import TreeHead
from envaccess.domain.checkpoint import SignedNote, VerifierKey
from envaccess.domain.merkle import Place, leaf_hash
from envaccess.domain.tree_check import TreeReport
from envaccess.store.tree import RedisTree
from envaccess.wiring.audit_tree import all_entries, all_tiles_of
from envaccess.wiring.tree_verification import Verification

Mark = Literal["sealed", "waits", "altered", "missing"]

_KEPT = 10_000
"""Events whose places are remembered."""


@dataclass(frozen=True, slots=True)
class TreeLook:
    """What one verification found.

    Attributes:
        head: the newest; None before anything is sealed.
        marks: events -> how they stand, and their index where they have one, else -1.
        events: how many there are.
    """

    report: TreeReport
    head: TreeHead | None
    marks: Mapping[str, tuple[Mark, int]]
    events: int


@dataclass
class TreeWitness:
    """Remembers what Redis could be made to forget: heads, and which event had which place.

    Attributes:
        heads: by fork and size; what is verified is compared with each of them.
        places: events -> their index, as they were first seen to be sealed.
    """

    heads: dict[tuple[int, int], SignedNote] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)

    def keep(self, look: TreeLook) -> None:
        """Remember what a verification without a fault saw."""
        head = look.head
        if look.report.problems or head is None:
            return
        if note := head.signed:
            self.heads = {(head.fork, head.size): note}
        sealed = {event: index for event, (mark, index) in look.marks.items() if mark == "sealed"}
        self.places = dict([*self.places.items(), *sealed.items()][-_KEPT:])

    def forget(self) -> None:
        """What was seen is not so any more, and that is meant."""
        self.heads, self.places = {}, {}


async def look_at_tree(
    tree: RedisTree, trusted: Sequence[VerifierKey], witness: TreeWitness, now: int
) -> TreeLook:
    """Hash every line anew, as `envaccess audit verify` does, and say of each event how it stands.

    Raises:
        StoreError: Redis did not answer.
    """
    heads = await tree.heads()
    tiles = [await all_tiles_of(tree, head) for head in heads]
    check, indexes = Verification(heads, tiles), [_indexes(one) for one in tiles]
    marks: dict[str, tuple[Mark, int]] = {}
    async for event, fields in all_entries(tree):
        leaf = leaf_hash(line_of(event, fields))
        check.take_stream(event, fields, leaf)
        found = next((one[leaf] for one in indexes if leaf in one), -1)
        marks[event] = _mark(event, found, witness.places)
    count = len(marks)
    gone: dict[str, tuple[Mark, int]] = {
        event: ("missing", at) for event, at in witness.places.items() if event not in marks
    }
    known = [("a head that this page kept", note) for note in witness.heads.values()]
    report = check.report(trusted, known, now)
    sealed = [head for head in heads if head.size]
    return TreeLook(report, sealed[-1] if sealed else None, {**marks, **gone}, count)


def _indexes(tiles: Mapping[Place, Sequence[bytes]]) -> dict[bytes, int]:
    """Where the tiles have each leaf."""
    leaves = [leaf for (level, _), tile in sorted(tiles.items()) if not level for leaf in tile]
    return {leaf: index for index, leaf in enumerate(leaves)}


def _mark(event: str, found: int, places: Mapping[str, int]) -> tuple[Mark, int]:
    if found >= 0:
        return "sealed", found
    return ("altered", places[event]) if event in places else ("waits", -1)
