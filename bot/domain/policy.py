"""The built-in policy: who may ask for what, for how long, and who decides.

Nothing configured means no (law 9): an empty set of approvers is a refusal when asked, not a request
that waits for nobody.
"""

from collections.abc import Collection
from dataclasses import dataclass

from bot.domain.duration import Duration
from bot.domain.refusal import Reason, Refusal

MAX_SECONDS = 8 * 3_600
PENDING_SECONDS = 4 * 3_600
APPROVERS_MAX = 1_000
"""Members of an approvers channel above which nobody can say who approves."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the policy said when the request was made; pinned into it.

    Attributes:
        policy: which policy ruled.
        channel: the channel whose members decide.
        approvals: distinct people who must agree.
        pending_seconds: how long it waits for them.
    """

    channel: str
    policy: str = "built-in"
    approvals: int = 1
    pending_seconds: int = PENDING_SECONDS


def rule_request(duration: Duration, channel: str) -> Ruling | Refusal:
    """Rule on a request before anybody is asked."""
    if duration.seconds > MAX_SECONDS:
        return Refusal(Reason.TOO_LONG, limit=MAX_SECONDS)
    return Ruling(channel=channel)


def candidates(requester: str, members: Collection[str]) -> tuple[str, ...]:
    """The members who might decide: everybody in the channel except the requester (law 3)."""
    return tuple(sorted(member for member in members if member != requester))


def refuse_approver(actor: str, requester: str, members: Collection[str]) -> Reason | None:
    """Why this person may not decide this request now; None when they may."""
    if actor == requester:
        return Reason.SELF_APPROVAL
    return None if actor in members else Reason.NOT_APPROVER
