"""One field of a secret that is an object of JSON: read, and put in place of the one that is there."""

import json
from collections.abc import Mapping

from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from envaccess.domain.strict_json import read_object


def field_of(source: str, text: str, field: str) -> str:
    """The text, or one field of it: a text as it is, a number as it is written, a yes or no as JSON has it.

    Raises:
        SourceFaultError: it is no object, has no such field, or that field is no single value.
    """
    if not field:
        return text
    try:
        found = json.loads(text, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise _malformed(source, "is no JSON object, so it has no fields")
    if field not in found:
        raise _malformed(source, "has no field of that name")
    if isinstance(value := found[field], str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    raise _malformed(source, "has a field of that name that is no text, number or boolean")


def with_fields(source: str, text: str, fields: Mapping[str, str]) -> str:
    """The object with other texts in some fields; all else stays as it is.

    Raises:
        SourceFaultError: it is no object of JSON.
    """
    try:
        return json.dumps({**read_object(text), **fields}, ensure_ascii=False, allow_nan=False)
    except ValueError:
        raise _malformed(source, "is no JSON object, so no field of it can be written") from None


def _malformed(source: str, what: str) -> SourceFaultError:
    return SourceFaultError(SourceFault.MALFORMED, source, f"A secret of the source {source} {what}")
