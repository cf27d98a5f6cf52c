"""Rows for people and for programs: columns under a header on a terminal, tabs and no header elsewhere."""

import sys
import textwrap
import unicodedata
from collections.abc import Sequence
from typing import Final

import click

from envaccess.cli.output import columns
from envaccess.domain.audit import rfc3339

_GAP: Final = "  "
_LAST_LEAST: Final = 24
"""Characters that the last column has at least, where rows are kept on lines of their own."""


def moment(at: int) -> str:
    """A time in a row, for people and for programs: RFC 3339 in UTC, to the second; milliseconds in."""
    return f"{rfc3339(at).partition('.')[0]}Z"


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows on stdout; see `table`."""
    click.echo(table(header, rows, columns(sys.stdout)))


def table(header: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> str:
    """Rows as text.

    Args:
        header: a word or two over each column.
        rows: as many cells each as the header has, of one line each.
        width: characters in a line; 0 where nobody reads it on a terminal: then cells have tabs between.
    """
    if not width:
        return "\n".join("\t".join(row).rstrip() for row in rows)
    widths = [max(map(_width, cells)) for cells in zip(header, *rows, strict=True)][:-1]
    indent = sum(widths) + len(_GAP) * len(widths)
    if indent + min(_LAST_LEAST, max(_width(row[-1]) for row in (header, *rows))) > width:
        return "\n\n".join(_block(header, row, width) for row in rows)
    return "\n".join(_row(row, widths, indent, width) for row in (header, *rows))


def _row(row: Sequence[str], widths: Sequence[int], indent: int, width: int) -> str:
    """One row, its last cell over several lines where it is long."""
    first = "".join(
        cell + " " * (most - _width(cell)) + _GAP for cell, most in zip(row, widths, strict=False)
    )
    return (first + f"\n{' ' * indent}".join(_broken(row[-1], width - indent))).rstrip()


def _block(header: Sequence[str], row: Sequence[str], width: int) -> str:
    """One row where a line is too short for it: a cell a line, with what it is."""
    most = max(map(_width, header))
    lines = []
    for name, cell in zip(header, row, strict=True):
        first = name + " " * (most - _width(name)) + _GAP
        if cell:
            lines.append(first + f"\n{' ' * len(first)}".join(_broken(cell, width - len(first))))
    return "\n".join(lines)


def _broken(text: str, width: int) -> list[str]:
    """A cell's lines, broken between words."""
    return textwrap.wrap(text, max(width, 1), break_long_words=False, break_on_hyphens=False) or [""]


def _width(text: str) -> int:
    """How many places a terminal gives to it."""
    wide = sum(unicodedata.east_asian_width(character) in {"W", "F"} for character in text)
    return len(text) + wide - sum(bool(unicodedata.combining(character)) for character in text)
