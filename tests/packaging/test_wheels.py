"""What each distribution holds, and what its papers promise."""

from __future__ import annotations

import ast
import re
import sys
import tarfile
import tomllib
import zipfile
from email.parser import Parser
from importlib.metadata import packages_distributions
from typing import TYPE_CHECKING

import pytest

from tests.packaging.conftest import FOLDERS, ROOT, build

if TYPE_CHECKING:
    from pathlib import Path

OURS = ("envaccess", "slack_emulator", "envaccess_demo")
_OF_THE_DEMO = re.compile(r"emulator|demo/|playground|move_clock|moving_clock|scene|/static/")


def files(wheel: Path) -> set[str]:
    return set(zipfile.ZipFile(wheel).namelist())


def metadata(wheel: Path) -> dict[str, list[str]]:
    archive = zipfile.ZipFile(wheel)
    [name] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
    parsed = Parser().parsestr(archive.read(name).decode())
    return {key: parsed.get_all(key, []) for key in set(parsed.keys())}


def needed(wheel: Path) -> dict[str, str]:
    """The requirements without an extra: name and bound."""
    plain = [line for line in metadata(wheel).get("Requires-Dist", []) if "extra ==" not in line]
    return {re.split(r"[^\w-]", line)[0]: line for line in plain}


def imported(package: str) -> set[str]:
    """The distributions that a package's files import, ours by the names of their packages."""
    modules: set[str] = set()
    for path in (ROOT / "bot" / package).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Import):
                modules |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                modules.add(node.module.partition(".")[0])
    known = packages_distributions()
    found = {
        name if name in OURS else known[name][0].lower() for name in modules - set(sys.stdlib_module_names)
    }
    return {name.replace("_", "-") for name in found - {package}}


def test_the_product_s_wheel_holds_no_emulator_no_demo_and_nothing_that_moves_a_clock(
    wheels: dict[str, Path],
) -> None:
    """`move_clock.lua` rewrites every time in a store: nobody should find it on a production machine."""
    names = files(wheels["envaccess"])
    assert not {name for name in names if _OF_THE_DEMO.search(name)} - {"envaccess/cli/demo.py"}
    assert {name.partition("/")[0] for name in names} == {"envaccess", "bot", "envaccess-0.1.0.dist-info"}
    assert "envaccess/store/scripts/decide.lua" in names


def test_python_m_bot_is_one_file_of_the_product_s_wheel_for_one_more_release(
    wheels: dict[str, Path],
) -> None:
    assert {name for name in files(wheels["envaccess"]) if name.startswith("bot/")} == {"bot/__main__.py"}


@pytest.mark.parametrize("package", OURS)
def test_a_wheel_made_from_the_sdist_is_the_same(
    wheels: dict[str, Path], tmp_path: Path, package: str
) -> None:
    """Distributors build from the sdist."""
    sdist = build(FOLDERS[package], "sdist", tmp_path / "sdist")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    [folder] = (tmp_path / "unpacked").iterdir()
    assert files(build(folder, "wheel", tmp_path / "again")) == files(wheels[package])


@pytest.mark.parametrize("package", ["slack_emulator", "envaccess_demo"])
def test_a_package_of_its_own_holds_every_file_of_its_folder_and_the_licence(
    wheels: dict[str, Path], package: str
) -> None:
    folder = FOLDERS[package]
    papers = {"pyproject.toml", "README.md", "LICENSE"}
    there = {
        f"{package}/{path.relative_to(folder)}"
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and str(path.relative_to(folder)) not in papers
    }
    held = {name for name in files(wheels[package]) if ".dist-info/" not in name}
    assert held == there
    assert (folder / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()


def test_what_each_distribution_imports_is_what_it_needs(wheels: dict[str, Path]) -> None:
    """Tzdata is data: the time zones' offsets where the system has none."""
    assert needed(wheels["slack_emulator"]).keys() - {"tzdata"} == imported("slack_emulator") == {"aiohttp"}
    assert needed(wheels["envaccess_demo"]).keys() == imported("envaccess_demo")
    assert not imported("envaccess") & {"slack-emulator"}


def test_no_file_of_the_emulator_names_the_product(wheels: dict[str, Path]) -> None:
    """It is a local Slack for any app."""
    with zipfile.ZipFile(wheels["slack_emulator"]) as archive:
        ours = [name for name in archive.namelist() if ".dist-info/" not in name]
        assert not [name for name in ours if b"envaccess" in archive.read(name).lower()]


def test_lower_bounds_are_those_that_the_product_proves(wheels: dict[str, Path]) -> None:
    """`.ci/versions lowest` runs the tests of all three with the product's lower bounds."""
    proven = needed(wheels["envaccess"])
    for package in ("slack_emulator", "envaccess_demo"):
        foreign = {name: line for name, line in needed(wheels[package]).items() if name in proven}
        assert foreign == {name: proven[name] for name in foreign}


def test_the_extra_demo_brings_exactly_this_version(wheels: dict[str, Path]) -> None:
    """The demo reaches into the product's store: another version's would not fit."""
    [version] = metadata(wheels["envaccess"])["Version"]
    assert f"envaccess-demo=={version}; extra == 'demo'" in metadata(wheels["envaccess"])["Requires-Dist"]
    assert metadata(wheels["envaccess_demo"])["Version"] == [version]
    assert needed(wheels["envaccess_demo"])["envaccess"] == f"envaccess=={version}"
    [emulator] = metadata(wheels["slack_emulator"])["Version"]
    assert needed(wheels["envaccess_demo"])["slack-emulator"] == f"slack-emulator>={emulator}"


def test_the_build_needs_what_the_lock_has() -> None:
    for folder in FOLDERS.values():
        project = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))
        assert project["build-system"]["requires"] == ["hatchling>=1.25"]
