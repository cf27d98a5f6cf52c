"""What is said of locks: by whom, since when and why; and that a reason in it stays inert."""

import pytest

from envaccess.domain.lock import Lock, Target
from envaccess.domain.outcome import Holdings, Locked
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.variable import NAME_LIMIT, Variable
from envaccess.slack.render.listing import render_status
from envaccess.slack.render.locks import render_locked, render_unlocked
from envaccess.slack.render.refusals import render_refusal
from envaccess.slack.render.request import render_request
from tests.unit.slack.checker import buttons, check_message, drawn
from tests.unit.slack.largest import AMPERSANDS, CROWD, MENTIONED, pending
from tests.unit.slack.samples import HOSTILE, NOON

LONGEST = Variable("e" * 20, "V" * NAME_LIMIT)
TARGETS = [Target(CROWD[0]), Target(variable=Variable("default", "list")), Target(variable=LONGEST)]
TEXTS = [AMPERSANDS, (HOSTILE * 10)[:500], "🎉" * 500, "`" * 500]


@pytest.mark.parametrize("why", TEXTS)
@pytest.mark.parametrize("target", TARGETS, ids=str)
@pytest.mark.parametrize("by", [f"person:{CROWD[1]}", "cli:root"])
def test_every_word_about_a_lock_is_within_the_limits_and_harmless(why: str, target: Target, by: str) -> None:
    lock = Lock("1760000000123-0", target, by, NOON, why)
    refusal = Refusal(Reason.LOCKED, by=by, at=NOON, hint=why, target=str(target))
    for rendered in (
        render_locked(Locked(lock, 3)),
        render_locked(Locked(lock, repeated=True)),
        render_unlocked(Locked(lock)),
        render_refusal(refusal),
        render_status(Holdings(lock=lock)),
    ):
        check_message(rendered, *CROWD[:2])


def test_a_refusal_says_who_locked_and_why_and_whom_to_ask() -> None:
    refusal = Refusal(
        Reason.LOCKED,
        by="cli:root",
        at=NOON,
        hint="key in a public log",
        target="variable:default/STRIPE_KEY",
    )
    told = drawn(render_refusal(refusal))
    assert "`STRIPE_KEY` is locked by `root` on the command line" in told
    assert "`key in a public log`" in told
    assert "the security people whom the policy names" in told


def test_a_variable_called_like_a_verb_is_unlocked_with_its_environment() -> None:
    lock = Lock("1-1", Target(variable=Variable("default", "list")), "cli:root", NOON, "why not")
    assert "unlock default/list`" in drawn(render_locked(Locked(lock, 0)))


def test_the_largest_locked_request_has_no_approve_and_can_be_denied() -> None:
    rendered = render_request(pending())
    check_message(rendered, *MENTIONED)
    assert buttons(rendered) == ["ask", "deny"]
