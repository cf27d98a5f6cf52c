"""Each form answers in its own words, and nobody is called before their turn."""

from dataclasses import replace

import pytest

from envaccess.domain.approval_progress import ApprovalProgress
from envaccess.domain.policy.principal_set import PrincipalSet
from envaccess.domain.policy.rules import Step
from envaccess.domain.request import Request
from envaccess.domain.typed_parts import BadCommand, Problem
from envaccess.slack.names import (
    ANSWER_FORM,
    BULK_FORM,
    DENY_FORM,
    EXTEND_FORM,
    QUESTION_FORM,
    REASON,
    REQUEST_FORM,
    REVIEW_FORM,
)
from envaccess.slack.render.blocks import ERROR_LIMIT
from envaccess.slack.render.card import render_card
from envaccess.slack.render.guide import field_error
from envaccess.slack.render.request import render_request
from tests.fakes.rulings import usual
from tests.unit.slack.samples import PENDING

OWN = {
    DENY_FORM: "why not",
    BULK_FORM: "why not",
    QUESTION_FORM: "your question",
    ANSWER_FORM: "your answer",
    EXTEND_FORM: "need it longer",
    REVIEW_FORM: "what you found",
    REQUEST_FORM: "why you need it",
}
TEXTS = [Problem.REASON_MISSING, Problem.REASON_SHORT, Problem.REASON_LONG, Problem.REASON_SECRET]


@pytest.mark.parametrize("form", OWN)
def test_a_blank_text_is_answered_in_the_forms_own_words(form: str) -> None:
    ((field, told),) = field_error(BadCommand(Problem.REASON_MISSING), form).items()
    assert field == REASON
    assert OWN[form] in told


@pytest.mark.parametrize("problem", TEXTS)
@pytest.mark.parametrize("form", OWN)
def test_no_form_speaks_of_what_it_does_not_ask_for(form: str, problem: Problem) -> None:
    (told,) = field_error(BadCommand(problem), form).values()
    assert (OWN[form] in told) is (problem is not Problem.REASON_SECRET)
    assert "duration" not in told
    assert "reason" not in told
    assert told.endswith(".")
    assert len(told) <= ERROR_LIMIT


def chain(step: int) -> Request:
    steps = (
        Step(PrincipalSet.of(["U0BOB"])),
        Step(PrincipalSet.of(["S0DBA", "U0CAROL"])),
        Step(PrincipalSet.of(["S0CISO"])),
    )
    return replace(
        PENDING, ruling=replace(usual("C0APPROVE"), steps=steps), progress=ApprovalProgress(step=step)
    )


@pytest.mark.parametrize(
    ("step", "called", "quiet"),
    [
        (0, ["<@U0BOB>"], ["S0DBA", "U0CAROL", "S0CISO"]),
        (1, ["<!subteam^S0DBA>", "<@U0CAROL>"], ["S0CISO"]),
        (2, ["<!subteam^S0CISO>"], []),
    ],
)
def test_nobody_is_mentioned_before_their_turn(step: int, called: list[str], quiet: list[str]) -> None:
    for drawn in (render_request(chain(step)), render_card(chain(step))):
        told = drawn.text + str(drawn.blocks)
        assert all(mention in told for mention in called)
        assert not any(later in told for later in quiet)


def test_a_later_step_is_told_without_names() -> None:
    told = str(render_request(chain(0)).blocks)
    assert "then 1 person or 1 user group, called when it is their turn" in told
