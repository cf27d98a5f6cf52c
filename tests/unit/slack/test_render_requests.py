"""The approvers' message and the requester's card: true in every state, harmless whatever was typed."""

import json
import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from envaccess.domain.call import CLI
from envaccess.domain.duration import Duration
from envaccess.domain.end_reasons import EndReason
from envaccess.domain.outcome import Holdings
from envaccess.domain.policy.variable_sets import VariableSet
from envaccess.domain.request import GrantState, Release, Request
from envaccess.domain.session import SESSIONS_MAX
from envaccess.domain.variable import Variable
from envaccess.slack.names import END_TERMINAL
from envaccess.slack.render.blocks import Rendered
from envaccess.slack.render.card import render_card
from envaccess.slack.render.listing import render_list, render_status
from envaccess.slack.render.request import looks_like_production, render_request
from envaccess.slack.render.sessions import render_sessions
from envaccess.slack.render.terminal import tell_releases
from tests.unit.slack import largest
from tests.unit.slack.checker import buttons, check_message, drawn, texts, walk
from tests.unit.slack.samples import (
    ALL,
    APPROVED,
    CANCELLED,
    DENIED,
    EXPIRED,
    HOSTILE,
    NOON,
    ONCE_APPROVED,
    OVER,
    PENDING,
    PEOPLE,
    REVOKED,
    REVOKED_BY_BOT,
    REVOKED_BY_CLI,
    STAGING_DB,
    STRIPE,
    TIMED_OUT,
    USED_UP,
    WIDEST,
    worst,
)


def name_of(request: Request) -> str:
    return f"{request.state}-{request.grant}-{request.duration}-{request.ended_by}"


LARGEST = [largest.pending(), largest.pending(steps=0), *largest.over()]
LARGEST += list(map(largest.of_sets, LARGEST))
LARGEST += list(map(largest.from_terminal, LARGEST))
TALKATIVE = ['"' * 500, "\\" * 500, "&" * 500, "x" * 500, HOSTILE * 5]
every_state = pytest.mark.parametrize("request_", ALL, ids=name_of)


@every_state
def test_slack_takes_every_state(request_: Request) -> None:
    check_message(render_request(request_), *PEOPLE)
    check_message(render_card(request_), *PEOPLE)


@every_state
@pytest.mark.parametrize("text", ["&" * 500, HOSTILE, "<" * 500, "\U0001f600" * 500, "`" * 500])
def test_slack_takes_the_longest_and_most_hostile_text_and_mentions_nobody_in_it(
    request_: Request, text: str
) -> None:
    check_message(render_request(worst(request_, text)), *PEOPLE)
    check_message(render_card(worst(request_, text)), *PEOPLE)


@pytest.mark.parametrize("request_", LARGEST)
@pytest.mark.parametrize("render", [render_request, render_card])
def test_the_largest_message_stays_below_what_slack_was_seen_to_refuse(
    request_: Request, render: Callable[[Request], Rendered]
) -> None:
    """Of 11,341 characters, whatever Slack counts: texts alone or all of the JSON (slackapi/bolt-js#2867)."""
    check_size(render(request_))


@pytest.mark.parametrize("text", TALKATIVE)
@pytest.mark.parametrize("render", [render_request, render_card])
def test_it_does_so_whatever_is_typed_and_keeps_the_beginning_of_each_text(
    render: Callable[[Request], Rendered], text: str
) -> None:
    least = 60 if json.dumps(text) == f'"{text}"' else 10
    for request in (largest.pending(text), largest.pending(text, steps=0), *largest.over(text)):
        for larger in (largest.from_terminal(request), largest.from_terminal(largest.of_sets(request))):
            rendered = render(larger)
            check_size(rendered)
            typed = [said for said in texts(rendered.blocks) if said.startswith(("Why: ", "Answer: "))]
            assert all(len(said) > least for said in typed)


def test_hosts_are_told_by_the_newest_and_the_rest_together() -> None:
    went = tuple(Release(f"host-{number}", 2, NOON + number) for number in range(10))
    (told,) = tell_releases(replace(APPROVED, surface=CLI, releases=(*went, Release("", 3, NOON + 99))))
    said = told["elements"][0]["text"]
    assert [f"host-{number}`" in said for number in range(10)] == [False] * 5 + [True] * 5
    assert "and further terminals 13 times, last: <!date^1760000000^" in said


def test_as_many_sessions_as_somebody_may_have_and_all_that_waits_fit_into_a_message() -> None:
    sessions = [largest.session(number) for number in range(SESSIONS_MAX)]
    rendered = render_sessions(sessions)
    check_size(rendered)
    assert buttons(rendered) == [END_TERMINAL] * 8
    assert "and 12 more: the *Home* tab has them all" in drawn(rendered)
    assert "older" not in drawn(render_sessions(sessions[:8]))
    over = tuple(map(largest.from_terminal, largest.over())) * 20
    waiting = (largest.from_terminal(largest.pending()),) * 100
    programs = tuple(replace(one, requester="agent:ag_7k2p9xq4", behind="U0ALICE") for one in waiting)
    held = Holdings(waiting, over, over, lock=largest.locked("&" * 500), programs=programs)
    check_size(render_status(held))
    check_size(render_status(Holdings((PENDING,) * 200, (APPROVED,) * 200, tuple(OVER) * 100)))


