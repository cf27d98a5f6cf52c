"""What single claims of a token say: as text that compares exactly, and as text that may be shown."""

from collections.abc import Mapping
from typing import Final

from envaccess.domain.screening import printable
from envaccess.domain.text import clean

Claims = Mapping[str, object]
"""Everything that a token says, as JSON has it."""
_SHOWN: Final = 60
_LONGEST: Final = 1_000
"""Characters of a claim that can match; longer ones are nobody's."""
_BIGGEST: Final = 2**63
_PATH: Final = "/"


def claim_at(claims: Claims, name: str) -> object:
    """A claim by its name, or by its path in objects: `kubernetes.io/pod/uid`; None: it is missing."""
    if name in claims:
        return claims[name]
    found: object = claims
    for part in name.split(_PATH):
        if not isinstance(found, Mapping) or part not in found:
            return None
        found = found[part]
    return found


def claim_text(value: object) -> str:
    """A claim as text that compares exactly; empty where it is neither text, a whole number nor a truth.

    `456` and `"456"` are the same, since platforms have written ids both ways; `"0456"` is another.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if -_BIGGEST < value < _BIGGEST else ""
    return value if isinstance(value, str) and len(value) <= _LONGEST else ""


def shown_claim(value: object) -> str:
    """A claim as it may be told: short, in one line, and never what looks like a secret."""
    if not claim_text(value):
        return _kind(value)
    text = printable(clean(claim_text(value)))
    return text[:_SHOWN] + ("..." if len(text) > _SHOWN else "")


def _kind(value: object) -> str:
    match value:
        case None:
            return "missing"
        case "":
            return "empty"
        case str():
            return "too long"
        case list():
            return "a list"
        case dict():
            return "an object"
        case _:
            return "no whole number"
