"""What a workspace uses that shares its process with others: as the operator's file says."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

TEAM: Final = re.compile(r"T[A-Z0-9]{2,31}")
"""A workspace's id."""
ORGANISATION: Final = re.compile(r"E[A-Z0-9]{2,31}")
"""The id of an organisation (Enterprise Grid)."""


@dataclass(frozen=True, slots=True)
class WorkspaceEntry:
    """One workspace. What it does not name is as usual, whatever the settings say of others.

    Attributes:
        approvers_channel: the id of the channel whose members decide.
        audit_channel: the id of the channel that gets the audit lines.
        policy_file: a path; empty for the built-in policy.
        sources_file: a path; empty where every value is in the sealed store.
        delivery: `reveal` or `push`.
    """

    approvers_channel: str
    audit_channel: str
    policy_file: str = ""
    sources_file: str = ""
    delivery: str = "reveal"


@dataclass(frozen=True, slots=True)
class WorkspacesFile:
    """The whole file.

    Attributes:
        entries: by team id.
        organisations: those that may install the app in all of their workspaces.
        digest: SHA-256 of its text, hexadecimal; empty where there is no file.
    """

    entries: Mapping[str, WorkspaceEntry] = field(default_factory=dict)
    organisations: frozenset[str] = frozenset()
    digest: str = ""

    def admits(self, team: str, enterprise: str) -> bool:
        """Whether somebody may install the app there: only what the file names.

        Args:
            team: the workspace; empty for an organisation as a whole.
            enterprise: its organisation; empty where it is in none.
        """
        return team in self.entries if team else enterprise in self.organisations


NO_WORKSPACES_FILE: Final = WorkspacesFile()
