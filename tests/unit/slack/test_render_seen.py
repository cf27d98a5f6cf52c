"""Who has seen a value, in words."""

import json
from dataclasses import replace

import pytest

from envaccess.domain.exposure import (
    UNKNOWN,
    CurrentValue,
    KnownVariable,
    KnownVariables,
    Seen,
    SeenCount,
    SeenPage,
    Seer,
    SeerKind,
)
from envaccess.domain.variable import Variable
from envaccess.slack.render.forms_deciding import deny_form, less_form, question_form
from envaccess.slack.render.seen import draw_known, render_seen, tell_seen_by
from tests.unit.slack.checker import check_view, texts
from tests.unit.slack.samples import PENDING

STRIPE, DB = Variable("default", "STRIPE_KEY"), Variable("staging", "DB_URL")
NOON = 1_760_000_000_000
CURRENT = (CurrentValue("3~00", NOON),)


def drawn(page: SeenPage) -> str:
    return json.dumps(render_seen(page).blocks)


def test_each_is_named_with_how_often_and_in_which_way() -> None:
    seen = (
        Seen(Seer(SeerKind.PERSON, "U0ALICE"), NOON, NOON + 1, {"slack": 2, "terminal": 1}),
        Seen(Seer(SeerKind.PROCESS, "U0BOB"), NOON, NOON, {"broker": 1}),
        Seen(Seer(SeerKind.PROCESS, "machine:deploy"), NOON, NOON, {"ci": 4}),
        Seen(Seer(SeerKind.PERSON, "cli:root"), NOON, NOON, {"host": 1}),
        Seen(UNKNOWN, NOON, NOON, {"imported": 1}),
    )
    told = drawn(SeenPage(STRIPE, CURRENT, SeenCount(2, 2, unknown=True), seen, more=True))
    assert "2 people and 2 processes; it was brought in from elsewhere" in told
    assert "<@U0ALICE>: in Slack 2 times and at a terminal once, last" in told
    assert "a process of <@U0BOB>: by an agent's broker once" in told
    assert "`deploy` (pipeline): in a pipeline 4 times" in told
    assert "`root` on the command line: on the host once" in told
    assert "envaccess exposure --variable STRIPE_KEY" in told
    assert "imported" not in told


def test_where_nobody_has_seen_it_that_is_said() -> None:
    assert "Nobody has seen the current value of `STRIPE_KEY`" in drawn(SeenPage(STRIPE, CURRENT))
    assert "Nobody has read it here yet" in drawn(SeenPage(STRIPE))


def test_of_what_is_made_for_each_use_nothing_is_current_between_uses() -> None:
    told = drawn(SeenPage(DB, leased=True))
    assert "No login that was made for a use of `staging/DB_URL` works now" in told
    assert "destroyed when the access ends" in told
    assert "Nobody" not in told


def test_of_what_is_made_for_each_use_it_is_said_how_many_may_work() -> None:
    leased = tuple(CurrentValue(f"{number}~0{number}", NOON, leased=True) for number in range(2))
    assert "Each use has a value of its own; 2 may work now" in drawn(SeenPage(STRIPE, leased))


def test_approvers_get_one_neutral_sentence_for_each_that_somebody_has_seen() -> None:
    assert tell_seen_by({STRIPE: SeenCount()}) == ""
    assert tell_seen_by({STRIPE: SeenCount(1)}) == "1 person has seen the current value."
    told = tell_seen_by({STRIPE: SeenCount(3, 1), DB: SeenCount(unknown=True)})
    assert told == (
        "3 people and 1 process have seen the current value of `STRIPE_KEY`. The current value of "
        "`staging/DB_URL` was brought in from elsewhere: nobody knows who had seen it there."
    )


def test_of_very_many_variables_the_worst_are_told_by_name_and_how_many_more() -> None:
    """A request for twenty of the longest names fits into a message all the same."""
    many = {Variable("e" * 20, "N" * 126 + f"{number:02}"): SeenCount(number, 9) for number in range(20)}
    told = tell_seen_by(many)
    assert told.startswith("19 people and 9 processes have seen the current value of")
    assert told.endswith("Somebody has seen 15 more of them.")
    assert len(told) < 2_000


@pytest.mark.parametrize("form", [deny_form, less_form, question_form])
def test_who_decides_is_told_in_the_form_too(form: object) -> None:
    assert callable(form)
    asked = replace(PENDING, seen=((STRIPE, SeenCount(3)),))
    view = form(asked, "1.1")
    check_view(view)
    assert "3 people have seen the current value." in " ".join(texts(view))
    assert "have seen" not in " ".join(texts(form(PENDING, "1.1")))


def test_an_owner_is_told_the_worst_first_and_what_to_do() -> None:
    found = (KnownVariable(STRIPE, SeenCount(3, 1), left=1), KnownVariable(DB, SeenCount(unknown=True)))
    blocks = draw_known(KnownVariables(found, 9))
    told = " ".join(texts({"blocks": blocks}))
    assert "Seen values of yours (9)" in told
    assert "• `STRIPE_KEY`: 3 people and 1 process have seen it; *1 of them has left*\n" in told
    assert "• `staging/DB_URL`: it was brought in" in told
    assert "and 7 more" in told
    assert "`/envaccess rotate NAME` replaces it" in told
    assert draw_known(KnownVariables()) == []
