"""The message that holds values: in blocks only, exactly as they are (law 7)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envaccess.domain.variable import Variable
from envaccess.slack.limits import TOGETHER_MAX, VALUE_MAX
from envaccess.slack.render.blocks import Rendered
from envaccess.slack.render.values import render_values
from tests.unit.slack.checker import buttons, check_message, drawn, walk
from tests.unit.slack.samples import STAGING_DB, STRIPE, claim

VALUE = "value-for-tests"


def preformatted(rendered: Rendered) -> list[str]:
    """The text of each preformatted element."""
    found = [part for part in walk(rendered.blocks) if part.get("type") == "rich_text_preformatted"]
    return [part["elements"][0]["text"] for part in found]


def test_the_value_is_in_one_preformatted_element_and_nowhere_else() -> None:
    rendered = render_values(claim(), {STRIPE: VALUE})
    check_message(rendered)
    assert preformatted(rendered) == [VALUE]
    assert drawn(rendered).count(VALUE) == 1
    assert VALUE not in rendered.text
    assert VALUE not in repr(rendered)


@pytest.mark.parametrize(
    "value", [":x: *b* <@U0VICTIM> &lt;", "a\nb\n", "`", "```", " ", "\t", "-----\n\u202e", "\U0001f600"]
)
def test_a_value_is_shown_as_it_is_and_mentions_nobody(value: str) -> None:
    rendered = render_values(claim(), {STRIPE: value})
    check_message(rendered)
    assert preformatted(rendered) == [value]


def test_an_empty_value_is_told_as_empty() -> None:
    rendered = render_values(claim(), {STRIPE: ""})
    check_message(rendered)
    assert "(empty)" in drawn(rendered)


def test_each_value_stands_under_its_name() -> None:
    rendered = render_values(claim(STRIPE, STAGING_DB), {STRIPE: VALUE, STAGING_DB: "another-for-tests"})
    said = drawn(rendered).split("\n")
    assert said[:4] == ["STRIPE_KEY", VALUE, "staging/DB_URL", "another-for-tests"]


@pytest.mark.parametrize("count", [1, 10])
def test_few_variables_have_a_part_each(count: int) -> None:
    few = {Variable("default", f"NAME_{number}"): VALUE for number in range(count)}
    assert preformatted(render_values(claim(*few), few)) == [VALUE] * count


@pytest.mark.parametrize("count", [11, 41, 50, 200])
def test_many_variables_stay_within_a_message_in_a_line_each(count: int) -> None:
    many = {Variable("default", f"NAME_{number}"): VALUE for number in range(count)}
    rendered = render_values(claim(*many), many)
    check_message(rendered)
    lines = "\n".join(preformatted(rendered)).split("\n")
    assert lines == [f"NAME_{number}={VALUE}" for number in range(count)]


@pytest.mark.parametrize("value", ["a\nNAME_1=another", "", " x", "x\t", "\u202ex", "v" * VALUE_MAX])
def test_of_many_a_value_that_could_be_taken_for_another_stands_by_itself(value: str) -> None:
    many = {Variable("default", f"NAME_{number}"): VALUE for number in range(11)}
    odd = Variable("default", "ODD")
    rendered = render_values(claim(*many, odd), many | {odd: value})
    check_message(rendered)
    assert value in preformatted(rendered) or "(empty)" in drawn(rendered)
    assert "ODD" in drawn(rendered).split("\n")


@settings(max_examples=50)
@given(st.lists(st.text(max_size=30), min_size=11, max_size=20))
def test_whatever_the_values_are_each_is_shown_to_the_letter(values: list[str]) -> None:
    many = {Variable("default", f"NAME_{number}"): value for number, value in enumerate(values)}
    shown = preformatted(render_values(claim(*many), many))
    lines = [line for text in shown for line in text.split("\n")]
    for name, value in many.items():
        assert value in shown or f"{name.label}={value}" in lines or not value


def test_it_says_who_sees_it_until_when_and_offers_to_hide_it() -> None:
    rendered = render_values(claim(), {STRIPE: VALUE})
    assert "Only you can see this" in drawn(rendered)
    assert "again while your access lasts, until <!date^1760003600^" in drawn(rendered)
    assert buttons(rendered) == ["hide"]


def test_a_once_value_says_that_it_was_the_only_reveal() -> None:
    said = drawn(render_values(claim(once=True), {STRIPE: VALUE}))
    assert "That was its one reveal." in said
    assert "reveal it again" not in said


def test_the_most_that_is_handed_over_at_once_is_a_message_that_slack_takes() -> None:
    longest, rest = divmod(TOGETHER_MAX, VALUE_MAX)
    values = ["v" * VALUE_MAX] * longest + ["v" * rest]
    check_message(
        render_values(claim(), {Variable("default", f"N{n}"): value for n, value in enumerate(values)})
    )
