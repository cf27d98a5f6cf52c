"""What AWS's answers say: of JSON and XML, and which fault an error is. Nothing of a body goes further."""

import json
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from typing import Any

from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from envaccess.sources.aws.errors import FAULTS, HINTS


class AwsFaultError(SourceFaultError):
    """AWS answered with an error, or with what is no answer.

    Attributes:
        code: AWS's name of the error; empty for one that we do not know, since it is a part of a body.
    """

    def __init__(self, fault: SourceFault, source: str, what: str, code: str = "") -> None:
        super().__init__(fault, source, what)
        self.code = code


def error_of(source: str, call: str, status: int, headers: Mapping[str, str], body: bytes) -> AwsFaultError:
    """What an answer that is not 200 says.

    Args:
        source: its name in the file.
        call: what was asked, such as `secretsmanager:GetSecretValue`.
        status: of HTTP.
        headers: of the answer.
        body: of the answer, whole.
    """
    found = _code(headers, body)
    code = found if found in FAULTS else ""
    fault = FAULTS.get(found) or _by_status(status)
    said = code or f"{status}"
    hint = f": {HINTS[code]}" if code in HINTS else ""
    return AwsFaultError(fault, source, f"The source {source} answered {call} with {said}{hint}", code)


def malformed(source: str, call: str) -> AwsFaultError:
    """The answer is not what its documentation says."""
    return AwsFaultError(
        SourceFault.MALFORMED, source, f"The source {source} answered {call} with something else"
    )


def _by_status(status: int) -> SourceFault:
    if status in {401, 403}:
        return SourceFault.DENIED
    return SourceFault.DOWN if status >= 500 or status == 429 else SourceFault.MALFORMED  # noqa: PLR2004


def _code(headers: Mapping[str, str], body: bytes) -> str:
    """AWS's name of the error: without namespace (`com.amazon#`) and without what follows a colon."""
    told = {name.lower(): text for name, text in headers.items()}
    found: object = told.get("x-amzn-errortype") or json_object(body).get("__type")
    if not isinstance(found, str):
        tree = xml_tree(body)
        found = "" if tree is None else (_text(tree, "Code") or "")
    return found.split(":")[0].rpartition("#")[2]


def json_object(body: bytes) -> dict[str, Any]:
    """What an answer says; empty for what is no object of JSON."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def xml_tree(body: bytes) -> ET.Element | None:
    """The elements of an answer, without namespaces; None for what is none. Declarations are refused."""
    if b"<!" in body:
        return None
    try:
        tree = ET.fromstring(body)  # noqa: S314 (no declarations, so no entities)
    except (ET.ParseError, ValueError, LookupError):
        return None
    for element in tree.iter():
        element.tag = element.tag.rpartition("}")[2]
    return tree


def _text(tree: ET.Element, name: str) -> str | None:
    found = next(tree.iter(name), None)
    return None if found is None else found.text
