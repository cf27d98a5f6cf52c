"""Buttons: only the right person's press does anything, whatever the payload claims."""

from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from envaccess.domain.errors import DirectoryError, SourceError, StoreUnavailableError
from envaccess.domain.person import Person
from envaccess.domain.refusal import Reason
from envaccess.domain.request import GrantState, State
from envaccess.projections.errors import MessageRefusedError, MessageUncertainError
from envaccess.slack.listeners import answer_press
from envaccess.slack.names import DENY_FORM
from tests.unit.slack.front import ALICE, BOB, CAROL, URL, VALUE, Front
from tests.unit.slack.samples import STRIPE

ACTIONS = ("approve", "deny", "reveal", "end", "cancel")


async def test_approve_lands_and_says_nothing_because_the_message_will(front: Front) -> None:
    request = await front.filed()
    assert await front.press("approve", request, BOB) == []
    assert front.books.requests[request].decided_by == BOB
    assert front.books.requests[request].live


async def test_requester_cannot_approve(front: Front) -> None:
    request = await front.filed()
    front.directory.approvers |= {ALICE}
    (said,) = await front.press("approve", request, ALICE)
    assert "cannot decide on your own request" in said
    assert front.books.requests[request].state is State.PENDING
    assert front.books.refused[-1][1] is Reason.SELF_APPROVAL


async def test_somebody_outside_the_channel_cannot_approve(front: Front) -> None:
    request = await front.filed()
    front.directory.join("U0DAVE")
    (said,) = await front.press("approve", request, "U0DAVE")
    assert "The policy does not let you decide this" in said


async def test_the_second_approver_is_told_who_was_first(front: Front) -> None:
    request = await front.filed()
    await front.press("approve", request, BOB)
    (said,) = await front.press("approve", request, CAROL)
    assert "was already approved by <@U0BOB>" in said


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("forged", [None, "", "nothing", 7, [], {}, "7k2m9xq4' OR 1", "\x00", "x" * 2000])
async def test_a_forged_id_is_refused_and_audited(front: Front, action: str, forged: object) -> None:
    (said,) = await front.press(action, forged, BOB)
    assert "No request has that id" in said
    ((attempt, why),) = front.books.refused
    assert (attempt.actor.id, attempt.tried, attempt.request, why) == (BOB, action, "", Reason.UNKNOWN_ID)


@pytest.mark.parametrize("action", ACTIONS)
async def test_an_id_that_does_not_exist_is_refused_and_audited(front: Front, action: str) -> None:
    (said,) = await front.press(action, "zzzzzzzz", BOB)
    assert "No request has that id" in said
    assert [why for _, why in front.books.refused] == [Reason.UNKNOWN_ID]


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize(
    "claimed",
    [
        {"team": {"id": "T0OTHER"}},
        {"team": None, "view": {"app_installed_team_id": "T0OTHER"}},
        {"team_id": "T0OTHER"},
    ],
)
async def test_another_workspaces_press_does_nothing(
    front: Front, action: str, claimed: dict[str, object]
) -> None:
    request = await front.granted() if action in {"reveal", "end"} else await front.filed()
    before = front.books.requests[request]
    (said,) = await front.press(action, request, BOB, **claimed)
    assert "another workspace" in said
    assert front.books.requests[request] == before
    assert front.books.refused[-1][1] is Reason.OTHER_WORKSPACE


async def test_deny_asks_why_in_a_form_that_carries_the_id_and_the_message(front: Front) -> None:
    request = await front.filed()
    assert await front.press("deny", request, BOB) == []
    ((_, view),) = front.forms.opened
    assert (view["callback_id"], view["private_metadata"]) == (DENY_FORM, f"{request} 1760000000.000100")


async def test_deny_opens_no_form_for_whom_may_not_decide(front: Front) -> None:
    request = await front.filed()
    (said,) = await front.press("deny", request, ALICE)
    assert "your own request" in said
    assert front.forms.opened == []


async def test_deny_opens_no_form_for_what_is_decided(front: Front) -> None:
    request = await front.granted()
    (said,) = await front.press("deny", request, CAROL)
    assert "was already approved by <@U0BOB>" in said
    assert front.forms.opened == []


async def test_a_denial_form_that_does_not_open_is_told(front: Front) -> None:
    request = await front.filed()
    front.forms.fault = MessageRefusedError("expired_trigger_id")
    (said,) = await front.press("deny", request, BOB)
    assert "please press the button again" in said


async def test_reveal_shows_the_value_to_its_requester(front: Front) -> None:
    request = await front.granted()
    assert await front.press("reveal", request) == []
    assert front.messages.shown == [(ALICE, {STRIPE: VALUE})]


@pytest.mark.parametrize("who", [BOB, CAROL])
async def test_nobody_elses_reveal_shows_anything(front: Front, who: str) -> None:
    request = await front.granted()
    (said,) = await front.press("reveal", request, who)
    assert "somebody else's request" in said
    assert front.messages.shown == []


async def test_a_repeated_delivery_of_a_reveal_shows_once(front: Front) -> None:
    body = front.button("reveal", await front.granted(once=True))
    await front.ack(body)
    await front.ack(body)
    assert len(front.messages.shown) == 1


async def test_a_once_grant_is_revealed_once(front: Front) -> None:
    request = await front.granted(once=True)
    await front.press("reveal", request)
    (said,) = await front.press("reveal", request)
    assert "one reveal, which is used" in said
    assert len(front.messages.shown) == 1


