"""Events as lines of text: JSON lines, OCSF, CEF and CSV. Another version's event is a line, too."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Final

from envaccess.audit.formats.cef import cef_line
from envaccess.audit.formats.ocsf import ocsf_event
from envaccess.audit.formats.table import HEADER, csv_line
from envaccess.audit.formats.truncated import truncated
from envaccess.domain.audit import Event, export_line

__all__ = ["HEADERS", "Format", "encode", "truncated"]


class Format(StrEnum):
    """How events are written."""

    JSONL = "jsonl"
    OCSF = "ocsf"
    CEF = "cef"
    CSV = "csv"


HEADERS: Final[Mapping[Format, str]] = {Format.CSV: HEADER}
"""The line before the first event, where a format has one."""


def _ocsf_line(event: Event) -> str:
    return json.dumps(ocsf_event(event), ensure_ascii=False, separators=(",", ":"))


_LINES: Final[Mapping[Format, Callable[[Event], str]]] = {
    Format.JSONL: export_line,
    Format.OCSF: _ocsf_line,
    Format.CEF: cef_line,
    Format.CSV: csv_line,
}


def encode(form: Format, event: Event) -> str:
    """An event as one line, without its end."""
    line = _LINES[form](event)
    try:
        line.encode()
    except UnicodeEncodeError:  # half a character, which no system takes: as an escape where JSON has one
        return _LINES[form](_repaired(event)) if form in {Format.CEF, Format.CSV} else _escaped(line)
    return line


def _escaped(line: str) -> str:
    return line.encode("utf-8", "backslashreplace").decode()


def _repaired(event: Event) -> Event:
    """The same event with a question mark in place of each half character."""

    def whole(text: str) -> str:
        return text.encode("utf-8", "replace").decode()

    return replace(
        event,
        event=whole(event.event),
        request=whole(event.request),
        grant=whole(event.grant),
        variables=tuple(map(whole, event.variables)),
        requester=whole(event.requester),
        actor=replace(event.actor, id=whole(event.actor.id)),
        detail={whole(name): whole(text) for name, text in event.detail.items()},
        other={whole(name): whole(text) for name, text in event.other.items()},
    )
