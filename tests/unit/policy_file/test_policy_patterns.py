"""Patterns for reasons: what people really ask for passes, what hangs the bot does not."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.policy_file.patterns import why_slow


@pytest.mark.parametrize(
    "pattern",
    [
        "PAY-[0-9]+",
        "[A-Z]+-[0-9]+",
        r"\b(?:PAY|OPS|INC)-\d{1,6}\b",
        r"^(INC|CHG)[0-9]{7}(,|$)",
        r"https://tickets\.example/[a-z0-9]+/\d+",
        "(?i:ticket) #[0-9]+",
        r"[(]+\)*",
        "[]+*]+",
        r"\(a+\)+",
        "(abc)+",
        "(ab?c){2,5}",
    ],
)
def test_what_people_ask_for_passes_and_is_quick(pattern: str) -> None:
    assert why_slow(pattern) == ""
    compiled, began = re.compile(pattern), time.perf_counter()
    for text in ("A" * 500, "PAY-" * 125, "(" * 500, "a" * 499 + "!", "1" * 500):
        compiled.search(text)
    assert time.perf_counter() - began < 1


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+$",
        "(a*)*b",
        "(?:a|aa)+$",
        "((a+))+$",
        "((a|b)c)*d",
        "(a+){2,}",
        "(a+){1,999}",
        "([A-Z]+-[0-9]+ ?)+x",
        ".*.*.*.*.*x",
        "(?P<all>(x[)]+)y)*",
    ],
)
def test_what_could_take_for_ever_is_refused(pattern: str) -> None:
    """An attack: a reason of forty letters that stops the bot for everybody."""
    assert why_slow(pattern)


@given(st.text(alphabet="ab()[]|*+?{}1,\\\\^$.#x:", max_size=30))
def test_any_text_is_looked_at(pattern: str) -> None:
    assert isinstance(why_slow(pattern), str)
