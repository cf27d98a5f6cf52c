"""What the policy refuses, in sentences: with the names that are known, and nothing typed read as markup."""

import re

import pytest

from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import GrantState, State
from envaccess.domain.text import REASON_MAX
from envaccess.slack.render.refusals import render_refusal
from tests.unit.slack.checker import check_message, drawn
from tests.unit.slack.samples import HOSTILE, NOON, WIDEST

STATES = ("", *State, *GrantState)
ODD = ("..", " .", " ,", "  ", "None", "{", "()", "``")


def read_aloud(refusal: Refusal) -> str:
    """The sentence, with moments as words."""
    return re.sub(r"<!date[^>]*>", "noon", drawn(render_refusal(refusal)))


@pytest.mark.parametrize("reason", list(Reason))
@pytest.mark.parametrize("hint", [HOSTILE, "&" * REASON_MAX, "a ticket such as PAY-123", ""])
def test_every_refusal_is_one_harmless_message(reason: Reason, hint: str) -> None:
    for state in STATES:
        refusal = Refusal(reason, "7k2m9xq4", state, "U0BOB", NOON, tuple(map(str, WIDEST)), 900, hint)
        check_message(render_refusal(refusal), "U0BOB")


@pytest.mark.parametrize("reason", list(Reason))
def test_every_refusal_reads_well(reason: Reason) -> None:
    refusal = Refusal(reason, "7k2m9xq4", "", "U0BOB", NOON, ("default/STRIPE_KEY",), 900, "a ticket")
    told = read_aloud(refusal)
    assert "this variable" not in told
    assert told.endswith((".", "`"))
    assert [odd for odd in ODD if odd in told] == []


@pytest.mark.parametrize("reason", list(Reason))
def test_a_refusal_that_knows_nothing_more_reads_well_too(reason: Reason) -> None:
    told = read_aloud(Refusal(reason))
    assert told
    assert [odd for odd in ODD if odd in told] == []