async def test_a_reveal_after_the_end_is_refused(front: Front) -> None:
    request = await front.granted()
    front.books.now = front.books.requests[request].expires_at
    (said,) = await front.press("reveal", request)
    assert "has expired" in said
    assert front.messages.shown == []


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (MessageRefusedError("msg_blocks_too_long"), "too long to be shown in Slack"),
        (MessageRefusedError("unheard_of"), "Slack did not take the message"),
        (MessageUncertainError("no answer"), "did not say whether"),
    ],
)
async def test_a_value_that_slack_did_not_take_is_told_without_the_value(
    front: Front, fault: Exception, told: str
) -> None:
    request = await front.granted()
    front.messages.fault = fault
    (said,) = await front.press("reveal", request)
    assert told in said
    assert VALUE not in said


async def test_a_source_that_is_away_gives_the_use_back(front: Front) -> None:
    request = await front.granted(once=True)
    front.source.fault = SourceError("the vault is away")
    (said,) = await front.press("reveal", request)
    assert "does not answer" in said
    front.source.fault = None
    await front.press("reveal", request)
    assert len(front.messages.shown) == 1


async def test_hide_deletes_the_pressed_message(front: Front) -> None:
    assert await front.press("hide", "7k2m9xq4") == []
    assert front.responder.deleted == [URL]


async def test_hide_that_fails_is_logged_in_one_line(front: Front) -> None:
    front.responder.fault = MessageRefusedError("http_404")
    with capture_logs() as logs:
        await front.press("hide", "7k2m9xq4")
    assert [entry["event"] for entry in logs] == ["not_hidden"]


async def test_end_now_ends_the_grant_and_says_nothing_because_the_card_will(front: Front) -> None:
    request = await front.granted()
    assert await front.press("end", request) == []
    assert front.books.requests[request].grant is GrantState.REVOKED


async def test_end_now_works_while_slack_does_not_answer(front: Front) -> None:
    request = await front.granted()
    front.directory.fault = DirectoryError("Slack was late")
    assert await front.press("end", request) == []


async def test_cancel_withdraws_the_requesters_own(front: Front) -> None:
    request = await front.filed()
    assert await front.press("cancel", request) == []
    assert front.books.requests[request].state is State.CANCELLED


@pytest.mark.parametrize("action", ["approve", "deny", "reveal"])
async def test_without_an_eligibility_answer_nothing_happens_and_it_is_told(
    front: Front, action: str
) -> None:
    request = await (front.granted() if action == "reveal" else front.filed())
    before = front.books.requests[request]
    front.directory.fault = DirectoryError("Slack was late")
    (said,) = await front.press(action, request, ALICE if action == "reveal" else BOB)
    assert "could not check who you are" in said
    assert front.books.requests[request] == before


async def test_a_leavers_request_is_not_approved(front: Front) -> None:
    request = await front.filed()
    front.directory.people[ALICE] = replace(front.directory.people[ALICE], deleted=True)
    (said,) = await front.press("approve", request, BOB)
    assert "deactivated" in said
    assert front.books.requests[request].state is State.PENDING


@pytest.mark.parametrize("action", ACTIONS)
async def test_a_store_that_is_away_is_told(front: Front, action: str) -> None:
    front.books.fault = StoreUnavailableError("Redis is away")
    (said,) = await front.press(action, "7k2m9xq4", BOB)
    assert "nothing was done. Please try again" in said


async def test_what_nobody_foresaw_is_told_with_its_id(front: Front) -> None:
    front.books.fault = RuntimeError("a text that nobody should see")
    with capture_logs() as logs:
        (said,) = await front.press("approve", "7k2m9xq4", BOB)
    assert logs[0]["error_id"] in said
    assert "nobody should see" not in said


@pytest.mark.parametrize("url", [None, "", 7])
async def test_an_answer_without_an_address_is_logged_and_lost(front: Front, url: object) -> None:
    with capture_logs() as logs:
        assert await front.press("approve", "zzzzzzzz", BOB, response_url=url) == []
    assert [entry["event"] for entry in logs] == ["answer_lost"]


async def test_an_answer_that_slack_does_not_take_is_logged_and_lost(front: Front) -> None:
    front.responder.fault = MessageRefusedError("http_404")
    with capture_logs() as logs:
        await front.press("approve", "zzzzzzzz", BOB)
    assert [entry["event"] for entry in logs] == ["answer_lost"]


@pytest.mark.parametrize("action", ["", "unknown", "approve ", None, 7])
async def test_an_unknown_action_is_acked_and_does_nothing(front: Front, action: object) -> None:
    request = await front.filed()
    assert await front.survives(answer_press, front.button(action, request, BOB))
    assert front.books.requests[request].state is State.PENDING


@pytest.mark.parametrize(
    "field", ["user", "team", "trigger_id", "container", "response_url", "message", "actions"]
)
@pytest.mark.parametrize("odd", [None, 7, [], {}, "", {"id": 7, "team_id": []}])
async def test_odd_fields_never_crash_and_never_approve_for_somebody_else(
    front: Front, field: str, odd: object
) -> None:
    request = await front.filed()
    body = front.button("approve", request, BOB) | {field: odd}
    assert await front.survives(answer_press, body)
    assert front.books.requests[request].decided_by in {"", BOB}
    if field in {"user", "actions"}:
        assert front.books.requests[request].state is State.PENDING


async def test_a_person_that_slack_does_not_know_does_nothing(front: Front) -> None:
    request = await front.filed()
    front.directory.approvers |= {"U0GHOST"}
    (said,) = await front.press("approve", request, "U0GHOST")
    assert "is not known to Slack" in said


async def test_a_guest_in_the_approvers_channel_cannot_decide(front: Front) -> None:
    request = await front.filed()
    front.directory.people[BOB] = replace(Person(BOB, "T0ACME"), guest=True)
    (said,) = await front.press("approve", request, BOB)
    assert "guest" in said
    assert front.books.requests[request].state is State.PENDING
