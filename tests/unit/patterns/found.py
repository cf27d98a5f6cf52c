"""Every use of `re` in the package, found in its source: a pattern that nobody lists is attacked too."""

import ast
import importlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
WAYS = {"match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer"}


@dataclass(frozen=True)
class Found:
    """One call of `re`.

    Attributes:
        place: file and line.
        pattern: None where it is made only at run time.
        ways: how it is used; what is found nowhere could be used in every way, so it is searched for.
    """

    place: str
    pattern: str | None
    flags: int
    ways: frozenset[str]


def everything() -> list[Found]:
    """Each pattern of the packages under `bot/`."""
    trees = {path: list(ast.walk(ast.parse(path.read_bytes()))) for path in _files()}
    uses = {path: list(_uses(nodes)) for path, nodes in trees.items()}
    everywhere = [use for some in uses.values() for use in some]
    return [
        found for path, nodes in trees.items() for found in _in_module(path, nodes, uses[path], everywhere)
    ]


def _files() -> list[Path]:
    """Files that have a way, or say `re`: each process that collects tests parses these, and no others."""
    telling = re.compile(rf"\.\s*({'|'.join(WAYS)})\b|\bre\b".encode())
    return [path for path in sorted((ROOT / "bot").rglob("*.py")) if telling.search(path.read_bytes())]


def _uses(nodes: list[ast.AST]) -> Iterator[tuple[str, set[str]]]:
    """Each `something.fullmatch`: the way, and the names in `something`."""
    for node in nodes:
        if isinstance(node, ast.Attribute) and node.attr in WAYS:
            yield node.attr, {_name(inner) for inner in ast.walk(node.value)}


def _name(node: ast.AST) -> str:
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else ""


_Uses = list[tuple[str, set[str]]]


def _in_module(path: Path, nodes: list[ast.AST], own: _Uses, everywhere: _Uses) -> Iterator[Found]:
    if not any(_imports_re(node) for node in nodes):
        return
    module = ".".join(path.relative_to(ROOT / "bot").with_suffix("").parts).removesuffix(".__init__")
    space = vars(importlib.import_module(module))
    bound = {
        id(node): {_name(target) for target in _targets(statement)}
        for statement in nodes
        if isinstance(statement, (ast.Assign, ast.AnnAssign))
        for node in ast.walk(statement)
    }
    for node in nodes:
        way = _way(node)
        if isinstance(node, ast.Call) and way:
            names = bound.get(id(node), set())
            uses = own if all(name.startswith("_") or name.islower() for name in names) else everywhere
            ways = {one for one, named in uses if named & names} if way == "compile" else {way}
            place = f"{path.relative_to(ROOT)}:{node.lineno}"
            yield Found(place, *_evaluated(node, way, space), frozenset(ways or {"search"}))


def _targets(statement: ast.Assign | ast.AnnAssign) -> list[ast.expr]:
    return statement.targets if isinstance(statement, ast.Assign) else [statement.target]


def _imports_re(node: ast.AST) -> bool:
    """`import re`; a name taken out of it, or another name for it, would not be found."""
    if isinstance(node, ast.ImportFrom) and node.module == "re":
        raise AssertionError("write `import re` and `re.compile`, so that the test finds the pattern")
    if isinstance(node, ast.Import) and any(name.name == "re" and name.asname for name in node.names):
        raise AssertionError("write `import re` without another name, so that the test finds the pattern")
    return isinstance(node, ast.Import) and any(name.name == "re" for name in node.names)


def _way(node: ast.AST) -> str:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        of_re = isinstance(node.func.value, ast.Name) and node.func.value.id == "re"
        return node.func.attr if of_re and node.func.attr in WAYS | {"compile"} else ""
    return ""


def _evaluated(call: ast.Call, way: str, space: dict[str, Any]) -> tuple[str | None, int]:
    """The pattern and its flags, where the module's own names are enough to know them."""
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    position = {"compile": 1, "match": 2, "fullmatch": 2, "search": 2, "findall": 2, "finditer": 2}.get(
        way, 9
    )
    flags = given.get("flags") or (call.args[position] if len(call.args) > position else None)
    try:
        pattern = _value(call.args[0], space)
        text = pattern.decode("latin-1") if isinstance(pattern, bytes) else str(pattern)
        return text, int(_value(flags, space)) if flags else 0
    except NameError:
        return None, 0


def _value(node: ast.expr, space: dict[str, Any]) -> Any:
    return eval(compile(ast.Expression(node), "source", "eval"), {**space, "re": re})  # noqa: S307 - our own source
