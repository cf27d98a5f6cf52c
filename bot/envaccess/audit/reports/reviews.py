"""What was looked at afterwards: emergencies, alerts, and reviews of access."""

from typing import Final

from envaccess.audit.reports.life import EMERGENCY, RequestLife, number_of
from envaccess.audit.reports.query import ReportQuery
from envaccess.audit.reports.table import CellKind, CellValue, ReportTable, RowSpool, TableColumn, by_time
from envaccess.domain.audit import Event

EMERGENCIES: Final = ReportTable(
    "emergencies",
    "Emergencies",
    "Access that somebody took without asking, in this time, and what a reviewer said of it.",
    (
        TableColumn("at", "Taken", CellKind.MOMENT),
        TableColumn("request", "Request"),
        TableColumn("who", "By whom"),
        TableColumn("behind", "Person behind", page=False),
        TableColumn("variables", "Variables", wide=True),
        TableColumn("uses", "Uses", CellKind.NUMBER),
        TableColumn("reason", "Reason", wide=True),
        TableColumn("reviewed", "Reviewed", CellKind.MOMENT),
        TableColumn("reviewer", "Reviewer"),
        TableColumn("after", "After", CellKind.SECONDS),
        TableColumn("note", "What the reviewer wrote", wide=True),
    ),
    "Nobody took emergency access in this time.",
)
ALERTS: Final = ReportTable(
    "alerts",
    "Alerts",
    "What was unusual enough for an alert, and what somebody said of it, as it stands at the end.",
    (
        TableColumn("at", "Raised", CellKind.MOMENT),
        TableColumn("alert", "Alert"),
        TableColumn("about", "About"),
        TableColumn("behind", "Person behind", page=False),
        TableColumn("variables", "Variables", wide=True),
        TableColumn("facts", "What was unusual", wide=True),
        TableColumn("disposition", "Disposition"),
        TableColumn("judged", "Judged", CellKind.MOMENT),
        TableColumn("judged_by", "By whom"),
        TableColumn("after", "After", CellKind.SECONDS),
        TableColumn("note", "What they wrote", wide=True),
    ),
    "No alert was raised in this time.",
)
ACCESS_REVIEWS: Final = ReportTable(
    "access_reviews",
    "Access reviews",
    "Reviews of who may have what. What nobody judged is not reviewed, and is not kept by that.",
    (
        TableColumn("at", "Opened", CellKind.MOMENT),
        TableColumn("review", "Review"),
        TableColumn("by", "By whom"),
        TableColumn("what", "Of what", wide=True),
        TableColumn("items", "Items", CellKind.NUMBER),
        TableColumn("until", "Until", CellKind.MOMENT),
        TableColumn("closed", "Closed", CellKind.MOMENT),
        TableColumn("closed_by", "Closed by"),
        TableColumn("keep", "Keep", CellKind.NUMBER),
        TableColumn("reduce", "Reduce", CellKind.NUMBER),
        TableColumn("revoke", "Revoke", CellKind.NUMBER),
        TableColumn("open", "Not reviewed", CellKind.NUMBER),
        TableColumn("pack", "SHA-256 of its pack", wide=True, page=False),
    ),
    "No access review was open in this time.",
)
REVIEW_ITEMS: Final = ReportTable(
    "review_items",
    "What reviewers said",
    "Each item of an access review that somebody judged in this time.",
    (
        TableColumn("at", "At", CellKind.MOMENT),
        TableColumn("review", "Review"),
        TableColumn("item", "Item"),
        TableColumn("judged_by", "By whom"),
        TableColumn("kind", "Kind"),
        TableColumn("about", "About"),
        TableColumn("rule", "Rule"),
        TableColumn("verdict", "Verdict"),
        TableColumn("reason", "Reason", wide=True),
    ),
)


