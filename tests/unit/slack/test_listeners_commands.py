"""`/envaccess`: the ack is the answer, private, and right on good and bad days."""

from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from envaccess.domain.errors import DirectoryError, SealError, StoreUnavailableError, StoreUncertainError
from envaccess.domain.person import Person
from envaccess.domain.refusal import Reason
from envaccess.domain.request import GrantState, State
from envaccess.projections.errors import MessageRefusedError, MessageUncertainError
from envaccess.slack.listeners import answer_command
from envaccess.slack.names import REQUEST_FORM
from tests.fakes.context import WORKSPACE
from tests.unit.slack.checker import drawn
from tests.unit.slack.front import ALICE, BOB, CAROL, URL, VALUE, Front
from tests.unit.slack.samples import HOSTILE, STRIPE

ASK = "STRIPE_KEY 1h debugging a failed refund"
# Built so that no scanner takes it for a key.
PASTED = "AKIA" + "ABCDEFGH2345WXYZ"


async def test_a_request_is_filed_and_the_ack_says_so(front: Front) -> None:
    said = await front.type(ASK)
    (request,) = front.books.requests.values()
    assert f"Filed as request `{request.id}`" in said
    assert "<@U0BOB> or <@U0CAROL> can decide" in said
    assert (request.requester, request.reason) == (ALICE, "debugging a failed refund")


async def test_the_same_delivery_twice_files_once(front: Front) -> None:
    body = front.command(ASK)
    assert await front.ack(body) == await front.ack(body)
    assert len(front.books.requests) == 1


async def test_asking_for_the_same_again_names_the_pending_request(front: Front) -> None:
    request = await front.filed()
    assert f"already: request `{request}`" in await front.type("STRIPE_KEY 2h another reason")


async def test_nothing_typed_opens_the_form_and_says_nothing(front: Front) -> None:
    assert await front.send(front.command("")) == (200, "")
    ((_, view),) = front.forms.opened
    assert view["callback_id"] == REQUEST_FORM


@pytest.mark.parametrize(
    "fault", [MessageRefusedError("expired_trigger_id"), MessageUncertainError("no answer")]
)
async def test_a_form_that_did_not_open_is_told_with_another_way(front: Front, fault: Exception) -> None:
    front.forms.fault = fault
    said = await front.type("")
    assert "did not open the form" in said
    assert "`/envaccess NAME 1h`" in said


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("help", "`/envaccess show NAME`"),
        ("list", "`STRIPE_KEY`"),
        ("status", "asked for nothing lately"),
        ("show", "The form is `/envaccess show NAME`"),
        ("cancel 1", "That is no id of a request"),
        ("STRIPE_KEY", "how long"),
        ("STRIPE_KEY 1h", "say why"),
        ("STRIPE_KEY 9h too long", "at most 8 hours"),
        ("STRIPE_KEI 1h because", "Did you mean `STRIPE_KEY`?"),
        ("STRIPE-KEY 1h because", "Did you mean `STRIPE_KEY`?"),
        ("x" * 10_000, "longer than 4,000 characters"),
        ("STRIPE_KEY 1h " + "x" * 600, "500 characters or fewer"),
        ("STRIPE_KEY 1h password=value-for-tests", "like a secret"),
        ("\x00", ""),
    ],
)
async def test_every_text_gets_a_private_answer(front: Front, text: str, told: str) -> None:
    assert told in await front.type(text)
    assert front.books.requests == {}


@pytest.mark.parametrize(
    "text", [HOSTILE, f"STRIPE_KEY 1h {HOSTILE}", f"{HOSTILE} 1h why", f"show {HOSTILE}"]
)
async def test_no_mention_comes_back_from_what_was_typed(front: Front, text: str) -> None:
    said = await front.type(text.replace("<", "&lt;"))
    assert "<!channel>" not in said
    assert "<@U0VICTIM>" not in said


