"""Rows on terminals of any width, and for programs."""

from hypothesis import given
from hypothesis import strategies as st

from envaccess.cli.table import table

HEADER = ("VARIABLE", "SINCE", "HOW IT STANDS")
ROWS = (
    ("production/DB_URL", "2026-11-28T00:10:00Z", "published, and the old value works until 00:40"),
    ("STRIPE_KEY", "2026-11-28T00:12:00Z", "due"),
)


def test_rows_stand_under_their_header() -> None:
    assert table(HEADER, ROWS, 100).splitlines() == [
        "VARIABLE           SINCE                 HOW IT STANDS",
        "production/DB_URL  2026-11-28T00:10:00Z  published, and the old value works until 00:40",
        "STRIPE_KEY         2026-11-28T00:12:00Z  due",
    ]


def test_the_last_column_goes_on_below_itself() -> None:
    assert table(HEADER, ROWS, 80).splitlines()[1:3] == [
        "production/DB_URL  2026-11-28T00:10:00Z  published, and the old value works",
        "                                         until 00:40",
    ]


def test_a_line_that_is_too_short_has_a_cell_each() -> None:
    assert table(HEADER, ROWS[1:], 40).splitlines() == [
        "VARIABLE       STRIPE_KEY",
        "SINCE          2026-11-28T00:12:00Z",
        "HOW IT STANDS  due",
    ]


def test_programs_get_tabs_and_no_header() -> None:
    assert table(HEADER, ROWS, 0).splitlines()[1] == "STRIPE_KEY\t2026-11-28T00:12:00Z\tdue"


def test_what_takes_two_places_is_counted_so() -> None:
    lines = table(("WHO", "WHAT"), (("鈴木", "a"), ("bob", "b")), 80).splitlines()
    assert lines == ["WHO   WHAT", "鈴木  a", "bob   b"]


CELL = st.text(st.sampled_from("ab /-"), min_size=1, max_size=30).map(lambda text: text.strip() or "x")


@given(st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=4), st.integers(90, 200))
def test_no_line_is_longer_than_the_terminal(rows: list[tuple[str, str, str]], width: int) -> None:
    lines = table(HEADER, rows, width).splitlines()
    assert max(map(len, lines)) <= width
    assert all(row[0] in "\n".join(lines) for row in rows)
