"""What was looked at afterwards: emergencies, alerts, and reviews of access."""

from typing import Final

from envaccess.audit.reports.life import EMERGENCY, RequestLife
from envaccess.audit.reports.table import CellKind, ReportTable, RowSpool, TableColumn, by_time
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
_EVENTS: Final = (
    TableColumn("at", "At", CellKind.MOMENT),
    TableColumn("event", "What"),
    TableColumn("who", "Who"),
    TableColumn("about", "About"),
    TableColumn("variables", "Variables", wide=True),
    TableColumn("detail", "Details", wide=True),
)
ALERTS: Final = ReportTable(
    "alerts",
    "Alerts",
    "What was unusual enough for an alert (signal.raised), and what somebody said of it (signal.judged).",
    _EVENTS,
    "No alert was raised in this time.",
)
ACCESS_REVIEWS: Final = ReportTable(
    "access_reviews",
    "Access reviews",
    "Reviews of who may have what: when they were opened and closed, and what was decided of each item.",
    _EVENTS,
    "No access review was open in this time.",
)


class ReviewTables:
    """Fills the tables of reviews."""

    def __init__(self, spool: RowSpool) -> None:
        self._spool = spool

    def take(self, event: Event) -> None:
        """An event of this time, of whatever version: tags are looked at by how they begin."""
        subject = event.event.partition(".")[0]
        table = {"signal": ALERTS, "review": ACCESS_REVIEWS}.get(subject)
        if table:
            detail = "; ".join(f"{name}: {text}" for name, text in sorted(event.detail.items()) if text)
            self._spool.add(
                table.name,
                by_time(event.at),
                [
                    event.at, event.event, str(event.actor).removeprefix("person:"),
                    event.requester.removeprefix("person:"), ", ".join(event.variables), detail,
                ],
            )  # fmt: skip

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
