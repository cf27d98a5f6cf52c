"""The `data_visualization` block: https://docs.slack.dev/reference/block-kit/blocks/data-visualization-block.

The page says six series and six segments at most; since August 2026 other people's libraries say twelve. Here
it is six, so that what passes here passes there. Two blocks in one message: seen by vercel/chat#696.
"""

from collections.abc import Iterator

from slack_emulator.blockkit.rules import Rule, Shape, items, kinds, problem, text

TYPE = "data_visualization"
IN_MESSAGE = 2
_SERIES = 6
_POINTS = 20
_TITLE = 50
_LABEL = 20


def _value(value: object, at: str) -> Iterator[str]:
    if isinstance(value, bool) or not isinstance(value, int | float):
        yield problem("must be a number", at)


def _above_zero(value: object, at: str) -> Iterator[str]:
    wrong = list(_value(value, at))
    yield from wrong
    if not wrong and isinstance(value, int | float) and value <= 0:
        yield problem("must be greater than 0", at)


_POINT = Shape({"label": text(_LABEL), "value": _value})
_SEGMENT = Shape({"label": text(_LABEL), "value": _above_zero})
_DATA = Shape({"name": text(_LABEL), "data": items(_POINT, _POINTS)})
_AXES = Shape(
    {"categories": items(text(_LABEL), _POINTS)}, {"x_label": text(_TITLE), "y_label": text(_TITLE)}
)


def _fits(value: object, at: str) -> Iterator[str]:
    """Series differ by name, and each has one point for every category; the fields are sound by now."""
    assert isinstance(value, dict)
    categories, names = value["axis_config"]["categories"], [one["name"] for one in value["series"]]
    if len(set(names)) < len(names):
        yield problem("series names must be unique", f"{at}/series")
    for place, one in enumerate(value["series"]):
        labels = [point["label"] for point in one["data"]]
        if sorted(labels) != sorted(set(categories)):
            yield problem("labels must match the categories", f"{at}/series/{place}/data")


_LINES = Shape({"series": items(_DATA, _SERIES), "axis_config": _AXES}, {}, (_fits,))
_CHARTS: dict[str, Rule] = {
    "pie": Shape({"segments": items(_SEGMENT, _SERIES)}),
    "bar": _LINES,
    "area": _LINES,
    "line": _LINES,
}
CHART = Shape({"title": text(_TITLE), "chart": kinds(_CHARTS)}, {"block_id": text(255)})


def few_charts(value: object, at: str) -> Iterator[str]:
    """How many a message may have."""
    blocks = value if isinstance(value, list) else []
    if sum(isinstance(block, dict) and block.get("type") == TYPE for block in blocks) > IN_MESSAGE:
        yield problem(f"no more than {IN_MESSAGE} {TYPE} blocks allowed", at)
