"""A report's files of CSV and its workbook: no cell is a formula, and every date is one."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from envaccess.audit.reports.query import ReportQuery
from envaccess.audit.reports.table import CellKind, CellValue, ReportTable, RowSpool, TableColumn
from envaccess.domain.cells import inert

_LONGEST: Final = 16_000
"""Letters of a cell: a workbook has room for 32,767 halves of UTF-16, and an emoji is two of them."""
MOST_ROWS: Final = 1_000_000
"""Rows of a sheet: a workbook has room for 1,048,576."""
_FORMULA: Final = "=+-@\uff1d\uff0b\uff0d\uff20 "
_SHEET: Final = 31
"""Letters of a sheet's name."""
_WIDTHS: Final = {CellKind.NUMBER: 9, CellKind.MOMENT: 20, CellKind.SECONDS: 11, CellKind.SHARE: 9}


def harmless(text: str) -> str:
    """A text that no spreadsheet computes, on one line, without halves of characters."""
    if text.isascii() and text.isprintable() and text[:1] not in _FORMULA:
        return text  # what most cells are
    return inert(text.encode("utf-8", "replace").decode())


class CsvFile:
    """Writes a table as CSV (RFC 4180) in UTF-8, row by row."""

    def __init__(self, path: Path, table: ReportTable, query: ReportQuery) -> None:
        self._kinds = [column.kind for column in table.columns]
        self._query = query
        self._file = path.open("w", encoding="utf-8", newline="")
        self._rows = csv.writer(self._file, lineterminator="\r\n")
        self._rows.writerow([harmless(column.name) for column in table.columns])

    def write(self, cells: Sequence[CellValue]) -> None:
        """A row."""
        self._rows.writerow(map(self._cell, self._kinds, cells))

    def _cell(self, kind: CellKind, cell: CellValue) -> str | int | float:
        if cell is None:
            return ""
        if kind is CellKind.MOMENT and isinstance(cell, int):
            return self._query.told(cell)
        return harmless(cell) if isinstance(cell, str) else cell

    def close(self) -> None:
        """The file is whole."""
        self._file.close()


def write_csv(
    path: Path, table: ReportTable, rows: Iterable[Sequence[CellValue]], query: ReportQuery
) -> None:
    """Write a whole table."""
    file = CsvFile(path, table, query)
    for cells in rows:
        file.write(cells)
    file.close()


def write_workbook(
    path: Path,
    facts: Sequence[tuple[str, str]],
    tables: Sequence[ReportTable],
    spool: RowSpool,
    query: ReportQuery,
) -> None:
    """Write all tables as sheets of one workbook, after one that says what it is.

    The same rows give the same bytes. What is in memory is one row.
    """
    import xlsxwriter  # noqa: PLC0415 - only a report needs it

    made = query.local(query.end).replace(tzinfo=None)
    options = {
        "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
        "strings_to_numbers": False,
        "default_date_format": "yyyy-mm-dd hh:mm:ss", "tmpdir": str(path.parent),
    }  # fmt: skip
    with xlsxwriter.Workbook(str(path), options) as workbook:
        workbook.set_properties({"title": "envaccess report", "created": made})
        formats = _formats(workbook)
        _write_facts(workbook.add_worksheet("Report"), facts, formats)
        names = {"report"}
        for table in tables:
            sheet = workbook.add_worksheet(sheet_name(table.title, names))
            _write_table(sheet, table, spool.rows(table.name), query, formats)


def _formats(workbook: Any) -> dict[Any, Any]:  # noqa: ANN401 - the library has no types
    plain = {"valign": "top", "font_name": "Arial", "font_size": 10}
    numbers = {
        CellKind.MOMENT: "yyyy-mm-dd hh:mm:ss",
        CellKind.SECONDS: "#,##0",
        CellKind.NUMBER: "0",
        CellKind.SHARE: "0 %",
    }
    found: dict[Any, Any] = {
        kind: workbook.add_format({**plain, "num_format": form}) for kind, form in numbers.items()
    }
    found[CellKind.TEXT] = workbook.add_format(plain)
    found["wide"] = workbook.add_format({**plain, "text_wrap": True})
    found["head"] = workbook.add_format(
        {**plain, "bold": True, "bg_color": "#E8EDF3", "bottom": 1, "text_wrap": True}
    )
    return found


