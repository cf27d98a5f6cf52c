"""Policies and questions as hypothesis makes them, and the shortest way to write one down."""

import re
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from envaccess.domain.duration import Duration
from envaccess.domain.policy.book import Policy
from envaccess.domain.policy.hours import DAYS, Hours
from envaccess.domain.policy.principal_set import EVERYBODY, OWNERS, PrincipalSet
from envaccess.domain.policy.rules import (
    Automatic,
    DeliveryMode,
    EmergencyRule,
    Owners,
    ReasonRule,
    Rule,
    Starts,
    Step,
    Then,
)
from envaccess.domain.policy.ruling import Asking, Belongs, Ruling, rule_request
from envaccess.domain.refusal import Refusal
from envaccess.domain.variable import Variable

CHANNEL = "C0APPROVERS"
LEADS, TEAM, ONCALL = (
    PrincipalSet(("U0CARLA", "U0DANA")),
    PrincipalSet(("S0TEAM",)),
    PrincipalSet(("S0ONCALL",)),
)
KEY = Variable("production", "STRIPE_KEY")
HOUR = 3600
MONDAY_TEN = 1_767_607_200_000
"""Milliseconds: 5 January 2026, 10:00 UTC."""


def rule(**fields: Any) -> Rule:
    """A rule over everything in which the leads decide, but for what is said."""
    usual: dict[str, Any] = {"name": "r", "match": ("*/*",), "steps": (Step(LEADS),)}
    return Rule(**{**usual, **fields})


def asking(*names: str, seconds: int = HOUR, reason: str = "because I must", **fields: Any) -> Asking:
    """Somebody asks on a Monday at ten, UTC."""
    variables = tuple(Variable("production", name) for name in names or ("STRIPE_KEY",))
    return Asking(
        **{
            "variables": variables,
            "duration": Duration(seconds),
            "reason": reason,
            "at": MONDAY_TEN,
            **fields,
        }
    )


def member_of(*words: str) -> Belongs:
    """Somebody who is in these circles and in no other but `anyone`."""
    return lambda who: who.anyone or not set(words).isdisjoint(who.words)


def ruled(
    *rules: Rule, ask: Asking | None = None, member: tuple[str, ...] = (), **fields: Any
) -> Ruling | Refusal:
    """What a policy of these rules says."""
    policy = Policy(tuple(rules), CHANNEL, **fields)
    return rule_request(policy, ask or asking(), member_of("U0ALICE", *member))


def allowed(found: Ruling | Refusal) -> Ruling:
    """It is a ruling."""
    assert isinstance(found, Ruling), found
    return found


WORDS = st.sampled_from(["U0CARLA", "U0DANA", "S0TEAM", "S0ONCALL", "C0ROOM", OWNERS])
CIRCLES = st.lists(WORDS, min_size=1, max_size=3).map(PrincipalSet.of)
SECONDS = st.integers(1, 10 * HOUR)
HOURS = st.builds(
    Hours,
    st.sampled_from(["UTC", "Europe/Berlin"]),
    st.integers(0, 1439),
    st.integers(0, 1439),
    st.sets(st.sampled_from(DAYS), min_size=1).map(lambda days: tuple(day for day in DAYS if day in days)),
)
STEPS = st.builds(
    Step,
    CIRCLES,
    st.integers(1, 3),
    remind=st.integers(0, HOUR),
    timeout=st.integers(0, HOUR),
    then=st.sampled_from(Then),
    escalate=CIRCLES,
)
REASONS = st.builds(
    ReasonRule, st.integers(3, 12), st.sampled_from([None, re.compile("PAY-[0-9]+")]), st.just("a ticket")
)
AUTOMATIC = st.builds(Automatic, CIRCLES, SECONDS, st.none() | HOURS, st.integers(0, 3), SECONDS)
EMERGENCY = st.builds(EmergencyRule, CIRCLES, SECONDS, st.sampled_from([LEADS, TEAM]), SECONDS)


@st.composite
def rules(draw: st.DrawFn, name: str = "r", match: str = "*/*") -> Rule:
    """Any rule that `policy check` would let through."""
    longest = draw(SECONDS)
    made = Rule(
        name,
        (match,),
        tuple(draw(st.lists(STEPS, min_size=1, max_size=3))),
        requesters=draw(st.just(EVERYBODY) | CIRCLES),
        max_seconds=longest,
        default_seconds=draw(st.integers(1, longest)),
        pending_seconds=draw(SECONDS),
        reason=draw(REASONS),
        hours=draw(st.none() | HOURS),
        automatic=draw(st.none() | AUTOMATIC),
        cool_down=draw(st.integers(0, HOUR)),
        open_max=draw(st.integers(0, 3)),
        single_use=draw(st.booleans()),
        delivery=tuple(draw(st.lists(st.sampled_from(DeliveryMode), min_size=1, unique=True))),
        starts=draw(st.sampled_from(Starts)),
        use_within=draw(st.integers(0, HOUR)),
        emergency=draw(st.none() | EMERGENCY),
    )
    return replace(made, use_within=made.use_within or HOUR) if made.starts is Starts.FIRST_USE else made


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """A policy of three rules, one for each of A_*, B_* and what is left."""
    found = [draw(rules(name, f"production/{name}_*")) for name in ("A", "B")]
    owners = [Owners(("production/A_*",), draw(CIRCLES_OF_IDS)), Owners(("*/*",), draw(CIRCLES_OF_IDS))]
    return Policy((*found, draw(rules("C"))), CHANNEL, "d" * 64, tuple(owners))


CIRCLES_OF_IDS = st.lists(WORDS.filter(lambda word: word != OWNERS), min_size=1, max_size=2).map(
    PrincipalSet.of
)
ASKINGS = st.builds(
    Asking,
    st.lists(st.sampled_from(["A_1", "A_2", "B_1", "C_1"]), min_size=1, max_size=3, unique=True).map(
        lambda names: tuple(Variable("production", name) for name in names)
    ),
    st.sampled_from([0, 60, HOUR, 2 * HOUR]).map(Duration),
    st.sampled_from(["why", "because I must", "PAY-12 broke down"]),
    st.integers(MONDAY_TEN, MONDAY_TEN + 7 * 24 * HOUR * 1000),
    emergency=st.booleans(),
    more=st.sampled_from([0, 0, HOUR]),
)
MEMBERS = st.sets(WORDS.filter(lambda word: word != OWNERS)).map(lambda words: member_of(*words))
