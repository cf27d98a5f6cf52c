"""What YAML makes of words without quotes is told with what to write, in no library's words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envaccess.policy_file.reading import read_policy
from tests.unit.policy_file.written import CHANNEL, HEAD, faults, one_rule, read

RULES = "rules:\n  - match: {}\n    approvers: [team]\n"


@pytest.mark.parametrize(
    ("written", "mend"),
    [
        ("*/*", "`'*/*'`"),
        ("*", "`'*'`"),
        ("[A, */KEY]", "`'*/KEY'`"),
        ("[*/KEY]", "`'*/KEY'`"),
        ("\n      - prod/A\n      - */*", "`'*/*'`"),
        ("*_KEY", "`'*_KEY'`"),
        ("@bob", "`'@bob'`"),
        ("[@bob, @carol]", "`'@bob'`"),
        ("`prod`", "`'`prod`'`"),
        ("%x", "`'%x'`"),
        ("!prod/A", "`'!prod/A'`"),
        ("&prod", "`'&prod'`"),
        ("& prod", "begins with `&`"),
        ("*prod", "`'*prod'`"),
        ('"prod/\\d+"', "use single quotes, `'prod/\\d+'`"),
        ("prod: A", "`'prod: A'`"),
        ("[A-Z]*/KEY", "`'[A-Z]*/KEY'`"),
        ("{A,B}_KEY", "`'{A,B}_KEY'`"),
        ("| prod", "`'| prod'`"),
        ("> prod", "`'> prod'`"),
    ],
)
def test_what_must_be_quoted_is_told_as_it_must_be_written(written: str, mend: str) -> None:
    (found,) = faults(HEAD + RULES.format(written))
    assert mend in found.mend
    assert found.line in {4, 5, 6}


@pytest.mark.parametrize("written", ["*/*", "@bob", "!prod/A", "&prod"])
def test_the_mend_that_is_told_mends_it(written: str) -> None:
    found = read_policy(HEAD + RULES.format(f"'{written}'"), CHANNEL)
    assert not isinstance(found, tuple) or "YAML" not in str(found)


def test_a_key_without_quotes_is_told_too() -> None:
    (found,) = faults(f"{HEAD}owners:\n  */*: [team]\n")
    assert "`'*/*'`" in found.mend
    assert found.line == 4


def test_an_indent_with_tabs_is_told() -> None:
    (found,) = faults("version: 1\nrules:\n\t- match: A\n")
    assert "not with tabs" in found.mend


@pytest.mark.parametrize(
    ("pattern", "whole"),
    [
        ("ticket #[0-9]+", "'ticket #[0-9]+'"),
        ("ticket  #\\d+", "'ticket #\\d+'"),
        ("ticket # [0-9]+", "'ticket # [0-9]+'"),
        ("ticket #", "'ticket #'"),
    ],
)
def test_a_pattern_that_is_cut_at_a_comment_is_told(pattern: str, whole: str) -> None:
    """It would be looked for without its end, and every reason with `ticket` would do."""
    (found,) = faults(one_rule(f"approvers: [team]\nreason:\n  hint: a ticket\n  pattern: {pattern}"))
    assert (found.line, found.field) == (8, "rules[0].reason.pattern")
    assert "cut at ` #`" in found.problem
    assert whole in found.mend


def test_a_hint_that_is_cut_and_a_pattern_in_defaults_are_told() -> None:
    text = f"{HEAD}defaults:\n  reason:\n    pattern: PAY #[0-9]+\n    hint: as PAY #12\n"
    found = faults(text + "rules: [{match: A, approvers: [team]}]\n")
    assert [fault.field for fault in found] == ["defaults.reason.pattern", "defaults.reason.hint"]


@pytest.mark.parametrize("written", ["PAY-[0-9]+  # our tickets", "'PAY #[0-9]+'  #x", "PAY#[0-9]+"])
def test_an_ordinary_comment_cuts_nothing(written: str) -> None:
    read(one_rule(f"approvers: [team]\nreason:\n  hint: a ticket\n  pattern: {written}"))


@pytest.mark.parametrize("written", ['"\\bPAY-[0-9]+"', '"PAY\\t[0-9]+"', '"PAY\\x07[0-9]+"'])
def test_a_backslash_that_double_quotes_took_is_told(written: str) -> None:
    (found,) = faults(one_rule(f"approvers: [team]\nreason:\n  hint: a ticket\n  pattern: {written}"))
    assert "use single quotes" in found.mend


@pytest.mark.parametrize("begin", ["|", ">", "|2", ">+"])
def test_a_pattern_in_a_block_is_told_and_no_double_quotes_are_blamed(begin: str) -> None:
    """It ends with a line's end, so that no reason would fit it."""
    block = f"pattern: {begin}\n    PAY-[0-9]+"
    (found,) = faults(one_rule(f"approvers: [team]\nreason:\n  hint: a ticket\n  {block}"))
    assert "a line's end" in found.problem
    assert "`'PAY-[0-9]+'`" in found.mend


@pytest.mark.parametrize("opens", ["[", "{a: ", "- ", "[{a: "])
@pytest.mark.parametrize("deep", [30, 1_000, 50_000])
def test_what_is_nested_too_deep_is_told_whatever_the_parser_says(opens: str, deep: int) -> None:
    (found,) = faults(opens * deep)
    assert "nested more than 20 deep" in found.problem


@given(st.text(alphabet="*&!%@`[]{}:,'\"\\# abAB\n\t-|>?", max_size=60))
def test_no_library_speaks_to_whoever_writes_a_policy(written: str) -> None:
    found = read_policy(HEAD + RULES.format(written), CHANNEL)
    for fault in found if isinstance(found, tuple) else ():
        for words in ("found character", "did not find", "expected", "while ", "token", "stream"):
            assert words not in fault.problem.replace(written, "")


@pytest.mark.parametrize(
    "zone",
    ["localtime", "posixrules", "Factory", "posix/UTC", "right/UTC", "/etc/localtime", "../x"],
)
def test_a_zone_that_means_another_thing_elsewhere_is_none(zone: str) -> None:
    (found,) = faults(one_rule(f"approvers: [team]\nhours: mon-fri 09:00-18:00 {zone}"))
    assert "is no time zone known here" in found.problem
    assert f"`{zone}`" not in found.mend