def test_as_many_sets_as_a_policy_may_have_fit_into_the_list_beside_the_variables() -> None:
    sets = [VariableSet(f"{number}".ljust(40, "n"), WIDEST) for number in range(200)]
    for names in (WIDEST * 20, [Variable(f"e{n}", "A") for n in range(500)], largest.OF_SETS * 100):
        rendered = render_list(names, sets)
        check_size(rendered)
        assert re.search(r"and \d+ more", drawn(rendered))


def check_size(rendered: Rendered) -> None:
    check_message(rendered, *largest.MENTIONED)
    assert len(json.dumps(rendered.blocks, ensure_ascii=False, separators=(",", ":"))) < 11_341


@pytest.mark.parametrize("render", [render_request, render_card])
def test_every_variable_of_a_set_is_seen_by_those_who_decide_and_by_whoever_asked(
    render: Callable[[Request], Rendered],
) -> None:
    for request in map(largest.of_sets, (largest.pending(), *largest.over())):
        said = "".join(texts(render(request).blocks))
        assert all(f"`{variable.label}`" in said for variable in request.variables)
        check_message(render(request), *largest.MENTIONED)


def test_a_set_is_called_by_its_name_and_what_was_named_beside_it() -> None:
    request = replace(PENDING, variables=(STRIPE, STAGING_DB), named=("@shop", "staging/DB_URL"))
    said = render_request(request)
    assert (
        "asks for `@shop` and `staging/DB_URL` (2 variables) for *1 hour*" in said.blocks[0]["text"]["text"]
    )
    assert said.blocks[1]["text"]["text"] == "*All of it:* `STRIPE_KEY` and `staging/DB_URL`"


def test_what_an_approver_chose_of_a_set_is_not_called_the_set() -> None:
    request = replace(PENDING, named=("@shop",), variables=(STRIPE,), asked_variables=(STRIPE, STAGING_DB))
    assert "@shop" not in "".join(texts(render_request(request).blocks))


def test_a_set_that_is_approved_for_a_shorter_time_is_still_the_set() -> None:
    both = (STRIPE, STAGING_DB)
    request = replace(PENDING, named=("@shop",), variables=both, asked_variables=both, asked_seconds=7_200)
    assert "`@shop` (2 variables)" in "".join(texts(render_request(request).blocks))


def test_many_variables_without_a_set_are_all_listed_too() -> None:
    """An extension of a set's access, or what is asked for again, names no set."""
    request = replace(largest.of_sets(PENDING), named=())
    said = "".join(texts(render_request(request).blocks))
    assert "asks for 50 variables for" in said
    assert all(variable.label in said for variable in request.variables)


def test_pending_message_says_all_that_an_approver_needs() -> None:
    rendered = render_request(PENDING)
    said = drawn(rendered)
    for fact in (
        "<@U0ALICE>",
        "`STRIPE_KEY`",
        "1 hour",
        "debugging a failed refund",
        "Asked 3 times in the 30 days before, 1 of them for this",
        "Anyone in this channel except <@U0ALICE> may decide",
        "<!date^1760014400^",
        "`7k2m9xq4`",
    ):
        assert fact in said
    assert buttons(rendered) == ["approve", "approve_less", "ask", "deny"]


def test_buttons_carry_the_id_and_nothing_else() -> None:
    for rendered in (render_request(PENDING), render_card(PENDING), render_card(APPROVED)):
        pressed = [found for found in walk(rendered.blocks) if found.get("type") == "button"]
        assert {button["value"] for button in pressed} == {PENDING.id}


@pytest.mark.parametrize("request_", [APPROVED, ONCE_APPROVED, *OVER], ids=name_of)
def test_a_decided_message_keeps_the_facts_and_loses_its_buttons(request_: Request) -> None:
    rendered = render_request(request_)
    assert buttons(rendered) == []
    assert "debugging a failed refund" in drawn(rendered)
    assert "`7k2m9xq4`" in drawn(rendered)


