"""The project's papers agree with its files: dependencies, the test command, decisions."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("envaccess", "slack_emulator", "envaccess_demo")
_TIMERS = {"perf_counter", "process_time", "thread_time"}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def name_of(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found, requirement
    return found.group()


def test_every_dependency_is_explained_and_no_other() -> None:
    runtime = {name_of(requirement) for requirement in PROJECT["dependencies"]}
    dev = {name_of(requirement) for requirement in PROJECT["optional-dependencies"]["dev"]}
    page = (ROOT / "docs" / "reference" / "dependencies.md").read_text()
    explained = set(re.findall(r"^\| `([^`]+)`", page, re.MULTILINE))
    assert explained == runtime | dev


def test_readme_tells_the_test_command_that_ci_runs() -> None:
    """A newcomer's command that nobody runs would rot."""
    found = re.search(r'^bash -c "(?P<command>.+)"$', (ROOT / ".ci" / "run").read_text(), re.MULTILINE)
    assert found
    lines = (ROOT / "README.md").read_text().splitlines()
    assert found["command"] in [line.strip() for line in lines]


def test_every_decision_is_in_the_index() -> None:
    folder = ROOT / "docs" / "adr"
    index = (folder / "0000-record-decisions.md").read_text()
    for path in sorted(folder.glob("*.md")):
        assert re.fullmatch(r"\d{4}-[a-z0-9-]+\.md", path.name)
        assert path.name in index or path.name.startswith("0000-")


def test_license_is_the_one_that_the_package_names() -> None:
    license_text = (ROOT / "LICENSE").read_text()
    assert PROJECT["license"] == "Apache-2.0"
    assert "Apache License" in license_text
    assert "Copyright 2026 the envaccess authors" in license_text


def imports(folder: str) -> Iterator[str]:
    """The top-level modules of others that the files of a folder import."""
    scripts = (ROOT / "docs").rglob("*.py") if folder == "docs" else ()  # they import each other by name
    ours = {*PACKAGES, "tests", "benchmarks", *(path.stem for path in scripts)}
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level and node.module:
                names = [node.module]
            for name in names:
                top = name.partition(".")[0]
                if top not in ours | sys.stdlib_module_names:
                    yield top


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize("folder", ["bot", "tests", "benchmarks", "docs"])
def test_every_distribution_that_is_imported_is_declared(folder: str) -> None:
    """What comes only with somebody else's package goes with their next release."""
    extras = PROJECT["optional-dependencies"]
    further = (requirement for name in extras.keys() - {"demo", "dev"} for requirement in extras[name])
    run = [*PROJECT["dependencies"], *further]
    declared = {plain(name_of(requirement)) for requirement in run}
    if folder != "bot":
        declared |= {plain(name_of(requirement)) for requirement in extras["dev"]}
    known = packages_distributions()
    missing = {
        module
        for module in imports(folder)
        if not declared & {plain(name) for name in known.get(module, [module])}
    }
    assert not missing


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_the_lock_names_hashes_and_no_registry(name: str) -> None:
    lock = (ROOT / name).read_text("utf-8")
    assert not re.search(r"https?:|file:|--(extra-)?index|--find-links", lock)
    pinned = re.findall(r"^(\S+)==\S+.*\\\n    --hash=sha256:", lock, re.MULTILINE)
    every = re.findall(r"^(?![ #])\S.*", lock, re.MULTILINE)
    assert len(pinned) == len(every) > 0
    # The extra, because the demo ends with a login of PostgreSQL.
    extra = PROJECT["optional-dependencies"]["dev" if "dev" in name else "postgres"]
    wanted = PROJECT["dependencies"] + extra
    assert {plain(name_of(line)) for line in [*wanted, "hatchling"]} <= {plain(pin) for pin in pinned}


def test_both_locks_pin_the_same_versions() -> None:
    run, dev = (
        dict(re.findall(r"^(\S+)==(\S+)", (ROOT / name).read_text("utf-8"), re.MULTILINE))
        for name in ("requirements.txt", "requirements-dev.txt")
    )
    assert run.items() <= dev.items()


def test_an_editable_install_needs_nothing_that_no_lock_has() -> None:
    """README installs without isolation; hatchling wants `editables` unless it is told the folders."""
    build = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert build["dev-mode-dirs"] == ["bot"]


def stopwatches(path: Path) -> Iterator[int]:
    """The lines that measure how long something took; a limit on waiting for something is none."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.expr) and _measures(node):
            yield node.lineno


def _measures(node: ast.expr) -> bool:
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.Sub) and _is_now(node.left)
    return isinstance(node, ast.Attribute) and node.attr in _TIMERS


def _is_now(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) in {"time.monotonic", "monotonic"}


def test_no_test_has_a_stopwatch() -> None:
    """What is slow on a busy machine is not wrong: speed is measured in `benchmarks/`, as ratios."""
    found = {
        f"{path.relative_to(ROOT)}:{line}"
        for path in (ROOT / "tests").rglob("*.py")
        for line in stopwatches(path)
    }
    assert not found
