"""Policy files as tests write them."""

from envaccess.domain.file_fault import FileFault
from envaccess.domain.policy.book import Policy
from envaccess.domain.policy.rules import Rule
from envaccess.policy_file.reading import read_policy

CHANNEL = "C0APPROVERS"
HEAD = "version: 1\ngroups: {team: [S0TEAM], leads: [U0CARLA, U0DANA]}\n"
"""Two lines; what follows them begins in line 3."""


def read(text: str) -> Policy:
    """A policy without faults."""
    found = read_policy(text, CHANNEL)
    assert isinstance(found, Policy), "\n".join(f"{fault.line}: {fault}" for fault in found)
    return found


def faults(text: str) -> tuple[FileFault, ...]:
    """All faults of a file that has some."""
    found = read_policy(text, CHANNEL)
    assert not isinstance(found, Policy)
    return found


def one_rule(fields: str, head: str = "") -> str:
    """A file with one rule over everything: `fields` are lines, the first of them line 4 and more."""
    lines = "".join(f"    {line}\n" for line in fields.strip().splitlines())
    return f"{HEAD}{head}rules:\n  - match: '*/*'\n{lines}"


def rule_with(fields: str, head: str = "") -> Rule:
    """That rule; the leads decide unless the fields say who."""
    decided = "approvers:" in fields or "steps:" in fields or "approvers" in head
    return read(one_rule(fields if decided else f"approvers: [leads]\n{fields}", head)).rules[0]
