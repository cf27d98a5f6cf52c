"""Globs: the index finds what trying one after the other would, and covering is never claimed wrongly."""

import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envaccess.domain.policy.globs import Globs, comparable, full, is_glob

PIECES = st.sampled_from(["A", "B", "AB", "_", "*", "?", "1"])
NAMES = st.lists(st.sampled_from(["A", "B", "AB", "_", "1"]), min_size=1, max_size=6).map("".join)
ENVIRONMENTS = st.sampled_from(["default", "a", "ab", "b"])
GLOBS = st.builds(
    lambda environment, name: f"{environment}/{name}" if environment else name,
    st.sampled_from(["", "a", "ab", "*", "a*", "?", "*b"]),
    st.lists(PIECES, min_size=1, max_size=6).map("".join).filter(lambda name: not name[0].isdigit()),
)
RULES = st.lists(st.lists(GLOBS, min_size=1, max_size=3), max_size=12)


def naive(rules: Sequence[Sequence[str]], name: str) -> int | None:
    """The first rule with a glob that matches, tried one by one."""
    for rank, globs in enumerate(rules):
        for glob in map(full, globs):
            shape = "".join("[^/]*" if c == "*" else "[^/]" if c == "?" else re.escape(c) for c in glob)
            if re.fullmatch(shape, name):
                return rank
    return None


@given(RULES, ENVIRONMENTS, NAMES)
def test_the_index_finds_what_trying_one_by_one_finds(
    rules: list[list[str]], environment: str, name: str
) -> None:
    """A wrong rank is a wrong rule: somebody else's approvers."""
    wanted = f"{environment}/{name}"
    assert Globs(rules).first(wanted) == naive(rules, wanted)


@given(GLOBS, GLOBS, ENVIRONMENTS, NAMES)
def test_a_glob_that_covers_another_matches_all_that_it_matches(
    one: str, other: str, environment: str, name: str
) -> None:
    """Else `policy check` would call a rule dead that somebody's access hangs on."""
    wanted = f"{environment}/{name}"
    if Globs([[one]]).first(comparable(other)) == 0 and naive([[other]], wanted) == 0:
        assert naive([[one]], wanted) == 0


@pytest.mark.parametrize(
    ("glob", "name", "matches"),
    [
        ("production/STRIPE_*", "production/STRIPE_KEY", True),
        ("production/STRIPE_*", "production/STRIPE_", True),
        ("production/STRIPE_*", "production/XSTRIPE_KEY", False),
        ("production/STRIPE_*", "staging/STRIPE_KEY", False),
        ("production/*", "production/X", True),
        ("*/*", "any/THING", True),
        ("*", "default/THING", True),
        ("*", "any/THING", False),
        ("STRIPE_KEY", "default/STRIPE_KEY", True),
        ("STRIPE_KEY", "default/STRIPE_KEYS", False),
        ("prod*/KEY", "production/KEY", True),
        ("*/*_KEY", "a/STRIPE_KEY", True),
        ("*/*_KEY", "a/_KEY", True),
        ("*/*_KEY", "a/KEY", False),
        ("a/A*B*C", "a/A1B2C", True),
        ("a/A*A", "a/A", False),
        ("a/K?Y", "a/KEY", True),
        ("a/K?Y", "a/KY", False),
        ("a.b/*", "a.b/X", True),
        ("a.b/*", "axb/X", False),
    ],
)
def test_what_a_glob_matches(glob: str, name: str, matches: bool) -> None:
    assert (Globs([[glob]]).first(name) == 0) is matches


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("production/STRIPE_*", True),
        ("*", True),
        ("?_KEY", True),
        ("eu-1.prod/*", True),
        ("", False),
        ("/KEY", False),
        ("a/b/KEY", False),
        ("a/", False),
        ("a/9KEY", False),
        ("a/K-EY", False),
        ("-a/KEY", False),
        ("ä/KEY", False),
        ("a/[AB]", False),
        (f"{'e' * 21}/KEY", False),
        (f"a/{'K' * 129}", False),
        (f"a/{'K' * 128}*", True),
    ],
)
def test_only_what_could_match_a_name_is_a_glob(text: str, fits: bool) -> None:
    assert is_glob(text) is fits


def test_many_stars_do_not_take_for_ever() -> None:
    """An attack: `*A*A*A...` against a long name of As, where a matcher that goes back never ends."""
    evil = "a/" + "*A" * 40 + "B"
    assert Globs([[evil], ["a/?" + "*A" * 40 + "B"]]).first("a/" + "A" * 128) is None


def test_the_first_of_several_rules_wins_wherever_it_is_looked_up() -> None:
    rules = [["a/X*Y"], ["a/*"], ["a/XY"], ["*/*Y"]]
    assert Globs(rules).first("a/XY") == 0
    assert Globs(rules[1:]).first("a/XY") == 0
    assert Globs(rules[2:]).first("a/XY") == 0
    assert Globs(rules[3:]).first("a/XY") == 0
    assert Globs([]).first("a/XY") is None
