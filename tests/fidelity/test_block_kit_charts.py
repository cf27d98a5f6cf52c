"""Charts as https://docs.slack.dev/reference/block-kit/blocks/data-visualization-block has them."""

from typing import Any

import pytest

from slack_emulator import Json
from slack_emulator.blockkit import wrong_in_message


def series(name: str = "a", *labels: str, value: Any = 1) -> Json:
    return {"name": name, "data": [{"label": label, "value": value} for label in labels or ("Mon",)]}


def plot(kind: str = "bar", *drawn: Json, categories: Any = ("Mon",), **axes: Any) -> Json:
    axis = {"categories": list(categories), **axes}
    return {"type": kind, "series": list(drawn) or [series()], "axis_config": axis}


def pie(*values: Any, label: str = "x") -> Json:
    return {"type": "pie", "segments": [{"label": label, "value": value} for value in values]}


def wrong(chart: Any, title: Any = "t", **more: Any) -> list[str]:
    return wrong_in_message([{"type": "data_visualization", "title": title, "chart": chart, **more}])


@pytest.mark.parametrize("kind", ["bar", "area", "line"])
def test_a_chart_of_six_series_and_twenty_categories_is_taken(kind: str) -> None:
    days = [f"day {number}" for number in range(20)]
    drawn = [series(f"s{number}", *days, value=number - 2.5) for number in range(6)]
    assert wrong(plot(kind, *drawn, categories=days, x_label="x" * 50, y_label="y" * 50), "t" * 50) == []


@pytest.mark.parametrize(
    "chart",
    [
        plot("bar", *(series(f"s{number}") for number in range(7))),
        plot("bar", series("x" * 21)),
        plot("bar", series("a", "x" * 21), categories=["x" * 21]),
        plot("bar", series("a", *map(str, range(21))), categories=map(str, range(21))),
        plot("bar", series(), series()),
        plot("bar", series("a", "Tue")),
        plot("bar", series("a", "Mon", "Mon")),
        plot("bar", series("a", "Mon", "Tue")),
        plot("bar", series(value="1")),
        plot("bar", series(value=True)),
        plot("bar", series(value=None)),
        plot("bar", categories=[]),
        plot("bar", x_label="x" * 51),
        plot("bar", y_label=""),
        plot("donut"),
        {"type": "bar", "series": [series()]},
        {"type": "bar", "series": [], "axis_config": {"categories": ["Mon"]}},
        pie(*[1] * 7),
        pie(0),
        pie(-1),
        pie("1"),
        pie(),
        pie(1, label="x" * 21),
        {},
        "bar",
        None,
    ],
)
def test_what_is_over_a_limit_or_does_not_fit_is_refused(chart: Any) -> None:
    assert wrong(chart)


def test_a_title_has_one_to_fifty_characters() -> None:
    assert wrong(plot(), "t" * 51)
    assert wrong(plot(), "")
    assert wrong(plot(), None)


def test_two_charts_stand_in_one_message_and_three_do_not() -> None:
    chart = {"type": "data_visualization", "title": "t", "chart": pie(1)}
    assert wrong_in_message([chart] * 2) == []
    assert wrong_in_message([chart] * 3)