def _write_facts(sheet: Any, facts: Sequence[tuple[str, str]], formats: dict[Any, Any]) -> None:  # noqa: ANN401
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 1, 100)
    for row, (name, told) in enumerate(facts):
        sheet.write_string(row, 0, _fitting(name), formats["head"])
        sheet.write_string(row, 1, _fitting(told), formats["wide"])


def _write_table(
    sheet: Any,  # noqa: ANN401
    table: ReportTable,
    rows: Iterator[Sequence[CellValue]],
    query: ReportQuery,
    formats: dict[Any, Any],
) -> None:
    sheet.freeze_panes(1, 0)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    for place, column in enumerate(table.columns):
        sheet.set_column(place, place, 40 if column.wide else _WIDTHS.get(column.kind, 20))
        sheet.write_string(0, place, _fitting(_title(column, query)), formats["head"])
    row = 0
    for cells in rows:
        row += 1
        if row > MOST_ROWS:
            sheet.write_string(row, 0, f"More rows are in {table.name}.csv", formats["wide"])
            break
        for place, (column, cell) in enumerate(zip(table.columns, cells, strict=True)):
            _write_cell(sheet, row, place, column, cell, query, formats)
    if row:
        sheet.autofilter(0, 0, min(row, MOST_ROWS), len(table.columns) - 1)
    else:
        sheet.write_string(1, 0, _fitting(table.empty), formats["wide"])


def _title(column: TableColumn, query: ReportQuery) -> str:
    if column.kind is CellKind.MOMENT:
        return f"{column.title} ({query.zone})"
    return f"{column.title} (seconds)" if column.kind is CellKind.SECONDS else column.title


def _write_cell(
    sheet: Any,  # noqa: ANN401
    row: int,
    place: int,
    column: TableColumn,
    cell: CellValue,
    query: ReportQuery,
    formats: dict[Any, Any],
) -> None:
    if cell is None:
        return
    if isinstance(cell, str):
        sheet.write_string(row, place, _fitting(cell), formats["wide" if column.wide else CellKind.TEXT])
    elif column.kind is CellKind.MOMENT:
        sheet.write_datetime(row, place, _date(query, int(cell)), formats[CellKind.MOMENT])
    else:
        sheet.write_number(row, place, cell, formats[column.kind])


def _date(query: ReportQuery, milliseconds: int) -> datetime:
    """As clocks show it; a workbook knows no time zones."""
    return query.local(milliseconds).replace(tzinfo=None)


def _fitting(text: str) -> str:
    found = harmless(text)
    if len(found) <= _LONGEST:
        return found
    return f"{found[:_LONGEST]} (cut off here: the whole is in the file of CSV)"


def sheet_name(title: str, taken: set[str]) -> str:
    """A name that a sheet may have: no formula, none of `[]:*?`, at most 31 letters, and no other's."""
    plain = "".join(" " if letter in "[]:*?/\\'" else letter for letter in harmless(title))
    plain = plain.lstrip(_FORMULA).rstrip() or "Sheet"
    found, number = _halves(plain, _SHEET), 1
    while found.lower() in taken:
        number += 1
        found = f"{_halves(plain, _SHEET - len(str(number)) - 1)} {number}"
    taken.add(found.lower())
    return found


def _halves(text: str, most: int) -> str:
    """The beginning of a text that has so many halves of UTF-16 at most, which is how a workbook counts."""
    return text.encode("utf-16-le")[: most * 2].decode("utf-16-le", "ignore").rstrip()
