"""JSON: names with their values, or environments with names in them."""

import itertools
import json
from collections.abc import Iterator
from typing import Any, NoReturn

from envaccess.cli.importing.entries import FileReading, ImportedEntry
from envaccess.cli.output import Complaint

NESTED = "the value is a list or has names of its own, and is no text"


_DOPPLERS_LIST = {"computed", "note"}
_LIST = (
    "The file is a list of `doppler secrets --json`: "
    "`doppler secrets download --no-file` prints what can be imported. Nothing was stored."
)


class _Members(list[tuple[str, Any]]):
    """The members of an object, also one that stands twice."""


def read_json(text: str) -> FileReading:
    """Read a whole file.

    Raises:
        Complaint: it is no JSON object.
    """
    found = _load(text)
    if not isinstance(found, _Members):
        raise Complaint("The file is JSON, but no object of names with values; nothing was stored.")
    count = itertools.count(1)
    if found and all(isinstance(value, _Members) and value for _, value in found):
        if all({name for name, _ in inner} >= _DOPPLERS_LIST for _, inner in found):
            raise Complaint(_LIST)
        return FileReading(
            [_entry(count, name, value, place) for place, inner in found for name, value in inner]
        )
    return FileReading([_entry(count, name, value, "") for name, value in found])


def _load(text: str) -> Any:  # noqa: ANN401 - JSON
    try:
        return json.loads(
            text, object_pairs_hook=_Members, parse_int=str, parse_float=str, parse_constant=_refuse
        )
    except json.JSONDecodeError as error:
        line = error.lineno
    except (ValueError, RecursionError):
        line = 0
    where = f" (line {line})" if line else ""
    raise Complaint(f"The file begins like JSON and is none{where}; nothing was stored.")


def _refuse(_: str) -> NoReturn:
    raise ValueError


def _entry(count: Iterator[int], name: str, value: Any, environment: str) -> ImportedEntry:  # noqa: ANN401
    place = f"entry {next(count)}"
    if isinstance(value, list):
        return ImportedEntry(place, fault=NESTED)
    if isinstance(value, bool):
        value = "true" if value else "false"
    return ImportedEntry(place, name, value or "", environment)
