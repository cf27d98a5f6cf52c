"""The project's papers agree with its files: dependencies, the test command, decisions."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def name_of(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found, requirement
    return found.group()


def test_every_dependency_is_explained_and_no_other() -> None:
    runtime = {name_of(requirement) for requirement in PROJECT["dependencies"]}
    dev = {name_of(requirement) for requirement in PROJECT["optional-dependencies"]["dev"]}
    explained = set(
        re.findall(r"^\| `([^`]+)`", (ROOT / "docs" / "dependencies.md").read_text(), re.MULTILINE)
    )
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
