"""Check a fork of the tree: lines against leaves, tiles against each other, heads against both."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from envaccess.domain.checkpoint import SignedNote, read_checkpoint
from envaccess.domain.merkle import WIDTH, Place, all_tiles, fold, tile_node, tree_root

_DIGITS: Final = 16
_NAMED: Final = 20
"""Indexes that one sentence names."""


class Outcome(IntEnum):
    """What a verification came to: the exit code of `envaccess audit verify`."""

    VALID = 0
    ALTERED = 3
    FORKED = 4
    INCOMPLETE = 5


_GRAVEST: Final = (Outcome.FORKED, Outcome.ALTERED, Outcome.INCOMPLETE)

SignedBy = Callable[[SignedNote, str], bool]
"""Whether a key that is trusted signed a note as this name."""


@dataclass(frozen=True, slots=True)
class TreeProblem:
    """One thing that does not hold, in words."""

    outcome: Outcome
    told: str


def gravest(problems: Sequence[TreeProblem]) -> Outcome:
    """What several of them come to."""
    found = {problem.outcome for problem in problems}
    return next((outcome for outcome in _GRAVEST if outcome in found), Outcome.VALID)


@dataclass(slots=True)
class ForkCheck:
    """One fork's tiles, and the lines that are fed one after the other.

    Attributes:
        origin: what its heads are called.
        size: how many leaves the head says.
        tiles: every tile that is there.
        first: lines below this index may be gone, by their age.
        absent: indexes whose files are missing.
        spoiled: its tiles hash to no signed head.
        lost: up to so many events its heads may say, because a later fork declares that they were lost.
    """

    origin: str
    size: int
    tiles: Mapping[Place, Sequence[bytes]]
    first: int = 0
    lost: int = 0
    spoiled: bool = False
    absent: set[int] = field(default_factory=set)
    missing: set[int] = field(default_factory=set)
    moved: list[int] = field(default_factory=list)
    strange: list[tuple[str, str]] = field(default_factory=list)
    renumbered: list[int] = field(default_factory=list)
    _at: int = field(init=False)
    _number: int = field(init=False)
    _indexes: dict[bytes, int] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self._at = self._number = 0

    def leaf(self, index: int) -> bytes | None:
        """The hash that the tiles have for an event."""
        tile = self.tiles.get((0, index // WIDTH), ())
        return tile[index % WIDTH] if index % WIDTH < len(tile) else None

    def feed(self, event: str, number: str | None, leaf: bytes) -> None:
        """The next line that is kept of what is sealed: the event's id, its `n`, and its hash.

        None for the number of a line that is too long to say it.
        """
        if self._at < self.size and self.leaf(self._at) == leaf:
            self._count(number)
            self._at += 1
            return
        found = self._index_of(leaf)
        if found is None:
            self.strange.append((event, number or ""))
        elif found >= self._at:
            self.missing.update(range(self._at, found))
            self._at, self._number = found + 1, found + 1
        else:
            self.missing.discard(found)
            self.moved.append(found)

    def _count(self, number: str | None) -> None:
        """Each number follows the one before, else somebody wrote to the stream besides our scripts."""
        if number is None or number == str(self._number):
            self._number += 1
        else:
            self.renumbered.append(self._at)
            self._number = int(number) + 1 if number.isdecimal() and len(number) < _DIGITS else self._number

    def problems(self) -> Iterator[TreeProblem]:
        """What does not hold, once every line was fed."""
        missing = self.missing | set(range(self._at, self.size))
        told = {int(n): event for event, n in self.strange if n.isdecimal() and len(n) < _DIGITS}
        edited = sorted(missing & told.keys())
        unchecked = {index for index in told if index < self.size and self.leaf(index) is None}
        edited = [index for index in edited if index not in unchecked]
        known = {told[index] for index in (*edited, *unchecked)}
        added = [event for event, _ in self.strange if event not in known]
        blank = {index for index in missing if index in unchecked or self.leaf(index) is None}
        missing -= set(range(self.first)) - set(edited)
        gone = sorted(missing - {*edited, *blank, *self.absent})
        if without := sorted(missing & (self.absent | blank)):
            told_of = (
                f"{self.origin}: not checked, because files or tiles are missing: {listed(_ranges(without))}"
            )
            yield TreeProblem(Outcome.INCOMPLETE, told_of)
        for what, names in (
            ("edited", [f"{index} ({told[index]})" for index in edited]),
            ("missing", _ranges(gone)),
            ("out of order", [str(index) for index in sorted(self.moved)]),
            ("without the number of its place", [str(index) for index in self.renumbered]),
            ("added among what is sealed", added),
        ):
            if names:
                yield TreeProblem(Outcome.ALTERED, f"{self.origin}: {what}: {listed(names)}")
        yield from self._tile_problems()

    def _tile_problems(self) -> Iterator[TreeProblem]:
        for place, length in all_tiles(self.size).items():
            tile = self.tiles.get(place, ())
            name = f"{self.origin}: tile {place[0]}/{place[1]}"
            if len(tile) < length:
                yield TreeProblem(Outcome.INCOMPLETE, f"{name} is missing or cut off")
            level, index = place
            for at, entry in enumerate(tile if level else ()):
                below = self.tiles.get((level - 1, index * WIDTH + at), ())
                if len(below) == WIDTH and fold(below) != entry:
                    yield TreeProblem(Outcome.ALTERED, f"{name} is not the hash of the tiles below it")

    def root_at(self, size: int) -> bytes | None:
        """The root of the first so many; None where a tile is missing."""
        try:
            return tree_root(size, tile_node(self.tiles))
        except (KeyError, IndexError):
            return None

    def head_problems(
        self, note: SignedNote, signed_by: SignedBy, what: str, *, roots: bool
    ) -> Iterator[TreeProblem]:
        """What is wrong with a head that is said to be of this fork; `roots`: compare its root, too."""
        head = read_checkpoint(note.body)
        if head is None or head.origin != self.origin:
            yield TreeProblem(Outcome.ALTERED, f"{what} is no head of {self.origin}")
            return
        if not signed_by(note, head.origin):
            yield TreeProblem(
                Outcome.ALTERED, f"{what} (of {head.size} events) is not signed by a key that counts"
            )
            return
        if head.size > max(self.size, self.lost):
            told = f"the tree has {self.size} events, and {what} has {head.size}: what came after is lost"
            yield TreeProblem(Outcome.FORKED, f"{self.origin}: {told}")
            return
        compared = roots and not self.spoiled and head.size <= self.size
        root = self.root_at(head.size) if compared else None
        if root is not None and root != head.root:
            told = f"another tree of {head.size} events was signed: {what} has a root that this one never had"
            yield TreeProblem(Outcome.FORKED, f"{self.origin}: {told}")

    def _index_of(self, leaf: bytes) -> int | None:
        """Where the tiles have this hash; no two events have one, because of their salts."""
        if self._indexes is None:
            leaves = ((index, self.leaf(index)) for index in range(self.size))
            self._indexes = {found: index for index, found in leaves if found}
        return self._indexes.get(leaf)


def _ranges(indexes: Sequence[int]) -> list[str]:
    """`[3, 4, 5, 9]` -> `["3 to 5", "9"]`."""
    found: list[list[int]] = []
    for index in indexes:
        if found and index == found[-1][-1] + 1:
            found[-1][1:] = [index]
        else:
            found.append([index])
    return [f"{part[0]} to {part[-1]}" if len(part) > 1 else str(part[0]) for part in found]


def listed(names: Sequence[str]) -> str:
    """The first of them, and how many more there are."""
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


@dataclass(frozen=True, slots=True)
class TreeReport:
    """What a verification found.

    Attributes:
        facts: what there is, in words.
        problems: what does not hold.
    """

    facts: tuple[str, ...]
    problems: tuple[TreeProblem, ...]

    @property
    def outcome(self) -> Outcome:
        """What it came to."""
        return gravest(self.problems)
