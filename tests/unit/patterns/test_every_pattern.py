"""Law 16: every pattern of the package runs in linear time, whatever somebody types."""

import itertools
import os
import re
import resource
import subprocess
import sys
from pathlib import Path
from re import _parser  # type: ignore[attr-defined]

import pytest

from envaccess.client.project_shape import NAME_FORM, WHY_FORM
from envaccess.domain.policy.globs import _regex
from envaccess.http.api.routes import ROUTES
from envaccess.settings.redis_url import _OPTIONS
from envaccess_demo.terminal.typed import COMMANDS
from tests.unit.patterns.attacks import slow_on
from tests.unit.patterns.bounded import cost
from tests.unit.patterns.found import Found, everything
from tests.unit.patterns.machine import compiled, count

FOUND = everything()
MADE = {
    "bot/envaccess/domain/policy/globs.py": [
        _regex(glob) for glob in ("*?*/A*?B*C", "*/*A*A*?", "a?*/?*?*?*", "default/*A?A*A*A")
    ],
    "bot/envaccess/settings/redis_url.py": list(_OPTIONS.values()),
    "bot/envaccess/client/project_parse.py": [
        rf"""(?<![\w"'/.-])(["']?){re.escape(key)}\1(?![\w"'/.-])""" for key in ("why", "a.b/c", '"' * 20)
    ],
    "bot/envaccess/client/project_shape.py": [NAME_FORM, WHY_FORM],
    "bot/envaccess/http/api/routes.py": [route.pattern.pattern for route in ROUTES],
    "bot/envaccess_demo/terminal/typed.py": [form for forms, *_ in COMMANDS.values() for form in forms],
    "bot/envaccess/log/clean.py": ["aaaaaaaa|aaaaaaab|ab", "value-for-tests|value"],
}
"""Examples of patterns that are made only at run time."""


def test_each_use_of_a_pattern_is_found_by_reading_the_source() -> None:
    """A pattern that nobody attacks is the next one that hangs."""
    told = {found.place.partition(":")[0] for found in FOUND}
    files = {
        str(path)
        for path in Path("bot").rglob("*.py")
        if re.search(r"^\s*import re$", path.read_text(), re.MULTILINE)
    }
    types_only = {path for path in files if "re.Pattern" in Path(path).read_text()}
    assert told <= files
    assert files - told <= types_only
    assert len(FOUND) > 40


def test_patterns_that_are_made_at_run_time_have_examples() -> None:
    assert {found.place.partition(":")[0] for found in FOUND if found.pattern is None} == set(MADE)


@pytest.mark.parametrize("found", [one for one in FOUND if one.pattern], ids=lambda found: found.place)
def test_no_text_makes_a_pattern_take_more_than_linear_time(found: Found) -> None:
    assert found.pattern is not None
    assert slow_on(found.pattern, found.flags, found.ways) == ""


@pytest.mark.parametrize("pattern", [one for some in MADE.values() for one in some])
def test_no_text_makes_a_pattern_slow_that_is_made_at_run_time(pattern: str) -> None:
    assert slow_on(pattern, re.ASCII, ["fullmatch"]) == ""


@pytest.mark.parametrize(
    ("pattern", "way"),
    [
        ("(?:(?:[a-z]+|[A-Z][a-z]*|[A-Z]+|[0-9]+|[a-z0-9]{1,10})(?:[-._~=+]+|$))+", "fullmatch"),
        ("^(?:[A-Za-z0-9]+[ -]?){1,12}$", "search"),
        (".*.*.*.*PAY-[0-9]+", "search"),
        ("(a+)+$", "search"),
        ("(?:a|aa)+$", "search"),
        ("(a*)*b", "search"),
        (r"[\w.-]+@", "search"),  # quadratic: tried again at each letter
        (r"\s+$", "search"),  # spaces before a last letter: an outage of Stack Exchange
        (r"x*y.*z", "search"),
        (r"(?<=://)[^\s/@]*:[^\s@]*(?=@)", "sub"),
        (r"\S+[ T]\S+ \S+", "fullmatch"),
        (r"(\d+\.?)*x", "match"),
        (r"([^,]+,?)*;", "match"),
        (r"<a [^>]*href=[^>]*x>", "search"),
        (r"(?s)/\*.*?\*/x", "search"),
        (r"(.+)+\[", "match"),
        ("^(?:[A-Za-z0-9]{1,30}[ -]?){1,12}$", "search"),  # bounded, and far too much
    ],
)
def test_the_attack_finds_what_is_known_to_hang(pattern: str, way: str) -> None:
    """Shapes of public advisories; a detector that finds nothing proves nothing."""
    assert slow_on(pattern, 0, [way])


@pytest.mark.parametrize(
    "pattern",
    [
        "(?:a|ab|b){2,4}c",
        "a{0,5}?a{0,5}b",
        "(?=a{1,3}b)[ab]{2}c",
        "(?>a{1,3}|b)c",
        "a{1,4}+b",
        "(?<![ab])ab?c",
    ],
)
def test_no_text_takes_more_steps_than_a_bounded_pattern_can_make(pattern: str) -> None:
    """What is not attacked is proven: the most that its repetitions allow is never passed."""
    tree = _parser.parse(pattern)
    program, most = compiled(tree, tree.state.flags), cost(tree).steps
    for text in map("".join, itertools.product("abc", repeat=7)):
        assert count(program, "search", text, 10_000) <= most * (len(text) + 1)


@pytest.mark.parametrize("pattern", ["a+", "a*+b", "(?:a{1,2})*", "(?=a+)b", "(?>a+)b", "(?:a{1,30}){1,12}$"])
def test_a_pattern_without_a_low_bound_is_attacked(pattern: str) -> None:
    assert cost(_parser.parse(pattern)).steps > 1_000_000


@pytest.mark.parametrize(
    ("pattern", "way"),
    [
        ("[a-z]++@", "match"),
        ("(?>a+b?)+c", "match"),
        (r"(?<!\w)\w++@", "search"),
        ("[a-z]{1,20}-[0-9]+", "search"),
        ("(?:ab|cd)*e", "match"),
        (r"\S+", "sub"),
    ],
)
def test_the_attack_leaves_alone_what_is_linear(pattern: str, way: str) -> None:
    assert slow_on(pattern, 0, [way]) == ""


SEEN_TO_HANG = """
import sys
from envaccess.domain.screening import looks_secret
from envaccess.domain.text import clean
from envaccess.log.patterns import withhold
from envaccess.slack.typed_text import decode, read_command
letters, between = "abcdefghijklm0123456789nopqrstuvwxyz", "-._~=+"
killer = "".join(letters[i % 36] + between[i % 6] for i in range(40)) + "aBcD"
units = ["a-", "a1.", "A-", "://", "x://y:", "eyJa-", "<", "<a|", "password=", "token:", "a:", "a.", " is "]
texts = [killer, killer * 50, *(unit * 2000 for unit in units)]
for text in texts:
    for verb in ("", "show ", "cancel ", "extend ", "emergency ", "delegate ", "A 1h "):
        read_command((verb + text)[:4000])
    for look in (looks_secret, decode, clean, withhold):
        look(text[:65536])
"""


def _limited() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (60, 60))


def test_a_guests_text_cannot_stop_the_process() -> None:
    """Typed after `/envaccess show`; the limit is of processor time, a hundred times what it takes."""
    done = subprocess.run(  # noqa: S603 - our own interpreter and text
        [sys.executable, "-c", SEEN_TO_HANG], preexec_fn=_limited, check=False, env={"PATH": os.defpath}
    )
    assert done.returncode == 0
