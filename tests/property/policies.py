"""Four policies that differ in all that matters, for people who come and go."""

import re

from envaccess.domain.policy.book import Policy, built_in
from envaccess.domain.policy.principal_set import EVERYBODY, OWNERS, PrincipalSet
from envaccess.domain.policy.rules import (
    Automatic,
    EmergencyRule,
    Owners,
    ReasonRule,
    Rule,
    Starts,
    Step,
    Then,
)
from tests.fakes.context import APPROVERS

PEOPLE = ("U0ANN", "U0BEN", "U0CAY", "U0DAN", "U0EVE", "U0FAY")
LEADS, SECURITY, ON_CALL = "S0LEADS", "S0SECURITY", "S0ONCALL"
GROUPS = (LEADS, SECURITY, ON_CALL)
NAMES = ("default/A", "default/B", "staging/C")
HOUR = 3_600
DAY = 24 * HOUR
TICKET = "PAY-7 a failed refund"
REASONS = ("a failed refund", TICKET)


def step(*words: str, approvals: int = 1, timeout: int = 0, then: Then = Then.REFUSE, to: str = "") -> Step:
    """A step of these approvers; `to` is whom it escalates to."""
    return Step(
        PrincipalSet.of(words),
        approvals=approvals,
        remind=timeout // 3,
        timeout=timeout,
        then=then,
        escalate=PrincipalSet.of([to] if to else []),
    )


CHAINS = Policy(
    (
        Rule(
            "payments",
            ("default/A",),
            (step(LEADS, timeout=1_800, then=Then.ESCALATE, to=SECURITY), step(APPROVERS)),
            max_seconds=2 * HOUR,
        ),
        Rule(
            "pairs",
            ("default/B",),
            (step(APPROVERS, approvals=2),),
            automatic=Automatic(PrincipalSet.of([ON_CALL]), 900, times=2, per=DAY),
            open_max=3,
        ),
        Rule(
            "staging",
            ("staging/*",),
            (step(LEADS, timeout=600, then=Then.SKIP), step(SECURITY, OWNERS)),
            starts=Starts.FIRST_USE,
            use_within=HOUR,
            emergency=EmergencyRule(EVERYBODY, 600, PrincipalSet.of([SECURITY])),
        ),
    ),
    APPROVERS,
    digest="chains",
    owners=(Owners(("staging/*",), PrincipalSet.of(["U0FAY"])),),
    security=PrincipalSet.of([SECURITY]),
)
STRICT = Policy(
    (
        Rule(
            "payments",
            ("default/A",),
            (step(SECURITY), step(LEADS, APPROVERS)),
            requesters=PrincipalSet.of([ON_CALL, LEADS]),
            max_seconds=1_800,
            reason=ReasonRule(pattern=re.compile("PAY-[0-9]"), hint="a ticket, like PAY-1"),
            emergency=EmergencyRule(PrincipalSet.of([ON_CALL]), 300, PrincipalSet.of([LEADS])),
        ),
        Rule("pairs", ("default/B",), (step(APPROVERS),), single_use=True, cool_down=600, open_max=1),
        Rule("staging", ("staging/*",), (step(LEADS),), use_within=900),
    ),
    APPROVERS,
    digest="strict",
    security=PrincipalSet.of([SECURITY]),
)
NARROW = Policy(
    (
        Rule("pairs", ("default/B",), (step(APPROVERS, LEADS), step(SECURITY)), max_seconds=900),
        Rule("staging", ("staging/*",), (step(*PEOPLE, approvals=2),), requesters=PrincipalSet.of([LEADS])),
    ),
    APPROVERS,
    digest="narrow",
)
POLICIES = (CHAINS, STRICT, NARROW, built_in(APPROVERS))
