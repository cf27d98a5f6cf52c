r"""An event in the Common Event Format: one line of a header with bars and an extension of `key=value`.

Escapes are those of ArcSight's *Common Event Format Implementation Standard*: in the header `\|` and `\\`, in
the extension `\=`, `\\`, and `\n` or `\r` for a line's end. A bar in the extension and an equals sign in the
header are as they are.
"""

import json
from collections.abc import Mapping
from typing import Final

from envaccess import __version__
from envaccess.audit.formats.classes import Severity, class_of
from envaccess.domain.audit import Event

_SEVERITY: Final[Mapping[Severity, int]] = {
    Severity.INFORMATIONAL: 1,
    Severity.LOW: 3,
    Severity.MEDIUM: 5,
    Severity.HIGH: 8,
}
"""0 to 10, of which 7 and 8 are high."""
_LABELLED: Final = ("variables", "grant", "requester", "detail", "other")
"""What lies in `cs1` and so on, by their labels."""


def cef_line(event: Event) -> str:
    """An event as one line of CEF, version 0."""
    known = class_of(event.event)
    head = ("envaccess", "envaccess", __version__, event.event, known.title, str(_SEVERITY[known.severity]))
    extension = {
        "externalId": event.id,
        "rt": str(event.at),
        "suid": str(event.actor),
        "act": event.event,
        "outcome": "failure" if known.failed else "success",
        "reason": event.detail.get("reason", ""),
        "cn1Label": "class",
        "cn1": str(int(known.ocsf)),
        "cn2Label": "number" if event.number is not None else "",
        "cn2": str(event.number) if event.number is not None else "",
        "deviceExternalId": event.request,
        **_custom(event),
    }
    told = " ".join(f"{name}={_value(text)}" for name, text in extension.items() if text)
    return f"CEF:0|{'|'.join(map(_header, head))}|{told}"


def _custom(event: Event) -> dict[str, str]:
    texts = {
        "variables": ",".join(event.variables),
        "grant": event.grant,
        "requester": event.requester,
        "detail": _json(event.detail),
        "other": _json(event.other),
    }
    found = {}
    for place, label in enumerate(_LABELLED, start=1):
        if texts[label]:
            found[f"cs{place}Label"] = label
            found[f"cs{place}"] = texts[label]
    return found


def _json(pairs: Mapping[str, str]) -> str:
    return json.dumps(dict(pairs), ensure_ascii=False, sort_keys=True, separators=(",", ":")) if pairs else ""


def _one_line(text: str) -> str:
    """Without what ends a line elsewhere, or what no text has: such as form feeds and NUL."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _header(text: str) -> str:
    return _one_line(text).replace("\\", "\\\\").replace("|", "\\|")


def _value(text: str) -> str:
    plain = text.replace("\\", "\\\\").replace("=", "\\=").replace("\r", "\\r").replace("\n", "\\n")
    return _one_line(plain)
