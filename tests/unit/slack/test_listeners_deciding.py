"""Forms about one request: what cannot be read lets nothing through, and a fault loses nothing typed."""

import pytest

from envaccess.domain.duration import Duration
from envaccess.domain.errors import DirectoryError, StoreUncertainError
from envaccess.domain.refusal import Reason
from envaccess.domain.request import State
from envaccess.slack.names import (
    ANSWER_FORM,
    DENY_FORM,
    DURATION,
    EXTEND_FORM,
    LESS_FORM,
    QUESTION_FORM,
    REASON,
    REVIEW_FORM,
    VARIABLES,
)
from tests.unit.slack.front import BOB, Front, Json, because
from tests.unit.slack.samples import STAGING_DB, STRIPE

LONG = "1h"
FORMS = {
    DENY_FORM: "deny",
    LESS_FORM: "approve",
    QUESTION_FORM: "ask",
    ANSWER_FORM: "answer",
    EXTEND_FORM: "extend",
    REVIEW_FORM: "review",
}


def less(duration: object = "30m", *names: object) -> Json:
    """A filled-in form to approve less; names only where the request has several."""
    time = {DURATION: {DURATION: {"type": "static_select", "selected_option": {"value": duration}}}}
    boxes = {"type": "checkboxes", "selected_options": [{"value": name} for name in names]}
    return time | ({VARIABLES: {VARIABLES: boxes}} if names else {})


async def two(front: Front) -> str:
    """A pending request for two variables."""
    await front.type(f"STRIPE_KEY,staging/DB_URL {LONG} debugging a refund")
    return list(front.books.requests)[-1]


async def send(front: Front, form: str, values: Json, request: object) -> Json:
    return await front.ack(front.submission(form, values, BOB, private_metadata=request))


async def test_what_is_chosen_is_what_is_approved(front: Front) -> None:
    request = await two(front)
    answer = await send(front, LESS_FORM, less("30m", str(STAGING_DB)), request)
    assert answer["response_action"] == "update"
    found = front.books.requests[request]
    assert (found.state, found.variables, found.duration) == (
        State.APPROVED,
        (STAGING_DB,),
        Duration(1800),
    )


async def test_nothing_chosen_but_the_time_asked_for_is_the_whole(front: Front) -> None:
    request = await front.filed()
    await send(front, LESS_FORM, less("0"), request)
    found = front.books.requests[request]
    assert (found.variables, found.duration) == ((STRIPE,), Duration(3600))


@pytest.mark.parametrize("duration", ["", "soon", "9" * 30 + "h", None, 7])
async def test_a_time_that_cannot_be_read_approves_nothing(front: Front, duration: object) -> None:
    """Fail closed: taken for `as asked`, it would let through more than was chosen."""
    request = await two(front)
    answer = await send(front, LESS_FORM, less(duration, str(STRIPE)), request)
    assert set(answer["errors"]) == {DURATION}
    assert front.books.requests[request].state is State.PENDING


@pytest.mark.parametrize("name", ["", "not a name", "default/GONE", None, 7])
async def test_variables_that_cannot_be_read_approve_nothing(front: Front, name: object) -> None:
    request = await two(front)
    await send(front, LESS_FORM, less("30m", name), request)
    assert front.books.requests[request].state is State.PENDING


async def test_more_time_than_was_asked_for_is_not_approved(front: Front) -> None:
    request = await front.filed()
    answer = await send(front, LESS_FORM, less("8h"), request)
    assert "never more" in str(answer)
    assert front.books.requests[request].state is State.PENDING
    assert front.books.refused[-1][1] is Reason.NOT_WIDER


@pytest.mark.parametrize(
    "fault", [DirectoryError("late"), StoreUncertainError("late"), RuntimeError("nobody foresaw")]
)
@pytest.mark.parametrize(
    ("form", "field"), [(LESS_FORM, DURATION), (QUESTION_FORM, REASON), (DENY_FORM, REASON)]
)
async def test_a_fault_stands_at_a_field_that_the_form_has(
    front: Front, form: str, field: str, fault: Exception
) -> None:
    """Slack shows no error at a field that is not there, and what was typed would be lost."""
    request = await front.filed()
    (front.directory if isinstance(fault, DirectoryError) else front.books).fault = fault
    values = less() if form == LESS_FORM else because("which refund is it?")
    answer = await send(front, form, values, request)
    assert answer["response_action"] == "errors"
    assert set(answer["errors"]) == {field}


@pytest.mark.parametrize("forged", [None, "", "../../etc 1", 7, "zzzzzzzz 1.2"])
@pytest.mark.parametrize("form", FORMS)
async def test_a_forged_id_in_any_form_is_audited_by_its_verb(
    front: Front, form: str, forged: object
) -> None:
    await front.filed()
    values = less() | because("debugging a refund")
    answer = await send(front, form, values, forged)
    assert answer["response_action"] == "update"
    assert [(attempt.tried, why) for attempt, why in front.books.refused] == [
        (FORMS[form], Reason.UNKNOWN_ID)
    ]
