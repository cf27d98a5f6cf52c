"""`status`, `list`, `help` and what is wrong with a command."""

from dataclasses import replace

import pytest

from envaccess.domain.outcome import Holdings
from envaccess.domain.typed_parts import BadCommand, Problem
from envaccess.domain.variable import Variable
from envaccess.slack.names import DURATION, REASON, VARIABLES
from envaccess.slack.render.guide import field_error, render_bad_command, render_help
from envaccess.slack.render.listing import render_list, render_status
from tests.unit.slack.checker import check_message, drawn
from tests.unit.slack.samples import APPROVED, HOSTILE, ONCE_APPROVED, OVER, PENDING, STRIPE, worst


def test_status_shows_pending_live_and_ended_with_what_to_do() -> None:
    rendered = render_status(Holdings((PENDING,), (APPROVED, ONCE_APPROVED), OVER))
    check_message(rendered)
    said = drawn(rendered)
    for fact in (
        "`/envaccess cancel 7k2m9xq4`",
        "`/envaccess revoke 7k2m9xq4`",
        "`/envaccess show STRIPE_KEY`",
        "<!date^1760003660^{date_short_pretty} {time} ({ago})|",
        "denied",
        "timed out",
        "expired",
        "used",
    ):
        assert fact in said


def test_the_fullest_status_is_still_one_message() -> None:
    twenty = (worst(PENDING),) * 20
    rendered = render_status(Holdings(twenty, (worst(APPROVED),) * 20, (worst(OVER[0]),) * 20))
    check_message(rendered)
    assert "older" in drawn(rendered)
    assert drawn(rendered).count("/envaccess cancel") >= 5


def test_an_empty_status_says_how_to_begin() -> None:
    rendered = render_status(Holdings())
    check_message(rendered)
    assert "`/envaccess help`" in rendered.text


def test_the_list_is_grouped_by_environment() -> None:
    rendered = render_list([STRIPE, Variable("staging", "DB_URL"), Variable("default", "A_KEY")])
    check_message(rendered)
    assert drawn(rendered).startswith("*Variables*\n`A_KEY`\n`STRIPE_KEY`\n*staging*\n`staging/DB_URL`")


@pytest.mark.parametrize("width", [1, 120])
def test_a_list_of_thousands_says_how_many_are_left_out(width: int) -> None:
    many = [Variable(f"env{n % 200}", "N" * width + str(n)) for n in range(5_000)]
    rendered = render_list(many)
    check_message(rendered)
    assert "more: type `/envaccess` alone to search" in drawn(rendered)
    assert rendered.text == "5000 variables may be asked for."


def test_an_empty_list_says_who_fills_it() -> None:
    check_message(render_list([]))


def test_help_shows_every_form() -> None:
    rendered = render_help()
    check_message(rendered)
    for verb in ("NAME[,NAME...] DURATION REASON", "show NAME", "status", "list", "cancel ID", "revoke ID"):
        assert f"`/envaccess {verb}`" in drawn(rendered)


@pytest.mark.parametrize("problem", Problem)
@pytest.mark.parametrize("verb", ["", "show", "cancel", "revoke", "help", "list", "status", "later"])
def test_every_bad_command_is_told_with_form_and_example(problem: Problem, verb: str) -> None:
    rendered = render_bad_command(BadCommand(problem, HOSTILE, verb), STRIPE)
    check_message(rendered)
    assert "The form is `/envaccess " in rendered.text
    assert "for example `/envaccess " in rendered.text
    assert "Did you mean `STRIPE_KEY`?" in rendered.text


@pytest.mark.parametrize("problem", Problem)
def test_every_problem_stands_at_a_field_of_the_form(problem: Problem) -> None:
    ((field, told),) = field_error(BadCommand(problem, HOSTILE)).items()
    assert field in {VARIABLES, DURATION, REASON}
    assert told.endswith(".")
    assert HOSTILE not in told


def test_nothing_is_suggested_where_nothing_is_alike() -> None:
    assert "Did you mean" not in render_bad_command(BadCommand(Problem.NAME, "x-y")).text


def test_a_status_names_two_of_many_variables() -> None:
    many = replace(PENDING, variables=tuple(Variable("default", name) for name in "ABCD"))
    assert "`A`, `B` and 2 more for 1 hour" in drawn(render_status(Holdings(pending=(many,))))
