"""Choices of names: whatever the names are, no two in one list look the same."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envaccess.domain.variable import NAME_LIMIT, Variable
from envaccess.slack.render.blocks import OPTION_LIMIT
from envaccess.slack.render.fields import distinct, name_choices

LONG = "N" * NAME_LIMIT


def changed(place: int, letter: str = "X") -> str:
    """A long name with another letter at a place."""
    return LONG[:place] + letter + LONG[place + 1 :]


def shown(names: list[str]) -> list[str]:
    options = name_choices([Variable("production", name) for name in names])
    assert [option["value"] for option in options] == [f"production/{name}" for name in names]
    return [option["text"]["text"] for option in options]


def test_two_names_that_share_74_characters_are_two_labels() -> None:
    for shared in range(50, NAME_LIMIT):
        first, second = shown([LONG[:shared] + "_A", LONG[:shared] + "_B"])
        assert first != second
        assert max(len(first), len(second)) <= OPTION_LIMIT


@pytest.mark.parametrize("places", list(combinations(range(0, NAME_LIMIT, 9), 2)))
def test_names_that_differ_anywhere_are_told_apart_where_they_differ(places: tuple[int, int]) -> None:
    labels = shown([changed(place) for place in places])
    assert len(set(labels)) == 2
    assert "X" in labels[0] + labels[1]


def test_a_hundred_names_that_differ_in_the_middle_are_a_hundred_labels() -> None:
    names = [f"{'A' * 60}_{number:03}_{'B' * 60}" for number in range(100)]
    labels = shown(names)
    assert len(set(labels)) == 100
    assert all(f"_{number:03}_" in label for number, label in enumerate(labels))


def test_names_that_differ_in_two_hidden_places_are_still_distinct() -> None:
    names = [changed(a, x)[:-1] + y for a in (40, 85, 100) for x in "XYZ" for y in "PQ"]
    names += [changed(a) for a in range(NAME_LIMIT)]
    labels = shown(sorted(set(names))[:100])
    assert len(set(labels)) == len(labels)


def test_short_names_are_shown_whole() -> None:
    assert distinct(["A", "staging/B", "C" * OPTION_LIMIT]) == ["A", "staging/B", "C" * OPTION_LIMIT]


NAMES = st.lists(st.text(alphabet="AB_", min_size=70, max_size=149), min_size=1, max_size=100, unique=True)
ALIKE = st.lists(
    st.text(alphabet="AB", min_size=60, max_size=60).map(lambda middle: "A" * 40 + middle + "A" * 40),
    min_size=1,
    max_size=100,
    unique=True,
)


@given(NAMES | ALIKE)
def test_any_number_of_long_names_have_distinct_labels(names: list[str]) -> None:
    labels = distinct(names)
    assert len(set(labels)) == len(names)
    assert all(0 < len(label) <= OPTION_LIMIT for label in labels)
