"""Forms and option lists: read again on our side, kept open where sending again may do."""

from typing import Any

import pytest

from envaccess.domain.errors import DirectoryError, StoreUnavailableError, StoreUncertainError
from envaccess.domain.refusal import Reason
from envaccess.domain.request import State
from envaccess.domain.variable import Variable
from envaccess.slack.listeners import answer_form, answer_options
from envaccess.slack.names import DURATION, NO_MATCH, REASON, VARIABLES
from tests.unit.slack.checker import check_view, texts
from tests.unit.slack.front import ALICE, BOB, VALUE, Front, because, option_names, wanted
from tests.unit.slack.samples import STAGING_DB, STRIPE

Json = dict[str, Any]
REQUEST, DENY = "request_form", "deny_form"


def told(answer: Json) -> str:
    """What the view in an answer says; checks that Slack takes it."""
    assert answer["response_action"] == "update"
    check_view(answer["view"])
    return "\n".join(texts(answer["view"]))


def errors(answer: Json) -> dict[str, str]:
    """The fields' errors in an answer."""
    assert answer["response_action"] == "errors"
    found: dict[str, str] = answer["errors"]
    return found


async def test_a_filled_in_form_files_a_request(front: Front) -> None:
    answer = await front.ack(front.submission(REQUEST, wanted(str(STRIPE), str(STAGING_DB), duration="30m")))
    (request,) = front.books.requests.values()
    assert request.variables == (STRIPE, STAGING_DB)
    assert request.duration.seconds == 1_800
    assert f"Filed as request `{request.id}`" in told(answer)


async def test_the_same_submission_twice_files_once(front: Front) -> None:
    body = front.submission(REQUEST, wanted())
    assert await front.ack(body) == await front.ack(body)
    assert len(front.books.requests) == 1


async def test_each_wrong_field_says_what_is_wrong(front: Front) -> None:
    answer = await front.ack(front.submission(REQUEST, wanted("no-name", duration="soon", reason="x")))
    assert set(errors(answer)) == {VARIABLES, DURATION, REASON}
    assert front.books.requests == {}


@pytest.mark.parametrize("names", [(NO_MATCH,), (str(STRIPE), NO_MATCH), ("",)])
async def test_the_option_that_says_nothing_matches_cannot_be_asked_for(
    front: Front, names: tuple[str, ...]
) -> None:
    answer = await front.ack(front.submission(REQUEST, wanted(*names)))
    assert "from the list" in errors(answer)[VARIABLES]


@pytest.mark.parametrize("state", [None, 7, [], {}, {"variables": []}, {"variables": {"variables": {}}}])
async def test_odd_state_never_crashes(front: Front, state: object) -> None:
    body = front.submission(REQUEST, {})
    body["view"]["state"] = {"values": state}
    assert set(errors(await front.ack(body))) == {VARIABLES, DURATION, REASON}


async def test_a_pasted_secret_is_refused_and_not_echoed(front: Front) -> None:
    pasted = "password=value-for-tests"
    answer = await front.ack(front.submission(REQUEST, wanted(reason=pasted)))
    assert "like a secret" in errors(answer)[REASON]
    assert pasted not in str(answer)


async def test_a_form_corrected_after_a_refusal_files(front: Front) -> None:
    gone = await front.ack(front.submission(REQUEST, wanted("default/GONE")))
    assert "does not exist any more" in errors(gone)[VARIABLES]
    assert "Filed" in told(await front.ack(front.submission(REQUEST, wanted())))


async def test_too_long_a_time_stands_at_its_field(front: Front) -> None:
    answer = await front.ack(front.submission(REQUEST, wanted(duration="2d")))
    assert "shorter time" in errors(answer)[DURATION]


@pytest.mark.parametrize(
    "fault", [StoreUnavailableError("away"), StoreUncertainError("late"), RuntimeError("nobody foresaw")]
)
async def test_a_fault_keeps_the_form_with_what_was_typed(front: Front, fault: Exception) -> None:
    front.books.fault = fault
    answer = await front.ack(front.submission(REQUEST, wanted()))
    assert set(errors(answer)) == {REASON}
    front.books.fault = None
    assert "Filed" in told(await front.ack(front.submission(REQUEST, wanted())))


async def test_an_eligibility_answer_that_does_not_come_keeps_the_form(front: Front) -> None:
    front.directory.fault = DirectoryError("late")
    assert "send it again" in errors(await front.ack(front.submission(REQUEST, wanted())))[REASON]
    assert front.books.requests == {}


async def test_nobody_to_decide_is_told_in_the_forms_place(front: Front) -> None:
    front.directory.approvers = frozenset({ALICE})
    assert "Nobody could decide" in told(await front.ack(front.submission(REQUEST, wanted())))


async def test_an_approvers_channel_out_of_reach_is_told_in_the_forms_place(front: Front) -> None:
    """Law 9: refused when asked, with why."""
    front.directory.approvers = frozenset()
    assert "cannot rely on its approvers channel" in told(
        await front.ack(front.submission(REQUEST, wanted()))
    )


async def test_another_workspaces_form_files_nothing(front: Front) -> None:
    body = front.submission(REQUEST, wanted()) | {"team": {"id": "T0OTHER"}}
    assert "another workspace" in told(await front.ack(body))
    assert front.books.requests == {}
    assert front.books.refused[0][1] is Reason.OTHER_WORKSPACE


