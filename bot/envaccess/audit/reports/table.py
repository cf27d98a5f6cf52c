"""Tables of a report: what their columns hold, and their rows, which are kept in a file and not in memory."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Final

CellValue = str | int | float | None


class CellKind(Enum):
    """What the cells of a column are."""

    TEXT = auto()
    NUMBER = auto()
    MOMENT = auto()
    SECONDS = auto()
    SHARE = auto()


@dataclass(frozen=True, slots=True)
class TableColumn:
    """One column.

    Attributes:
        name: in files that programs read.
        title: for people.
        kind: moments are milliseconds since the epoch, shares are between 0 and 1.
        wide: whether its texts are long.
        page: whether the page for people has it.
    """

    name: str
    title: str
    kind: CellKind = CellKind.TEXT
    wide: bool = False
    page: bool = True


@dataclass(frozen=True, slots=True)
class ReportTable:
    """One table: a file of CSV, a sheet, and a part of the page.

    Attributes:
        name: of its file, without `.csv`.
        title: of its sheet and its part of the page.
        about: what it is, in a sentence or two.
        empty: what is said where it has no row.
    """

    name: str
    title: str
    about: str
    columns: tuple[TableColumn, ...]
    empty: str = "None in this time."


_BATCH: Final = 2_000


class RowSpool:
    """Rows by table, each under what it is sorted by; they lie in a file."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path)
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.execute(
            "CREATE TABLE kept (name TEXT, place TEXT, id INTEGER PRIMARY KEY, cells TEXT)"
        )
        self._waiting: list[tuple[str, str, str]] = []

    def add(self, table: str, place: str, cells: Sequence[CellValue]) -> None:
        """Keep a row."""
        self._waiting.append((table, place, json.dumps(list(cells))))
        if len(self._waiting) >= _BATCH:
            self._write()

    def rows(self, table: str) -> Iterator[tuple[CellValue, ...]]:
        """Every row of a table, sorted; those of one place as they came."""
        self._write()
        asked = "SELECT cells FROM kept WHERE name = ? ORDER BY place, id"
        for (cells,) in self._database.execute(asked, (table,)):
            yield tuple(json.loads(cells))

    def count(self, table: str) -> int:
        """How many rows a table has."""
        self._write()
        found: int = self._database.execute("SELECT COUNT(*) FROM kept WHERE name = ?", (table,)).fetchone()[
            0
        ]
        return found

    def close(self) -> None:
        """Let the file go."""
        self._database.close()

    def _write(self) -> None:
        if self._waiting:
            self._database.executemany(
                "INSERT INTO kept (name, place, cells) VALUES (?, ?, ?)", self._waiting
            )
            self._waiting.clear()


def by_time(milliseconds: int) -> str:
    """What sorts by time."""
    return f"{milliseconds:016}"
