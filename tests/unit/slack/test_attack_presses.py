"""Old and forged buttons: a refused press is one audited attempt, under its own name, answered privately."""

import pytest

from envaccess.domain.refusal import Reason
from envaccess.domain.request import State
from envaccess.slack.names import (
    AGAIN,
    ANSWER,
    APPROVE,
    APPROVE_LESS,
    ASK,
    CANCEL,
    DENY,
    END,
    EXTEND,
    REVEAL,
    REVIEW,
)
from tests.unit.slack.front import BOB, CAROL, Front

DAVE = "U0DAVE"
TRIED = {
    APPROVE: "approve",
    APPROVE_LESS: "approve",
    ASK: "ask",
    DENY: "deny",
    ANSWER: "answer",
    EXTEND: "extend",
    AGAIN: "request",
    CANCEL: "cancel",
}
"""What a press by somebody who may not is called in the audit stream."""
HOME = {"view": {"type": "home", "private_metadata": ""}, "container": {"type": "view"}}


@pytest.mark.parametrize(("action", "tried"), TRIED.items(), ids=TRIED)
@pytest.mark.parametrize("place", [{}, HOME], ids=["message", "home"])
async def test_a_strangers_press_is_one_attempt_under_its_own_name(
    front: Front, action: str, tried: str, place: dict[str, object]
) -> None:
    """An auditor who reads `deny` where somebody tried to approve reads something untrue."""
    front.directory.join(DAVE)
    request = await front.filed()
    front.books.refused.clear()
    answers = await front.press(action, request, DAVE, **place)
    ((attempt, why),) = front.books.refused
    assert (attempt.tried, attempt.request, attempt.actor.id) == (tried, request, DAVE)
    assert why in {Reason.NOT_APPROVER, Reason.NOT_YOURS}
    assert answers
    assert front.books.requests[request].state is State.PENDING


@pytest.mark.parametrize("action", [REVEAL, END])
async def test_a_strangers_press_on_live_access_is_one_attempt(front: Front, action: str) -> None:
    front.directory.join(DAVE)
    request = await front.granted()
    front.books.refused.clear()
    assert await front.press(action, request, DAVE)
    ((attempt, why),) = front.books.refused
    assert (attempt.request, attempt.actor.id, why) == (request, DAVE, Reason.NOT_YOURS)


@pytest.mark.parametrize("action", [*TRIED, REVEAL, END, REVIEW])
@pytest.mark.parametrize("value", ["zzzzzzzz", "not an id", ""])
async def test_a_forged_id_is_answered_and_audited_once(front: Front, action: str, value: str) -> None:
    front.books.refused.clear()
    assert await front.press(action, value, CAROL)
    assert len(front.books.refused) == 1


async def test_the_requesters_own_press_is_named_after_what_was_pressed(front: Front) -> None:
    """Pressed `Approve less…` on one's own request: an approval was tried, no denial."""
    request = await front.filed()
    for action, tried in ((APPROVE_LESS, "approve"), (ASK, "ask"), (DENY, "deny")):
        front.books.refused.clear()
        assert await front.press(action, request)
        ((attempt, why),) = front.books.refused
        assert (attempt.tried, why) == (tried, Reason.SELF_APPROVAL)


async def test_less_is_not_approved_for_somebody_who_left(front: Front) -> None:
    """The form for it is not even opened: nobody should fill in what cannot be."""
    request = await front.filed()
    front.directory.people.pop("U0ALICE")
    assert await front.press(APPROVE_LESS, request, BOB)
    assert front.forms.opened == []
