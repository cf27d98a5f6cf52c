"""How the value of a variable is rotated, as its rule in `sources.yml` says."""

from dataclasses import dataclass, field
from enum import StrEnum

from envaccess.domain.sources.specs import Credential


class RotatorKind(StrEnum):
    """Who makes the new value."""

    WEBHOOK = "webhook"
    COMMAND = "command"
    POSTGRES = "postgres"
    AWS_IAM = "aws-iam"
    OWNER = "owner"
    """Nobody but a person: a task in Slack for the owner."""


@dataclass(frozen=True, slots=True)
class RotationWhen:
    """What makes a rotation due; with none of these it happens on demand only.

    Attributes:
        grant_end: when a grant ends of which somebody saw the value.
        seen_by: as soon as so many people have seen the current value; 0: however many.
        age: seconds that a value may be the current one; 0: for ever.
        leaver: when somebody who saw it leaves the workspace.
    """

    grant_end: bool = False
    seen_by: int = 0
    age: int = 0
    leaver: bool = False


@dataclass(frozen=True, slots=True)
class RotationRule:
    """How one variable is rotated; its templates are filled in.

    Attributes:
        by: who makes the new value.
        when: what makes it due.
        url: of the webhook; of `postgres` the template of the new value, with `{user}` and `{password}`.
        secret: what signs the webhook's body; None: there is none.
        run: the command's words; empty for the other kinds.
        source: where the new value is made: a `postgres` or `aws-iam` source; empty for the other kinds.
        roles: the two roles of `postgres`, used in turn.
        user: the user of `aws-iam` whose keys are rotated.
        key_id_field: the field of the same secret that the key's id is written to, where the value is its
            secret part alone; empty where the value holds both.
        grace: seconds that the old value lives after the new one is published.
        wait: seconds that a rotation waits at most for other live grants that hold the old value.
        timeout: seconds until the source has to show the new value.
    """

    by: RotatorKind
    when: RotationWhen = field(default_factory=RotationWhen)
    url: str = ""
    secret: Credential | None = None
    run: tuple[str, ...] = ()
    source: str = ""
    roles: tuple[str, ...] = ()
    user: str = ""
    key_id_field: str = ""
    grace: int = 0
    wait: int = 0
    timeout: int = 0
