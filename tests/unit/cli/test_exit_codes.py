"""The exit codes of what people run in their terminals, by what the server said (`cli.exit_codes`)."""

import re

import pytest

from envaccess.cli import root
from envaccess.cli.exit_codes import explain_to_person
from envaccess.client.errors import RefusedError
from envaccess.domain.refusal import Reason, Refusal
from envaccess.http.api.problems import refusal_problem

REFUSED, UNDECIDED, USAGE = 77, 75, 78


@pytest.mark.parametrize(
    ("reason", "status", "code"),
    [
        (Reason.NOT_OWNER, 403, REFUSED),
        (Reason.NO_VALUE, 422, USAGE),
        (Reason.VALUE_EXISTS, 409, REFUSED),
        (Reason.TAP_REFUSED, 403, REFUSED),
        (Reason.TAP_LAPSED, 409, UNDECIDED),
        (Reason.ONCE_WHOLE, 422, USAGE),
        (Reason.DELIVERY, 403, REFUSED),
        (Reason.ENDED, 409, REFUSED),
        (Reason.STORE_DOWN, 503, UNDECIDED),
        (Reason.SLOW_DOWN, 429, UNDECIDED),
    ],
)
def test_each_refusal_has_its_status_and_its_exit_code(reason: Reason, status: int, code: int) -> None:
    problem = refusal_problem(
        Refusal(reason, request="k7qp0000", names=("default/STRIPE_KEY",), hint="is empty")
    )
    assert problem.status == status
    assert explain_to_person(RefusedError(problem.reason, problem.detail, status=problem.status)) == code


@pytest.mark.parametrize("reason", Reason)
def test_a_refusal_names_commands_that_there_are_where_it_says(reason: Reason) -> None:
    problem = refusal_problem(
        Refusal(reason, request="k7qp0000", names=("default/STRIPE_KEY",), hint="is empty")
    )
    for verb in re.findall(r'"envaccess (\w+)', f"{problem.detail} {problem.hint}"):
        assert verb in root.entries


@pytest.mark.parametrize(
    ("reason", "command"),
    [
        (Reason.LOGIN_UNKNOWN, '"/envaccess login"'),
        (Reason.UNKNOWN_ID, '"envaccess status"'),
        (Reason.NO_GRANT, '"envaccess request STRIPE_KEY 1h"'),
    ],
)
def test_what_is_typed_in_slack_alone_has_its_slash_and_the_rest_is_a_terminal_s_own(
    reason: Reason, command: str
) -> None:
    assert command in refusal_problem(Refusal(reason, names=("default/STRIPE_KEY",))).hint
