"""Why something was refused: a value, never an exception. `slack.render` turns it into a sentence."""

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why not. The value stands in `access.refused` events and is stable."""

    # who
    NOT_FOUND = "person_not_found"
    OTHER_WORKSPACE = "other_workspace"
    DEACTIVATED = "deactivated"
    BOT = "bot"
    GUEST = "guest"
    SELF_APPROVAL = "self_approval"
    NOT_APPROVER = "not_approver"
    NOT_YOURS = "not_yours"
    # what was asked
    UNKNOWN_VARIABLE = "unknown_variable"
    TOO_LONG = "too_long"
    NO_APPROVERS = "no_approvers"
    APPROVERS_UNREACHABLE = "approvers_unreachable"
    STORE_FULL = "store_full"
    SLOW_DOWN = "slow_down"
    # what it was asked of
    UNKNOWN_ID = "unknown_id"
    NOT_PENDING = "not_pending"
    NO_GRANT = "no_grant"
    ENDED = "grant_ended"
    # faults
    NOT_CHECKED = "not_checked"
    STORE_DOWN = "store_down"
    STORE_UNCERTAIN = "store_uncertain"


AUDITED = frozenset(
    {
        Reason.NOT_FOUND,
        Reason.OTHER_WORKSPACE,
        Reason.DEACTIVATED,
        Reason.BOT,
        Reason.GUEST,
        Reason.SELF_APPROVAL,
        Reason.NOT_APPROVER,
        Reason.NOT_YOURS,
        Reason.UNKNOWN_VARIABLE,
        Reason.TOO_LONG,
        Reason.NO_APPROVERS,
        Reason.APPROVERS_UNREACHABLE,
        Reason.UNKNOWN_ID,
        Reason.NO_GRANT,
        Reason.ENDED,
    }
)
"""Refusals that the security team reads; a lost race, a fault and a grammar error are none."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refused attempt.

    Attributes:
        reason: why.
        request: the id of the request concerned, if there is one.
        state: that request's or grant's state where the reason is about it.
        by: who decided or ended it, where a race was lost.
        at: when, milliseconds since the epoch (Redis time); 0 when it does not matter.
        names: variables (labels or canonical) that the reason is about.
        limit: seconds, where a limit was passed.
    """

    reason: Reason
    request: str = ""
    state: str = ""
    by: str = ""
    at: int = 0
    names: tuple[str, ...] = ()
    limit: int = 0
