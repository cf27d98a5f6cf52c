"""How the code reads (CONTRIBUTING.md): short files and functions, each with a sentence, none for later."""

import ast
import re
from pathlib import Path

from tests.architecture.sources import MODULES, ROOT, name_of, tree

SOURCES = sorted(
    path
    for folder in ("bot", "tests", "benchmarks", ".ci")
    for path in (ROOT / folder).rglob("*")
    if path.is_file() and "__pycache__" not in path.parts
)
SHORT = sorted(
    path
    for folder in ("bot", "tests", "benchmarks")
    for kind in ("*.py", "*.lua")
    for path in (ROOT / folder).rglob(kind)
)
LATER = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|X" + r"XX)\b")
LOG_METHODS = {"debug", "info", "warning", "error", "exception", "critical", "fault"}


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    found = ast.walk(tree(path))
    return [node for node in found if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def test_no_file_has_over_400_lines() -> None:
    lines = {name_of(path): len(path.read_text().splitlines()) for path in SHORT}
    assert {name: count for name, count in lines.items() if count > 400} == {}


def test_no_function_has_over_40_lines() -> None:
    sizes = {
        f"{name_of(path)}:{function.lineno}": length(function)
        for path in MODULES
        for function in functions(path)
    }
    assert {name: size for name, size in sizes.items() if size > 40} == {}


def test_nine_functions_in_ten_have_under_30_lines() -> None:
    lengths = [length(function) for path in MODULES for function in functions(path)]
    assert sum(size < 30 for size in lengths) >= 0.9 * len(lengths)


def test_every_module_says_what_it_is_for() -> None:
    assert [name_of(path) for path in MODULES if not ast.get_docstring(tree(path))] == []


def test_nothing_is_left_for_later() -> None:
    assert [name_of(path) for path in SOURCES if LATER.search(path.read_text())] == []


def log_calls(path: Path) -> list[ast.Call]:
    found = [node for node in ast.walk(tree(path)) if isinstance(node, ast.Call) and node.args]
    return [call for call in found if isinstance(call.func, ast.Attribute) and call.func.attr in LOG_METHODS]


def put_together(call: ast.Call) -> bool:
    """Whether it logs an event that is no constant of the source."""
    assert isinstance(call.func, ast.Attribute)
    if not ast.unparse(call.func.value).endswith(("log", "logger")):
        return False
    places = 2 if call.func.attr == "fault" else 1
    return not isinstance(call.args[0], (ast.Constant, ast.Name)) or len(call.args) != places


def test_log_events_are_never_put_together() -> None:
    """What is made at run time may hold what a person typed; the fields are cleaned, the event is ours."""
    calls = [(path, call) for path in MODULES for call in log_calls(path)]
    assert [f"{name_of(path)}:{call.lineno}" for path, call in calls if put_together(call)] == []
