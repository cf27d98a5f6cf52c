"""Short words are told from values without looking at every pattern, and never wrongly."""

import string

from hypothesis import given
from hypothesis import strategies as st

from envaccess.domain.screening import looks_secret
from envaccess.domain.value import looks_like_value

_LETTERS = string.ascii_letters + string.digits


@given(st.text(_LETTERS, max_size=12))
def test_no_word_of_twelve_letters_and_digits_is_a_secret_of_any_shape(word: str) -> None:
    assert not looks_secret(word)
    assert not looks_like_value(f"{word}_{word}")


@given(st.sampled_from(["AKIA", "ASIA", "EZAK", "AC", "SK", "LTAI", "xoxb", "ghp", "eyJ"]), st.text(_LETTERS))
def test_no_beginning_of_a_token_is_one_while_it_is_short(beginning: str, more: str) -> None:
    assert not looks_secret((beginning + more)[:12])
