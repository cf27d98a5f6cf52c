"""What people type: nothing unseen left, secrets recognised as well as can be done."""

import base64
import string
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envaccess.domain.screening import HIDDEN, looks_secret, printable
from envaccess.domain.text import clean, whole_number
from tests.unit.domain.made import pseudo

ALNUM = string.ascii_letters + string.digits


@pytest.mark.parametrize("code", [0x00, 0x07, 0x1B, 0x7F, 0x85, 0x9B])
def test_control_characters_are_stripped(code: int) -> None:
    """A terminal that prints the audit stream must not obey what somebody typed."""
    assert chr(code) not in clean(f"a{chr(code)}b")


@pytest.mark.parametrize(
    "code", [0x202A, 0x202B, 0x202D, 0x202E, 0x2066, 0x2067, 0x2068, 0x200E, 0x200F, 0x061C]
)
def test_nothing_can_turn_the_text_around_for_an_approver(code: int) -> None:
    assert clean(f"yek_evil{chr(code)}ok") == "yek_evilok"


UNSEEN = "\u200b\u2060\ufeff\u00ad\u180e\u2061\u115f\u1160\u3164\uffa0\u2800\U000e0041\u206a\ufff9"


@pytest.mark.parametrize("character", UNSEEN)
def test_what_nobody_sees_is_stripped(character: str) -> None:
    """A reason that looks empty, or two names that look the same, deceive an approver."""
    assert clean(f"de{character}bug") == "debug"
    assert clean(character * 20) == ""


@pytest.mark.parametrize("character", ["\u200c", "\u200d", " ", "\u00a0", "\u3000", "\u2028", "\n", "\t"])
def test_a_reason_of_joiners_and_spaces_alone_is_empty(character: str) -> None:
    assert clean(character * 20) == ""


@pytest.mark.parametrize(
    "text",
    ["👩‍👩‍👧 and 🏳️‍🌈", "می‌خواهم", "क्‍ष", "é à ü", "שלום עולם", "مرحبا بالعالم", "版本一", "👍🏽", "naïve ½ €"],
)
def test_every_script_and_emoji_stays_as_it_is(text: str) -> None:
    assert clean(text) == text


def test_white_space_of_every_kind_becomes_single_spaces() -> None:
    assert clean(" \t a\n\n b\u00a0\u2003c\r\nd\u2028e ") == "a b c d e"


@given(st.text())
def test_cleaning_leaves_nothing_unseen_and_changes_nothing_the_second_time(text: str) -> None:
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    assert cleaned == cleaned.strip()
    assert not {unicodedata.category(character) for character in cleaned} & {"Cc", "Cs"}
    cleaned.encode()


NOT_SECRET = [
    "debugging a failed refund",
    "rollback of release 2026-10-01T12:00:00.000Z",
    "see https://acme.atlassian.net/browse/PAY-1234?focusedCommentId=10234",
    "https://github.com/acme/payments-service/pull/1234/files#diff-1",
    "https://acme.slack.com/archives/C0123ABC456/p1760000000123456",
    "incident INC-20261001-0042 on eu-west-1b",
    "pod payments-7d9f8b6c5d-x2x9z restarts",
    "node gke-prod-eu-west1-default-pool-3f2a9c1b-x2x9 is not ready",
    "ip-10-0-12-34.eu-west-1.compute.internal is down",
    "customer-support-escalation-2026-10-01-eu-west",
    "release-2026.10.01-rc.2-hotfix-3-payments-api",
    "commit 3f2a9c1 broke it",
    "arn:aws:iam::123456789012:role/payments-reader",
    "ticket 01234567-89ab-cdef-0123-456789abcdef",
    "alice@example.com asked",
    "node_modules/@types/react-dom-18.2.0 upgrade",
    "version 1.2.3-rc.4+build.20261001",
    "STRIPE_WEBHOOK_SIGNING_KEY_2026_PRODUCTION_EU",
    "password reset flow is broken",
    "rotate the token: see wiki",
    "token bucket, rate limit too low",
    "i-0abcd1234ef567890 is unreachable",
    "10.0.12.34:5432 refused the connection",
    "postgres://db.internal:5432/app is slow",
    "redis://localhost:6379/0 answers nothing",
    "12345678901234567890 is the order's number",
    "Donaudampfschifffahrtsgesellschaftskapitän fragt nach",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "-" * 80,
    "👍" * 50,
    "",
]


