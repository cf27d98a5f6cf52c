"""Private answers: every outcome and every refusal is a clear sentence that says what to do next."""

from dataclasses import replace

import pytest

from envaccess.domain.outcome import Cancelled, Decided, Ended, Failure, Filed
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.refusal.fields import Hints
from envaccess.domain.request import GrantState, State
from envaccess.domain.variable import Variable
from envaccess.slack.render.answers import (
    render_cancelled,
    render_claim,
    render_denied,
    render_ended,
    render_failure,
    render_fault,
    render_filed,
)
from envaccess.slack.render.refusals import render_refusal
from tests.unit.slack.checker import check_message, drawn
from tests.unit.slack.samples import HOSTILE, NOON, PENDING, STRIPE, WIDEST, claim

FILED = Filed("7k2m9xq4", (STRIPE,), PENDING.duration, NOON + 4 * 3_600_000, approvers=("U0BOB", "U0CAROL"))
EVERYBODY = tuple(f"U0{number:04}" for number in range(1_000))
# Looks like an access key and parses as a name: what somebody pastes in the name's place.
PASTED = "AKIA" + "ABCDEFGH2345WXYZ"


def test_filed_says_what_its_id_who_decides_and_how_to_withdraw() -> None:
    rendered = render_filed(FILED)
    check_message(rendered, "U0BOB", "U0CAROL")
    for fact in (
        "`7k2m9xq4`",
        "`STRIPE_KEY`",
        "1 hour",
        "<@U0BOB> or <@U0CAROL> can decide",
        "<!date^1760014400^",
        "`/envaccess cancel 7k2m9xq4`",
    ):
        assert fact in drawn(rendered)


def test_filed_names_a_few_approvers_of_many_and_stays_short() -> None:
    rendered = render_filed(replace(FILED, variables=WIDEST, approvers=EVERYBODY))
    check_message(rendered, *EVERYBODY)
    assert "<@U00004> or 995 others can decide" in drawn(rendered)


def test_a_repeat_names_the_pending_id_and_how_to_withdraw_it() -> None:
    said = drawn(render_filed(replace(FILED, repeated=True, approvers=())))
    assert "already: request `7k2m9xq4`" in said
    assert "`/envaccess cancel 7k2m9xq4`" in said


def test_ended_tells_the_requester_and_an_approver_apart() -> None:
    ended = Ended("7k2m9xq4", "U0ALICE", (STRIPE,), GrantState.REVOKED)
    assert "Your access to `STRIPE_KEY` is ended" in drawn(render_ended(ended, "U0ALICE"))
    check_message(render_ended(ended, "U0BOB"), "U0ALICE")
    assert "The access of <@U0ALICE>" in drawn(render_ended(ended, "U0BOB"))


def test_cancelled_denied_claim_and_fault_are_told() -> None:
    check_message(render_cancelled(Cancelled("7k2m9xq4", WIDEST)))
    denied = Decided("7k2m9xq4", State.DENIED, "U0ALICE", WIDEST, PENDING.duration)
    check_message(render_denied(denied), "U0ALICE")
    check_message(render_claim(claim(*WIDEST)))
    fault = render_fault("0a1b2c3d")
    check_message(fault)
    assert "`0a1b2c3d`" in fault.text


@pytest.mark.parametrize("failure", Failure)
@pytest.mark.parametrize("once", [False, True])
def test_every_failure_is_told(failure: Failure, *, once: bool) -> None:
    rendered = render_failure(failure, claim(once=once))
    check_message(rendered)
    assert failure not in rendered.text


def test_only_a_once_reveal_that_was_not_given_back_is_told_as_spent() -> None:
    spent = {Failure.UNKNOWN, Failure.REPEATED, Failure.NOT_RETURNED}
    for failure in spent:
        told = render_failure(failure, claim(once=True)).text
        assert "is used" in told
        assert "`/envaccess NAME once`" in told
        assert "press *Reveal* again" in render_failure(failure, claim()).text
    for failure in set(Failure) - spent - {Failure.ENDED, Failure.NOT_ALLOWED}:
        assert "your access is as it was" in render_failure(failure, claim(once=True)).text


FULLEST = Refusal(
    Reason.NOT_FOUND,
    request="7k2m9xq4",
    state="approved",
    by="U0BOB",
    at=NOON,
    names=tuple(map(str, WIDEST)),
    limit=28_800,
)
HINTS = Hints(nearest=WIDEST[0], approvers=EVERYBODY)


