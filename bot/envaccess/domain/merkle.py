"""The Merkle tree over events: hashes, roots and proofs of RFC 6962 and RFC 9162, tiles of C2SP's tlog-tiles.

A perfect subtree has a level and an index: level 0 are leaves, and `(level, index)` covers the leaves from
`index << level` on. A tile holds 256 hashes of every eighth level.
"""

import hashlib
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from typing import Final

EMPTY: Final = hashlib.sha256(b"").digest()
"""The root of no leaves."""
WIDTH: Final = 256
"""Hashes in a full tile."""
_LEVELS: Final = 8

Node = Callable[[int, int], bytes]
"""The root of the perfect subtree of a level and an index; raises `KeyError` for one that is not there."""
Place = tuple[int, int]
"""A tile's level, 0 for that of leaves, and its index there."""


def leaf_hash(line: bytes) -> bytes:
    """The hash of an event's line."""
    return hashlib.sha256(b"\x00" + line).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def tree_root(size: int, node: Node) -> bytes:
    """The root of the first so many leaves."""
    return _root(0, size, node) if size else EMPTY


def inclusion_proof(index: int, size: int, node: Node) -> list[bytes]:
    """The hashes that lead from a leaf to the root of so many leaves (RFC 9162, 2.1.3.1)."""
    return _path(index, 0, size, node)


def consistency_proof(size: int, later: int, node: Node) -> list[bytes]:
    """The hashes that show the first root in the later one (RFC 9162, 2.1.4.1)."""
    return _subproof(size, 0, later, node, whole=True) if 0 < size < later else []


def includes(root: bytes, size: int, index: int, leaf: bytes, proof: Sequence[bytes]) -> bool:
    """Whether a leaf is at this index of a tree of that size and root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size or len(leaf) != len(EMPTY):
        return False
    place, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = node_hash(sibling, found)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and found == root


def continues(size: int, root: bytes, later: int, later_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether a later tree begins with all leaves of an earlier one (RFC 9162, 2.1.4.2)."""
    if size == later:
        return size > 0 and not proof and root == later_root
    if not 0 < size < later or not proof:
        return False
    place, last = size - 1, later - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    path = list(proof) if size & (size - 1) else [root, *proof]
    before = after = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            before, after = node_hash(sibling, before), node_hash(sibling, after)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            after = node_hash(after, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and before == root and after == later_root


def tile_node(tiles: Mapping[Place, Sequence[bytes]]) -> Node:
    """Subtrees out of tiles. They raise `KeyError` where a tile is missing or too short."""

    def node(level: int, index: int) -> bytes:
        above, within = divmod(level, _LEVELS)
        first, width = index << within, 1 << within
        tile = tiles[above, first // WIDTH]
        hashes = tile[first % WIDTH : first % WIDTH + width]
        if len(hashes) < width:
            raise KeyError((above, first // WIDTH))
        return fold(hashes)

    return node


def fold(hashes: Sequence[bytes]) -> bytes:
    """The root over a power of two of hashes."""
    while len(hashes) > 1:
        hashes = [node_hash(hashes[at], hashes[at + 1]) for at in range(0, len(hashes), 2)]
    return hashes[0]


def append(tiles: MutableMapping[Place, list[bytes]], size: int, leaf: bytes) -> None:
    """Add the leaf after the first `size`; the last tile of each level must be there if it is not full."""
    level, position, entry = 0, size, leaf
    while True:
        tile = tiles.setdefault((level, position // WIDTH), [])
        if len(tile) != position % WIDTH:
            raise KeyError((level, position // WIDTH))
        tile.append(entry)
        if len(tile) < WIDTH:
            return
        level, position, entry = level + 1, position // WIDTH, fold(tile)


def open_tiles(size: int) -> list[Place]:
    """The tiles that are not full in a tree of that size: what is needed to let it grow, and for its root."""
    found, level = list[Place](), 0
    while size:
        if size % WIDTH:
            found.append((level, size // WIDTH))
        size, level = size // WIDTH, level + 1
    return found


def all_tiles(size: int) -> dict[Place, int]:
    """Every tile of a tree of that size, and how many hashes it has."""
    found, level = dict[Place, int](), 0
    while size:
        found |= {(level, at): min(WIDTH, size - at * WIDTH) for at in range(-(-size // WIDTH))}
        size, level = size // WIDTH, level + 1
    return found


def _split(size: int) -> int:
    """The largest power of two below."""
    return 1 << ((size - 1).bit_length() - 1)


def _root(start: int, end: int, node: Node) -> bytes:
    size = end - start
    if size & (size - 1) == 0:
        level = size.bit_length() - 1
        return node(level, start >> level)
    left = _split(size)
    return node_hash(_root(start, start + left, node), _root(start + left, end, node))


def _path(index: int, start: int, end: int, node: Node) -> list[bytes]:
    if end - start == 1:
        return []
    middle = start + _split(end - start)
    if index < middle:
        return [*_path(index, start, middle, node), _root(middle, end, node)]
    return [*_path(index, middle, end, node), _root(start, middle, node)]


def _subproof(size: int, start: int, end: int, node: Node, *, whole: bool) -> list[bytes]:
    """Of the first leaves up to the number `size`, in those from `start` to `end`."""
    if size == end:
        return [] if whole else [_root(start, end, node)]
    middle = start + _split(end - start)
    if size <= middle:
        return [*_subproof(size, start, middle, node, whole=whole), _root(middle, end, node)]
    return [*_subproof(size, middle, end, node, whole=False), _root(start, middle, node)]
