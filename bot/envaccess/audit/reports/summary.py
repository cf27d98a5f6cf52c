"""What a report says before its tables: what is proven and what is missing, heads, numbers and charts."""

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from envaccess.audit.reports.charts import ColumnChart, grants_chart, waiting_chart
from envaccess.audit.reports.collector import ReportCollector
from envaccess.audit.reports.page import ReportPage, ShownHead
from envaccess.audit.reports.query import ReportKind, ReportQuery
from envaccess.audit.reports.segments import PopulationSegment
from envaccess.domain.audit import Tag
from envaccess.domain.checkpoint import Checkpoint, SignedNote
from envaccess.domain.text import count

TITLES: Final[Mapping[ReportKind, str]] = {
    ReportKind.ACCESS: "Access to variables",
    ReportKind.REVIEWS: "Reviews",
    ReportKind.APPROVERS: "Approvers and their decisions",
    ReportKind.EVIDENCE: "Evidence of controlled access",
}


@dataclass(frozen=True, slots=True)
class ReportFindings:
    """What came of reading the events.

    Attributes:
        segments: the stretches that the population has.
        frontiers: of each, the roots of the perfect subtrees before it.
        missing: what is not proven, in sentences.
        notes: what else is to be known.
        sampled: how many grants were drawn, and from how many.
        checked_with: the keys that the heads were checked with.
        rotations: what each key signed of the one that followed it.
        source: `stream` or `archive`.
        version: of envaccess.
    """

    query: ReportQuery
    segments: Sequence[PopulationSegment]
    frontiers: Sequence[Sequence[bytes]]
    missing: Sequence[str]
    notes: Sequence[str]
    sampled: tuple[int, int]
    checked_with: Sequence[str]
    rotations: Sequence[SignedNote]
    source: str
    version: str

    @property
    def population(self) -> int:
        """How many events it has."""
        return sum(one.end - one.begin for one in self.segments)


def page_of(found: ReportFindings, collector: ReportCollector) -> ReportPage:
    """What the page says beside its tables."""
    query = found.query
    return ReportPage(
        title=TITLES[query.kind],
        workspace=found.segments[-1].origin if found.segments else "no events",
        period=period_of(query),
        statements=list(_statements(found)),
        missing=found.missing,
        notes=[*found.notes, f"Written by envaccess {found.version} from the {found.source}."],
        numbers=list(_numbers(collector)),
        heads=[shown for one in found.segments for shown in _shown(one)],
        charts=list(_charts(query, collector)),
    )


def period_of(query: ReportQuery) -> str:
    """The time of a report in words, with both ends."""
    return f"{query.shown(query.start)} up to, not including, {query.shown(query.end)}"


def _statements(found: ReportFindings) -> Iterator[str]:
    for one in found.segments:
        begin = f"after a signed head of {one.begin}" if one.opening else "from the first one on"
        yield (
            f"{count(one.end - one.begin, 'event')} of {one.origin}, {one.begin} to {one.end - 1}, "
            f"{begin}, up to a signed head of "
            f"{one.end}: each line was hashed, and they lead from one to the other."
        )
    if found.checked_with:
        yield f"The heads are signed by {', '.join(found.checked_with)}."


def _numbers(collector: ReportCollector) -> Iterator[tuple[str, str, bool]]:
    tags, counts = collector.counts.tags, collector.counts
    begun = tags.get(Tag.GRANT_ACTIVATED, 0)
    yield "events in this time", f"{counts.events:,}", False
    yield "requests", f"{tags.get(Tag.REQUEST_CREATED, 0):,}", False
    yield "grants begun", f"{begun:,}", False
    yield "uses", f"{tags.get(Tag.GRANT_REVEALED, 0):,}", False
    yield "denied", f"{tags.get(Tag.REQUEST_DENIED, 0):,}", False
    yield "emergencies", f"{tags.get(Tag.EMERGENCY_USED, 0):,}", False
    yield "attempts refused", f"{tags.get(Tag.ACCESS_REFUSED, 0):,}", False
    yield "found that cannot happen", f"{collector.duties.impossible_found:,}", True


def _charts(query: ReportQuery, collector: ReportCollector) -> Iterator[ColumnChart]:
    first = query.local(query.start).date()
    last = (query.local(query.end) - timedelta(milliseconds=1)).date()
    grants = grants_chart(collector.counts.days, first, last)
    waits = waiting_chart(collector.approvers.waited)
    yield from (chart for chart in (grants, waits) if chart)


def _shown(one: PopulationSegment) -> Iterator[ShownHead]:
    if one.opening:
        yield _head(one.origin, "opening", one.opening[1])
    else:
        yield ShownHead(
            one.origin, "opening", one.begin, "", "none: the tree begins here, or what was before is gone"
        )
    yield _head(one.origin, "closing", one.closing[1])


def _head(origin: str, what: str, head: Checkpoint) -> ShownHead:
    return ShownHead(origin, what, head.size, base64.b64encode(head.root).decode(), f"n = {head.size - 1}")


def facts_of(page: ReportPage) -> list[tuple[str, str]]:
    """The first sheet of the workbook."""
    verdict = (
        "not proven to be complete" if page.missing else "complete: no event between the two heads is missing"
    )
    return [
        ("Report", page.title),
        ("Of", page.workspace),
        ("Time", page.period),
        ("Verdict", verdict),
        *(("Proven", told) for told in page.statements),
        *(("Missing", told) for told in page.missing),
        *((f"Head ({one.what})", f"{one.tree}, {one.size} events, root {one.root}") for one in page.heads),
        *(("Note", told) for told in page.notes),
        *((name.capitalize(), number) for name, number, _ in page.numbers),
    ]


def manifest_of(found: ReportFindings, collector: ReportCollector) -> dict[str, Any]:
    """The manifest, without its files and without when it was made."""
    query = found.query
    return {
        "format": 1,
        "envaccess": found.version,
        "query": {
            "report": str(query.kind),
            "from": query.said[0],
            "to": query.said[1],
            "begin": query.told(query.start),
            "end": query.told(query.end),
            "zone": query.zone,
            "at": None if query.at is None else query.told(query.at),
            "sample": query.sample,
        },
        "source": found.source,
        "complete": not found.missing,
        "missing": list(found.missing),
        "notes": list(found.notes),
        "keys": list(found.checked_with),
        "rotations": [note.text for note in found.rotations],
        "population": [
            _written(one, front) for one, front in zip(found.segments, found.frontiers, strict=True)
        ],
        "sample": {
            "drawn": found.sampled[0],
            "of": found.sampled[1],
            "event": str(Tag.GRANT_ACTIVATED),
            "root": _text(found.segments[-1].closing[1].root) if found.segments else "",
        },
        "texts": dict(sorted(collector.counts.texts.items())),
    }


def _written(one: PopulationSegment, front: Sequence[bytes]) -> dict[str, Any]:
    return {
        "tree": one.origin,
        "begin": one.begin,
        "end": one.end,
        "first_in_time": one.first,
        "last_in_time": one.last,
        "before": [_text(root) for root in front],
        "opening": one.opening and _note(*one.opening),
        "closing": _note(*one.closing),
    }


def _note(note: SignedNote, head: Checkpoint) -> dict[str, Any]:
    return {"size": head.size, "root": _text(head.root), "note": note.text}


def _text(root: bytes) -> str:
    return base64.b64encode(root).decode()
