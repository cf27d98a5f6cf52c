"""Who may ask, decide and see: the built-in policy and the check of a person, both without any Slack."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.duration import ONCE, Duration
from bot.domain.health import StoreFacts
from bot.domain.person import Person, refuse_person
from bot.domain.policy import APPROVERS_MAX, MAX_SECONDS, Ruling, candidates, refuse_approver, rule_request
from bot.domain.refusal import AUDITED, Reason, Refusal

TEAM = "T0ACME"
people = st.sampled_from(["U0ALICE", "U0BOB", "U0CAROL"])


@pytest.mark.parametrize(
    ("person", "reason"),
    [
        (None, Reason.NOT_FOUND),
        (Person("U1", TEAM), None),
        (Person("U1", ""), None),
        (Person("U1", "T0OTHER"), Reason.OTHER_WORKSPACE),
        (Person("U1", TEAM, stranger=True), Reason.OTHER_WORKSPACE),
        (Person("U1", TEAM, deleted=True), Reason.DEACTIVATED),
        (Person("U1", TEAM, bot=True), Reason.BOT),
        (Person("U1", TEAM, guest=True), Reason.GUEST),
        (Person("U1", TEAM, invited=True), Reason.GUEST),
        (Person("U1", "T0OTHER", deleted=True, bot=True, guest=True), Reason.OTHER_WORKSPACE),
    ],
)
def test_only_a_full_live_member_of_our_workspace_may(person: Person | None, reason: Reason | None) -> None:
    assert refuse_person(person, TEAM) is reason


def test_any_one_mark_is_enough_to_refuse() -> None:
    """No mark may make up for another."""
    marks = ("deleted", "bot", "guest", "stranger", "invited")
    for values in product([False, True], repeat=len(marks)):
        person = Person("U1", TEAM, **dict(zip(marks, values, strict=True)))
        assert (refuse_person(person, TEAM) is None) is not any(values)


def test_every_refusal_of_a_person_is_audited() -> None:
    reasons = {Reason.NOT_FOUND, Reason.OTHER_WORKSPACE, Reason.DEACTIVATED, Reason.BOT, Reason.GUEST}
    assert (
        reasons | {Reason.SELF_APPROVAL, Reason.NOT_APPROVER, Reason.NOT_YOURS, Reason.UNKNOWN_ID} <= AUDITED
    )
    assert not AUDITED & {Reason.NOT_PENDING, Reason.NOT_CHECKED, Reason.STORE_DOWN, Reason.STORE_UNCERTAIN}


@pytest.mark.parametrize("seconds", [1, 3600, MAX_SECONDS])
def test_up_to_eight_hours_may_be_asked_for(seconds: int) -> None:
    assert rule_request(Duration(seconds), "C0") == Ruling("C0")
    assert rule_request(ONCE, "C0") == Ruling("C0")


def test_the_built_in_policy_waits_four_hours_for_one_approval() -> None:
    ruling = rule_request(ONCE, "C0")
    assert isinstance(ruling, Ruling)
    assert (ruling.approvals, ruling.pending_seconds, ruling.policy) == (1, 14_400, "built-in")
    assert (MAX_SECONDS, APPROVERS_MAX) == (28_800, 1_000)


@pytest.mark.parametrize("seconds", [MAX_SECONDS + 1, 86_400, 9_999_999 * 86_400])
def test_more_is_refused_with_the_limit(seconds: int) -> None:
    assert rule_request(Duration(seconds), "C0") == Refusal(Reason.TOO_LONG, limit=8 * 3600)


@given(people, st.frozensets(people))
def test_nobody_is_a_candidate_for_their_own_request(requester: str, members: frozenset[str]) -> None:
    """Law 3."""
    assert set(candidates(requester, members)) == members - {requester}


@given(people, people, st.frozensets(people))
def test_only_a_member_other_than_the_requester_decides(
    actor: str, requester: str, members: frozenset[str]
) -> None:
    """Law 9: an empty channel is nobody, not everybody."""
    reason = refuse_approver(actor, requester, members)
    if actor == requester:
        assert reason is Reason.SELF_APPROVAL
    else:
        assert reason is (None if actor in members else Reason.NOT_APPROVER)
    assert (reason is None) is (actor in candidates(requester, members))


@pytest.mark.parametrize(
    ("used", "limit", "full"),
    [(0, 0, False), (10**12, 0, False), (89, 100, False), (90, 100, True), (101, 100, True)],
)
def test_a_store_without_a_limit_is_never_full(used: int, limit: int, full: bool) -> None:
    assert (
        StoreFacts("valkey", (9,), aof=True, policy="noeviction", used=used, limit=limit).nearly_full is full
    )