@pytest.mark.parametrize("text", [f"{PASTED} 1h why", f"show {PASTED}", f"cancel {PASTED}", f"A 1h {PASTED}"])
async def test_a_pasted_secret_is_neither_echoed_nor_logged(front: Front, text: str) -> None:
    with capture_logs() as logs:
        said = await front.type(text)
    assert said
    assert PASTED not in said
    assert PASTED not in str(logs)


async def test_status_cancel_and_revoke(front: Front) -> None:
    pending = await front.filed()
    assert f"`/envaccess cancel {pending}`" in await front.type("status")
    assert "somebody else's request" in await front.type(f"cancel {pending}", CAROL)
    assert f"Withdrawn: request `{pending}`" in await front.type(f"cancel {pending.upper()}")
    live = await front.granted()
    assert f"`/envaccess revoke {live}`" in await front.type("status")
    assert "The access of <@U0ALICE> to `STRIPE_KEY` is ended" in await front.type(f"revoke {live}", CAROL)
    assert front.books.requests[live].grant is GrantState.REVOKED
    assert "was ended by <@U0CAROL>" in await front.type(f"revoke {live}")


async def test_show_answers_at_once_and_then_shows_the_value_to_the_asker_alone(front: Front) -> None:
    await front.granted()
    said = await front.type("show STRIPE_KEY")
    assert "Look at your direct messages" in said
    assert VALUE not in said
    assert front.messages.shown == [(ALICE, {STRIPE: VALUE})]


async def test_show_without_a_grant_says_who_decides_and_how_to_ask(front: Front) -> None:
    said = await front.type("show STRIPE_KEY")
    assert "no live access to `STRIPE_KEY`" in said
    assert "<@U0BOB> or <@U0CAROL> can decide" in said
    assert front.messages.shown == []


async def test_show_that_fails_later_is_told_by_the_response_url(front: Front) -> None:
    await front.granted()
    front.source.fault = SealError("no key opens it")
    await front.type("show STRIPE_KEY")
    ((url, answer),) = front.responder.answers
    assert url == URL
    assert "could not be opened" in drawn(answer)
    assert front.books.given_back == ["sealed"]


async def test_the_twenty_first_command_of_a_minute_does_nothing(front: Front) -> None:
    for _ in range(20):
        await front.type("help")
    assert "more than 20 commands" in await front.type(ASK)
    assert front.books.requests == {}
    assert "Filed" in await front.type(ASK, CAROL)


@pytest.mark.parametrize("field", ["team_id", "team"])
async def test_another_workspace_is_refused_before_any_service_and_audited(front: Front, field: str) -> None:
    other = {"team_id": "T0OTHER"} if field == "team_id" else {"team": {"id": "T0OTHER"}}
    assert "belongs to another workspace" in await front.type(ASK, **other)
    assert [(attempt.tried, why) for attempt, why in front.books.refused] == [
        ("command", Reason.OTHER_WORKSPACE)
    ]
    assert front.books.commands == {}


async def test_a_payload_without_any_team_is_left_to_the_check_of_the_person(front: Front) -> None:
    assert "Filed" in await front.type(ASK, team_id=None)
    front.directory.people[ALICE] = Person(ALICE, "T0OTHER")
    assert "belongs to another workspace" in await front.type("STRIPE_KEY 2h why", team_id=None)


@pytest.mark.parametrize("trait", ["deleted", "bot", "guest", "stranger", "invited"])
async def test_whoever_is_no_full_member_files_nothing(front: Front, trait: str) -> None:
    front.directory.people[ALICE] = replace(Person(ALICE, WORKSPACE), **{trait: True})  # type: ignore[arg-type]
    assert "Nothing was done" in await front.type(ASK)
    assert front.books.requests == {}


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (StoreUnavailableError("Redis is away"), "nothing was done. Please try again in a moment"),
        (StoreUncertainError("Redis was late"), "may or may not have happened. Check `/envaccess status`"),
    ],
)
@pytest.mark.parametrize("text", [ASK, "list", "status", "show STRIPE_KEY", "cancel 7k2m9xq4", "help"])
async def test_a_store_that_fails_is_told_and_logged_in_one_line(
    front: Front, fault: Exception, told: str, text: str
) -> None:
    front.books.fault = fault
    with capture_logs() as logs:
        assert told in await front.type(text)
    assert len(logs) == 1
    assert "exc_info" not in logs[0]


