"""Modals: valid for Slack, and carrying nothing but an opaque id (law 8)."""

import pytest

from envaccess.domain.duration import parse_duration
from envaccess.domain.variable import Variable
from envaccess.slack.names import DURATION, NO_MATCH, REASON, USUAL_TIME, VARIABLES
from envaccess.slack.render.answers import render_filed
from envaccess.slack.render.blocks import say
from envaccess.slack.render.forms import no_options, notice, read_metadata, request_form, variable_options
from envaccess.slack.render.forms_deciding import deny_form
from slack_emulator.blockkit import wrong_in_options
from tests.unit.slack.checker import check_view, texts, walk
from tests.unit.slack.samples import HOSTILE, PENDING, WIDEST, worst
from tests.unit.slack.test_render_answers import FILED


def test_request_form_is_valid_and_searches_from_the_first_letter() -> None:
    form = request_form()
    check_view(form)
    assert [block.get("block_id") for block in form["blocks"]] == [VARIABLES, DURATION, REASON, None]
    select = form["blocks"][0]["element"]
    assert (select["type"], select["min_query_length"]) == ("multi_external_select", 0)
    assert form["blocks"][2]["element"]["max_length"] == 500
    assert "private_metadata" not in form


def test_every_offered_duration_can_be_read_back() -> None:
    options = request_form()["blocks"][1]["element"]["options"]
    assert options[0]["value"] == USUAL_TIME
    durations = [parse_duration(option["value"]) for option in options[1:]]
    assert all(duration and duration.seconds <= 8 * 3600 for duration in durations)
    assert [option["text"]["text"] for option in options][1:3] == [
        "One reveal within 15 minutes",
        "15 minutes",
    ]


@pytest.mark.parametrize("text", ["&" * 500, HOSTILE])
def test_deny_form_is_valid_whatever_was_typed(text: str) -> None:
    check_view(deny_form(worst(PENDING, text), "1760000000.000100"))


def test_deny_form_carries_the_id_and_the_message_and_nothing_else() -> None:
    form = deny_form(PENDING, "1760000000.000100")
    assert form["private_metadata"] == "7k2m9xq4 1760000000.000100"
    assert read_metadata(form["private_metadata"]) == ("7k2m9xq4", "1760000000.000100")
    assert read_metadata(deny_form(PENDING, "")["private_metadata"]) == ("7k2m9xq4", "")


@pytest.mark.parametrize("forged", ["", " ", "nothing", "../../etc 1", "{}", "\x00", "7k2m9xq4x"])
def test_forged_metadata_is_no_id(forged: str) -> None:
    assert read_metadata(forged)[0] is None


def test_a_notice_has_nothing_to_submit() -> None:
    view = notice("Filed", *render_filed(FILED).blocks)
    check_view(view)
    assert "submit" not in view
    check_view(notice("A title that is much too long for Slack", *say("x").blocks))


@pytest.mark.parametrize("count", [1, 100, 101, 5_000])
def test_at_most_a_hundred_options_are_offered(count: int) -> None:
    options = variable_options([Variable("staging", f"N{number}") for number in range(count)])
    assert wrong_in_options({"options": options}) == []
    assert len(options) == min(count, 100)


def test_the_widest_names_are_shortened_and_keep_their_value_and_end() -> None:
    options = variable_options(WIDEST)
    assert wrong_in_options({"options": options}) == []
    assert [option["value"] for option in options] == list(map(str, WIDEST))
    assert len(set(texts(options))) == len(WIDEST)


def test_an_empty_list_is_never_given_because_it_hangs_the_form() -> None:
    for options in (variable_options(()), no_options()):
        assert wrong_in_options({"options": options}) == []
        assert [option["value"] for option in options] == [NO_MATCH]


def test_no_form_asks_slack_to_send_what_is_typed_early() -> None:
    for form in (request_form(), deny_form(PENDING, "1")):
        assert not any(found.get("dispatch_action") for found in walk(form))