@pytest.mark.parametrize("text", NOT_SECRET)
def test_ordinary_reasons_are_not_taken_for_secrets(text: str) -> None:
    """Somebody at three in the morning must not be told to rephrase a pod's name."""
    assert not looks_secret(text)


def made_up(prefix: str, length: int = 24) -> str:
    """Something of a known shape that nobody ever issued: built here, so that no scanner finds it."""
    return prefix + ("x9Q" * length)[:length]


SHAPES = [
    made_up("sk_live_"),
    made_up("sk_test_"),
    made_up("rk_live_"),
    made_up("pk_live_"),
    made_up("whsec_"),
    made_up("sk-"),
    made_up("sk-proj-"),
    "AKIA" + "X9" * 8,
    "ASIA" + "X9" * 8,
    *(made_up(f"gh{kind}_", 36) for kind in "pousr"),
    made_up("github_pat_", 40),
    made_up("glpat-", 20),
    made_up("xoxb-"),
    made_up("xoxp-"),
    made_up("xapp-"),
    "https://hooks.slack.com/services/T0/B0/x",
    made_up("AIza", 35),
    made_up("ya29."),
    made_up("SG."),
    made_up("npm_", 36),
    made_up("dop_v1_", 40),
    "eyJ" + "x9Q" * 8 + "." + "x9Q" * 8 + "." + "x9Q",
    "-----BEGIN RSA PRIVATE KEY-----",
    "postgres://app:hunter2@db.internal/app",
    "redis://:hunter2@cache:6379",
    "https://u:p@ss@host",
    "password=hunter2",
    "Password: hunter2",
    "PASSWD = hunter2",
    'api_key="hunter2"',
    "apikey:hunter2",
    "token=hunter2",
    "secret : hunter2",
]


@pytest.mark.parametrize("secret", SHAPES)
@pytest.mark.parametrize("around", ["{}", "it is {} ok?", "({})", "key:{}.", "`{}`", '"{}"'])
def test_known_shapes_are_recognised_wherever_they_stand(secret: str, around: str) -> None:
    """Law 7: what people type is screened."""
    assert looks_secret(around.format(secret))


@pytest.mark.parametrize(
    ("alphabet", "length", "least"),
    [
        ("0123456789abcdef", 32, 1.0),
        ("0123456789ABCDEF", 64, 1.0),
        (ALNUM, 24, 0.9),
        (ALNUM, 40, 0.95),
        (string.ascii_lowercase + string.digits, 32, 0.85),
        (string.ascii_uppercase + string.digits, 32, 0.85),
        (ALNUM + "-_", 32, 0.9),
        (ALNUM + "+/", 44, 0.85),
    ],
)
def test_random_values_of_usual_alphabets_are_mostly_recognised(
    alphabet: str, length: int, least: float
) -> None:
    """No promise for each one, but a rule that misses a tenth of them is broken."""
    found = sum(looks_secret(f"it is {pseudo(alphabet, length, seed)}") for seed in range(400))
    assert found >= least * 400


@given(st.binary(min_size=32, max_size=64).filter(lambda some: len(set(some)) > 20))
def test_a_random_key_in_hexadecimal_is_always_recognised(key: bytes) -> None:
    assert looks_secret(key.hex())


@given(st.text(max_size=600))
def test_the_screen_never_fails(text: str) -> None:
    assert looks_secret(text) in {True, False}


def test_a_key_in_pem_or_base64_lines_is_recognised() -> None:
    blob = base64.b64encode(bytes(range(256))).decode()
    assert looks_secret(f"here: {blob}")


@given(st.text(max_size=80))
def test_no_name_that_looks_like_a_secret_is_written_down(name: str) -> None:
    """Law 7: events, refusals and answers repeat typed names, and somebody may paste a value there."""
    assert printable(name) == (HIDDEN if looks_secret(name) else name)
    assert printable(printable(name)) == printable(name)
    assert printable("AKIA" + "ABCDEFGH2345WXYZ") == HIDDEN


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("123456789012345", 123456789012345), ("1234567890123456", None), ("9" * 5_000, None)]
    + [(text, None) for text in ("", "-1", "+1", "1_0", " 1", "1.0", "\u0663", "\xb2")],
)
def test_only_a_few_plain_digits_are_a_number(text: str, number: int | None) -> None:
    """Python refuses 4,300 digits with an exception, and reads signs, underscores and other scripts."""
    assert whole_number(text) == number
