"""`.env` files: what python-dotenv's parser reads, and what other tools would read otherwise."""

import re
from collections.abc import Callable, Iterator

from envaccess.cli.env_lines import Line, read_lines
from envaccess.cli.importing.entries import FileReading, ImportedEntry

_BINDING = re.compile(r"\n\s{0,20}(?:export )?[A-Z][A-Z0-9_]+=")


def read_env_form(text: str) -> FileReading:
    """Read a whole `.env` file."""
    return FileReading([_entry(line) for line in read_lines(text)])


def _entry(line: Line) -> ImportedEntry:
    return ImportedEntry(
        f"line {line.number}",
        line.name,
        line.value,
        literal=_is_literal(line),
        fault=line.fault,
        notes=() if line.fault else tuple(_notes(line)),
    )


def _is_literal(line: Line) -> bool:
    return line.raw[:1] == "'"


def _is_cut(line: Line) -> bool:
    return not line.quoted and line.value != line.raw


def _has_escaped_dollar(line: Line) -> bool:
    return not _is_literal(line) and "\\$" in line.value


def _has_command(line: Line) -> bool:
    return not _is_literal(line) and ("`" in line.value or "$(" in line.value)


def _goes_on(line: Line) -> bool:
    return not line.quoted and line.value.endswith("\\")


def _swallows(line: Line) -> bool:
    return line.quoted and _BINDING.search(line.value) is not None


_NOTES: tuple[tuple[str, Callable[[Line], bool]], ...] = (
    ("cut at ` #`: what follows counts as a comment, unless the value is in quotes", _is_cut),
    (
        "with `\\$`: the backslash is kept, unlike in a shell (`heroku config -s`: say --format heroku)",
        _has_escaped_dollar,
    ),
    ("with a backtick or `$(`: no command is run", _has_command),
    ("ending with a backslash: the next line is not joined", _goes_on),
    ("over several lines, one of them like NAME=value: look whether a quote is not closed", _swallows),
)


def _notes(line: Line) -> Iterator[str]:
    return (told for told, holds in _NOTES if holds(line))
