"""How long: what can be typed, and that it reads back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envaccess.domain.duration import ONCE, Duration, format_seconds, looks_like_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("45s", 45),
        ("30m", 1800),
        ("1h", 3600),
        ("1h30m", 5400),
        ("2d", 172_800),
        ("1d2h3m4s", 93_784),
        ("90m", 5400),
        ("0h5m", 300),
        ("007m", 420),
        ("1s", 1),
        ("9999999d", 9_999_999 * 86_400),
    ],
)
def test_durations_are_read(text: str, seconds: int) -> None:
    assert parse_duration(text) == Duration(seconds)


def test_once_is_one_reveal_within_a_quarter_of_an_hour() -> None:
    assert parse_duration("once") == ONCE == Duration(900, once=True)
    assert str(ONCE) == "once"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "0s",
        "0h0m",
        "1",
        "90",
        "h",
        "1H",
        "1 h",
        " 1h",
        "1h ",
        "-1h",
        "+1h",
        "1.5h",
        "1h1h",
        "30m1h",
        "1s1d",
        "1w",
        "1y",
        "1hm",
        "ONCE",
        "Once",
        "twice",
        "\u0661h",
        "1\uff48",
        "\uff11h",
        "1h\n",
        "12345678d",
        "1e3s",
        "0x10s",
        "∞",
    ],
)
def test_anything_else_is_no_duration(text: str) -> None:
    assert parse_duration(text) is None


@pytest.mark.parametrize("text", ["90", "1H", "0m", "ONCE", "Once", "1h1h", "30M", "2D", "30m1h", "0"])
def test_what_was_meant_as_a_duration_is_told_from_a_reason(text: str) -> None:
    assert looks_like_duration(text)


@pytest.mark.parametrize("text", ["", "because", "h", "1w", "1.5h", "-1h", "h1", "1h!", "once!"])
def test_what_was_not_is_not(text: str) -> None:
    assert not looks_like_duration(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (1, "1s"), (60, "1m"), (5400, "1h30m"), (86_400, "1d"), (93_784, "1d2h3m4s")],
)
def test_seconds_are_written_shortest(seconds: int, text: str) -> None:
    assert format_seconds(seconds) == text == str(Duration(seconds))


@given(st.integers(1, 9_999_999 * 86_400))
def test_whatever_is_written_reads_back(seconds: int) -> None:
    """The card says how long; typed again it must be the same."""
    assert parse_duration(format_seconds(seconds)) == Duration(seconds)


@given(st.text(max_size=30))
def test_no_text_breaks_it(text: str) -> None:
    found = parse_duration(text)
    assert found is None or found.seconds > 0
    assert looks_like_duration(text) in {True, False}
