"""What an event says of a text that somebody typed, and what is shown of one that lies apart."""

import hashlib
import json

import pytest

from envaccess.domain.audit_line import ALTERED, REMOVED, day_of, digest_of, read_texts

SALT = "00112233445566778899aabbccddeeff"
TEXT = "debugging a refund \u00e4\U0001f600"


def kept(*parts: object) -> str:
    return json.dumps({"reason": parts})


def test_the_digest_is_sha_256_over_the_salts_bytes_and_the_text() -> None:
    assert digest_of(SALT, TEXT) == hashlib.sha256(bytes.fromhex(SALT) + TEXT.encode()).hexdigest()


def test_a_text_that_is_as_it_was_is_shown() -> None:
    assert read_texts(f"reason:{digest_of(SALT, TEXT)}", kept(SALT, TEXT)) == {"reason": TEXT}


@pytest.mark.parametrize(
    ("apart", "shown"),
    [
        ("", REMOVED),
        ("{}", REMOVED),
        (kept(SALT, "another reason"), ALTERED),
        (kept(SALT[::-1], TEXT), ALTERED),
        (kept("no salt", TEXT), ALTERED),
        (kept(SALT), ALTERED),
        (kept(1, 2), ALTERED),
        ("[]", REMOVED),
        ("no JSON", REMOVED),
        ("[" * 100_000, REMOVED),
    ],
)
def test_a_text_that_is_not_as_it_was_is_never_shown(apart: str, shown: str) -> None:
    assert read_texts(f"reason:{digest_of(SALT, TEXT)}", apart) == {"reason": shown}


def test_a_forged_field_names_no_text() -> None:
    assert read_texts("reason:abc,__proto__", kept(SALT, TEXT)) == {}


def test_texts_lie_under_the_day_of_their_event() -> None:
    assert (day_of("86399999-5"), day_of("86400000-0")) == (0, 1)
