"""Names of variables: one canonical form, whatever was typed."""

import difflib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envaccess.domain.variable import ENVIRONMENT_LIMIT, NAME_LIMIT, Variable, nearest, parse_variable


@pytest.mark.parametrize(
    ("text", "canonical", "label"),
    [
        ("STRIPE_KEY", "default/STRIPE_KEY", "STRIPE_KEY"),
        ("_x", "default/_x", "_x"),
        ("a1", "default/a1", "a1"),
        ("default/A", "default/A", "A"),
        ("staging/DB_URL", "staging/DB_URL", "staging/DB_URL"),
        ("eu-1.prod_x/A", "eu-1.prod_x/A", "eu-1.prod_x/A"),
        ("0/A", "0/A", "0/A"),
        ("N" * NAME_LIMIT, f"default/{'N' * NAME_LIMIT}", "N" * NAME_LIMIT),
        (f"{'e' * ENVIRONMENT_LIMIT}/A", f"{'e' * ENVIRONMENT_LIMIT}/A", f"{'e' * ENVIRONMENT_LIMIT}/A"),
        ("Default/A", "Default/A", "Default/A"),
    ],
)
def test_names_are_read(text: str, canonical: str, label: str) -> None:
    found = parse_variable(text)
    assert found is not None
    assert (str(found), found.label) == (canonical, label)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/",
        "A/",
        "/A",
        "a/b/C",
        "1A",
        "A-B",
        "A.B",
        "A B",
        " A",
        "A ",
        "A\n",
        "É",
        "\uff21",
        "\u0410",
        "A,B",
        "A:B",
        "$A",
        "${A}",
        "A*",
        "../A",
        ".x/A",
        "-x/A",
        "_x/A",
        "e e/A",
        "A\x00",
        "A{",
        "st{ag}ing/A",
        "N" * (NAME_LIMIT + 1),
        f"{'e' * (ENVIRONMENT_LIMIT + 1)}/A",
    ],
)
def test_anything_else_is_no_name(text: str) -> None:
    """Keys, associated data and events are made of names: a comma, a colon or a brace would forge another."""
    assert parse_variable(text) is None


@given(st.from_regex(r"(?:[A-Za-z0-9][A-Za-z0-9_.-]{0,19}/)?[A-Za-z_][A-Za-z0-9_]{0,40}", fullmatch=True))
def test_label_and_canonical_text_both_read_back(text: str) -> None:
    found = parse_variable(text)
    assert found is not None
    assert parse_variable(str(found)) == parse_variable(found.label) == found


@given(st.text(max_size=60))
def test_no_text_breaks_it(text: str) -> None:
    found = parse_variable(text)
    assert found is None or str(found).isascii()


KNOWN = [Variable("default", "STRIPE_KEY"), Variable("staging", "DB_URL"), Variable("production", "DB_URL")]


@pytest.mark.parametrize(
    ("typed", "label"),
    [
        ("STRIPE_KEi", "STRIPE_KEY"),
        ("stripe_key", "STRIPE_KEY"),
        ("STRIPEKEY", "STRIPE_KEY"),
        ("default/STRIPE_KEY", "STRIPE_KEY"),
        ("stagin/DB_URL", "staging/DB_URL"),
        ("db_url", "staging/DB_URL"),
        ("qa/DB_URL", "staging/DB_URL"),
    ],
)
def test_the_most_alike_name_is_suggested(typed: str, label: str) -> None:
    found = nearest(typed, KNOWN)
    assert found is not None
    assert found.label == label


@pytest.mark.parametrize("typed", ["", "zzz", "because", "x" * 4000])
def test_nothing_alike_suggests_nothing(typed: str) -> None:
    assert nearest(typed, KNOWN) is None
    assert nearest(typed, []) is None


def test_a_name_of_the_environment_that_was_typed_comes_first() -> None:
    known = [Variable("production", "STRIPE_KEY"), Variable("staging", "STRIPE_KEYS_OLD")]
    found = nearest("staging/STRIPE_KEY", known)
    assert found is not None
    assert found.environment == "staging"


def test_one_letter_wrong_is_found_among_thousands() -> None:
    """Only the names that share most with what was typed are compared letter by letter."""
    known = [Variable("default", f"SERVICE_{number:04}_TOKEN") for number in range(5_000)]
    for typed in ("SERVICE_1234_TOKEM", "service_1234_toke", "SERVICE_1234-TOKEN"):
        found = nearest(typed, known)
        assert found is not None
        assert found.name == "SERVICE_1234_TOKEN"


def test_a_suggestion_among_thousands_of_long_names_holds_up_nobody_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is worked out on the event loop: only a few names may be compared letter by letter."""
    compared: list[str] = []
    close = difflib.get_close_matches

    def counted(word: str, names: Sequence[str], n: int, cutoff: float) -> list[str]:
        compared.extend(names)
        return close(word, names, n, cutoff)

    monkeypatch.setattr(difflib, "get_close_matches", counted)
    known = [Variable("default", f"{'STRIPE_DB_URL_KEY_API_' * 5}{number}") for number in range(5_000)]
    nearest(("PAYMENT_SERVICE_TOKEN_" * 6)[:NAME_LIMIT], known)
    assert 0 < len(compared) <= 50
