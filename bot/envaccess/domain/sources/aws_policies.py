"""Policies of AWS: the one that every session carries, and the least that envaccess needs."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from envaccess.domain.sources.specs import SourceKind
from envaccess.domain.strict_json import read_object

POLICY_MOST: Final = 2_048
"""Characters of a session policy that AWS takes."""
_VERSION: Final = "2012-10-17"
ACTIONS: Final[Mapping[SourceKind, Mapping[str, Sequence[str]]]] = {
    SourceKind.AWS_SECRETS_MANAGER: {
        "read": ("secretsmanager:GetSecretValue",),
        "rotate": (
            "secretsmanager:DescribeSecret",
            "secretsmanager:PutSecretValue",
            "secretsmanager:UpdateSecretVersionStage",
        ),
        "adopt": ("secretsmanager:ListSecrets",),
    },
    SourceKind.AWS_SSM: {
        "read": ("ssm:GetParameter",),
        "rotate": ("ssm:PutParameter",),
        "adopt": ("ssm:DescribeParameters",),
    },
    SourceKind.AWS_STS: {"read": ("sts:AssumeRole",)},
    SourceKind.AWS_IAM: {"rotate": ("iam:ListAccessKeys", "iam:CreateAccessKey", "iam:DeleteAccessKey")},
}
"""What each kind calls to read or lease, to write what was rotated, to list what there is."""


def session_policy(own: str, ends: int) -> str | None:
    """The policy of one session: what the file allows, or all that its role may, until its end.

    The denial holds for whatever else would allow something, such as a resource's policy that names the
    session.

    Args:
        own: a policy of the file; empty for none.
        ends: milliseconds.

    Returns:
        None where `own` is no policy, or no room is left for the end in it.
    """
    end = utc_text(ends)
    statements: list[Any] = [_statement("Allow", {"DateLessThan": {"aws:CurrentTime": end}})]
    if own:
        try:
            found = read_object(own).get("Statement")
        except ValueError:
            return None
        statements = [found] if isinstance(found, dict) else found if isinstance(found, list) else []
        if not statements or not all(isinstance(one, dict) for one in statements):
            return None
    statements = [*statements, _statement("Deny", {"DateGreaterThanEquals": {"aws:CurrentTime": end}})]
    made = json.dumps({"Version": _VERSION, "Statement": statements}, separators=(",", ":"))
    return made if len(made) <= POLICY_MOST else None


def _statement(effect: str, condition: Mapping[str, Any]) -> dict[str, Any]:
    return {"Effect": effect, "Action": "*", "Resource": "*", "Condition": condition}


def utc_text(at: int) -> str:
    """A time in milliseconds as AWS writes it, to the second before it."""
    return datetime.fromtimestamp(at // 1_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def policy_to_paste(actions: Sequence[str], resource: str) -> str:
    """The least that allows these actions, in one line."""
    statement = {"Effect": "Allow", "Action": [*actions], "Resource": resource}
    return json.dumps({"Version": _VERSION, "Statement": [statement]})