@pytest.mark.parametrize("reason", Reason)
@pytest.mark.parametrize("refusal", [Refusal(Reason.NOT_FOUND), FULLEST], ids=["bare", "full"])
def test_every_refusal_is_told_in_sentences_without_jargon(reason: Reason, refusal: Refusal) -> None:
    rendered = render_refusal(replace(refusal, reason=reason), HINTS)
    check_message(rendered, "U0BOB", *EVERYBODY)
    assert "_" not in reason or reason not in rendered.text
    assert rendered.text.endswith((".", "decide.", "?"))
    assert "None" not in rendered.text
    assert len(rendered.text) > 60 or reason is Reason.NOT_PENDING


@pytest.mark.parametrize("reason", Reason)
def test_no_refusal_can_be_made_to_mention_anybody_else(reason: Reason) -> None:
    hostile = Refusal(reason, request=HOSTILE, state=HOSTILE, by=HOSTILE, names=(HOSTILE,) * 50)
    check_message(render_refusal(hostile))


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (State.APPROVED, "was already approved by <@U0BOB>"),
        (State.DENIED, "was already denied by <@U0BOB>"),
        (State.CANCELLED, "was withdrawn"),
        (State.TIMED_OUT, "has timed out"),
        ("", "is no longer pending"),
    ],
)
def test_the_loser_of_a_race_is_told_who_decided_what(state: str, told: str) -> None:
    assert told in render_refusal(Refusal(Reason.NOT_PENDING, state=state, by="U0BOB", at=NOON)).text


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (GrantState.EXPIRED, "has expired"),
        (GrantState.REVOKED, "was ended by"),
        (GrantState.USED_UP, "one reveal, which is used"),
        ("", "has expired"),
    ],
)
def test_an_ended_grant_says_how_it_ended_and_how_to_ask_again(state: str, told: str) -> None:
    said = render_refusal(Refusal(Reason.ENDED, state=state, by="U0BOB", at=NOON)).text
    assert told in said
    assert "`/envaccess NAME 1h`" in said


def test_who_ended_a_grant_is_mentioned_or_named() -> None:
    for by, told in (
        ("person:U0BOB", "<@U0BOB>"),
        ("cli:root", "`root` on the command line"),
        ("bot", "envaccess"),
    ):
        assert told in render_refusal(Refusal(Reason.ENDED, state=GrantState.REVOKED, by=by)).text


def test_an_unknown_variable_is_named_with_the_nearest_one() -> None:
    refusal = Refusal(Reason.UNKNOWN_VARIABLE, names=("default/STRIPE_KEI", "staging/X"))
    said = render_refusal(refusal, Hints(nearest=STRIPE)).text
    assert "no variable `STRIPE_KEI` or `staging/X`" in said
    assert "Did you mean `STRIPE_KEY`?" in said


@pytest.mark.parametrize("name", [PASTED, f"default/{PASTED}", "(hidden)"])
def test_a_pasted_secret_is_never_echoed_as_an_unknown_variable(name: str) -> None:
    said = render_refusal(Refusal(Reason.UNKNOWN_VARIABLE, names=(name,))).text
    assert PASTED not in said
    assert "hidden" not in said
    assert "There is no variable of that name" in said


@pytest.mark.parametrize("name", [PASTED, f"default/{PASTED}"])
def test_a_pasted_secret_is_never_echoed_as_something_not_held(name: str) -> None:
    said = render_refusal(Refusal(Reason.NO_GRANT, names=(name,))).text
    assert PASTED not in said
    assert "`/envaccess NAME 1h`" in said


def test_nothing_live_says_who_decides_and_how_to_ask() -> None:
    refusal = Refusal(Reason.NO_GRANT, names=("staging/DB_URL",))
    said = render_refusal(refusal, Hints(approvers=("U0BOB",))).text
    assert "no live access to `staging/DB_URL`" in said
    assert "`/envaccess staging/DB_URL 1h`" in said
    assert "<@U0BOB> can decide" in said


def test_too_long_says_how_long_is_allowed() -> None:
    assert "at most 8 hours" in render_refusal(Refusal(Reason.TOO_LONG, limit=28_800)).text


def test_another_persons_account_is_not_called_yours() -> None:
    assert (
        "The account of <@U0BOB> is deactivated"
        in render_refusal(Refusal(Reason.DEACTIVATED, by="U0BOB")).text
    )
    assert "Your account is a guest's" in render_refusal(Refusal(Reason.GUEST)).text


def test_a_variable_whose_name_is_a_verb_is_asked_for_as_a_name() -> None:
    said = render_refusal(Refusal(Reason.NO_GRANT, names=(str(Variable("default", "list")),))).text
    assert "`/envaccess default/list 1h`" in said
