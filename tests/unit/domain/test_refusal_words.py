"""Every refusal has plain words and a next step, wherever it is told, and no surface's markup in them."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envaccess.domain.outcome import Failure
from envaccess.domain.phrase import Code, Name, Phrase, Quote, Who, plain
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.refusal.about_access_reviews import ACCESS_REVIEWS
from envaccess.domain.refusal.about_agents import AGENTS
from envaccess.domain.refusal.about_faults import FAULTS
from envaccess.domain.refusal.about_people import PEOPLE
from envaccess.domain.refusal.about_programs import PROGRAMS
from envaccess.domain.refusal.about_rotations import ABOUT_ROTATIONS
from envaccess.domain.refusal.about_rules import RULES
from envaccess.domain.refusal.about_sessions import SESSIONS
from envaccess.domain.refusal.about_state import STATES
from envaccess.domain.refusal.entry import Input, Place
from envaccess.domain.refusal.fields import Hints
from envaccess.domain.refusal.words import CATALOGUE, input_at_fault, tell, tell_elsewhere, tell_failure
from envaccess.domain.request import GrantState, State
from envaccess.domain.variable import Variable

MARKUP = re.compile(r"[`*<>{}]|:[a-z_]+:")
STATES_TOLD = ("", *State, *GrantState, *Failure)
FULL = Refusal(
    Reason.NOT_FOUND,
    request="7k2m9xq4",
    by="U0BOB",
    at=1_790_000_000_000,
    names=("default/STRIPE_KEY", "staging/DB_URL"),
    limit=900,
    hint="a ticket, like PAY-123",
    target="person:U0EVE",
)
HINTS = Hints(nearest=Variable("default", "STRIPE_KEY"), approvers=tuple(f"U{n}" for n in range(8)))
TYPED = st.text(max_size=40)
MADE_UP = st.builds(
    Refusal,
    st.sampled_from(Reason),
    request=st.just("7k2m9xq4") | st.just(""),
    state=st.sampled_from(STATES_TOLD) | TYPED,
    by=st.sampled_from(("", "U0BOB", "person:U0BOB", "cli:root", "time", "policy", "bot")) | TYPED,
    at=st.integers(0, 4_000_000_000_000),
    names=st.lists(TYPED | st.just("default/STRIPE_KEY"), max_size=12).map(tuple),
    limit=st.integers(0, 10**9),
    hint=TYPED,
    target=st.sampled_from(("", "person:U0BOB", "variable:default/STRIPE_KEY")) | TYPED,
)


def wordings(reason: Reason) -> Iterator[Refusal]:
    """The refusal with everything known and with nothing, in every state."""
    for state in STATES_TOLD:
        yield replace(FULL, reason=reason, state=state)
        yield Refusal(reason, state=state)


def text_of(phrase: Phrase) -> str:
    """Our own text, without what is put in."""
    return "".join(piece for piece in phrase if isinstance(piece, str))


def test_every_reason_is_in_exactly_one_table() -> None:
    assert set(CATALOGUE) == set(Reason)
    tables = (PEOPLE, RULES, STATES, SESSIONS, AGENTS, ACCESS_REVIEWS, PROGRAMS, ABOUT_ROTATIONS, FAULTS)
    assert sum(map(len, tables)) == len(CATALOGUE)


@pytest.mark.parametrize("reason", Reason)
def test_every_refusal_says_what_and_what_to_do_next(reason: Reason) -> None:
    for refusal in wordings(reason):
        told = plain(tell(refusal, HINTS))
        assert len(told) > 40
        assert told.endswith(".")


@pytest.mark.parametrize("failure", Failure)
@pytest.mark.parametrize("spent", [False, True])
def test_every_failure_says_what_and_what_to_do_next(failure: Failure, spent: bool) -> None:
    told = plain(tell_failure(failure, 1_234, spent=spent))
    assert told.endswith(".")
    assert not MARKUP.search(told)
    assert ("1,234" in told) is (failure is Failure.TOO_LONG)


@pytest.mark.parametrize("reason", Reason)
def test_no_wording_holds_any_surface_s_markup(reason: Reason) -> None:
    for refusal in wordings(reason):
        phrases = [tell(refusal, HINTS), *(tell_elsewhere(refusal, place) for place in Place)]
        assert not any(MARKUP.search(plain(phrase)) for phrase in phrases), phrases
        assert "/envaccess" not in "".join(map(plain, phrases))


@given(MADE_UP)
def test_whatever_is_put_in_is_never_read_as_a_template_and_stays_in_its_slot(refusal: Refusal) -> None:
    told = tell(refusal, HINTS)
    assert not MARKUP.search(text_of(told))
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e]", plain(told))


@pytest.mark.parametrize("name", ["{by}", "{if_by:x}", "{0.__class__}", "{", "}}"])
def test_a_typed_name_cannot_ask_for_another_field(name: str) -> None:
    paragraph = tell(Refusal(Reason.NO_RULE, by="U0BOB", names=(name,)))
    assert Name(name) in paragraph
    assert Who("U0BOB") not in paragraph


def test_a_reason_of_a_lock_and_a_hint_stay_somebody_s_words() -> None:
    locked = tell(Refusal(Reason.LOCKED, by="U0SEC", target="person:U0EVE", hint="left *us*"))
    assert Code("left *us*") in locked
    assert Quote("a <b>") in tell(Refusal(Reason.REASON_PATTERN, hint="a <b>"))


def test_forms_name_the_field_at_fault() -> None:
    assert input_at_fault(Refusal(Reason.TOO_LONG)) is Input.DURATION
    assert input_at_fault(Refusal(Reason.UNKNOWN_VARIABLE, request="7k2m9xq4")) is Input.VARIABLES
    assert input_at_fault(Refusal(Reason.STORE_DOWN)) is None


def test_a_terminal_is_told_the_same_in_bare_text() -> None:
    ended = Refusal(
        Reason.ENDED, state=GrantState.REVOKED, by="cli:root", at=1_790_000_000_000, names=("default/list",)
    )
    assert plain(tell(ended)) == (
        "This access was ended by root on the command line (21 Sep 2026 14:13 UTC). "
        'To ask again, type "envaccess default/list 1h" and why you need it.'
    )
    assert plain(tell(Refusal(Reason.TOO_LONG, limit=5_400))) == (
        "That is too long: the policy allows at most 1 hour 30 minutes. "
        "Nothing was filed; please ask for a shorter time."
    )


@pytest.mark.parametrize(
    ("actor", "called"),
    [
        ("time", "time"),
        ("policy", "the policy"),
        ("bot", "envaccess"),
        ("cli", "somebody on"),
        ("", "somebody"),
    ],
)
def test_whoever_is_no_person_is_called_by_words(actor: str, called: str) -> None:
    assert plain((Who(actor),)).startswith(called)


def test_a_value_typed_in_place_of_what_is_locked_is_not_repeated() -> None:
    """`unlock` takes whatever may be a name, and a pasted token may be one (law 7)."""
    token = "ghp" + "_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    told = plain(tell(Refusal(Reason.NOT_LOCKED, target=f"variable:default/{token}")))
    assert token not in told
    assert told.startswith("This is not locked")
    named = Refusal(Reason.NOT_LOCKED, target="variable:default/STRIPE_KEY")
    assert plain(tell(named)).startswith("STRIPE_KEY is not locked")


def test_an_unknown_issuer_is_told_what_the_policy_needs_and_what_prints_it() -> None:
    """Asking the platform for the same token again would mend nothing."""
    told = plain(
        tell(Refusal(Reason.TOKEN_INVALID, hint="its iss is x, which no machine of the policy names"))
    )
    assert "its iss is x" in told
    assert "machines in the policy" in told
    assert '"envaccess whoami --identity auto" prints an entry for it' in told
