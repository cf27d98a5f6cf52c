"""The emulator's README says what the tests say."""

import re
from pathlib import Path

import pytest

from slack_emulator import workspace_file
from slack_emulator.web.api import METHODS
from tests.fidelity.silent import SILENT

PAGE = (Path(__file__).parents[2] / "bot" / "slack_emulator" / "README.md").read_text()
HERE = Path(__file__).parent


def listed() -> dict[str, frozenset[str]]:
    """The rows of the table of errors that are never given."""
    table = PAGE.partition("## Errors that it never gives")[2]
    rows = re.findall(r"^\| (.+?) \| (.+?) \|$", table, re.MULTILINE)
    return {
        method.strip("`"): frozenset(re.findall(r"`(\w+)`", codes))
        for method, codes in rows
        if method not in ("method", "---")
    }


def test_every_error_that_is_never_given_is_listed() -> None:
    assert listed() == {method: codes for method, codes in SILENT.items() if codes}


def test_every_method_that_the_bot_uses_has_a_file() -> None:
    ours = set(METHODS) - {"api.test", "views.push"} | {"apps.connections.open"}
    assert set(SILENT) - {"every method"} == ours
    for method in ours:
        assert (HERE / f"test_{method.replace('.', '_').lower()}.py").exists(), method


def tables() -> dict[str, list[str]]:
    """What is held, and the files that hold it."""
    near = PAGE.partition("## How near it is")[2].partition("## What it does not imitate")[0]
    rows = re.findall(r"^\| (.+?) \| (`test_.+?) \|$", near, re.MULTILINE)
    return {what: re.findall(r"`(test_\w+\.py)`", files) for what, files in rows}


def test_the_fidelity_table_names_every_method_and_every_file_and_no_other() -> None:
    """The files about the document itself hold nothing of Slack's."""
    named = {name for files in tables().values() for name in files}
    assert named == {path.name for path in HERE.glob("test_*.py")} - {Path(__file__).name}
    methods = {method for what in tables() for method in re.findall(r"`(\w+(?:\.\w+)+)`", what)}
    events = {"message.channels"}
    assert methods - events == set(METHODS) | {"apps.connections.open"}


def test_every_event_that_the_bot_listens_to_has_a_file() -> None:
    manifest = (Path(__file__).parents[2] / "manifest.yml").read_text()
    events = re.findall(r"^      - (\w+)$", manifest.partition("bot_events:")[2], re.MULTILINE)
    assert len(events) >= 6
    for event in events:
        assert (HERE / f"test_event_{event}.py").exists(), event


def test_the_workspace_in_the_document_is_read(tmp_path: Path) -> None:
    (tmp_path / "workspace.toml").write_text(PAGE.partition("```toml\n")[2].partition("```")[0])
    workspace = workspace_file.read(tmp_path / "workspace.toml")
    assert [channel.private for channel in workspace.channels] == [False]
    assert [group.members for group in workspace.groups] == [["alice"]]


@pytest.mark.parametrize("entry", ["guest = 'true'", "tz = true"])
def test_a_workspace_with_a_value_of_another_type_is_refused(tmp_path: Path, entry: str) -> None:
    (tmp_path / "workspace.toml").write_text(f"[[people]]\nname = 'alice'\n{entry}\n")
    with pytest.raises(workspace_file.WorkspaceFileError, match="has the wrong type"):
        workspace_file.read(tmp_path / "workspace.toml")
