"""Patterns for reasons: what people really ask for passes, what RE2 has not is named with its rewrite."""

import re
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envaccess.policy_file.patterns import PatternError, read_pattern


@pytest.mark.parametrize(
    "pattern",
    [
        "PAY-[0-9]+",
        "[A-Z]+-[0-9]+",
        r"\b(?:PAY|OPS|INC)-\d{1,6}\b",
        r"^(INC|CHG)[0-9]{7}(,|$)",
        r"https://tickets\.example/[a-z0-9]+/\d+",
        "(?i:ticket) #[0-9]+",
        r"(?P<ticket>PAY-[0-9]+)",
        "[]+*]+",
        r"\(a+\)+",
        r"[(?=]x",
        r"\(\?=x",
        "(a+)+$",
        "([A-Z]+-[0-9]+ ?)+x",
    ],
)
def test_what_people_ask_for_is_found_as_it_was(pattern: str) -> None:
    read = read_pattern(pattern)
    for text in (
        "PAY-1",
        "see INC0000001, ok",
        "https://tickets.example/a/1",
        "Ticket #12",
        "(a)",
        "?=x",
        "=x",
        "",
    ):
        assert read.search(text) == bool(re.search(pattern, text))


@pytest.mark.parametrize(
    "pattern", ["^(?:[A-Za-z0-9]+[ -]?){1,12}$", ".*.*.*.*PAY-[0-9]+", "(a*)*b", "(a|aa)+$"]
)
def test_no_reason_makes_a_pattern_hang(pattern: str) -> None:
    """An attack: a reason of thirty letters that stops the bot for everybody."""
    read = read_pattern(pattern)
    assert not read.search("a" * 500 + "!" * 3)


@pytest.mark.parametrize(
    ("pattern", "named", "mend"),
    [
        ("(?=PAY)", "looking ahead", "write `\\b`"),
        ("a(?!b)", "looking ahead", "write `\\b`"),
        ("(?<=a)b", "looking behind", "write `\\b`"),
        (r"(?<!\w)PAY", "looking behind", "write `\\b`"),
        (r"(a)\1", r"`\1`", "write out"),
        (r"(?P<a>x)(?P=a)", "`(?P=a)`", "write out"),
        ("(a)?(?(1)b|c)", "a condition", "both ways"),
        ("(?>a)b", "an atomic group", "write `(?:`"),
        ("a++b", "`++`", "write `+`"),
        ("a{2,3}+b", "`{2,3}+`", "write `{2,3}`"),
        (r"PAY\Z", r"`\Z`", "write `$`"),
        (r"\u00e4b", r"`\u`", "itself"),
        (r"\N{EM DASH}", r"`\N`", "itself"),
        (r"[\b]", r"`[\b]`", r"`\x08`"),
        ("(?#ticket)PAY", "a comment", "leave it out"),
        ("(?x) P A Y", "the flag `x`", "without spaces"),
        ("(?a)PAY", "the flag `a`", "leave it out"),
        ("(?iu:PAY)", "the flag `u`", "leave it out"),
        ("PA{,3}Y", "`{,3}`", "`{0,3}`"),
        ("a{1001}", "`{1001}`", "at most 500"),
        ("a{1,2000}", "`{1,2000}`", "at most 500"),
        ("((a{1000}){1000}){1000}", "it repeats too much", "repeat less"),
        ("(", "no regular expression", "mend it"),
        ("a**", "no regular expression", "mend it"),
        ("\\", "no regular expression", "mend it"),
    ],
)
def test_what_re2_has_not_is_named_with_what_to_write(pattern: str, named: str, mend: str) -> None:
    """A file that loaded before says exactly what to change."""
    with pytest.raises(PatternError) as refused:
        read_pattern(pattern)
    assert named in str(refused.value)
    assert mend in refused.value.mend


def test_everything_that_re2_has_not_is_named_at_once() -> None:
    with pytest.raises(PatternError) as refused:
        read_pattern(r"(?<!x)(PAY)++-\1\Z")
    assert all(what in str(refused.value) for what in ("looking behind", "`++`", r"`\1`", r"`\Z`"))


@pytest.mark.parametrize(
    ("pattern", "noted"),
    [
        (r"\d+x", "`\\d`"),
        (r"[\w-]+x", "`\\w`"),
        (r"a\Sb", "`\\s`"),
        (r"\bx", "`\\b`"),
        ("x$", "`$`"),
        ("[[:alpha:]]x", "`[:alpha:]`"),
    ],
)
def test_what_re2_reads_otherwise_is_noted_and_holds(pattern: str, noted: str) -> None:
    assert any(noted in problem for problem, _ in read_pattern(pattern).notes)


def test_what_both_read_alike_is_not_noted() -> None:
    assert read_pattern(r"(?i)[A-Z]+-[0-9]{1,6}[$]\$").notes == ()


def test_two_patterns_of_one_text_are_the_same() -> None:
    assert read_pattern("a+") == read_pattern("a+") != read_pattern("b+")


def test_without_the_library_one_sentence_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "re2", None)
    with pytest.raises(PatternError, match="google-re2"):
        read_pattern("a+")


def test_re2_writes_nothing_of_its_own(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(PatternError):
        read_pattern("(")
    assert capfd.readouterr() == ("", "")


@given(st.text(alphabet="ab()[]|*+?{}1,\\\\^$.#x:dwsbZ<=!P", max_size=30))
def test_any_text_is_a_pattern_or_is_refused(pattern: str) -> None:
    try:
        read_pattern(pattern).search("aab")
    except PatternError as refused:
        if not (str(refused) and refused.mend):
            raise
