"""Rules and verbs know no chat surface: none of its markup, error codes, limits, methods or message ids.

They say things in plain words (`domain.phrase`), and each surface puts them in its own form. What is not so
yet stands in `REMAINS`, with why: it only gets shorter.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from envaccess.projections.refused_calls import Cause, codes_of

ROOT = Path(__file__).parents[2]
CORE = ROOT / "bot" / "envaccess"
MODULES = sorted(path for folder in ("application", "domain") for path in (CORE / folder).rglob("*.py"))
REMAINS: dict[str, set[str]] = {
    # Shown on a terminal and in the audit stream as it stands, never read as markup.
    "application/policy/check.py": {"markup"},
    # A value that old events have; Slack's code happens to be the same word.
    "domain/outcome.py": {"messages_tab_disabled"},
}

SENTENCE = re.compile(r"[A-Za-z]{2} .| [A-Za-z]{2}")
MARKUP = re.compile(r"`|<[@#!]|(?<!\w):[a-z][a-z0-9_+-]*:|(?<![\w*])\*[^\s*][^*]*\*|&(?:amp|lt|gt);")
METHODS = re.compile(r"\b(?:chat|conversations|usergroups|users|views|apps\.connections)\.[a-z]+[A-Z]?\w*\b")
LIMITS = {3_000, 9_000, 9_400}
"""Characters of a section and of one message; a value that fits them is the surface's matter."""
IDS = {
    "block_id",
    "blocks",
    "channel_id",
    "message_ts",
    "mrkdwn",
    "private_metadata",
    "response_url",
    "thread_ts",
    "trigger_id",
    "ts",
    "view_id",
}
CODES = codes_of(set(Cause) - {Cause.UNKNOWN}) | {"ratelimited"}


def name_of(path: Path) -> str:
    return path.relative_to(CORE).as_posix()


def literals(tree: ast.AST) -> Iterator[str]:
    """Every string that is no docstring and no pattern; one with values in it as one."""
    skipped: set[int] = set()
    for node in ast.walk(tree):
        skips = (
            [node.value]
            if isinstance(node, ast.Expr)
            else node.args
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("re.")
            else node.values
            if isinstance(node, ast.JoinedStr)
            else []
        )
        skipped |= {id(one) for one in skips}
        if id(node) in skipped:
            continue
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "0" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def identifiers(tree: ast.AST) -> set[str]:
    """Every name that is defined, read, handed over or asked for."""
    found = {getattr(node, field, None) for node in ast.walk(tree) for field in ("id", "attr", "arg", "name")}
    return {name for name in found if isinstance(name, str)}


def numbers(tree: ast.AST) -> set[int]:
    return {
        node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and type(node.value) is int
    }


def of_slack(source: str) -> set[str]:
    """What of a chat surface a module's source knows."""
    tree = ast.parse(source)
    strings = list(literals(tree))
    said = [text for text in strings if SENTENCE.search(text) and "(?" not in text]
    found = {"markup" for text in said if MARKUP.search(text)}
    found |= {method[0] for text in strings for method in METHODS.finditer(text)}
    found |= {str(number) for number in numbers(tree) & LIMITS}
    return found | (set(strings) & CODES) | (identifiers(tree) & IDS)


def test_the_core_knows_no_chat_surface_but_for_what_is_declared() -> None:
    found = {name_of(path): of_slack(path.read_text()) for path in MODULES}
    assert {name: known for name, known in found.items() if known} == REMAINS


def test_what_remains_is_declared_for_modules_that_there_are() -> None:
    assert set(REMAINS) <= set(map(name_of, MODULES))


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('told = f"Type `{command}` again"', {"markup"}),
        ('told = f"Ask <@{user}> for it"', {"markup"}),
        ('told = "Press *Reveal* again"', {"markup"}),
        ('told = ":lock: It is locked"', {"markup"}),
        ('told = "R&amp;D has it"', {"markup"}),
        ("LONGEST = 3_000", {"3000"}),
        ('if error.code == "channel_not_found": pass', {"channel_not_found"}),
        ('told = "users.info did not answer"', {"users.info"}),
        ("def decide(op, ts=''): pass", {"ts"}),
        ("decide(op, response_url=url)", {"response_url"}),
        ('"""Shown as `code`."""', set()),
        ('_WORD = re.compile(r"`a b`")', set()),
        ('told = "Type {type:status} and {press:Reveal}: it is (12:30)"', set()),
    ],
)
def test_the_test_itself_sees_what_it_looks_for(source: str, found: set[str]) -> None:
    assert of_slack(source) == found
