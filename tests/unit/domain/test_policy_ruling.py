"""Rulings: what each field of a rule allows and what it forbids, and that several rules all hold."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from envaccess.domain.duration import ONCE, Duration
from envaccess.domain.policy.book import Policy, built_in
from envaccess.domain.policy.hours import Hours
from envaccess.domain.policy.pinned import plain_ruling, read_ruling
from envaccess.domain.policy.principal_set import OWNERS, PrincipalSet
from envaccess.domain.policy.rules import (
    Automatic,
    DeliveryMode,
    EmergencyRule,
    Owners,
    ReasonRule,
    Starts,
    Step,
)
from envaccess.domain.policy.ruling import (
    USUAL,
    Asking,
    Belongs,
    Limit,
    Ruling,
    chain_for,
    rule_request,
    sets,
)
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.variable import Variable
from tests.unit.domain.policy_made import (
    ASKINGS,
    CHANNEL,
    HOUR,
    KEY,
    LEADS,
    MEMBERS,
    MONDAY_TEN,
    ONCALL,
    TEAM,
    allowed,
    asking,
    member_of,
    policies,
    rule,
    ruled,
)

TICKET = ReasonRule(10, re.compile("PAY-[0-9]+"), "a ticket")
OFFICE = Hours("UTC", 9 * 60, 18 * 60)
NIGHT = MONDAY_TEN + 12 * HOUR * 1000
HELP = EmergencyRule(ONCALL, 900, LEADS)
QUICK = Automatic(ONCALL, 1800, OFFICE, times=3)


def refused(found: Ruling | Refusal) -> Reason:
    assert isinstance(found, Refusal), found
    return found.reason


@pytest.mark.parametrize(
    ("fields", "ask", "member", "reason"),
    [
        ({"match": ("production/STRIPE_*",)}, asking(), (), None),
        ({"match": ("staging/*",)}, asking(), (), Reason.NO_RULE),
        ({"requesters": TEAM}, asking(), ("S0TEAM",), None),
        ({"requesters": TEAM}, asking(), (), Reason.NOT_REQUESTER),
        ({"requesters": PrincipalSet(("U0ALICE",))}, asking(), (), None),
        ({"max_seconds": HOUR}, asking(seconds=HOUR), (), None),
        ({"max_seconds": HOUR}, asking(seconds=HOUR + 1), (), Reason.TOO_LONG),
        ({"max_seconds": HOUR}, asking(seconds=HOUR // 2, more=HOUR // 2), (), None),
        ({"max_seconds": HOUR}, asking(seconds=HOUR // 2, more=HOUR // 2 + 1), (), Reason.TOO_LONG),
        ({"max_seconds": 60, "default_seconds": 60}, asking(duration=ONCE), (), None),
        ({"reason": TICKET}, asking(reason="PAY-1 fails"), (), None),
        ({"reason": TICKET}, asking(reason="it fails again"), (), Reason.REASON_PATTERN),
        ({"reason": TICKET}, asking(reason="PAY-1"), (), Reason.REASON_SHORT),
        ({"hours": OFFICE}, asking(), (), None),
        ({"hours": OFFICE}, asking(at=NIGHT), (), Reason.OUT_OF_HOURS),
        ({"emergency": HELP}, asking(emergency=True), ("S0ONCALL",), None),
        ({"emergency": HELP}, asking(emergency=True), (), Reason.NO_EMERGENCY),
        ({}, asking(emergency=True), ("S0ONCALL",), Reason.NO_EMERGENCY),
        (
            {"emergency": HELP, "requesters": TEAM},
            asking(emergency=True),
            ("S0ONCALL",),
            Reason.NOT_REQUESTER,
        ),
        ({"emergency": HELP, "hours": OFFICE}, asking(emergency=True, at=NIGHT), ("S0ONCALL",), None),
        ({"emergency": HELP, "reason": TICKET}, asking(emergency=True), ("S0ONCALL",), Reason.REASON_PATTERN),
    ],
)
def test_a_rule_lets_through_what_fits_it_and_nothing_else(
    fields: dict[str, Any], ask: Asking, member: tuple[str, ...], reason: Reason | None
) -> None:
    found = ruled(rule(**fields), ask=ask, member=member)
    assert (found.reason if isinstance(found, Refusal) else None) is reason


@pytest.mark.parametrize(
    ("fields", "pinned"),
    [
        ({"steps": (Step(LEADS), Step(TEAM, 2))}, {"steps": (Step(LEADS), Step(TEAM, 2))}),
        ({"pending_seconds": 60}, {"pending_seconds": 60}),
        ({"default_seconds": 60}, {"default_seconds": 60}),
        ({"single_use": True}, {"single_use": True}),
        ({"delivery": (DeliveryMode.CLI,)}, {"delivery": (DeliveryMode.CLI,)}),
        (
            {"starts": Starts.FIRST_USE, "use_within": 900},
            {"starts": Starts.FIRST_USE, "use_within": 900},
        ),
        ({"cool_down": 600}, {"limits": (Limit("r", cool_down=600),)}),
        ({"open_max": 2}, {"limits": (Limit("r", open_max=2),)}),
        ({}, {"limits": (), "automatic": False, "emergency": None, "channel": CHANNEL, "rules": ("r",)}),
    ],
)
def test_what_a_rule_says_is_pinned(fields: dict[str, Any], pinned: dict[str, Any]) -> None:
    ruling = allowed(ruled(rule(**fields)))
    assert {name: getattr(ruling, name) for name in pinned} == pinned


@pytest.mark.parametrize(
    ("ask", "member", "automatic"),
    [
        (asking(seconds=1800), ("S0ONCALL",), True),
        (asking(seconds=1801), ("S0ONCALL",), False),
        (asking(seconds=1800), (), False),
        (asking(seconds=1800, at=NIGHT), ("S0ONCALL",), False),
        (asking(seconds=60, more=60), ("S0ONCALL",), False),
        (asking(duration=USUAL), ("S0ONCALL",), False),  # the usual hour is longer
    ],
)
def test_nobody_need_agree_only_where_everything_fits(
    ask: Asking, member: tuple[str, ...], *, automatic: bool
) -> None:
    ruling = allowed(ruled(rule(automatic=QUICK), ask=ask, member=member))
    assert ruling.automatic is automatic
    assert ruling.steps, "the chain stays, for when a limit says that somebody must agree"
    assert ruling.limits == ((Limit("r", automatic=3, per=7 * 24 * HOUR),) if automatic else ())


def test_an_emergency_is_short_and_starts_at_once() -> None:
    made = rule(emergency=HELP, starts=Starts.FIRST_USE, use_within=60, cool_down=600, open_max=1)
    ruling = allowed(ruled(made, ask=asking(emergency=True, seconds=5 * HOUR), member=("S0ONCALL",)))
    assert ruling.duration_for(Duration(5 * HOUR)) == Duration(900)
    assert (ruling.starts, ruling.emergency) == (Starts.APPROVAL, HELP)
    assert ruling.steps == made.steps, "whoever would have decided is told"
    assert ruling.limits == (), "an emergency waits for no cool-down, and no other request stands in its way"
    assert not ruling.automatic


def test_the_usual_time_is_what_one_gets_who_names_none() -> None:
    ruling = allowed(ruled(rule(default_seconds=60), ask=asking(duration=USUAL)))
    assert ruling.duration_for(USUAL) == Duration(60)
    assert ruling.duration_for(Duration(30)) == Duration(30)
    assert ruling.duration_for(ONCE) == ONCE
    short = allowed(ruled(rule(max_seconds=60, default_seconds=60), ask=asking(duration=ONCE)))
    assert short.duration_for(ONCE) == Duration(60, once=True), "one reveal waits no longer than is allowed"


def test_an_extension_by_the_usual_time_counts_that_time() -> None:
    """An attack: name no time and get past the maximum."""
    made = rule(max_seconds=2 * HOUR, default_seconds=HOUR)
    assert refused(ruled(made, ask=asking(duration=USUAL, more=HOUR + 1))) is Reason.TOO_LONG
    allowed(ruled(made, ask=asking(duration=USUAL, more=HOUR)))


def test_single_use_makes_every_duration_a_single_reveal() -> None:
    ruling = allowed(ruled(rule(single_use=True)))
    assert ruling.duration_for(Duration(60)) == Duration(60, once=True)


def test_the_first_rule_that_matches_rules_and_a_later_one_never_helps() -> None:
    strict = rule(name="strict", match=("production/*",), requesters=TEAM)
    assert refused(ruled(strict, rule(name="open"))) is Reason.NOT_REQUESTER
    assert allowed(ruled(strict, rule(name="open"), member=("S0TEAM",))).rules == ("strict",)


def test_no_rules_at_all_let_nobody_ask() -> None:
    """Law 9."""
    assert refused(ruled()) is Reason.NO_RULE


def test_owners_are_those_of_the_variable() -> None:
    made = rule(steps=(Step(PrincipalSet((OWNERS,))),))
    owners = (Owners(("production/STRIPE_*",), TEAM), Owners(("*/*",), LEADS))
    assert allowed(ruled(made, owners=owners)).steps == (Step(TEAM),)
    assert allowed(ruled(made, ask=asking("DB"), owners=owners)).steps == (Step(LEADS),)
    assert allowed(ruled(made)).steps == (Step(PrincipalSet()),), "no owners are nobody, not everybody"


def test_several_variables_have_the_owners_of_each_decide() -> None:
    """An attack: ask for one's own variable together with another team's."""
    made = rule(steps=(Step(PrincipalSet((OWNERS,))),), requesters=PrincipalSet((OWNERS, "S0ONCALL")))
    owners = (Owners(("production/A",), TEAM), Owners(("*/*",), LEADS))
    found = ruled(made, ask=asking("A", "B"), owners=owners, member=("S0ONCALL",))
    assert allowed(found).steps == (Step(TEAM), Step(LEADS))
    assert (
        refused(ruled(made, ask=asking("A", "B"), owners=owners, member=("S0TEAM",))) is Reason.NOT_REQUESTER
    )


@pytest.mark.parametrize("tapped", [(True, False), (False, True), (True, True)])
def test_one_rule_that_asks_for_a_press_asks_for_it_for_all(tapped: tuple[bool, bool]) -> None:
    rules = [
        rule(name=name, match=(f"production/{name}",), tap=tap)
        for name, tap in zip("AB", tapped, strict=True)
    ]
    assert allowed(ruled(*rules, ask=asking("A", "B"))).tap


def test_two_rules_both_hold() -> None:
    one = rule(
        name="one", match=("production/A",), steps=(Step(LEADS), Step(LEADS)), max_seconds=2 * HOUR,
        pending_seconds=60, default_seconds=120, single_use=True, starts=Starts.FIRST_USE, use_within=50,
        open_max=1, delivery=(DeliveryMode.REVEAL, DeliveryMode.PUSH),
        automatic=Automatic(ONCALL, 2 * HOUR, times=1),
    )  # fmt: skip
    other = rule(
        name="other", match=("production/B",), steps=(Step(LEADS), Step(TEAM)), requesters=ONCALL,
        pending_seconds=90, default_seconds=60, use_within=40, cool_down=9,
    )  # fmt: skip
    ruling = allowed(ruled(one, other, ask=asking("A", "B"), member=("S0ONCALL",)))
    assert ruling.steps == (Step(LEADS), Step(LEADS), Step(TEAM))
    assert (ruling.max_seconds, ruling.pending_seconds, ruling.default_seconds) == (2 * HOUR, 60, 60)
    assert (ruling.single_use, ruling.starts, ruling.use_within) == (True, Starts.APPROVAL, 40)
    assert ruling.delivery == (DeliveryMode.REVEAL,)
    assert not ruling.automatic
    assert ruling.rules == ("one", "other")
    assert {limit.rule for limit in ruling.limits} == {"one", "other"}
    assert len(ruling.requesters) == 2


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        ({"max_seconds": HOUR}, {"max_seconds": HOUR - 1, "default_seconds": 1}, Reason.TOO_LONG),
        ({"delivery": (DeliveryMode.CLI,)}, {"delivery": (DeliveryMode.REVEAL,)}, Reason.NOT_TOGETHER),
        ({}, {"requesters": TEAM}, Reason.NOT_REQUESTER),
        ({}, {"reason": TICKET}, Reason.REASON_PATTERN),
    ],
)
def test_what_one_of_two_rules_forbids_is_forbidden(
    one: dict[str, Any], other: dict[str, Any], reason: Reason
) -> None:
    rules = (
        rule(name="one", match=("production/A",), **one),
        rule(name="other", match=("production/B",), **other),
    )
    assert refused(ruled(*rules, ask=asking("A", "B"))) is reason
    assert refused(ruled(*rules, ask=asking("B", "A"))) is reason


def test_two_emergencies_last_as_long_as_the_shorter_and_have_one_review_or_none() -> None:
    one = rule(name="one", match=("production/A",), emergency=EmergencyRule(ONCALL, 900, LEADS, remind=60))
    other = rule(name="other", match=("production/B",), emergency=EmergencyRule(ONCALL, 300, LEADS))
    ask = asking("A", "B", emergency=True)
    ruling = allowed(ruled(one, other, ask=ask, member=("S0ONCALL",)))
    assert ruling.emergency == EmergencyRule(ONCALL, 300, LEADS, remind=60)
    apart = replace(other, emergency=EmergencyRule(ONCALL, 300, TEAM))
    assert refused(ruled(one, apart, ask=ask, member=("S0ONCALL",))) is Reason.NOT_TOGETHER


def test_a_chain_that_asks_the_same_circle_twice_does_so_for_several_variables_too() -> None:
    """An attack: ask for two variables of a rule, and pass its two steps by one approval."""
    made = rule(steps=(Step(LEADS), Step(LEADS)))
    policy = Policy((made,), CHANNEL)
    assert allowed(ruled(made, ask=asking("A", "B"))).steps == made.steps
    for names in (("A",), ("A", "B")):
        assert chain_for(policy, [Variable("production", name) for name in names]) == made.steps
    assert chain_for(Policy((), CHANNEL), [KEY]) == ()


@given(policies(), ASKINGS, MEMBERS)
def test_a_merged_ruling_never_allows_what_one_of_its_parts_refuses(
    policy: Policy, ask: Asking, belongs: Belongs
) -> None:
    together = rule_request(policy, ask, belongs)
    apart = [rule_request(policy, replace(ask, variables=(one,)), belongs) for one in ask.variables]
    if isinstance(together, Refusal):
        assert together.reason is Reason.NOT_TOGETHER or any(isinstance(part, Refusal) for part in apart)
        return
    for part in apart:
        assert isinstance(part, Ruling)
        assert together.duration_for(ask.duration).seconds <= part.duration_for(ask.duration).seconds
        assert together.max_seconds <= part.max_seconds
        assert together.pending_seconds <= part.pending_seconds
        assert together.single_use >= part.single_use
        assert together.automatic <= part.automatic
        assert set(together.delivery) <= set(part.delivery)
        assert set(together.requesters) >= set(part.requesters)
        assert set(together.limits) >= set(part.limits)
        assert all(together.steps.count(step) >= part.steps.count(step) for step in part.steps)
        assert (together.emergency is None) is (part.emergency is None)
        assert (together.starts is Starts.FIRST_USE) <= (part.starts is Starts.FIRST_USE)
        assert not part.use_within or 0 < together.use_within <= part.use_within


@given(policies(), ASKINGS, MEMBERS)
def test_only_what_circles_names_is_asked_of_slack(policy: Policy, ask: Asking, belongs: Belongs) -> None:
    """A service asks about those sets beforehand; about another it could not answer."""
    known = sets(policy, ask.variables)

    def asked(who: PrincipalSet) -> bool:
        assert who in known
        return belongs(who)

    rule_request(policy, ask, asked)


@given(policies(), ASKINGS, MEMBERS)
def test_a_ruling_reads_back_as_it_was_pinned(policy: Policy, ask: Asking, belongs: Belongs) -> None:
    ruling = rule_request(policy, ask, belongs)
    if isinstance(ruling, Ruling):
        text = json.dumps(plain_ruling(ruling))
        assert read_ruling(json.loads(text)) == ruling
        assert json.dumps(plain_ruling(read_ruling(json.loads(text)))) == text


@given(policies(), ASKINGS, MEMBERS)
def test_only_an_emergency_or_an_automatic_ruling_goes_without_approval(
    policy: Policy, ask: Asking, belongs: Belongs
) -> None:
    """Law 9."""
    ruling = rule_request(policy, ask, belongs)
    if isinstance(ruling, Ruling):
        assert ruling.steps
        assert (ruling.emergency is not None) is ask.emergency
        assert not (ruling.automatic and (ask.emergency or ask.more))


@pytest.mark.parametrize("push", [True, False])
def test_the_built_in_policy_lets_anyone_ask_and_the_channel_decide(*, push: bool) -> None:
    policy = built_in(CHANNEL, push=push)
    ruling = allowed(rule_request(policy, asking(seconds=8 * HOUR), member_of()))
    assert (ruling.steps, ruling.pending_seconds) == ((Step(PrincipalSet((CHANNEL,))),), 4 * HOUR)
    assert (DeliveryMode.PUSH in ruling.delivery) is push
    too_long = rule_request(policy, asking(seconds=8 * HOUR + 1), member_of())
    assert too_long == Refusal(Reason.TOO_LONG, limit=8 * HOUR, names=("production/STRIPE_KEY",))
