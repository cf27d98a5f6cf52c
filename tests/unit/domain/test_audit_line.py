"""What an event says of a text that somebody typed, and what is shown of one that lies apart."""

import hashlib
import json
import re
from pathlib import Path

import pytest

from envaccess.domain.audit_line import ALTERED, LINE_BYTES, REMOVED, day_of, digest_of, line_of, read_texts
from envaccess.domain.merkle import leaf_hash

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


def test_the_published_line_and_its_hash_are_right() -> None:
    """People write their own verifiers from that page."""
    page = (Path(__file__).parents[3] / "docs" / "explanation" / "audit.md").read_text("utf-8")
    (line,) = re.findall("```json\n(.*)\n```", page)
    fields = json.loads(line)
    event = fields.pop("id")
    assert line_of(event, fields) == line.encode()
    assert f"    {leaf_hash(line.encode()).hex()}\n" in page


def test_a_line_is_canonical_json() -> None:
    """RFC 8785: names by their UTF-16 code units, no escapes but those that must be."""
    fields = {"\U0001f600": "a", "\ufb33": "b", "z": '\x01\n"\\\x7f\u2028/\xe9'}
    expected = '{"id":"1-0","z":"\\u0001\\n\\"\\\\\x7f\u2028/\xe9","\U0001f600":"a","\ufb33":"b"}'
    assert line_of("1-0", fields).decode() == expected


def test_a_line_that_is_too_long_says_what_it_would_be() -> None:
    long = {"detail": "x" * LINE_BYTES}
    whole = json.dumps({"detail": long["detail"], "id": "1-0"}, separators=(",", ":")).encode()
    line = line_of("1-0", long)
    assert json.loads(line) == {"id": "1-0", "sha256": hashlib.sha256(whole).hexdigest()}


def test_texts_lie_under_the_day_of_their_event() -> None:
    assert (day_of("86399999-5"), day_of("86400000-0")) == (0, 1)