async def test_a_denial_lands_with_its_reason(front: Front) -> None:
    request = await front.filed()
    body = front.submission(DENY, because("use the sandbox key"), BOB, private_metadata=f"{request} 1.2")
    answer = await front.ack(body)
    denied = front.books.requests[request]
    assert (denied.state, denied.decided_by, denied.decision_reason) == (
        State.DENIED,
        BOB,
        "use the sandbox key",
    )
    assert "<@U0ALICE> is told why" in told(answer)
    assert await front.ack(body) == answer


@pytest.mark.parametrize("reason", [None, "", "x", "  \u200b ", 7, "x" * 501, "password=hunter2hunter2"])
async def test_a_denial_without_a_proper_reason_is_none(front: Front, reason: object) -> None:
    request = await front.filed()
    answer = await front.ack(front.submission(DENY, because(reason), BOB, private_metadata=request))
    assert set(errors(answer)) == {REASON}
    assert front.books.requests[request].state is State.PENDING


async def test_requester_cannot_deny_by_a_form(front: Front) -> None:
    request = await front.filed()
    answer = await front.ack(front.submission(DENY, because("no, thanks"), ALICE, private_metadata=request))
    assert "your own request" in told(answer)


async def test_a_denial_that_comes_too_late_is_told_who_decided(front: Front) -> None:
    request = await front.granted()
    answer = await front.ack(front.submission(DENY, because("no, thanks"), BOB, private_metadata=request))
    assert "was already approved by <@U0BOB>" in told(answer)


@pytest.mark.parametrize("forged", [None, "", "nothing 1.2", 7, "zzzzzzzz 1.2"])
async def test_forged_metadata_denies_nothing_and_is_audited(front: Front, forged: object) -> None:
    await front.filed()
    answer = await front.ack(front.submission(DENY, because("no, thanks"), BOB, private_metadata=forged))
    assert "No request has that id" in told(answer)
    assert [(attempt.tried, why) for attempt, why in front.books.refused] == [("deny", Reason.UNKNOWN_ID)]


async def test_another_workspaces_denial_denies_nothing(front: Front) -> None:
    request = await front.filed()
    body = front.submission(DENY, because("no, thanks"), BOB, private_metadata=request)
    assert "another workspace" in told(await front.ack(body | {"team": {"id": "T0OTHER"}}))
    assert front.books.requests[request].state is State.PENDING


async def test_a_store_that_is_away_keeps_the_denial_open(front: Front) -> None:
    request = await front.filed()
    front.books.fault = StoreUnavailableError("away")
    answer = await front.ack(front.submission(DENY, because("no, thanks"), BOB, private_metadata=request))
    assert "send it again" in errors(answer)[REASON]


@pytest.mark.parametrize("callback", ["", "notice", "unknown"])
async def test_an_unknown_form_closes(front: Front, callback: str) -> None:
    assert await front.ack(front.submission(callback, {})) == {}


async def test_options_are_the_matching_variables(front: Front) -> None:
    assert option_names(await front.ack(front.suggestion("db"))) == ["staging/DB_URL"]
    assert option_names(await front.ack(front.suggestion(""))) == ["staging/DB_URL", "STRIPE_KEY"]


async def test_no_match_is_an_option_that_says_so(front: Front) -> None:
    (option,) = (await front.ack(front.suggestion("nothing like it")))["options"]
    assert option["value"] == NO_MATCH


async def test_a_hundred_options_are_offered_at_most(front: Front) -> None:
    front.books.values = {Variable("default", f"N{number}"): VALUE for number in range(500)}
    assert len((await front.ack(front.suggestion("")))["options"]) == 100


@pytest.mark.parametrize("typed", [None, 7, [], "x" * 10_000, "\x00", "*"])
async def test_odd_suggestions_never_crash_and_are_never_empty(front: Front, typed: object) -> None:
    assert (await front.ack(front.suggestion(typed)))["options"]


async def test_another_workspace_is_offered_no_names(front: Front) -> None:
    answer = await front.ack(front.suggestion("", user=ALICE, team={"id": "T0OTHER"}))
    assert [option["value"] for option in answer["options"]] == [NO_MATCH]
    stranger = await front.ack(front.suggestion("", user="U0GHOST"))
    assert [option["value"] for option in stranger["options"]] == [NO_MATCH]


@pytest.mark.parametrize("fault", ["store", "directory"])
async def test_a_list_that_cannot_be_had_says_so(front: Front, fault: str) -> None:
    if fault == "store":
        front.books.fault = StoreUnavailableError("away")
    else:
        front.directory.fault = DirectoryError("late")
    assert option_names(await front.ack(front.suggestion("db"))) == [
        "We could not look just now: type on in a moment"
    ]


@pytest.mark.parametrize("field", ["view", "user", "team", "value", "trigger_id"])
@pytest.mark.parametrize(
    "odd", [None, 7, [], {}, "", {"callback_id": 7}, {"callback_id": REQUEST, "state": 7}]
)
async def test_odd_fields_never_crash(front: Front, field: str, odd: object) -> None:
    body = front.submission(REQUEST, wanted()) | {field: odd}
    assert await front.survives(answer_form, body)
    assert await front.survives(answer_options, front.suggestion("db") | {field: odd})
