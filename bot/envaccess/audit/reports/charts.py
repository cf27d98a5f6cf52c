"""Charts of a report as shapes with numbers: the page draws them as SVG, without any script."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from envaccess.audit.reports.life import AUTOMATIC, EMERGENCY, PEOPLE

WIDTH: Final = 720
HEIGHT: Final = 180
_LEFT: Final = 36
_BOTTOM: Final = 22
_DAYS: Final = 62
"""Up to so many days each has its column; more are put together in weeks, and more than that in months."""
_WEEKS: Final = 62
_LABELS: Final = 8
_HALF_LABEL: Final = 28
KINDS: Final[Mapping[str, tuple[str, str]]] = {
    PEOPLE: ("approved by people", "#2f6fab"),
    AUTOMATIC: ("by the policy alone", "#9cc3e6"),
    EMERGENCY: ("emergency", "#c2410c"),
}
_WAITS: Final = (
    (5, "under 5 s"), (60, "to 1 min"), (300, "to 5 min"), (1_800, "to 30 min"), (3_600, "to 1 h"),
    (14_400, "to 4 h"), (float("inf"), "longer"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ChartBar:
    """One rectangle, with what it says when pointed at."""

    x: float
    y: float
    width: float
    height: float
    color: str
    told: str


@dataclass(frozen=True, slots=True)
class ChartLabel:
    """A text beside an axis."""

    x: float
    y: float
    text: str
    anchor: str = "middle"


@dataclass(frozen=True, slots=True)
class ColumnChart:
    """A chart of columns."""

    title: str
    bars: tuple[ChartBar, ...]
    labels: tuple[ChartLabel, ...]
    legend: tuple[tuple[str, str], ...] = ()


def grants_chart(days: Mapping[str, Mapping[str, int]], first: date, last: date) -> ColumnChart | None:
    """How many grants began, by what; a column a day, a week or a month. None where none began."""
    if not days:
        return None
    name = _bucket(first, last)
    buckets: dict[str, dict[str, int]] = {}
    day = first
    while day <= last:
        buckets.setdefault(name(day), {})
        day += timedelta(days=1)
    for told, counts in days.items():
        bucket = buckets.setdefault(name(date.fromisoformat(told)), {})
        for kind, number in counts.items():
            bucket[kind] = bucket.get(kind, 0) + number
    stacks = [(told, [(kind, counts.get(kind, 0)) for kind in KINDS]) for told, counts in buckets.items()]
    return _columns("Grants that began", stacks, tuple(KINDS.values()))


def waiting_chart(waited: Iterable[int]) -> ColumnChart | None:
    """How long decisions took. None where nobody decided.

    Args:
        waited: milliseconds of each.
    """
    counts = dict.fromkeys((told for _, told in _WAITS), 0)
    for milliseconds in waited:
        counts[next(told for most, told in _WAITS if milliseconds < most * 1000)] += 1
    if not any(counts.values()):
        return None
    stacks = [(told, [(PEOPLE, number)]) for told, number in counts.items()]
    return _columns("How long decisions took", stacks, ())


class _ColumnNames:
    """Names the column that a day belongs to."""

    def __init__(self, days: int) -> None:
        self._days = days

    def __call__(self, day: date) -> str:
        if self._days <= _DAYS:
            return day.isoformat()
        if self._days <= _WEEKS * 7:
            return (day - timedelta(days=day.weekday())).isoformat()
        return day.isoformat()[:7]


def _bucket(first: date, last: date) -> _ColumnNames:
    return _ColumnNames((last - first).days + 1)


def _columns(
    title: str, stacks: Sequence[tuple[str, Sequence[tuple[str, int]]]], legend: tuple[tuple[str, str], ...]
) -> ColumnChart:
    most = max(1, *(sum(number for _, number in parts) for _, parts in stacks))
    step = (WIDTH - _LEFT) / len(stacks)
    room = HEIGHT - _BOTTOM - 8
    bars, labels = (
        list[ChartBar](),
        [
            ChartLabel(_LEFT - 5, 12, str(most), "end"),
            ChartLabel(_LEFT - 5, HEIGHT - _BOTTOM, "0", "end"),
        ],
    )
    every = -(-len(stacks) // _LABELS)
    for place, (told, parts) in enumerate(stacks):
        x, top = _LEFT + place * step, float(HEIGHT - _BOTTOM)
        for kind, number in parts:
            height = room * number / most
            top -= height
            if number:
                said, color = KINDS[kind]
                what = f"{told}: {number} {said}" if legend else f"{told}: {number}"
                bars.append(
                    ChartBar(
                        round(x + step * 0.1, 2),
                        round(top, 2),
                        round(step * 0.8, 2),
                        round(height, 2),
                        color,
                        what,
                    )
                )
        if place % every == 0:
            middle = round(x + step / 2, 2)
            near = middle > WIDTH - _HALF_LABEL
            labels.append(
                ChartLabel(WIDTH if near else middle, HEIGHT - 6, told, "end" if near else "middle")
            )
    return ColumnChart(title, tuple(bars), tuple(labels), legend)
