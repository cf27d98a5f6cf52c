"""Sister workspaces in a policy: they stand in a step's lists, and mean nothing anywhere else."""

import pytest

from tests.unit.policy_file.written import HEAD, faults, one_rule, read, rule_with

RULES = "rules: [{match: '*/*', approvers: [team]}]\n"


@pytest.mark.parametrize(
    ("fields", "line", "field", "problem"),
    [
        ("approvers: [T0SISTER]", 5, "rules[0].approvers", "a workspace names nobody by itself"),
        ("steps: [{approvers: [team, T0]}]", 5, "rules[0].steps[0].approvers[1]", "there is no group `T0`"),
        (
            "approvers: [team]\nrequesters: [team, T0SISTER]",
            6,
            "rules[0].requesters[1]",
            "a workspace means nothing here",
        ),
        (
            "approvers: [team]\nemergency: {for: [team], review: [team, T0SISTER]}",
            6,
            "rules[0].emergency.review[1]",
            "a workspace means nothing here",
        ),
        (
            "approvers: [team]\nautomatic: {for: [T0SISTER], max: 1h}",
            6,
            "rules[0].automatic.for[0]",
            "a workspace means nothing here",
        ),
    ],
)
def test_a_workspace_stands_beside_those_who_decide(fields: str, line: int, field: str, problem: str) -> None:
    found = faults(one_rule(fields))
    assert any((f.line, f.field) == (line, field) and problem in f.problem and f.mend for f in found), found


@pytest.mark.parametrize(
    ("text", "field"),
    [
        (f"{HEAD}security: [U0CARLA, T0SISTER]\n{RULES}", "security[1]"),
        (f"{HEAD}owners: {{A: [T0SISTER]}}\n{RULES}", "owners.A[0]"),
        (f"version: 1\ngroups: {{team: [S0TEAM, T0SISTER]}}\n{RULES}", "groups.team[1]"),
    ],
)
def test_nobody_from_outside_owns_locks_or_is_in_a_group(text: str, field: str) -> None:
    found = faults(text)
    assert any(f.field == field and "a workspace means nothing here" in f.problem for f in found), found


def test_the_policy_knows_every_workspace_that_it_lets_decide() -> None:
    step = "{approvers: [team, T0ONE], timeout: 1h, then: escalate, escalate: [leads, T0TWO]}"
    found = read(one_rule(f"steps: [{step}]"))
    assert found.sisters == {"T0ONE", "T0TWO"}
    approvers = found.rules[0].steps[0].approvers
    assert (approvers.sisters, approvers.named.words) == (("T0ONE",), ("S0TEAM",))
    assert read(one_rule("approvers: [team]")).sisters == frozenset()


def test_owners_alone_are_owners_alone_beside_a_workspace() -> None:
    """Where no owners are named for a variable, nobody would decide about it."""
    found = faults(one_rule("approvers: [owners, T0SISTER]"))
    assert any("`owners` has no entry for all of `*/*`" in f.problem for f in found), found
    assert rule_with("approvers: [owners, T0SISTER]", "owners: {'*/*': [leads]}\n").steps[0].approvers.owners
