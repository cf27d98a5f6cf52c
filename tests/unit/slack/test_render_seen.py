"""Who has seen a value, in words."""

import json

from envaccess.domain.exposure import UNKNOWN, CurrentValue, Seen, SeenCount, SeenPage, Seer, SeerKind
from envaccess.domain.variable import Variable
from envaccess.slack.render.seen import render_seen, tell_seen_by

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
