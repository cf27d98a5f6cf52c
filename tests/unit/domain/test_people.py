"""Who may ask, decide and see: the check of a person, without any Slack."""

from itertools import product
from typing import Any

import pytest

from envaccess.domain.health import StoreFacts
from envaccess.domain.person import Person, refuse_person
from envaccess.domain.refusal import AUDITED, Reason

TEAM = "T0ACME"


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


@pytest.mark.parametrize(
    ("person", "admitted", "reason"),
    [
        (Person("U1", "T0OTHER", sisters=("T0OTHER",)), ("T0OTHER",), None),
        (Person("U1", "T0X", sisters=("T0X", "T0OTHER")), ("T0OTHER",), None),
        (Person("U1", "T0OTHER", sisters=("T0OTHER",)), (), Reason.OTHER_WORKSPACE),
        (Person("U1", "T0OTHER", sisters=("T0OTHER",)), ("T0X",), Reason.OTHER_WORKSPACE),
        (Person("U1", "T0OTHER"), ("T0OTHER",), Reason.OTHER_WORKSPACE),
        (Person("U1", "T0OTHER", stranger=True, sisters=("T0OTHER",)), ("T0OTHER",), Reason.OTHER_WORKSPACE),
        (Person("U1", "T0OTHER", deleted=True, sisters=("T0OTHER",)), ("T0OTHER",), Reason.DEACTIVATED),
        (Person("U1", "T0OTHER", guest=True, sisters=("T0OTHER",)), ("T0OTHER",), Reason.GUEST),
    ],
)
def test_a_sister_workspace_is_admitted_only_where_both_the_policy_and_slack_say_so(
    person: Person, admitted: tuple[str, ...], reason: Reason | None
) -> None:
    assert refuse_person(person, TEAM, admitted) is reason


def test_any_one_mark_is_enough_to_refuse() -> None:
    """No mark may make up for another."""
    marks = ("deleted", "bot", "guest", "stranger", "invited")
    for values in product([False, True], repeat=len(marks)):
        flags: dict[str, Any] = dict(zip(marks, values, strict=True))
        person = Person("U1", TEAM, **flags)
        assert (refuse_person(person, TEAM) is None) is not any(values)


def test_every_refusal_of_a_person_is_audited() -> None:
    reasons = {Reason.NOT_FOUND, Reason.OTHER_WORKSPACE, Reason.DEACTIVATED, Reason.BOT, Reason.GUEST}
    assert (
        reasons | {Reason.SELF_APPROVAL, Reason.NOT_APPROVER, Reason.NOT_YOURS, Reason.UNKNOWN_ID} <= AUDITED
    )
    assert not AUDITED & {
        Reason.NOT_PENDING,
        Reason.NOT_CHECKED,
        Reason.STORE_DOWN,
        Reason.STORE_UNCERTAIN,
        Reason.STORE_UNCONFIRMED,
    }


@pytest.mark.parametrize(
    ("used", "limit", "full"),
    [(0, 0, False), (10**12, 0, False), (89, 100, False), (90, 100, True), (101, 100, True)],
)
def test_a_store_without_a_limit_is_never_full(used: int, limit: int, full: bool) -> None:
    assert (
        StoreFacts("valkey", (9,), aof=True, policy="noeviction", used=used, limit=limit).nearly_full is full
    )
