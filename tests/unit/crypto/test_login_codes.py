"""A code is read as people type it, and the number that it gives is another one for every other key."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envaccess.crypto.login_codes import (
    LoginCode,
    holds,
    login_choices,
    login_number,
    make_code,
    make_offer,
    read_code,
    read_offer,
    secret_hash,
)

CODE = LoginCode("K7QP", "0123456789")
SECRET = secret_hash(CODE)


def test_a_code_reads_back_as_it_was_written() -> None:
    for _ in range(100):
        code = make_code()
        assert read_code(code.text) == code


@pytest.mark.parametrize(
    "typed",
    [
        "K7QP-01234-56789",
        "k7qp-01234-56789",
        "  K7QP 01234 56789 \n",
        "K7QP0123456789",
        "k7qp-oi234-56789",
        "K7QP-OL234-56789",
        "k7qp-ol234-56789",
        "K7QP\N{EN DASH}01234\N{EN DASH}56789",
    ],
)
def test_a_code_is_read_as_people_type(typed: str) -> None:
    assert read_code(typed) == CODE


@pytest.mark.parametrize(
    "typed",
    ["", "K7QP", "K7QP-01234-5678", "K7QP-01234-567890", "K7QP-U1234-56789", "K7QP-01234-5678!", "0" * 65],
)
def test_what_is_no_code_is_none(typed: str) -> None:
    assert read_code(typed) is None


@given(st.text(max_size=80))
def test_any_text_is_a_code_or_none_and_never_a_crash(typed: str) -> None:
    found = read_code(typed)
    assert found is None or read_code(found.text) == found


def test_a_code_shows_its_secret_only_as_text() -> None:
    assert "0123456789" not in repr(CODE)
    assert CODE.text == "K7QP-01234-56789"
    assert (
        len({secret_hash(CODE), secret_hash(LoginCode("K7QR", "0123456789")), secret_hash(make_code())}) == 3
    )


def test_an_offer_shows_nothing_of_the_code_but_which_login_is_meant() -> None:
    """What lies between the terminal and the server could use the code within its two minutes."""
    offer = make_offer(CODE, "sign", "seal")
    assert offer.text.startswith("K7QP.")
    assert CODE.secret not in offer.text
    assert SECRET not in offer.text
    assert read_offer(offer.text) == offer
    assert holds(offer, SECRET, "sign", "seal")


@pytest.mark.parametrize("keys", [("sign", "other"), ("other", "seal"), ("signs", "eal"), ("seal", "sign")])
def test_who_puts_in_another_key_has_no_offer(keys: tuple[str, str]) -> None:
    assert not holds(make_offer(CODE, "sign", "seal"), SECRET, *keys)


@pytest.mark.parametrize("code", [LoginCode("K7QP", "0123456788"), LoginCode("K7QR", "0123456789")])
def test_who_does_not_know_the_code_has_no_offer(code: LoginCode) -> None:
    assert not holds(make_offer(code, "sign", "seal"), SECRET, "sign", "seal")


@pytest.mark.parametrize(
    "text", ["", "K7QP", CODE.text, "K7QP." + "A" * 42, "k7qp." + "A" * 43, "K7QP." + "A" * 44]
)
def test_what_is_no_offer_is_none(text: str) -> None:
    assert read_offer(text) is None


def test_the_number_has_two_digits_and_changes_with_each_part() -> None:
    """By chance another part gives the same number, one time in 90; of forty others hardly any do."""
    number = login_number(SECRET, "a", "b", "c")
    assert number == login_number(SECRET, "a", "b", "c")
    for part in range(3):
        keys = ["a", "b", "c"]
        others = []
        for index in range(40):
            keys[part] = f"other-{index}"
            others.append(login_number(SECRET, *keys))
        assert all(10 <= other <= 99 for other in others)
        assert others.count(number) < 5
        assert len(set(others)) > 15


def test_keys_that_are_cut_elsewhere_are_other_keys() -> None:
    pairs = [(login_number(SECRET, "a" * n, "a" * (60 - n), "c")) for n in range(1, 60)]
    assert len(set(pairs)) > 20


def test_the_choices_are_three_numbers_with_the_right_one_anywhere() -> None:
    places = set()
    for _ in range(200):
        choices = login_choices(42)
        assert len(set(choices)) == 3
        assert all(10 <= choice <= 99 for choice in choices)
        places.add(choices.index(42))
    assert places == {0, 1, 2}


@given(st.integers(10, 99), st.lists(st.integers(0, 89), min_size=3, max_size=3))
def test_choices_hold_the_number_whatever_chance_says(number: int, drawn: list[int]) -> None:
    rolls = iter(drawn)
    choices = login_choices(number, lambda below: next(rolls) % below)
    assert number in choices
    assert len(set(choices)) == 3
