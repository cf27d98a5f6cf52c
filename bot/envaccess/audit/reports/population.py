"""All events between two signed heads, none left out, and a sample of grants that nobody picks."""

import hashlib
import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from envaccess.audit.reports.table import CellKind, CellValue, ReportTable, TableColumn
from envaccess.domain.audit import Event, Tag
from envaccess.domain.merkle import EMPTY, Node, node_hash

POPULATION: Final = ReportTable(
    "population",
    "Population",
    "Every event between the two heads: n has no gap. leaf is SHA-256 over a byte 00 and the event's "
    "line, which is "
    "in population.jsonl; the leaves lead from the first head to the second.",
    (
        TableColumn("n", "n", CellKind.NUMBER),
        TableColumn("tree", "Tree"),
        TableColumn("id", "Event"),
        TableColumn("at", "At", CellKind.MOMENT),
        TableColumn("in_range", "In this time"),
        TableColumn("event", "Tag"),
        TableColumn("actor", "Actor"),
        TableColumn("request", "Request"),
        TableColumn("requester", "Who asked"),
        TableColumn("variables", "Variables", wide=True),
        TableColumn("leaf", "Leaf"),
    ),
)
SAMPLE: Final = ReportTable(
    "sample",
    "Sample of grants",
    "Of all grants that began in this time those with the smallest SHA-256(root of the closing head || "
    "leaf of the event "
    "grant.activated). Nobody picks them, and anybody can draw them again from population.csv.",
    (
        TableColumn("place", "Place", CellKind.NUMBER),
        TableColumn("n", "n", CellKind.NUMBER),
        TableColumn("tree", "Tree", page=False),
        TableColumn("id", "Event"),
        TableColumn("at", "At", CellKind.MOMENT),
        TableColumn("request", "Request"),
        TableColumn("requester", "Who asked"),
        TableColumn("variables", "Variables", wide=True),
        TableColumn("leaf", "Leaf", page=False),
        TableColumn("draw", "Draw", page=False),
    ),
    "No grant began in this time.",
)


def frontier(size: int, node: Node) -> list[bytes]:
    """The roots of the perfect subtrees that the first so many leaves are made of, the largest first.

    Raises `KeyError` where a tile is missing.
    """
    found, start = list[bytes](), 0
    for level in reversed(range(size.bit_length())):
        if size >> level & 1:
            found.append(node(level, start >> level))
            start += 1 << level
    return found


class GrowingTree:
    """The root of a tree as leaves are added, from the roots of its perfect subtrees alone."""

    def __init__(self, size: int, subtrees: Sequence[bytes]) -> None:
        self.size = size
        self._subtrees = list(subtrees)

    def add(self, leaf: bytes) -> None:
        """The next leaf."""
        entry, place = leaf, self.size
        while place & 1:
            entry, place = node_hash(self._subtrees.pop(), entry), place >> 1
        self._subtrees.append(entry)
        self.size += 1

    @property
    def root(self) -> bytes:
        """Of the leaves so far."""
        if not self._subtrees:
            return EMPTY
        *others, found = self._subtrees
        for subtree in reversed(others):
            found = node_hash(subtree, found)
        return found


def draw_of(root: bytes, leaf: bytes) -> bytes:
    """What a leaf's place in the sample follows from."""
    return hashlib.sha256(root + leaf).digest()


@dataclass(frozen=True, slots=True, order=True)
class DrawnGrant:
    """A grant that may be in the sample; the larger draw sorts first, so that a heap gives up the largest."""

    place: int
    cells: tuple[CellValue, ...]


class GrantSample:
    """Draws so many of the grants that began."""

    def __init__(self, size: int, root: bytes) -> None:
        self._size, self._root = size, root
        self._drawn: list[DrawnGrant] = []
        self.seen = 0
        """How many grants it was drawn from."""

    def take(self, event: Event, origin: str, leaf: bytes) -> None:
        """An event of this time."""
        if event.event != Tag.GRANT_ACTIVATED:
            return
        self.seen += 1
        draw = draw_of(self._root, leaf)
        cells = (
            event.number, origin, event.id, event.at, event.request, event.requester,
            ", ".join(event.variables),
            leaf.hex(), draw.hex(),
        )  # fmt: skip
        heapq.heappush(self._drawn, DrawnGrant(-int.from_bytes(draw), cells))
        if len(self._drawn) > self._size:
            heapq.heappop(self._drawn)

    def rows(self) -> list[list[CellValue]]:
        """The sample, the smallest draw first."""
        drawn = sorted(self._drawn, key=lambda one: one.cells[-1] or "")
        return [[place, *one.cells] for place, one in enumerate(drawn, 1)]


def population_row(event: Event, origin: str, index: int, leaf: bytes, *, within: bool) -> list[CellValue]:
    """An event as a row of the population."""
    return [
        index, origin, event.id, event.at, "yes" if within else "no", event.event, str(event.actor),
        event.request, event.requester, ", ".join(event.variables), leaf.hex(),
    ]  # fmt: skip
