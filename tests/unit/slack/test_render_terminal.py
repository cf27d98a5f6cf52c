"""Who asks through what: said of terminals in every message, and of Slack nowhere."""

from dataclasses import replace

import pytest

from envaccess.domain.audit import Event, Tag, person
from envaccess.domain.call import CLI
from envaccess.domain.outcome import Holdings
from envaccess.domain.policy.rules import DeliveryMode
from envaccess.domain.receipt import Receipt
from envaccess.domain.request import GrantState, Release, Request, State
from envaccess.domain.tap import Tap, TapState
from envaccess.slack.render.card import render_card
from envaccess.slack.render.chain import render_call
from envaccess.slack.render.lines import render_line
from envaccess.slack.render.listing import render_status
from envaccess.slack.render.request import render_request
from tests.unit.slack.largest import pending

ALICE = "U0ALICE"
FROM = "from the terminal on `lenovo-7`"
RECEIPT = Receipt("lenovo-7", "alice", "make", "192.0.2.7")


def asked(**changes: object) -> Request:
    """Asked for at a terminal."""
    request = replace(pending("a look", 1), requester=ALICE, surface=CLI, receipt=RECEIPT)
    return replace(request, **changes)  # type: ignore[arg-type]


def live(**changes: object) -> Request:
    """The same, approved."""
    return asked(**{"state": State.APPROVED, "grant": GrantState.ACTIVE, **changes})


def test_the_approvers_message_says_who_asks_through_what() -> None:
    drawn = str(render_request(asked()).blocks)
    assert f"<@{ALICE}>, {FROM}, asks for" in drawn
    assert "The terminal says: user `alice`, program `make`" in drawn
    assert "Its address: `192.0.2.7`" in drawn
    assert f"<@{ALICE}>, {FROM}, asks for" in render_request(asked()).text
    assert FROM in render_call(asked()).text


def test_a_request_from_slack_looks_as_if_there_were_no_terminals() -> None:
    slack = replace(asked(), surface="slack", receipt=None)
    for drawn in (render_request(slack), render_card(slack), render_status(Holdings((slack,)))):
        assert "terminal" not in f"{drawn.text}{drawn.blocks}"


def test_the_own_card_and_the_own_list_say_from_where_it_was_asked() -> None:
    assert "Asked from the terminal on `lenovo-7`" in str(render_card(asked()).blocks)
    assert f"({FROM})" in str(render_status(Holdings((asked(),))).blocks)


def test_the_card_says_to_where_values_went_how_often_and_last_when() -> None:
    releases = (Release("lenovo-7", 2, 1_700_000_000_000), Release("build-3", 1, 1_700_000_000_000))
    drawn = str(render_card(live(releases=releases)).blocks)
    assert "Went to the terminal on `lenovo-7` twice, last: " in drawn
    assert "the terminal on `build-3` once, last: " in drawn


def test_hosts_without_a_name_are_told_as_such() -> None:
    one, more = Release("", 3, 1), Release("lenovo-7", 1, 1)
    assert "Went to a terminal 3 times" in str(render_card(live(releases=(one,))).blocks)
    assert "further terminals 3 times" in str(render_card(live(releases=(more, one))).blocks)
    assert "Went to" not in str(render_card(live(releases=(Release("a", 0, 1),))).blocks)


def test_the_card_says_how_to_use_what_slack_does_not_show() -> None:
    ruling = replace(asked().ruling, delivery=(DeliveryMode.CLI,))
    assert "`envaccess run -- COMMAND`" in str(render_card(live(ruling=ruling)).blocks)


def test_an_audit_line_says_from_where_and_marks_what_a_client_says() -> None:
    detail = {"surface": "cli", "host": "lenovo-7", "os_user": "alice", "program": "make", "how": "cli"}
    event = Event("1-1", Tag.GRANT_REVEALED, 1, person(ALICE), "7k2m9xq4", "", ("default/A",), ALICE, detail)
    line = render_line(event)
    assert f"<@{ALICE}>, {FROM}, revealed `A`" in line
    assert "says user `alice`" in line
    assert "says program `make`" in line


@pytest.mark.parametrize("host", ["`<!channel>`", "<@U0BOB>", "*a*\n> b", "x" * 64])
def test_no_host_name_is_markup(host: str) -> None:
    request = asked(receipt=replace(RECEIPT, host=host))
    for drawn in (render_request(request), render_card(request)):
        assert "<!channel>" not in f"{drawn.text}{drawn.blocks}"
        assert "<@U0BOB>" not in f"{drawn.text}{drawn.blocks}"


ASKED = Tap("op", "se_7k2m9xq4", "lenovo-7", "make", TapState.ASKED, 1_700_000_000_000)


def test_the_card_asks_whether_values_may_go_to_the_terminal() -> None:
    drawn = render_card(live(tap=ASKED, taps=1))
    assert "*Release to the terminal on `lenovo-7` (`make`)?*" in str(drawn.blocks)
    values = [
        element["value"]
        for block in drawn.blocks
        if block["type"] == "actions"
        for element in block["elements"]
        if element["action_id"] in {"release", "no_release"}
    ]
    assert len(values) == 2
    assert all(value.endswith(f":{ASKED.mark}") and "lenovo" not in value for value in values)
    assert drawn.text.startswith("May ")


def test_whoever_is_asked_sees_the_one_thing_that_no_terminal_makes_up() -> None:
    """A stolen session says the same host and program; its calls come from somewhere else."""
    drawn = str(render_card(live(tap=replace(ASKED, address="203.0.113.9"), taps=1)).blocks)
    assert "as the terminal says; its address, as we see it: `203.0.113.9`." in drawn
    assert "as the terminal says." in str(render_card(live(tap=ASKED, taps=1)).blocks)


@pytest.mark.parametrize("state", [state for state in TapState if state is not TapState.ASKED])
def test_what_is_answered_is_asked_no_more(state: TapState) -> None:
    drawn = str(render_card(live(tap=replace(ASKED, state=state), taps=1)).blocks)
    assert "no_release" not in drawn
    assert ("end_terminal" in drawn) is (state is TapState.REFUSED)


@pytest.mark.parametrize("grant", [GrantState.ACTIVE, GrantState.USED_UP])
def test_a_new_host_is_told_with_a_way_to_end_its_session(grant: GrantState) -> None:
    request = live(new_host="build-3", new_host_session="se_7k2m9xq4", new_hosts=1, grant=grant, ended_at=1)
    drawn = str(render_card(request).blocks)
    assert "went to the terminal on `build-3` for the first time" in drawn
    assert "'value': 'se_7k2m9xq4'" in drawn
    assert request.calls == replace(request, new_hosts=0).calls + 1


def test_nobody_is_asked_once_access_is_over() -> None:
    over = live(tap=ASKED, taps=1, grant=GrantState.EXPIRED, ended_at=1)
    assert "no_release" not in str(render_card(over).blocks)


def test_each_time_somebody_is_asked_they_are_notified() -> None:
    assert live(tap=ASKED, taps=3).calls == live().calls + 3
