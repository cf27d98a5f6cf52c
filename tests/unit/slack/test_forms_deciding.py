"""The forms around a decision: within Slack's limits at their largest, and harmless whatever was typed."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from envaccess.domain.approval_progress import QUESTIONS_MAX, Question
from envaccess.domain.duration import ONCE, Duration
from envaccess.domain.request import Request
from envaccess.slack.render.forms import read_metadata
from envaccess.slack.render.forms_deciding import (
    answer_form,
    bulk_form,
    deny_form,
    extend_form,
    less_form,
    question_form,
    review_form,
)
from tests.fakes.rulings import ruled
from tests.unit.slack.checker import check_view, pinged, texts, walk
from tests.unit.slack.largest import AMPERSANDS, of_sets, over, pending
from tests.unit.slack.samples import APPROVED, HOSTILE, PENDING

TS = "1795464232.617907"
FORMS = (deny_form, less_form, question_form, answer_form, extend_form, review_form)
Form = Callable[[Request, str], dict[str, Any]]


def unanswered(text: str) -> Request:
    """As many questions as there may be, the last of them open."""
    request = pending(text)
    questions = (*request.progress.questions[: QUESTIONS_MAX - 1], Question("U0BOB", text))
    return replace(request, progress=replace(request.progress, questions=questions))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("text", [AMPERSANDS, "x" * 500, (HOSTILE * 10)[:500], "🎉" * 500, "<!channel>"])
def test_the_largest_form_is_within_the_limits_and_harmless(form: Form, text: str) -> None:
    for request in (unanswered(text), *over(text)):
        view = form(request, TS)
        check_view(view)
        assert pinged(view) <= {"U0ALICE"}
        assert read_metadata(view["private_metadata"]) == (request.id, TS)


def choices(view: dict[str, Any], kind: str) -> list[str]:
    """The values that a select or checkboxes offer."""
    return [
        option["value"] for found in walk(view) if found.get("type") == kind for option in found["options"]
    ]


def test_less_offers_only_shorter_times() -> None:
    offered = choices(less_form(replace(PENDING, duration=Duration(3600)), TS), "static_select")
    assert offered == ["0", "5m", "15m", "30m"]
    assert choices(less_form(replace(PENDING, duration=ONCE), TS), "static_select") == ["0"]


def test_less_offers_every_variable_and_has_all_of_them_chosen() -> None:
    view = less_form(pending(), TS)
    (boxes,) = [found for found in walk(view) if found.get("type") == "checkboxes"]
    assert boxes["options"] == boxes["initial_options"]
    assert [option["value"] for option in boxes["options"]] == [str(v) for v in pending().variables]
    assert choices(less_form(PENDING, TS), "checkboxes") == [], "of one there is nothing to choose"


def test_extend_offers_what_the_policy_allows() -> None:
    hour = replace(APPROVED, ruling=ruled(max_seconds=3600))
    assert choices(extend_form(hour, TS), "static_select") == ["5m", "15m", "30m", "1h"]
    minute = replace(APPROVED, ruling=ruled(max_seconds=60))
    check_view(extend_form(minute, TS))


def test_bulk_asks_how_old_and_why() -> None:
    view = bulk_form()
    check_view(view)
    assert choices(view, "static_select") == ["10m", "1h", "4h", "1d"]
    assert "Why not?" in texts(view["blocks"])


def test_an_answer_shows_the_question_it_answers() -> None:
    assert any("Question: why" in text for text in texts(answer_form(unanswered("why"), TS)["blocks"]))
    check_view(answer_form(PENDING, TS))


def test_of_more_variables_than_there_are_checkboxes_one_chooses_from_a_list_or_leaves_all() -> None:
    request = of_sets(PENDING)
    view = less_form(request, TS)
    check_view(view)
    assert choices(view, "multi_static_select") == [str(variable) for variable in request.variables]
    (block,) = [block for block in view["blocks"] if block.get("block_id") == "variables"]
    assert block["optional"] is True
    assert "initial_options" not in block["element"], "nothing chosen is all of them"
