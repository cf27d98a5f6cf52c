"""JSON with one reading: each member of an object stands once, and no number is none."""

import json
from typing import Any, NoReturn


def read_object(text: str | bytes) -> dict[str, Any]:
    """The one object in a text.

    Raises:
        ValueError: no JSON, no object, too deep, a member that stands twice, or `NaN` and its like.
    """
    try:
        found = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except RecursionError:
        found = None
    if not isinstance(found, dict):
        raise ValueError  # noqa: TRY004 - what is read is wrong, not who calls
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found


def _no_number(_: str) -> NoReturn:
    raise ValueError