@pytest.mark.parametrize(
    ("request_", "outcome"),
    [
        (APPROVED, "*Approved* by <@U0BOB>: <!date^1760000060^"),
        (APPROVED, "Access ends: <!date^1760003660^"),
        (DENIED, "*Denied* by <@U0BOB>"),
        (DENIED, "use the sandbox key"),
        (CANCELLED, "*Withdrawn* by <@U0ALICE>"),
        (TIMED_OUT, "*Timed out*: nobody decided in time"),
        (replace(TIMED_OUT, ended_why=EndReason.UPGRADED), "*Timed out*: envaccess was updated"),
        (replace(TIMED_OUT, ended_why=EndReason.RESTORED), "*Timed out*: a backup was restored"),
        (EXPIRED, "Access expired: <!date^1760003660^"),
        (REVOKED, "Access ended early by <@U0CAROL>"),
        (REVOKED_BY_CLI, "Access ended early by `root` on the command line"),
        (REVOKED_BY_BOT, "Access ended early by envaccess"),
        (USED_UP, "Its one reveal was used"),
    ],
)
def test_both_surfaces_tell_the_outcome(request_: Request, outcome: str) -> None:
    assert outcome in drawn(render_request(request_))
    if request_ is not APPROVED or "Approved" in outcome:
        assert outcome in drawn(render_card(request_))


def test_card_offers_what_its_state_allows() -> None:
    assert buttons(render_card(PENDING)) == ["cancel"]
    assert buttons(render_card(APPROVED)) == ["reveal", "end"]
    assert buttons(render_card(ONCE_APPROVED)) == ["reveal", "end"]
    assert [buttons(render_card(request)) for request in OVER] == [["again"]] * len(OVER)


def test_end_now_asks_before_it_acts() -> None:
    end = next(found for found in walk(render_card(APPROVED).blocks) if found.get("action_id") == "end")
    assert end["confirm"]["confirm"]["text"] == "End now"


@pytest.mark.parametrize("request_", OVER, ids=name_of)
def test_a_card_that_is_over_asks_again_by_its_own_id_in_one_press(request_: Request) -> None:
    (again,) = [found for found in walk(render_card(request_).blocks) if found.get("type") == "button"]
    assert (again["action_id"], again["value"]) == ("again", request_.id)


def test_what_became_a_longer_grant_is_not_asked_for_again() -> None:
    """Its access goes on under the other card; another request would be a second extension."""
    extended = replace(APPROVED, grant=None, extends="4kq7m2xz", extended=True)
    assert buttons(render_card(extended)) == []


def test_no_reason_is_told_where_none_was_given() -> None:
    assert "Reason:" not in drawn(render_request(APPROVED))


def test_production_and_length_are_pointed_out() -> None:
    unusual = replace(PENDING, duration=Duration(8 * 3600), variables=(Variable("eu-prod", "DB_URL"),))
    said = drawn(render_request(unusual))
    assert "looks like production (`eu-prod/DB_URL`)" in said
    assert "long: 8 hours" in said


def test_an_ordinary_request_is_not_made_to_look_unusual() -> None:
    assert "Worth a second look" not in drawn(render_request(PENDING))


@pytest.mark.parametrize("label", ["production/A", "PROD_KEY", "eu.live/A", "STRIPE_LIVE_KEY", "prd-2/A"])
def test_production_is_recognised(label: str) -> None:
    environment, _, name = label.rpartition("/")
    assert looks_like_production(Variable(environment or "default", name))


@pytest.mark.parametrize("label", ["staging/A", "PRODUCT_KEY", "DELIVERY_URL", "olive/A"])
def test_what_merely_sounds_like_production_is_not(label: str) -> None:
    environment, _, name = label.rpartition("/")
    assert not looks_like_production(Variable(environment or "default", name))


def test_short_grants_tell_their_end_with_seconds() -> None:
    short = replace(APPROVED, duration=Duration(45))
    assert "{time_secs}" in drawn(render_card(short))
    assert "{time_secs}" not in drawn(render_card(APPROVED))


def test_a_once_card_says_that_there_is_one_reveal() -> None:
    assert "*one reveal* of `STRIPE_KEY`" in drawn(render_card(ONCE_APPROVED))


def test_a_grant_in_a_state_without_times_is_still_drawn() -> None:
    odd = replace(APPROVED, decided_at=0, decided_by="", grant=GrantState.EXPIRED, ended_at=0, expires_at=0)
    check_message(render_request(odd), *PEOPLE)
    check_message(render_card(odd), *PEOPLE)


def test_an_id_that_is_no_user_is_drawn_inert() -> None:
    odd = replace(DENIED, requester="<!channel>", decided_by="U0BOB> <!here>", ended_by="")
    check_message(render_request(odd))
    check_message(render_card(odd))


def test_which_of_several_values_is_a_login_is_named_and_for_how_long_a_single_use_works() -> None:
    both = replace(PENDING, variables=(STRIPE, STAGING_DB), leased=(STAGING_DB,))
    told = "What is shown of `staging/DB_URL` is a login made for {} alone. It stops working when this access"
    assert told.format("this access") in drawn(render_request(both))
    assert told.format("you") in drawn(render_card(both))
    once = replace(ONCE_APPROVED, leased=(STRIPE,))
    assert "It stops working 15 minutes after it was shown." in drawn(render_card(once))
    assert "login" not in drawn(render_request(PENDING)) + drawn(render_card(APPROVED))
