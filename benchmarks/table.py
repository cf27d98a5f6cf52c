"""What a benchmark comes to: rows beside their limits, and the table that they make."""

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Goal:
    """What a number should be.

    Attributes:
        most: whether the bound is an upper one.
        unit: printed after the bound.
    """

    bound: float
    most: bool = True
    unit: str = ""

    def __str__(self) -> str:
        return f"{'≤' if self.most else '≥'} {self.bound:g}{self.unit}"

    def met(self, number: float) -> bool:
        """Whether a number keeps to it."""
        return number <= self.bound if self.most else number >= self.bound


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    Attributes:
        what: what was measured.
        measured: the figure, with its unit.
        beside: the limit measured in the same run, named, with its figure; empty where there is none.
        ratio: the figure over the limit; None where there is no limit.
        goal: None for a row that only explains others.
        number: what the goal is held against: the ratio where it is None.
    """

    what: str
    measured: str
    beside: str = ""
    ratio: float | None = None
    goal: Goal | None = None
    number: float | None = None

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None where there is no goal."""
        number = self.ratio if self.number is None else self.number
        return None if self.goal is None or number is None else self.goal.met(number)

    def cells(self) -> tuple[str, ...]:
        """The row as it is printed."""
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}"
        verdict = {True: "met", False: "NOT MET", None: ""}[self.met]
        return (self.what, self.measured, self.beside, ratio, str(self.goal or ""), verdict)


_HEADS = ("what", "measured", "beside", "ratio", "goal", "")


def draw(rows: Iterable[Row]) -> str:
    """A Markdown table, its columns aligned."""
    lines = [_HEADS, *(row.cells() for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(_HEADS))]
    drawn = [_line(cells, widths) for cells in lines]
    ruler = "|".join("-" * (width + 2) for width in widths)
    return "\n".join([drawn[0], f"|{ruler}|", *drawn[1:]])


def _line(cells: tuple[str, ...], widths: list[int]) -> str:
    padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    return f"| {' | '.join(padded)} |"


def middle(numbers: Iterable[float]) -> float:
    """The median."""
    return median(numbers)


def share(numbers: Iterable[float], part: float) -> float:
    """The smallest number that at least this part of all of them do not exceed."""
    ordered = sorted(numbers)
    place = max(0, -(-len(ordered) * part // 1) - 1)
    return ordered[int(place)]


def milliseconds(number: float) -> str:
    """A time as it is printed."""
    return f"{number:.2f} ms" if number < 10 else f"{number:.0f} ms"
