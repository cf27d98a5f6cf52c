"""Chains, questions, emergencies: within Slack's limits at their largest, harmless whatever was typed."""

from dataclasses import replace

import pytest

from envaccess.domain.approval_progress import Notification
from envaccess.domain.policy.principal_set import PrincipalSet
from envaccess.domain.policy.rules import Step
from envaccess.domain.request import Request
from envaccess.slack.render.card import render_card
from envaccess.slack.render.chain import (
    progress,
    render_call,
    render_notification,
    tell_awaited,
    tell_principals,
)
from envaccess.slack.render.request import render_request
from envaccess.slack.render.words import PEOPLE_SHOWN
from tests.fakes.rulings import CHANNEL, HERE, OTHERS, ruled
from tests.unit.slack.checker import check_message, drawn
from tests.unit.slack.largest import AMPERSANDS, CROWD, EVERYONE, MENTIONED, over, pending
from tests.unit.slack.samples import HOSTILE, PENDING

TYPED = (AMPERSANDS, "x" * 500, (HOSTILE * 10)[:500], "\n" * 10 + "<" * 480, "🎉" * 500)
LARGEST = [request for text in TYPED for request in (pending(text), pending(text, 0), *over(text))]


def name_of(request: Request) -> str:
    return f"{request.state}-{request.grant}-{request.reason[-3:]!a}"


@pytest.mark.parametrize("request_", LARGEST, ids=name_of)
def test_the_largest_request_fits_on_every_surface(request_: Request) -> None:
    """A message that Slack refuses would show an old state for ever."""
    for render in (render_request, render_card):
        check_message(render(request_), *MENTIONED)


@pytest.mark.parametrize("notification", list(Notification))
@pytest.mark.parametrize("text", TYPED, ids=ascii)
def test_the_largest_call_fits(notification: Notification, text: str) -> None:
    for request in (pending(text), over(text)[-4]):
        called = replace(request, progress=replace(request.progress, notification=notification))
        check_message(render_notification(called), *MENTIONED)
        check_message(render_call(called), *MENTIONED)


def test_a_long_exchange_keeps_every_question_in_sight() -> None:
    """What does not fit is cut, but nobody's question goes missing."""
    for render in (render_request, render_card):
        text = drawn(render(pending()))
        assert text.count("Question: ") == 5
        assert text.count("Answer: ") == 5


def test_a_short_exchange_is_shown_in_full() -> None:
    text = drawn(render_request(pending("Which customer is it, and since when?" * 3)))
    assert text.count("Which customer is it, and since when?" * 3) == 12


def test_a_circle_names_the_first_few_and_counts_the_rest() -> None:
    told = tell_principals(EVERYONE, shown=3)
    assert told.startswith(f"<@{CROWD[0]}>, <@{CROWD[1]}>, <@{CROWD[2]}>")
    assert "17 others" in told
    assert len(tell_principals(EVERYONE)) < 600
    assert tell_principals(PrincipalSet()) == "nobody"
    assert tell_principals(PrincipalSet(CROWD[:PEOPLE_SHOWN])).count("<@") == PEOPLE_SHOWN


def test_the_requester_is_never_among_the_awaited() -> None:
    """Law 3: nobody is called to their own request."""
    request = replace(PENDING, ruling=ruled(Step(PrincipalSet(("U0ALICE", "U0BOB"))), Step(HERE)))
    assert "U0ALICE" not in tell_awaited(request)
    assert "U0ALICE" not in drawn(render_notification(request)).replace("for <@U0ALICE>", "")
    (block,) = progress(request)
    assert "U0ALICE" not in block["text"]["text"]
    here = replace(PENDING, ruling=ruled(Step(PrincipalSet(("U0ALICE", CHANNEL)))))
    assert tell_awaited(here) == "Anyone in this channel except <@U0ALICE> may decide"


def test_the_usual_chain_needs_no_progress() -> None:
    assert progress(PENDING) == []
    assert len(progress(replace(PENDING, ruling=ruled(Step(HERE), Step(OTHERS))))) == 1


@pytest.mark.parametrize("hostile", [HOSTILE, "<!here>", "<@U0VICTIM>", "*_~`x`~_*", "</section>"])
def test_nothing_typed_is_read_as_markup(hostile: str) -> None:
    """In a question, an answer, a review's note, a reason, and a rule's name."""
    for request in (pending(hostile), *over(hostile)):
        named = replace(request, ruling=replace(request.ruling, rules=(hostile,)))
        for rendered in (
            render_request(named),
            render_card(named),
            render_notification(named),
            render_call(named),
        ):
            check_message(rendered, *MENTIONED)
