"""The largest requests that a policy and people can make, and what typed text must never do."""

from dataclasses import replace

from envaccess.domain.approval_progress import (
    QUESTIONS_MAX,
    Approval,
    ApprovalProgress,
    Delegation,
    Notification,
    Question,
    Review,
)
from envaccess.domain.audit import ActorKind
from envaccess.domain.call import CLI
from envaccess.domain.lock import Lock, Target
from envaccess.domain.policy.principal_set import PrincipalSet
from envaccess.domain.policy.rules import EmergencyRule, Step, Then
from envaccess.domain.policy.variable_sets import SET_LENGTH, SET_MAX
from envaccess.domain.principal import Principal
from envaccess.domain.receipt import SAID_MAX, Receipt
from envaccess.domain.request import Emergency, GrantState, Release, Request, State
from envaccess.domain.session import Session
from envaccess.domain.tap import Tap, TapState
from envaccess.domain.text import REASON_MAX
from envaccess.domain.variable import Variable
from tests.fakes.rulings import ruled
from tests.unit.slack.samples import NOON, PENDING, WIDEST

CROWD = tuple(f"U0PERSON{number:03}" for number in range(20))
GROUPS = tuple(f"S0GROUP{number:04}" for number in range(20))
ROOMS = tuple(f"C0ROOM{number:05}" for number in range(20))
EVERYONE = PrincipalSet.of([*CROWD, *GROUPS, *ROOMS])
AMPERSANDS = "&" * REASON_MAX
STEPS = tuple(
    Step(EVERYONE, approvals=5, remind=600, timeout=3600, then=Then.ESCALATE, escalate=EVERYONE)
    for _ in range(10)
)
RULING = replace(
    ruled(*STEPS, emergency=EmergencyRule(EVERYONE, 900, EVERYONE)), rules=tuple("&" * 60 for _ in range(10))
)
NAMED = tuple(f"@{number}".ljust(41, "n") for number in range(10))
_ROOM = SET_LENGTH // SET_MAX - len("production/") - 4
OF_SETS = tuple(Variable("production", f"{number}".rjust(_ROOM, "N")) for number in range(SET_MAX))
MENTIONED = (
    "U0ALICE",
    *CROWD,
    *(f"!subteam^{group}" for group in GROUPS),
    *(f"#{room}" for room in ROOMS),
)
"""Whom these may mention."""


def asked(text: str) -> tuple[Question, ...]:
    """As many questions as a request may have, each with its answer."""
    return tuple(Question(person, text, text) for person in CROWD[:QUESTIONS_MAX])


def progress(text: str, steps: int) -> ApprovalProgress:
    """Every approval of so many steps, each in somebody's name."""
    approvals = tuple(
        Approval(CROWD[number], step, NOON, CROWD[-1 - number])
        for step in range(steps)
        for number in range(5)
    )
    return ApprovalProgress(
        step=min(steps, 9),
        escalated=True,
        approvals=approvals,
        questions=asked(text),
        narrowed_by=CROWD[0],
        notifications=3,
        notification=Notification.STEP,
    )


def locked(text: str, who: str = CROWD[1]) -> Lock:
    """A lock on one of them."""
    return Lock("1760000000123-0", Target(who), f"person:{CROWD[2]}", NOON, text)


def pending(text: str = AMPERSANDS, steps: int = 9) -> Request:
    """A pending request with everything that one can have."""
    return replace(
        PENDING,
        variables=WIDEST,
        asked_variables=WIDEST,
        asked_seconds=7_200,
        reason=text,
        ruling=RULING,
        progress=progress(text, steps),
        starts_at=NOON,
        duties=tuple(Delegation(giver, CROWD[0], NOON) for giver in CROWD),
        lock=locked(text),
    )


def from_terminal(request: Request) -> Request:
    """The same, asked at a terminal, with values that went to as many hosts as are kept."""
    said = "&" * SAID_MAX
    went = tuple(Release(said[number:], 99_999, NOON) for number in range(10))
    return replace(
        request,
        surface=CLI,
        receipt=Receipt(said, said, said, said, said),
        releases=(*went, Release("", 99_999, NOON)) if request.grant else (),
        tap=Tap("op", "se_12345678", said, said, TapState.ASKED, NOON) if request.held else None,
    )


def session(number: int) -> Session:
    """A terminal at which somebody is signed in."""
    said, who = "&" * SAID_MAX, Principal(ActorKind.PERSON, "U0ALICE")
    return Session(f"se_{number:08}", who, "k" * 43, "k" * 43, said, said, said, said, NOON, NOON, NOON, NOON)


def of_sets(request: Request) -> Request:
    """The same, asked for by the longest names of sets, for as many variables as those may have."""
    return replace(request, variables=OF_SETS, asked_variables=(), named=NAMED)


def over(text: str = AMPERSANDS) -> tuple[Request, ...]:
    """The same after each end."""
    waiting = replace(
        pending(text, 10), state=State.APPROVED, decided_at=NOON, decided_by=CROWD[4], decision_reason=text
    )
    live = replace(waiting, grant=GrantState.ACTIVE, expires_at=NOON + 1, warned_at=NOON, warnings=1)
    ends = tuple(
        replace(live, grant=grant, ended_at=NOON, ended_by="person:U0PERSON001")
        for grant in (GrantState.EXPIRED, GrantState.REVOKED, GrantState.USED_UP, GrantState.LAPSED)
    )
    emergencies = tuple(
        replace(live, emergency=emergency, progress=replace(live.progress, approvals=()))
        for emergency in (Emergency(), Emergency(Review.CLOSED, CROWD[1], NOON, text))
    )
    others = tuple(
        replace(pending(text), state=state, decided_at=NOON, decided_by=CROWD[2], decision_reason=text)
        for state in (State.DENIED, State.CANCELLED, State.TIMED_OUT)
    )
    not_begun = replace(waiting, grant=GrantState.WAITING)
    extended = replace(waiting, extends="7k2m9xq5", extended=True, expires_at=NOON)
    return (live, not_begun, extended, *ends, *emergencies, *others)
