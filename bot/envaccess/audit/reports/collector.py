"""Takes every event in order, and fills all tables of a report."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from envaccess.audit.reports.access import ACCESS, BY_PERSON, BY_VARIABLE, LIVE, AccessTables
from envaccess.audit.reports.administrators import (
    ADMINISTRATORS,
    HISTORY,
    INCIDENTS,
    OPERATIONS,
    REFUSALS,
    AdministratorTables,
    named_administrators,
)
from envaccess.audit.reports.approvers import APPROVERS, DECISIONS, PAIRS, ApproverTables
from envaccess.audit.reports.controls import CONTROLS, control_rows
from envaccess.audit.reports.duties import DUTIES, EXCEPTIONS, DutyTables
from envaccess.audit.reports.life import RequestLife, RequestLives
from envaccess.audit.reports.population import SAMPLE
from envaccess.audit.reports.query import ReportKind, ReportQuery
from envaccess.audit.reports.reviews import ACCESS_REVIEWS, ALERTS, EMERGENCIES, REVIEW_ITEMS, ReviewTables
from envaccess.audit.reports.table import ReportTable, RowSpool
from envaccess.domain.audit import Event, Tag
from envaccess.domain.policy.book import Policy

_ACCESS: Final = (ACCESS, BY_PERSON, BY_VARIABLE, REFUSALS)
_APPROVERS: Final = (APPROVERS, PAIRS, DECISIONS)
_REVIEWS: Final = (EMERGENCIES, ALERTS, ACCESS_REVIEWS, REVIEW_ITEMS)
TABLES: Final[Mapping[ReportKind, tuple[ReportTable, ...]]] = {
    ReportKind.ACCESS: (*_ACCESS, SAMPLE),
    ReportKind.APPROVERS: (*_APPROVERS, DUTIES, EXCEPTIONS, SAMPLE),
    ReportKind.REVIEWS: (*_REVIEWS, SAMPLE),
    ReportKind.EVIDENCE: (
        CONTROLS, SAMPLE, DUTIES, EXCEPTIONS, ADMINISTRATORS, HISTORY, *_ACCESS, *_APPROVERS, *_REVIEWS,
        OPERATIONS, INCIDENTS,
    ),
}  # fmt: skip
"""What each kind of report has, in the order of its page."""


def tables_of(query: ReportQuery) -> tuple[ReportTable, ...]:
    """The tables of a report."""
    found = TABLES[query.kind]
    return (LIVE, *found) if query.at is not None else found


@dataclass(slots=True)
class ReportCounts:
    """What the charts and the first page of a report are made of.

    Attributes:
        days: by day of the report's time zone, how many grants began by what.
        waited: milliseconds that each decision took.
        tags: how often each tag came.
        texts: how many texts that people typed are shown, and how many are missing, by why.
    """

    events: int = 0
    days: dict[str, dict[str, int]] = field(default_factory=dict)
    tags: dict[str, int] = field(default_factory=dict)
    texts: dict[str, int] = field(default_factory=dict)


class ReportCollector:
    """Fills a report's tables.

    Args:
        query: what is asked for.
        spool: where rows go.
    """

    def __init__(self, query: ReportQuery, spool: RowSpool) -> None:
        self._query, self._spool = query, spool
        self.counts = ReportCounts()
        self._lives = RequestLives()
        self._access = AccessTables(query, spool, self._count_grant)
        self.approvers = ApproverTables(spool)
        self.administrators = AdministratorTables(spool)
        self.duties = DutyTables(spool, self.approvers)
        self._reviews = ReviewTables(query, spool)

    def feed(self, event: Event, at: int) -> None:
        """The next event that is sealed, and its time by the stream; of after this time none is fed."""
        for over in self._lives.forget(at):
            self._close(over)
        self.duties.watch(event)
        self._reviews.feed(event, within=self._query.holds(at))
        life = self._lives.feed(event)
        within = self._query.holds(at)
        if within:
            self.counts.events += 1
            self.counts.tags[event.event] = self.counts.tags.get(event.event, 0) + 1
            self.administrators.take(event)
            if event.event == Tag.SECRET_READ:
                self.duties.read_on_host(event)
        else:
            self.administrators.watch(event)
        if life:
            if within:
                self._look(life, event)
            self._lives.note(life, at)

    def _look(self, life: RequestLife, event: Event) -> None:
        """An event of this time, and its request as it is after it."""
        made = life.decisions[-1] if life.decisions else None
        if made and event.event in {Tag.REQUEST_STEP_APPROVED, Tag.REQUEST_APPROVED, Tag.REQUEST_DENIED}:
            if made.at == event.at and made.by == str(event.actor):
                self.approvers.take(life, made)
                self.duties.decide(life, made)
        elif event.event == Tag.GRANT_REVEALED:
            self.duties.use(life, event)
        elif event.event == Tag.EMERGENCY_REVIEWED:
            self.duties.review(life)

    def _close(self, life: RequestLife) -> None:
        self._access.take(life)
        reviewed_before = life.reviewed_at and life.reviewed_at < self._query.start
        if not reviewed_before:
            self._reviews.emergency(life)

    def _count_grant(self, taken: str, begun: int) -> None:
        if self._query.holds(begun):
            day = self._query.local(begun).date().isoformat()
            by = self.counts.days.setdefault(day, {})
            by[taken] = by.get(taken, 0) + 1

    def finish(self, policy: Policy | None) -> None:
        """Write what only the end tells; the sample is written by whoever draws it.

        Args:
            policy: the one that held at the end, where it is here.
        """
        for life in self._lives.rest():
            self.duties.open_at_end(life)
            self._close(life)
        self._access.finish()
        self._reviews.finish()
        self.approvers.finish()
        self.duties.administrators |= self.administrators.persons
        if policy:
            self.duties.administrators |= named_administrators(policy)
        self.duties.finish()
        self.administrators.finish(policy)
        for row in control_rows():
            self._spool.add(CONTROLS.name, "", row)
