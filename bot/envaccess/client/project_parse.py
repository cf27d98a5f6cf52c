"""Read the text of a project's file as TOML; what a stranger wrote may neither hang nor be repeated.

Python's parser takes time that grows with the square of a dotted key's parts, and recurses into brackets.
"""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from envaccess.domain.errors import ProjectFileError

_DOTS_MAX: Final = 500
"""Far above what names have; at that number of parts a key takes ten milliseconds."""
_PLACE = re.compile(r" \(at line (\d+), column \d+\)")
_BARE = re.compile(r"""\s*["']?[A-Za-z_][A-Za-z0-9_]*["']?\s*=\s*[^\s"'\[{].*""")
_QUOTES = 'text stands in double quotes, NAME = "environment/NAME"; and this file never holds a value'


def parse_toml(path: Path, text: str) -> dict[str, Any]:
    """The file's keys.

    Raises:
        ProjectFileError: it is no TOML.
    """
    if text.count(".") > _DOTS_MAX:
        raise ProjectFileError(str(path), (0, f"it has more than {_DOTS_MAX} dots, and holds names alone"))
    try:
        return tomllib.loads(text)
    except RecursionError:
        fault = 0, "it is nested too deeply"
    except ValueError as error:  # it may hold what is in the file, so it ends here
        fault = _fault(str(error), text)
    raise ProjectFileError(str(path), fault)


def _fault(told: str, text: str) -> tuple[int, str]:
    """What is wrong, and where; nothing of the file is in it."""
    place = _PLACE.search(told)
    number = int(place.group(1)) if place else 0
    lines = text.split("\n")
    bare = 0 < number <= len(lines) and _BARE.fullmatch(lines[number - 1])
    what = f"this is not TOML: {_QUOTES}" if bare else f"this is not TOML ({_kind(told)})"
    return number, what


_KINDS: Final = {
    "Cannot overwrite": "a key stands there twice",
    "Cannot declare": "a table stands there twice",
    "Cannot mutate": "a table is added to after its end",
    "Duplicate": "a key stands there twice",
    "Unclosed": "a bracket is not closed",
    "Illegal character": "a text goes over its line, or holds a control character",
    "Found invalid character": "a control character",
    "Unterminated": "a quote is not closed",
    "Expected newline": "one line holds two things",
    "Expected '='": "a key without `=`",
    "Exceeds the limit": "a number that is far too long",
}


def _kind(told: str) -> str:
    return next(
        (meaning for start, meaning in _KINDS.items() if told.startswith(start)),
        "look for a quote or bracket",
    )


def line_of(text: str, key: str) -> int:
    """The number of the line where a key or a listed name stands first; 0 where that cannot be told."""
    word = re.compile(rf"""(?<![\w"'/.-])(["']?){re.escape(key)}\1(?![\w"'/.-])""")
    return next((number for number, line in enumerate(_code(text), 1) if word.search(line)), 0)


def _code(text: str) -> Iterator[str]:
    """Each line, empty where it is a comment."""
    for line in text.split("\n"):
        yield "" if line.lstrip().startswith("#") else line
