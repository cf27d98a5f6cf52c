"""An event as a row of CSV (RFC 4180). No cell is a formula: people open such files with spreadsheets."""

import csv
import io
import json
from collections.abc import Sequence
from typing import Final

from envaccess.audit.formats.classes import class_of
from envaccess.domain.audit import Event, rfc3339
from envaccess.domain.cells import inert

COLUMNS: Final = (
    "id", "number", "event", "at", "class", "severity", "outcome", "actor_kind", "actor", "behind", "request",
    "grant", "variables", "requester", "reason", "detail", "other",
)  # fmt: skip


def csv_line(event: Event) -> str:
    """An event as one row, without the line's end."""
    known = class_of(event.event)
    return _row(
        (
            event.id,
            "" if event.number is None else str(event.number),
            event.event,
            rfc3339(event.at),
            str(int(known.ocsf)),
            str(int(known.severity)),
            "failure" if known.failed else "success",
            str(event.actor.kind),
            event.actor.id,
            event.behind,
            event.request,
            event.grant,
            ",".join(event.variables),
            event.requester,
            event.detail.get("reason", ""),
            json.dumps(dict(event.detail), ensure_ascii=False, sort_keys=True) if event.detail else "",
            json.dumps(dict(event.other), ensure_ascii=False, sort_keys=True) if event.other else "",
        )
    )


def _row(cells: Sequence[str]) -> str:
    found = io.StringIO()
    csv.writer(found, lineterminator="").writerow(map(inert, cells))
    return found.getvalue()


HEADER: Final = _row(COLUMNS)
"""The row before the first event."""
