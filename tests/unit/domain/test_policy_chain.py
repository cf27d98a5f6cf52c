"""Chains: distinct people for every approval, whoever asks."""

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from envaccess.domain.policy.completion import can_complete, why_stuck
from envaccess.domain.policy.principal_set import EVERYBODY, PrincipalSet
from envaccess.domain.policy.rules import Rule, Step, Then

PEOPLE = ["U0A", "U0B", "U0C", "U0D"]
GROUPS = st.frozensets(st.sampled_from(PEOPLE), max_size=4)


def circle(who: PrincipalSet) -> frozenset[str] | None:
    """As far as a file says."""
    return frozenset(who.people) if len(who.people) == len(who.words) else None


def rule(*steps: Step, requesters: PrincipalSet = EVERYBODY) -> Rule:
    return Rule("r", ("*/*",), steps, requesters=requesters)


def step(*people: str, approvals: int = 1, then: Then = Then.REFUSE, escalate: tuple[str, ...] = ()) -> Step:
    return Step(PrincipalSet.of(people), approvals, then=then, escalate=PrincipalSet.of(escalate))


@given(st.lists(GROUPS, max_size=4))
def test_a_chain_can_be_completed_exactly_when_some_assignment_of_distinct_people_does(
    places: list[frozenset[str]],
) -> None:
    assignments = permutations(PEOPLE, len(places))
    brute = any(all(p in place for p, place in zip(s, places, strict=True)) for s in assignments)
    assert can_complete(places) is brute


@given(st.lists(st.tuples(GROUPS, st.integers(1, 2)), min_size=1, max_size=3), GROUPS)
def test_a_rule_is_stuck_exactly_when_somebody_who_may_ask_cannot_be_approved(
    steps: list[tuple[frozenset[str], int]], requesters: frozenset[str]
) -> None:
    made = rule(
        *(step(*people, approvals=need) for people, need in steps),
        requesters=PrincipalSet.of([*requesters, "U0X"]),
    )
    places = [people for people, need in steps for _ in range(need)]

    def passes(asking: str) -> bool:
        others = [p for p in PEOPLE if p != asking]
        fits = (
            all(p in place for p, place in zip(seats, places, strict=True))
            for seats in permutations(others, len(places))
        )
        return any(fits)

    stuck = why_stuck(made, circle)
    assert (stuck is None) is all(passes(asking) for asking in [*requesters, "U0X"])


def test_the_only_approver_of_a_rule_that_anyone_may_use_can_never_ask() -> None:
    stuck = why_stuck(rule(step("U0A")), circle)
    assert stuck is not None
    assert (stuck.requester, stuck.step, stuck.need, stuck.have) == ("U0A", 0, 1, 0)
    assert (
        "a request of U0A could never pass: step 1 needs one person, and there are no other" in stuck.problem
    )
    assert "do not let that person ask" in stuck.mend


def test_two_steps_with_the_same_only_person_pass_nobody() -> None:
    stuck = why_stuck(rule(step("U0A"), step("U0A"), requesters=PrincipalSet(("U0B",))), circle)
    assert stuck is not None
    assert (stuck.requester, stuck.step) == ("", None)
    assert (
        stuck.problem == "no request could pass: it needs 2 distinct people, and there is one person for it"
    )


def test_a_group_counts_as_enough_people_until_slack_says() -> None:
    assert why_stuck(rule(step("S0TEAM", approvals=9)), circle) is None
    assert why_stuck(rule(step("S0TEAM", "U0A"), step("U0B", "U0C")), circle) is None


def test_whom_a_step_escalates_to_counts_with_it() -> None:
    assert why_stuck(rule(step("U0A", then=Then.ESCALATE, escalate=("U0B",))), circle) is None
    assert why_stuck(rule(step("U0A", then=Then.REFUSE, escalate=("U0B",))), circle) is not None


def test_a_step_that_is_skipped_holds_nobody_up() -> None:
    assert why_stuck(rule(step("U0A", then=Then.SKIP), step("U0B", "U0C")), circle) is None


def test_long_chains_are_decided_at_once() -> None:
    """Matching, not trying all assignments: forty places of forty people would take for ever."""
    crowd = [f"U0{n:03d}" for n in range(40)]
    assert can_complete([frozenset(crowd)] * 40)
    assert not can_complete([frozenset(crowd)] * 40 + [frozenset(crowd[:1])])