async def test_an_eligibility_answer_that_does_not_come_changes_nothing(front: Front) -> None:
    front.directory.fault = DirectoryError("Slack was late")
    said = await front.type(ASK)
    assert "could not check who you are" in said
    assert front.books.requests == {}


async def test_what_nobody_foresaw_is_told_with_an_id_that_the_log_has_too(front: Front) -> None:
    front.books.fault = RuntimeError("a debugging text with the reason in it")
    with capture_logs() as logs:
        said = await front.type(ASK)
    assert "Something broke on our side" in said
    assert logs[0]["error_id"] in said
    assert "a debugging text" not in said


GUESSES = [
    "STRIPE-KEY 1h because",
    "STRIPE_KEI 1h because",
    "show STRIPE-KEY",
    "show STRIPE_KEI",
    "STRIPE_KE",
]


@pytest.mark.parametrize(
    "outsider",
    [
        {"guest": True},
        {"invited": True},
        {"deleted": True},
        {"bot": True},
        {"stranger": True},
        {"team": "T0ELSEWHERE"},
    ],
)
async def test_no_outsider_draws_a_name_out_of_the_bot_by_guessing(
    front: Front, outsider: dict[str, Any]
) -> None:
    """Law 4: guests can type the command; names are told to full members only, by `list` or by a hint."""
    guest = "U0GUEST"
    front.directory.people[guest] = replace(Person(guest, WORKSPACE), **outsider)
    for text in GUESSES:
        said = await front.type(text, guest)
        assert said
        assert "Did you mean" not in said
        assert "`STRIPE_KEY`" not in said


async def test_nobody_is_told_a_name_while_slack_does_not_say_who_asks(front: Front) -> None:
    front.directory.fault = DirectoryError("no answer")
    said = await front.type("STRIPE-KEY 1h because")
    assert "Did you mean" not in said
    assert "could not check who you are" in said


async def test_a_refusal_stands_even_when_the_suggestion_fails(front: Front) -> None:
    async def late() -> list[object]:
        raise StoreUnavailableError("Redis is away")

    front.handler.context.catalogue.names = late  # type: ignore[method-assign, assignment]
    assert "There is no variable `NOPE`" in await front.type("NOPE 1h because")


async def test_no_grant_stands_even_when_the_approvers_cannot_be_named(front: Front) -> None:
    async def late(_channel: str) -> frozenset[str]:
        raise DirectoryError("Slack was late")

    front.directory.members = late  # type: ignore[method-assign, assignment]
    assert "no live access" in await front.type("show STRIPE_KEY")


@pytest.mark.parametrize(
    "missing", ["text", "user_id", "trigger_id", "response_url", "team_id", "channel_id"]
)
@pytest.mark.parametrize("odd", [None, 7, [], {}, "", "\x00"])
@pytest.mark.parametrize("text", [ASK, "show STRIPE_KEY", ""])
async def test_odd_fields_never_crash(front: Front, missing: str, odd: object, text: str) -> None:
    assert await front.survives(answer_command, front.command(text) | {missing: odd})


async def test_two_commands_without_a_trigger_are_two_operations(front: Front) -> None:
    first = await front.type(ASK, trigger_id=None)
    second = await front.type("staging/DB_URL 1h because", trigger_id=None)
    assert "Filed" in first
    assert "Filed" in second
    assert {request.state for request in front.books.requests.values()} == {State.PENDING}
    assert len(front.books.requests) == 2
    assert BOB not in {request.requester for request in front.books.requests.values()}
