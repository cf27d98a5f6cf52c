"""The tree is the one that everybody else builds: vectors of transparency-dev/merkle, also negative ones."""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envaccess.domain.merkle import (
    EMPTY,
    Place,
    all_tiles,
    append,
    consistency_proof,
    continues,
    includes,
    inclusion_proof,
    leaf_hash,
    node_hash,
    open_tiles,
    tile_node,
    tree_root,
)

VECTORS: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "data" / "merkle" / "vectors.json").read_text("utf-8")
)


def octets(text: str | None) -> bytes:
    return base64.b64decode(text or "")


def proof_of(vector: dict[str, Any]) -> list[bytes]:
    return [octets(piece) for piece in vector["proof"] or []]


def test_every_published_vector_is_there() -> None:
    kinds = [name.partition("/")[0] for name in VECTORS]
    assert (kinds.count("consistency"), kinds.count("inclusion")) == (98, 98)


@pytest.mark.parametrize("name", [name for name in VECTORS if name.startswith("consistency/")])
def test_consistency_is_judged_as_everybody_does(name: str) -> None:
    vector = VECTORS[name]
    root, later = octets(vector["root1"]), octets(vector["root2"])
    found = continues(vector["size1"], root, vector["size2"], later, proof_of(vector))
    assert found is not vector["wantErr"]


@pytest.mark.parametrize("name", [name for name in VECTORS if name.startswith("inclusion/")])
def test_inclusion_is_judged_as_everybody_does(name: str) -> None:
    vector = VECTORS[name]
    root, leaf = octets(vector["root"]), octets(vector["leafHash"])
    found = includes(root, vector["treeSize"], vector["leafIdx"], leaf, proof_of(vector))
    assert found is not vector["wantErr"]


def grown(size: int) -> dict[Place, list[bytes]]:
    tiles: dict[Place, list[bytes]] = {}
    for number in range(size):
        append(tiles, number, leaf_hash(str(number).encode()))
    return tiles


def plain_root(leaves: list[bytes]) -> bytes:
    """RFC 6962, 2.1, word by word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(plain_root(leaves[:split]), plain_root(leaves[split:]))


TILES = grown(70_000)
LEAVES = [leaf for at in range(274) for leaf in TILES[0, at]]


@pytest.mark.parametrize("size", [0, 1, 2, 3, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537, 69_999])
def test_a_root_out_of_tiles_is_the_root_of_the_leaves(size: int) -> None:
    open_ones = {place: TILES[place][: all_tiles(size)[place]] for place in open_tiles(size)}
    assert tree_root(size, tile_node(open_ones)) == plain_root(LEAVES[:size])
    assert tree_root(size, tile_node(TILES)) == plain_root(LEAVES[:size])


def test_the_root_of_nothing_is_the_hash_of_nothing() -> None:
    assert tree_root(0, tile_node({})) == EMPTY


@settings(max_examples=60)
@given(st.data())
def test_a_proof_holds_for_its_leaf_and_its_heads_and_for_nothing_else(data: st.DataObject) -> None:
    later = data.draw(st.integers(2, 70_000))
    size = data.draw(st.integers(1, later - 1))
    index = data.draw(st.integers(0, later - 1))
    node = tile_node(TILES)
    root, last = tree_root(size, node), tree_root(later, node)
    path, steps = inclusion_proof(index, later, node), consistency_proof(size, later, node)
    assert includes(last, later, index, LEAVES[index], path)
    assert not includes(last, later, index, leaf_hash(b"another"), path)
    assert not includes(last, later, index ^ 1, LEAVES[index], path)
    assert not includes(root, later, index, LEAVES[index], path)
    assert continues(size, root, later, last, steps)
    assert not continues(size, last, later, last, steps)
    assert not continues(size, root, later, root, steps)
    assert not continues(size, root, later, last, [*steps, root])


def test_a_tree_does_not_grow_out_of_a_tile_that_is_too_short() -> None:
    tiles = grown(300)
    tiles[0, 1].pop()
    with pytest.raises(KeyError):
        append(tiles, 300, EMPTY)
