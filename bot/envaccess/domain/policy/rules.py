"""What a policy says, as data. All lengths of time are whole seconds; 0 means that there is none."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from envaccess.domain.policy.hours import Hours
from envaccess.domain.policy.principal_set import EVERYBODY, NOBODY, PrincipalSet
from envaccess.domain.text import REASON_MIN

HOUR = 3_600
MAX_SECONDS = 8 * HOUR
LONGEST = 366 * 24 * HOUR
"""Seconds of the longest time that a policy can name."""
PENDING_SECONDS = 4 * HOUR
USE_WITHIN = 8 * HOUR
"""How soon a grant must be used whose clock starts with its first use, unless its rule says."""
PER_RUN = 0
"""Instead of seconds: counted by run of a pipeline."""
APPROVERS_MAX = 1_000
"""Members of an approvers channel above which nobody can say who approves."""


class Then(StrEnum):
    """What happens when nobody has passed a step in its time."""

    REFUSE = "refuse"
    ESCALATE = "escalate"
    SKIP = "skip"


class Starts(StrEnum):
    """When a grant's clock starts."""

    APPROVAL = "approval"
    FIRST_USE = "first_use"


class DeliveryMode(StrEnum):
    """A way in which a value may reach its requester."""

    REVEAL = "reveal"
    PUSH = "push"
    CLI = "cli"
    CI = "ci"
    BROKER = "broker"


def usual_delivery(*, push: bool) -> tuple[DeliveryMode, ...]:
    """The ways where no rule says any; `push`: ENVACCESS_DELIVERY says that the value is shown at once."""
    return (DeliveryMode.REVEAL, DeliveryMode.CLI) + ((DeliveryMode.PUSH,) if push else ())


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an approval chain.

    Attributes:
        approvals: distinct people who must agree here.
        remind: seconds until the first reminder; each later one takes twice as long.
        timeout: seconds after which `then` happens; 0: the request's own deadline is the only one.
        escalate: who may decide too once nobody did in time; they have as long again.
    """

    approvers: PrincipalSet
    approvals: int = 1
    remind: int = 0
    timeout: int = 0
    then: Then = Then.REFUSE
    escalate: PrincipalSet = NOBODY


class Pattern(Protocol):
    """A regular expression; whoever makes one sees to it that it takes linear time."""

    def search(self, text: str, /) -> object:
        """Whatever is true where it is found in a text."""


@dataclass(frozen=True, slots=True)
class ReasonRule:
    """What a reason must have.

    Attributes:
        least: characters.
        pattern: a regular expression that must be found in it; None for none.
        hint: that pattern in people's words, such as `a ticket, like PAY-123`.
    """

    least: int = REASON_MIN
    pattern: Pattern | None = None
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Automatic:
    """When nobody need agree; always announced, and audited as such.

    Attributes:
        who: whose requests.
        seconds: the longest.
        hours: only then.
        times: at most so often for one person or machine within `per` seconds; 0: no such limit.
        per: `PER_RUN`: within one run of a pipeline, however long that takes.
    """

    who: PrincipalSet
    seconds: int
    hours: Hours | None = None
    times: int = 0
    per: int = 7 * 24 * HOUR


@dataclass(frozen=True, slots=True)
class EmergencyRule:
    """Access at once, reviewed afterwards by somebody else.

    Attributes:
        who: who may.
        seconds: how long it lasts.
        review: who may close the review; never who had the access.
        remind: seconds until the first reminder of an open review.
    """

    who: PrincipalSet
    seconds: int
    review: PrincipalSet
    remind: int = HOUR


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a policy.

    Attributes:
        name: how messages and the audit stream call it.
        line: where it stands in its file; 0 where there is none.
        match: globs over `environment/NAME`.
        hours: when it may be asked for at all.
        cool_down: seconds after an end or a denial in which the same person may not ask for the same again.
        open_max: requests and grants that one person may have under it at once; 0: no such limit.
        single_use: every grant ends with its first reveal.
        use_within: seconds in which a grant must be used, or it lapses.
        tap: each release to a terminal waits for its person's press in Slack.
    """

    name: str
    match: tuple[str, ...]
    steps: tuple[Step, ...]
    line: int = 0
    requesters: PrincipalSet = EVERYBODY
    max_seconds: int = MAX_SECONDS
    default_seconds: int = HOUR
    pending_seconds: int = PENDING_SECONDS
    reason: ReasonRule = field(default_factory=ReasonRule)
    hours: Hours | None = None
    automatic: Automatic | None = None
    cool_down: int = 0
    open_max: int = 0
    single_use: bool = False
    delivery: tuple[DeliveryMode, ...] = usual_delivery(push=False)
    starts: Starts = Starts.APPROVAL
    use_within: int = 0
    emergency: EmergencyRule | None = None
    tap: bool = False


@dataclass(frozen=True, slots=True)
class Owners:
    """Whose variables those are that a glob matches."""

    match: tuple[str, ...]
    who: PrincipalSet
    line: int = 0
