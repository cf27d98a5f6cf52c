"""Requests in every state, and the worst that people can type."""

from dataclasses import replace

from envaccess.domain.duration import ONCE, Duration
from envaccess.domain.outcome import Claim
from envaccess.domain.request import GrantState, Request, State
from envaccess.domain.variable import ENVIRONMENT_LIMIT, NAME_LIMIT, Variable
from tests.fakes.rulings import usual

NOON = 1_760_000_000_000
STRIPE = Variable("default", "STRIPE_KEY")
STAGING_DB = Variable("staging", "DB_URL")
HOSTILE = "<!channel> <@U0VICTIM> & *bold* _it_ `code` :x: <https://evil.example|here> ```\u202eabc"
WIDEST = tuple(Variable("e" * ENVIRONMENT_LIMIT, f"{number}".rjust(NAME_LIMIT, "N")) for number in range(10))

PENDING = Request(
    id="7k2m9xq4",
    version=1,
    requester="U0ALICE",
    variables=(STRIPE,),
    duration=Duration(3600),
    reason="debugging a failed refund",
    state=State.PENDING,
    created_at=NOON,
    deadline_at=NOON + 4 * 3_600_000,
    ruling=usual("C0APPROVE"),
    asked_before=3,
    asked_for_these=1,
)
APPROVED = replace(
    PENDING,
    state=State.APPROVED,
    decided_at=NOON + 60_000,
    decided_by="U0BOB",
    grant=GrantState.ACTIVE,
    expires_at=NOON + 3_660_000,
)
ONCE_APPROVED = replace(APPROVED, duration=ONCE, expires_at=NOON + 960_000)
DENIED = replace(
    PENDING,
    state=State.DENIED,
    decided_at=NOON + 60_000,
    decided_by="U0BOB",
    decision_reason="use the sandbox key",
)
CANCELLED = replace(PENDING, state=State.CANCELLED, decided_at=NOON + 60_000)
TIMED_OUT = replace(PENDING, state=State.TIMED_OUT, decided_at=PENDING.deadline_at)
EXPIRED = replace(APPROVED, grant=GrantState.EXPIRED, ended_at=APPROVED.expires_at)
REVOKED = replace(APPROVED, grant=GrantState.REVOKED, ended_at=NOON + 90_000, ended_by="person:U0CAROL")
REVOKED_BY_CLI = replace(REVOKED, ended_by="cli:root")
REVOKED_BY_BOT = replace(REVOKED, ended_by="bot")
USED_UP = replace(ONCE_APPROVED, grant=GrantState.USED_UP, ended_at=NOON + 90_000)

OVER = (DENIED, CANCELLED, TIMED_OUT, EXPIRED, REVOKED, REVOKED_BY_CLI, REVOKED_BY_BOT, USED_UP)
ALL = (PENDING, APPROVED, ONCE_APPROVED, *OVER)
PEOPLE = ("U0ALICE", "U0BOB", "U0CAROL")


def worst(request: Request, text: str = "&" * 500) -> Request:
    """The same request, as long and as hostile as it can be."""
    reason = text if request.decision_reason else ""
    return replace(request, variables=WIDEST, reason=text, decision_reason=reason)


def claim(*variables: Variable, once: bool = False) -> Claim:
    """A fresh claim of Alice's."""
    return Claim(
        op="op-1",
        id="7k2m9xq4",
        requester="U0ALICE",
        variables=variables or (STRIPE,),
        once=once,
        expires_at=NOON + 3_600_000,
        fresh=True,
    )
