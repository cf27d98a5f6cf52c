"""The exit codes of what people run in their terminals, by what the server said (`cli.exit_codes`)."""

import pytest

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
