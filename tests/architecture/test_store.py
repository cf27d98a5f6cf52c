"""The store stands on what redis-py documents: its private parts change without a word."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

STORE = Path(__file__).parents[2] / "bot" / "envaccess" / "store"
OWN = {"self", "cls"}


def private_uses(tree: ast.AST) -> Iterator[str]:
    """Private names of other objects, also those that `getattr` is asked for."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id=owner), attr=name) if owner in OWN:
                continue
            case (
                ast.Attribute(attr=name)
                | ast.Call(func=ast.Name(id="getattr"), args=[_, ast.Constant(value=str(name)), *_])
            ):
                if name.startswith("_") and not name.startswith("__"):
                    yield name


def foreign_bases(tree: ast.AST) -> Iterator[str]:
    """What classes of redis-py some class overrides; its exceptions are meant to be."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            names = [ast.unparse(base) for base in node.bases]
            yield from (
                name for name in names if name.startswith(("redis.", "exceptions.")) and "Error" not in name
            )


@pytest.mark.parametrize("file", sorted(STORE.glob("*.py")), ids=lambda file: file.name)
def test_the_store_uses_and_overrides_no_private_part_of_a_library(file: Path) -> None:
    tree = ast.parse(file.read_text("utf-8"))
    assert [*private_uses(tree), *foreign_bases(tree)] == []