class ReviewTables:
    """Fills the tables of reviews. Tags are those of other parts, and are read as texts."""

    def __init__(self, query: ReportQuery, spool: RowSpool) -> None:
        self._query, self._spool = query, spool
        self._alerts: dict[str, tuple[Event, Event | None]] = {}
        self._reviews: dict[str, tuple[Event, Event | None]] = {}

    def feed(self, event: Event, *, within: bool) -> None:
        """An event of this time, or of before it."""
        subject, _, what = event.event.partition(".")
        if subject == "signal":
            _pair(self._alerts, event.detail.get("alert", ""), event, begins=what == "raised")
        elif subject == "review" and what in {"opened", "closed"}:
            _pair(self._reviews, event.detail.get("review", ""), event, begins=what == "opened")
        elif event.event == "review.item_judged" and within:
            detail = event.detail
            about = detail.get("who", "") or detail.get("request_id", "")
            names = ("kind", "rule", "verdict", "reason")
            kind, rule, verdict, reason = (detail.get(name, "") for name in names)
            item = [detail.get("review", ""), detail.get("item", ""), _who(event)]
            self._spool.add(
                REVIEW_ITEMS.name, by_time(event.at), [event.at, *item, kind, about, rule, verdict, reason]
            )

    def _touches(self, begun: Event, ended: Event | None) -> bool:
        """Whether it began in this time, or was open in it."""
        return begun.at >= self._query.start or ended is None or ended.at >= self._query.start

    def finish(self) -> None:
        """Write alerts and reviews as they stand at the end."""
        for alert, (raised, judged) in self._alerts.items():
            if self._touches(raised, judged):
                self._spool.add(ALERTS.name, by_time(raised.at), _alert_row(alert, raised, judged))
        for review, (opened, closed) in self._reviews.items():
            if self._touches(opened, closed):
                self._spool.add(ACCESS_REVIEWS.name, by_time(opened.at), _review_row(review, opened, closed))

    def emergency(self, life: RequestLife) -> None:
        """An emergency that was taken in this time, as it stands at its end."""
        if life.taken != EMERGENCY:
            return
        taken = life.asked_at or life.begun_at
        self._spool.add(
            EMERGENCIES.name,
            by_time(taken),
            [
                taken, life.id, life.requester, life.behind, ", ".join(life.variables), life.uses,
                life.reason,
                life.reviewed_at or None, life.reviewed_by.removeprefix("person:"),
                (life.reviewed_at - taken) / 1000 if life.reviewed_at else None, life.note,
            ],
        )  # fmt: skip


def _pair(found: dict[str, tuple[Event, Event | None]], name: str, event: Event, *, begins: bool) -> None:
    """Keep what began, and the newest of what came of it."""
    begun = found.get(name, (event, None))[0]
    found[name] = (event, None) if begins else (begun, event)


def _who(event: Event) -> str:
    return str(event.actor).removeprefix("person:")


def _alert_row(alert: str, raised: Event, judged: Event | None) -> list[CellValue]:
    said = judged.detail if judged else {}
    return [
        raised.at,
        alert,
        raised.requester.removeprefix("person:"),
        raised.behind,
        ", ".join(raised.variables),
        raised.detail.get("facts", "").replace(",", ", "),
        said.get("disposition", "").replace("_", " ") or "nobody has looked at it",
        judged.at if judged else None,
        _who(judged) if judged else "",
        (judged.at - raised.at) / 1000 if judged else None,
        said.get("note", ""),
    ]


def _review_row(review: str, opened: Event, closed: Event | None) -> list[CellValue]:
    said = closed.detail if closed else {}
    counts = [
        number_of(said.get(name, "")) if closed else None for name in ("keep", "reduce", "revoke", "open")
    ]
    return [
        opened.at,
        review,
        _who(opened),
        opened.detail.get("what", ""),
        number_of(opened.detail.get("items", "")),
        number_of(opened.detail.get("until", "")) or None,
        closed.at if closed else None,
        _who(closed) if closed else "",
        *counts,
        said.get("pack", ""),
    ]
