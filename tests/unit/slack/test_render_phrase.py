"""Phrases in Slack's form: every slot is drawn, and what somebody typed never becomes markup."""

import re
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envaccess.domain.outcome import Failure
from envaccess.domain.phrase import Code, Control, Length, Moment, Name, OnHost, Quote, Slot, Typed, Who
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.refusal.fields import Hints
from envaccess.domain.request import GrantState, State
from envaccess.domain.variable import Variable
from envaccess.slack.render.phrase import write
from envaccess.slack.render.refusals import render_refusal
from tests.unit.slack.checker import check_message
from tests.unit.slack.samples import HOSTILE

DRAWN = [
    (Name("STRIPE_KEY"), "`STRIPE_KEY`"),
    (Who("U0BOB"), "<@U0BOB>"),
    (Who("cli:root"), "`root` on the command line"),
    (Moment(1_790_000_000_000), "<!date^1790000000^{date_short_pretty} {time}|21 Sep 2026 14:13 UTC>"),
    (Length(5_400), "1 hour 30 minutes"),
    (Typed("cancel 7k2m9xq4"), "`/envaccess cancel 7k2m9xq4`"),
    (OnHost("envaccess doctor"), "`envaccess doctor`"),
    (Control("Reveal"), "*Reveal*"),
    (Code("security:"), "`security:`"),
    (Quote("a <b> & c"), "a &lt;b&gt; &amp; c"),
]
HINTS = Hints(nearest=Variable("default", "STRIPE_KEY"), approvers=("U0BOB",))
TYPED = st.text(max_size=60) | st.sampled_from((HOSTILE, "`<!channel>`", "<@U0EVE>", "&lt;!here&gt;"))


@pytest.mark.parametrize(("slot", "drawn"), DRAWN)
def test_every_slot_has_its_form(slot: Slot, drawn: str) -> None:
    assert write((slot,)) == drawn


def test_no_slot_is_without_a_form() -> None:
    assert {type(slot) for slot, _ in DRAWN} == set(get_args(Slot))


def test_our_own_text_is_escaped_too() -> None:
    assert write(("a < b & c",)) == "a &lt; b &amp; c"


@given(TYPED)
@pytest.mark.parametrize("slot", [Name, Code, Typed, OnHost])
def test_what_is_typed_cannot_leave_its_code_span(
    slot: type[Name | Code | Typed | OnHost], text: str
) -> None:
    drawn = write((slot(text),))
    assert drawn.count("`") == 2
    assert not re.search(r"<[@!#]", drawn)


@given(
    st.sampled_from(Reason),
    st.sampled_from(("", *State, *GrantState, *Failure)) | TYPED,
    st.lists(TYPED, max_size=12).map(tuple),
    TYPED,
    TYPED,
)
def test_no_refusal_lets_anything_typed_become_markup(
    reason: Reason, state: str, names: tuple[str, ...], hint: str, target: str
) -> None:
    refusal = Refusal(reason, "7k2m9xq4", state, "U0BOB", 1_790_000_000_000, names, 900, hint, target)
    check_message(
        render_refusal(refusal, HINTS), "U0BOB", *([target.removeprefix("person:")] if target else [])
    )
