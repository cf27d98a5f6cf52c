"""The release workflow, and what `.ci/distribute.py` makes for it."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.packaging.conftest import ROOT
from tests.packaging.test_deploy import run, tool

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = ROOT / ".ci" / "distribute.py"
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
RELEASE: dict[str, Any] = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text("utf-8"))
_SAYS_THE_VERSION = (
    "pyproject.toml",
    "CHANGELOG.md",
    "bot/envaccess/__init__.py",
    "bot/slack_emulator/__init__.py",
    "bot/envaccess_demo/__init__.py",
    "bot/envaccess_demo/pyproject.toml",
)


@pytest.fixture(scope="session")
def distribute() -> Any:
    spec = importlib.util.spec_from_file_location("distribute", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def ready(tmp_path: Path) -> Path:
    """The files that say a version, with a changelog that has this one."""
    for name in _SAYS_THE_VERSION:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    with (tmp_path / "CHANGELOG.md").open("a", encoding="utf-8") as changelog:
        changelog.write("\n## [0.1.0] - 2026-12-01\n")
    return tmp_path


def test_workflows_are_what_github_s_schema_allows() -> None:
    run(
        sys.executable,
        "-m",
        "check_jsonschema",
        "--builtin-schema",
        "vendor.github-workflows",
        *map(str, WORKFLOWS),
    )


def test_an_auditor_of_workflows_finds_nothing() -> None:
    """Rights too wide, actions by a tag that can move, a stranger's words in a script, caches."""
    zizmor = tool("zizmor", "the wheel zizmor has it, for Linux and macOS")
    run(zizmor, "--offline", "--no-progress", "--min-severity", "low", *map(str, WORKFLOWS))


def test_every_action_of_the_release_is_pinned_and_no_secret_is_stored() -> None:
    text = (ROOT / ".github" / "workflows" / "release.yml").read_text("utf-8")
    used = re.findall(r"uses: (.+)", text)
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action) for action in used)
    assert "secrets." not in text


def test_only_the_job_that_needs_a_right_has_it() -> None:
    jobs = RELEASE["jobs"]
    assert RELEASE["permissions"] == {}
    writes = {
        right: {name for name, job in jobs.items() if job["permissions"].get(right) == "write"}
        for right in ("contents", "packages", "attestations", "id-token")
    }
    assert writes == {
        "contents": {"release"},
        "packages": {"image"},
        "attestations": {"attest", "image"},
        "id-token": {"attest", "image", "pypi"},
    }
    # What could change a release runs no code of the repository's besides the image's own build.
    for name in ("attest", "pypi", "release"):
        assert not [step for step in jobs[name]["steps"] if "checkout" in step.get("uses", "")]


def test_the_release_runs_what_is_tried_here() -> None:
    steps = [step.get("run", "") for job in RELEASE["jobs"].values() for step in job["steps"]]
    ours = [step for step in steps if SCRIPT.name in step]
    assert ours == [
        '.venv/bin/python .ci/distribute.py build dist "$GITHUB_REF_NAME"',
        ".venv/bin/python .ci/distribute.py sbom envaccess.cdx.json",
    ]


def test_the_sbom_names_every_locked_package_with_its_hashes_and_no_other(tmp_path: Path) -> None:
    """Whoever looks for a bad package looks there; the tool has checked it by CycloneDX' schema."""
    made = tmp_path / "envaccess.cdx.json"
    run(sys.executable, str(SCRIPT), "sbom", str(made))
    lock = (ROOT / "requirements.txt").read_text("utf-8")
    pins = re.findall(r"^(\S+)==(\S+).*\\\n((?:    --hash=sha256:.*\n)+)", lock, re.MULTILINE)
    locked = {
        (name, version): set(re.findall(r"sha256:([0-9a-f]{64})", hashes)) for name, version, hashes in pins
    }
    bom = json.loads(made.read_text("utf-8"))
    named = {
        (part["name"], part["version"]): {
            one["content"] for reference in part["externalReferences"] for one in reference["hashes"]
        }
        for part in bom["components"]
    }
    assert named == locked
    assert len(named) > 30
    assert (bom["specVersion"], bom["metadata"]["component"]["name"]) == ("1.6", "envaccess")


def test_a_tag_that_everything_agrees_with_is_a_release(distribute: Any, ready: Path) -> None:
    assert distribute.disagreements("v0.1.0", ready) == []


@pytest.mark.parametrize("name", _SAYS_THE_VERSION)
def test_one_place_that_says_another_version_stops_a_release(distribute: Any, ready: Path, name: str) -> None:
    text = (ready / name).read_text("utf-8")
    (ready / name).write_text(text.replace("0.1.0", "0.0.9"), "utf-8")
    [wrong] = distribute.disagreements("v0.1.0", ready)
    assert name in wrong
    assert "0.1.0" in wrong


def test_a_tag_of_another_form_is_no_release(distribute: Any, ready: Path) -> None:
    assert distribute.disagreements("0.1.0", ready) == ["The tag 0.1.0 does not begin with v."]


def test_what_is_not_released_yet_is_refused_in_a_line(tmp_path: Path) -> None:
    done = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, str(SCRIPT), "build", str(tmp_path / "dist"), "v99.0"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "CHANGELOG.md has no heading" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "dist").exists()


def test_a_distribution_that_differs_from_itself_stops_a_release(
    distribute: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = iter(range(100))

    def careless(folder: Path, to: Path) -> None:
        (to / f"{folder.name}.whl").write_text(str(next(times)), "utf-8")

    monkeypatch.setattr(distribute, "_hatchling", careless)
    with pytest.raises(SystemExit, match="not the same bytes"):
        distribute.build(tmp_path)
