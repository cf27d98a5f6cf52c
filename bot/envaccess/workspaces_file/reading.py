"""The text of the file becomes what it declares, or all of its faults at once."""

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from envaccess.domain.file_fault import FileFault
from envaccess.domain.workspaces import TEAM, WorkspaceEntry, WorkspacesFile
from envaccess.workspaces_file.models import WORDS, WORKSPACES_MOST, WorkspacePart, WorkspacesPart
from envaccess.yaml_file.fault_collector import FaultCollector
from envaccess.yaml_file.file import digest_of, read_file
from envaccess.yaml_file.scalars import shown
from envaccess.yaml_file.tree import Node, read_mapping


def load_workspaces(path: Path) -> WorkspacesFile | tuple[FileFault, ...]:
    """What a file declares, or every fault by its line; also that others may change it."""
    text = read_file(path, guarded=True)
    return (text,) if isinstance(text, FileFault) else read_workspaces(text, path.parent)


def read_workspaces(text: str, folder: Path) -> WorkspacesFile | tuple[FileFault, ...]:
    """Read the file.

    Args:
        text: the file's; it may be anything.
        folder: where paths in it begin that do not begin at the root.

    Returns:
        What it declares, or every fault by its line.
    """
    root = read_mapping(text, "begin with `version: 1` and `workspaces:`")
    if not isinstance(root, Node):
        return root
    faults = FaultCollector(root, WorkspacesPart, WORDS)
    organisations: tuple[str, ...] = ()
    try:
        organisations = WorkspacesPart.model_validate(_whole(root)).organisations
    except ValidationError as error:
        faults.reject(error)
    found = {team: _entry(team, node, faults, folder) for team, node in _listed(root, faults).items()}
    entries = {team: entry for team, entry in found.items() if entry}
    _refuse_shared(entries, faults)
    return faults.faults() or WorkspacesFile(entries, frozenset(organisations), digest_of(text))


def _whole(root: Node) -> dict[str, Any]:
    """The file without its workspaces, each of which is looked at by itself; none of them is none."""
    assert isinstance(root.value, dict)
    said: dict[str, Any] = {name: node.plain() for name, node in root.value.items()}
    if isinstance(said.get("workspaces"), dict) or said.get("workspaces") == "":
        said["workspaces"] = {}
    return said


def _listed(root: Node, faults: FaultCollector) -> dict[str, Node]:
    listed = root.child("workspaces")
    found = listed.value if listed and isinstance(listed.value, dict) else {}
    if len(found) <= WORKSPACES_MOST:
        return found
    faults.add(("workspaces",), "these are too many workspaces", f"declare at most {WORKSPACES_MOST}")
    return {}


def _entry(team: str, node: Node, faults: FaultCollector, folder: Path) -> WorkspaceEntry | None:
    path, said = ("workspaces", team), node.plain()
    if not TEAM.fullmatch(team):
        mend = "write the id of a Slack workspace, such as T0ACME123"
        faults.add(path, f"{shown(team)} is no workspace's id", mend)
    if not isinstance(said, dict):
        mend = f"write `{team[:40]}: {{approvers_channel: ..., audit_channel: ...}}`"
        faults.add(path, "its fields are missing", mend)
        return None
    try:
        found = WorkspacePart.model_validate(said)
    except ValidationError as error:
        faults.reject(error, path, WorkspacePart)
        return None
    if found.approvers_channel == found.audit_channel:
        mend = "name another channel, which those who look after the audit read"
        faults.add((*path, "audit_channel"), "it is the same channel as `approvers_channel`", mend)
    return WorkspaceEntry(
        found.approvers_channel,
        found.audit_channel,
        _whereabouts(folder, found.policy_file),
        _whereabouts(folder, found.sources_file),
        found.delivery,
    )


def _whereabouts(folder: Path, path: str) -> str:
    return str(folder / path) if path else ""


def _refuse_shared(entries: dict[str, WorkspaceEntry], faults: FaultCollector) -> None:
    """A channel of two workspaces would show what happens in one to people of the other."""
    owners: dict[str, str] = {}
    for team, entry in entries.items():
        for name in ("approvers_channel", "audit_channel"):
            channel = getattr(entry, name)
            owner = owners.setdefault(channel, team)
            if owner != team:
                mend = "name a channel of this workspace alone"
                faults.add(("workspaces", team, name), f"{owner} uses {channel} already", mend)
