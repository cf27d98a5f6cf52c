"""How the code reads (CONTRIBUTING.md): short files and functions, each with a sentence, none for later."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "bot").rglob("*.py"))
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


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    found = ast.walk(ast.parse(path.read_bytes()))
    return [node for node in found if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


@pytest.mark.parametrize("path", SHORT, ids=name_of)
def test_no_file_has_over_400_lines(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 400


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_function_has_over_40_lines(path: Path) -> None:
    assert {function.name: length(function) for function in functions(path) if length(function) > 40} == {}


def test_nine_functions_in_ten_have_under_30_lines() -> None:
    lengths = [length(function) for path in MODULES for function in functions(path)]
    assert sum(size < 30 for size in lengths) >= 0.9 * len(lengths)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_every_module_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_bytes()))


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_nothing_is_left_for_later(path: Path) -> None:
    assert not LATER.search(path.read_text())


def log_calls(path: Path) -> list[ast.Call]:
    found = [
        node for node in ast.walk(ast.parse(path.read_bytes())) if isinstance(node, ast.Call) and node.args
    ]
    return [call for call in found if isinstance(call.func, ast.Attribute) and call.func.attr in LOG_METHODS]


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_log_events_are_never_put_together(path: Path) -> None:
    """What is made at run time may hold what a person typed; the fields are cleaned, the event is ours."""
    for call in log_calls(path):
        assert isinstance(call.func, ast.Attribute)
        if ast.unparse(call.func.value).endswith(("log", "logger")):
            assert isinstance(call.args[0], (ast.Constant, ast.Name)), f"{name_of(path)}:{call.lineno}"
            assert len(call.args) == (2 if call.func.attr == "fault" else 1), f"{name_of(path)}:{call.lineno}"
