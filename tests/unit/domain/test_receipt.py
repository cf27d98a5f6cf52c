"""What a client says of itself is shown to people: cleaned, short, and no secret (law 7)."""

import pytest

from envaccess.domain.receipt import SAID_MAX, Receipt, clean_receipt
from envaccess.domain.screening import HIDDEN


def test_a_receipt_keeps_what_a_client_says_in_the_ordinary() -> None:
    found = clean_receipt("lenovo-7", "alice", "make", "192.0.2.7")
    assert found == Receipt("lenovo-7", "alice", "make", "192.0.2.7")


@pytest.mark.parametrize("said", ["lenovo\u202e-7", "lenovo\x1b\x00-7", "\ufefflenovo-7", " lenovo-7\n"])
def test_what_is_not_seen_is_in_no_receipt(said: str) -> None:
    assert clean_receipt(said, "", "").host.replace(" ", "") == "lenovo-7"


def test_a_receipt_is_short_whatever_a_client_says() -> None:
    found = clean_receipt("a " * 900, "b" * 900, "c-" * 900, "d" * 900, "e" * 900)
    assert max(map(len, (found.host, found.user, found.program, found.address, found.link))) <= SAID_MAX


def test_what_looks_like_a_secret_is_in_no_receipt_however_long() -> None:
    secret = "AKIA" + "ABCDEFGHIJ234567"
    for said in (secret, "x" * 58 + " " + secret):
        assert clean_receipt(said, said, said) == Receipt(HIDDEN, HIDDEN, HIDDEN)
