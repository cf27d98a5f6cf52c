"""A token of each published shape is refused wherever it stands; what only begins like one is not."""

import re

import pytest

from envaccess.domain import secret_tokens
from envaccess.domain.screening import looks_secret
from envaccess.domain.secret_tokens import has_token
from tests.unit.domain.made import lines_of, made, shapes_of

SHAPES = shapes_of("token_shapes.txt")
AROUND = [
    "{}",
    "please rotate {} before Friday",
    "deploy --with {} --now",
    '"{}"',
    "'{}'",
    "({})",
    "[{}]",
    "<{}>",
    "`{}`",
    "```{}```",
    "**{}**",
    "_{}_",
    "it is {}.",
    "it is {}, I think",
    "x={}",
    "x:{}",
    "https://x.example/?q={}",
    "https://x.example/{}/y",
    "https://x.example/?q=%22{}%22",
    "\\n{}\\n",
    "値は{}です",
    "日本語 {} 日本語",
]
PATTERNS = [
    secret_tokens._CLOUD_TOKENS,
    secret_tokens._CODE_TOKENS,
    secret_tokens._SERVICE_TOKENS,
    secret_tokens._LINKS_AND_KEYS,
]


@pytest.mark.parametrize("shape", SHAPES)
def test_a_token_is_refused_wherever_it_stands(shape: str) -> None:
    for seed in range(3):
        token = made(shape, seed + 1)
        assert [around for around in AROUND if not looks_secret(around.format(token))] == []


@pytest.mark.parametrize("pattern", PATTERNS, ids=range(len(PATTERNS)))
def test_each_shape_in_the_source_has_such_a_token(pattern: re.Pattern[str]) -> None:
    """Each way is tried alone: one that nothing fits is never tested."""
    source = re.sub(r"\s", "", pattern.pattern)
    start = "(?<![A-Za-z0-9])(?:"
    begins, inner = (start, source[len(start) : -1]) if source.startswith(start) else ("(?:", source)
    tokens = [made(shape, seed) for shape in SHAPES for seed in (1, 2, 3)]
    tried = {way: re.compile(f"{begins}{way})", re.ASCII) for way in split(inner)}
    assert [way for way, alone in tried.items() if not any(map(alone.search, tokens))] == []
    assert len(tried) > 5


def split(source: str) -> list[str]:
    """The ways of a branch, as they are written."""
    found, depth, in_set, last = [""], 0, False, ""
    for letter in source:
        if last != "\\":
            in_set = (in_set or letter == "[") and letter != "]"
            depth += ((letter == "(") - (letter == ")")) * (not in_set)
        if letter == "|" and not depth and not in_set:
            found.append("")
        else:
            found[-1] += letter
        last = "" if last == "\\" else letter
    return found


@pytest.mark.parametrize("word", lines_of("no_tokens.txt"))
def test_an_ordinary_word_with_the_same_beginning_is_no_token(word: str) -> None:
    assert [around for around in AROUND if looks_secret(around.format(word))] == []


OTHERS = [
    shape for shape in SHAPES if re.match(r"[A-Za-z]{2,}[\w.-]*[-_.]\{", shape) and "api03" not in shape
]


@pytest.mark.parametrize("shape", OTHERS)
def test_a_token_that_is_cut_short_or_begins_otherwise_has_no_shape(shape: str) -> None:
    """What is random enough is refused as such; a shape is more than that."""
    begins, _, rest = shape.partition("{")
    assert not has_token(begins + "ab")
    assert not has_token("zz" + begins.strip("-_.")[:2] + made("{" + rest))
