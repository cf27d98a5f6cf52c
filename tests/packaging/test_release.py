"""The release workflow, and what `.ci/distribute.py` makes for it."""

from __future__ import annotations

import fnmatch
import importlib.resources
import importlib.util
import json
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import jsonschema
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
    vendored = importlib.resources.files("check_jsonschema.builtin_schemas.vendor")
    schema = json.loads((vendored / "github-workflows.json").read_text("utf-8"))
    for workflow in WORKFLOWS:
        text = workflow.read_text("utf-8").replace("\non:", "\n'on':")  # YAML 1.1 takes it for true
        jsonschema.validate(yaml.safe_load(text), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**RELEASE, "on": "push", "jobs": {"build": {"steps": []}}}, schema)


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


def test_each_distribution_has_an_environment_that_pypi_can_tell_apart(distribute: Any) -> None:
    """warehouse#16920: two new projects cannot name the same workflow and environment."""
    job = RELEASE["jobs"]["pypi"]
    assert job["strategy"]["matrix"]["project"] == list(distribute.FOLDERS)
    assert job["environment"] == "pypi-${{ matrix.project }}"
    [only] = [step["run"] for step in job["steps"] if "run" in step]
    made = [f"{project}-0.1.0.tar.gz" for project in distribute.FOLDERS]
    for project in distribute.FOLDERS:
        [pattern] = re.findall(r'! -name "(.+)" -delete', only.replace("$PROJECT", project))
        assert fnmatch.filter(made, pattern) == [f"{project}-0.1.0.tar.gz"]


def test_the_release_runs_what_is_tried_here() -> None:
    steps = [step.get("run", "") for job in RELEASE["jobs"].values() for step in job["steps"]]
    ours = [step for step in steps if SCRIPT.name in step]
    assert ours == [
        '.venv/bin/python .ci/distribute.py build dist "$GITHUB_REF_NAME"',
        ".venv/bin/python .ci/distribute.py sbom envaccess.cdx.json",
    ]


def test_the_hashes_of_a_release_are_of_its_files_and_are_checked_as_the_book_says(tmp_path: Path) -> None:
    """The step as it stands in the workflow, then the reader's command; a file that was changed is found."""
    [step] = [
        step["run"] for step in RELEASE["jobs"]["release"]["steps"] if "sha256sum" in step.get("run", "")
    ]
    (tmp_path / "release").mkdir()
    for name in ("a.whl", "a.tar.gz", "envaccess.cdx.json"):
        (tmp_path / "release" / name).write_text(name, "utf-8")
    subprocess.run(["bash", "-ec", step], cwd=tmp_path, check=True, capture_output=True)  # noqa: S603, S607
    sums = (tmp_path / "release" / "SHA256SUMS").read_text("utf-8")
    assert [line.split()[1] for line in sums.splitlines()] == ["a.tar.gz", "a.whl", "envaccess.cdx.json"]
    page = (ROOT / "docs" / "how-to" / "verify-a-release.md").read_text("utf-8")
    [command] = re.findall(r"^sha256sum .+$", page, re.MULTILINE)
    for changed, code in (("", 0), ("another", 1)):
        (tmp_path / "release" / "a.whl").write_text(changed or "a.whl", "utf-8")
        done = subprocess.run(command.split(), cwd=tmp_path / "release", check=False, capture_output=True)  # noqa: S603
        assert done.returncode == code


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
