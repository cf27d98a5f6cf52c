"""`sets`: each is written out, can be typed, and can be asked for as a whole."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envaccess.domain.policy.book import Policy
from envaccess.domain.policy.changes import changes
from envaccess.domain.policy.variable_sets import SET_MAX, VariableSet
from envaccess.domain.variable import Variable
from envaccess.policy_file.reading import read_policy
from tests.unit.policy_file.written import CHANNEL, HEAD, faults, read

RULES = "rules: [{match: '*/*', approvers: [leads]}]\n"


def with_sets(*lines: str, rules: str = RULES) -> str:
    """A file whose sets begin in line 4."""
    written = "".join(f"  {line}\n" for line in lines)
    return f"{HEAD}sets:\n{written}{rules}"


def test_a_set_is_its_variables_each_once_in_the_order_of_the_file() -> None:
    policy = read(with_sets("shop: [production/B, A, default/A, production/B]", "pay: [C]"))
    a, b, c = Variable("default", "A"), Variable("production", "B"), Variable("default", "C")
    assert policy.variable_sets == (VariableSet("shop", (b, a), 4), VariableSet("pay", (c,), 5))


def test_a_set_may_be_called_as_a_group_is() -> None:
    assert read(with_sets("team: [A]")).variable_sets[0].name == "team"


@pytest.mark.parametrize(
    ("written", "field", "problem"),
    [
        ("shop: []", "sets.shop", "nobody and nothing is named here"),
        ("shop: {a: b}", "sets.shop", "nobody and nothing is named here"),
        ("shop: ['@pay']", "sets.shop[0]", "`@pay` is a set, and no set holds another"),
        ("shop: [A, 'production/*']", "sets.shop[1]", "`production/*` is a pattern"),
        ("shop: [A, 'B?']", "sets.shop[1]", "`B?` is a pattern"),
        ("shop: [A, 1B]", "sets.shop[1]", "`1B` is no variable's name"),
        ("shop: [A, 'a/b/C']", "sets.shop[1]", "`a/b/C` is no variable's name"),
        ("Shop: [A]", "sets.Shop", "`Shop` is no name of a set"),
        ("'@shop': [A]", "sets.@shop", "`@shop` is no name of a set"),
        ("production/shop: [A]", "sets.production/shop", "is no name of a set"),
        (f"{'a' * 41}: [A]", f"sets.{'a' * 41}", "is no name of a set"),
        ("here: [A]", "sets.here", "`@here` means something else in Slack"),
        (
            f"shop: [{', '.join(f'A{number}' for number in range(SET_MAX + 1))}]",
            "sets.shop",
            "it names 51 variables",
        ),
    ],
)
def test_a_set_that_cannot_stand_is_told_with_its_line_and_mend(
    written: str, field: str, problem: str
) -> None:
    (fault,) = faults(with_sets("good: [A]", written))
    assert (fault.line, fault.field, bool(fault.mend)) == (5, field, True)
    assert problem in fault.problem


def test_a_set_that_is_given_twice_is_a_fault() -> None:
    (fault,) = faults(with_sets("shop: [A]", "shop: [B]"))
    assert fault.line == 5


def test_a_set_of_fifty_stands() -> None:
    names = ", ".join(f"A{number}" for number in range(SET_MAX))
    assert len(read(with_sets(f"shop: [{names}]")).variable_sets[0].variables) == SET_MAX


def test_a_set_with_a_name_that_no_rule_matches_is_a_fault() -> None:
    text = with_sets("shop: [production/A, B]", rules=RULES.replace("*/*", "production/*"))
    (fault,) = faults(text)
    assert (fault.line, fault.problem) == (4, "no rule matches default/B, so nobody may ask for it")


def test_a_set_that_nothing_hands_over_alike_is_a_fault() -> None:
    rules = (
        "rules:\n  - {match: A, approvers: [leads], delivery: [reveal]}\n"
        "  - {match: B, approvers: [leads], delivery: [cli]}\n"
    )
    (fault,) = faults(with_sets("shop: [A, B]", rules=rules))
    assert (fault.line, fault.problem) == (4, "the rules of its variables have no `delivery` in common")


def test_a_changed_set_is_a_change_of_the_policy() -> None:
    before, after = read(with_sets("shop: [A]", "pay: [A]")), read(with_sets("shop: [A, B]", "db: [A]"))
    assert changes(before, after) == {"sets": "shop, -pay, +db"}
    assert changes(before, before) == {}


@given(st.dictionaries(st.text(max_size=5), st.lists(st.text(max_size=6), max_size=4), max_size=4))
def test_no_set_widens_what_the_rules_say(sets: dict[str, list[str]]) -> None:
    """Whatever stands there is a fault or a set; the rules read the same."""
    text = f"{HEAD}sets: {json.dumps(sets)}\n{RULES}"
    found = read_policy(text, CHANNEL)
    if isinstance(found, Policy):
        assert found.rules == read(f"{HEAD}\n{RULES}").rules
