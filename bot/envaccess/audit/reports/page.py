"""A report as one page for people: HTML without scripts and without anything from elsewhere."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from itertools import islice
from pathlib import Path
from typing import Any, Final

from envaccess.audit.reports.charts import HEIGHT, WIDTH, ColumnChart
from envaccess.audit.reports.query import ReportQuery
from envaccess.audit.reports.table import CellKind, CellValue, ReportTable, RowSpool
from envaccess.domain.duration import format_seconds
from envaccess.domain.text import clean

MOST: Final = 200
"""Rows of a table that a page shows; the rest is in the other files."""
_LONGEST: Final = 600
"""Letters of a cell that a page shows."""
_MINUTE: Final = 60
_TEN: Final = 10
"""Seconds from which tenths tell nothing."""


@dataclass(frozen=True, slots=True)
class ShownHead:
    """A head as a page shows it."""

    tree: str
    what: str
    size: int
    root: str
    told: str


@dataclass(frozen=True, slots=True)
class ReportPage:
    """What a page says beside its tables.

    Attributes:
        statements: what is proven.
        missing: what is not, and why; empty where all is.
        notes: what else is to be known.
        numbers: each with its name, and whether it is an alarm unless it is 0.
    """

    title: str
    workspace: str
    period: str
    statements: Sequence[str]
    missing: Sequence[str]
    notes: Sequence[str]
    numbers: Sequence[tuple[str, str, bool]]
    heads: Sequence[ShownHead]
    charts: Sequence[ColumnChart]


def write_page(
    path: Path, page: ReportPage, tables: Sequence[ReportTable], spool: RowSpool, query: ReportQuery
) -> None:
    """Write it."""
    import jinja2  # noqa: PLC0415 - only a report needs it

    source = resources.files("envaccess.audit.reports").joinpath("page.html").read_text("utf-8")
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, finalize=_seen)
    facts = {name: getattr(page, name) for name in ReportPage.__slots__}
    stream = environment.from_string(source).stream(
        **facts,
        proven=not page.missing,
        zone=query.zone,
        width=WIDTH,
        height=HEIGHT,
        contents=[(table.name, table.title, f"{spool.count(table.name):,}") for table in tables],
        tables=(_shown(table, spool, query) for table in tables),
    )
    with path.open("wb") as file:
        stream.dump(file, encoding="utf-8", errors="replace")


def _seen(told: object) -> object:
    """Whatever stands on the page: a text without what is not seen, such as a change of direction."""
    return clean(told) if isinstance(told, str) else told


def _shown(table: ReportTable, spool: RowSpool, query: ReportQuery) -> dict[str, Any]:
    places = [place for place, column in enumerate(table.columns) if column.page]
    rows = list(_rows(table, islice(spool.rows(table.name), MOST), places, query))
    columns = [table.columns[place] for place in places]
    return {
        "name": table.name,
        "title": table.title,
        "about": table.about,
        "empty": table.empty,
        "rows": rows,
        "more": max(0, spool.count(table.name) - MOST),
        "columns": [
            {"title": one.title, "number": one.kind not in {CellKind.TEXT, CellKind.MOMENT}}
            for one in columns
        ],
    }


def _rows(
    table: ReportTable, rows: Iterator[Sequence[CellValue]], places: Sequence[int], query: ReportQuery
) -> Iterator[list[dict[str, str]]]:
    for cells in rows:
        yield [
            {
                "kind": _class(table.columns[place].kind, wide=table.columns[place].wide),
                "text": _text(table.columns[place].kind, cells[place], query),
            }
            for place in places
        ]


def _class(kind: CellKind, *, wide: bool) -> str:
    if kind is CellKind.TEXT:
        return "wide" if wide else "text"
    return "moment" if kind is CellKind.MOMENT else "number"


def _text(kind: CellKind, cell: CellValue, query: ReportQuery) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell if len(cell) <= _LONGEST else f"{cell[:_LONGEST]}… (the whole is in the other files)"
    if kind is CellKind.MOMENT:
        return query.shown(int(cell))
    if kind is CellKind.SHARE:
        return f"{cell:.0%}"
    if kind is CellKind.SECONDS:
        return (
            format_seconds(round(cell))
            if cell >= _MINUTE
            else f"{cell:.0f}s"
            if cell >= _TEN
            else f"{cell:.1f}s"
        )
    return str(cell)
