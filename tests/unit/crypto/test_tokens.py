"""A token says whose it is, is known by its checksum, and is stored as a hash alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envaccess.crypto.tokens import TokenKind, make_token, token_hash, token_kind


@pytest.mark.parametrize("kind", TokenKind)
def test_a_token_says_whose_it_is(kind: TokenKind) -> None:
    token = make_token(kind)
    assert token.startswith(kind)
    assert len(token) == len(kind) + 43 + 6
    assert token_kind(token) is kind


def test_no_two_tokens_are_the_same() -> None:
    assert len({make_token(TokenKind.PERSON) for _ in range(100)}) == 100


@given(st.integers(0, 54), st.sampled_from("0Aa_-b"))
def test_a_token_with_one_changed_character_is_none(place: int, letter: str) -> None:
    whole = make_token(TokenKind.PERSON)
    changed = whole[:place] + letter + whole[place + 1 :]
    assert token_kind(changed) is (TokenKind.PERSON if changed == whole else None)


@pytest.mark.parametrize("tail", ["\n", " ", "=", "A", "\N{ARABIC-INDIC DIGIT ONE}"])
def test_nothing_stands_around_a_token(tail: str) -> None:
    token = make_token(TokenKind.AGENT)
    assert token_kind(token + tail) is None
    assert token_kind(tail + token) is None
    assert token_kind(token[:-1] + tail) is (TokenKind.AGENT if token.endswith(tail) else None)


@given(st.text(max_size=80))
def test_other_text_is_no_token(text: str) -> None:
    assert token_kind(text) is None


def test_a_checksum_is_crc_32_in_base_62_with_the_digits_first() -> None:
    """Fixed, because scanners of repositories are told it."""
    assert token_kind("eva_p_" + "0" * 43 + "4PuuWA") is TokenKind.PERSON


def test_a_hash_is_the_one_of_rfc_9449() -> None:
    """RFC 9449, 7.1: the token of its example and the `ath` of the proof beside it."""
    token = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU"
    assert token_hash(token) == "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo"
