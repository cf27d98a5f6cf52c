"""Who decided, how quickly, how often with a yes, and for whom."""

from array import array
from dataclasses import dataclass, field
from statistics import median
from typing import Final

from envaccess.audit.reports.life import DecisionMade, RequestLife
from envaccess.audit.reports.table import CellKind, ReportTable, RowSpool, TableColumn, by_time

QUICK: Final = 5_000
"""Milliseconds: who decides within has hardly read what is asked."""

DECISIONS: Final = ReportTable(
    "decisions",
    "Decisions",
    "Every yes and no that a person gave in this time. waited counts from when that step could be decided.",
    (
        TableColumn("at", "At", CellKind.MOMENT),
        TableColumn("request", "Request"),
        TableColumn("decided_by", "Decided by"),
        TableColumn("behalf", "For whose duty"),
        TableColumn("decision", "Decision"),
        TableColumn("step", "Step", page=False),
        TableColumn("waited", "Waited", CellKind.SECONDS),
        TableColumn("requester", "Who asked"),
        TableColumn("behind", "Person behind", page=False),
        TableColumn("variables", "Variables", wide=True),
        TableColumn("why", "Why not", wide=True),
    ),
)
APPROVERS: Final = ReportTable(
    "approvers",
    "Approvers",
    "Each person who decided. A quick yes is one within five seconds. Half of the decisions took less "
    "than the "
    "median.",
    (
        TableColumn("who", "Who"),
        TableColumn("decisions", "Decisions", CellKind.NUMBER),
        TableColumn("yes", "Yes", CellKind.NUMBER),
        TableColumn("no", "No", CellKind.NUMBER),
        TableColumn("yes_share", "Yes of all", CellKind.SHARE),
        TableColumn("median", "Median", CellKind.SECONDS),
        TableColumn("fastest", "Fastest", CellKind.SECONDS),
        TableColumn("slowest", "Slowest", CellKind.SECONDS, page=False),
        TableColumn("quick", "Quick yes", CellKind.NUMBER),
        TableColumn("duties", "By a duty", CellKind.NUMBER),
        TableColumn("requesters", "Requesters", CellKind.NUMBER),
    ),
)
PAIRS: Final = ReportTable(
    "pairs",
    "Who approves whom",
    "Programs count for the person behind them. A pair is mutual where each said yes to the other.",
    (
        TableColumn("approver", "Approver"),
        TableColumn("requester", "Requester"),
        TableColumn("yes", "Yes", CellKind.NUMBER),
        TableColumn("no", "No", CellKind.NUMBER),
        TableColumn("mutual", "Mutual"),
    ),
)


@dataclass(slots=True)
class _DeciderSums:
    """What one person decided."""

    yes: int = 0
    no: int = 0
    quick: int = 0
    duties: int = 0
    waited: "array[int]" = field(default_factory=lambda: array("q"))
    requesters: set[str] = field(default_factory=set)


class ApproverTables:
    """Fills the tables of decisions."""

    def __init__(self, spool: RowSpool) -> None:
        self._spool = spool
        self._deciders: dict[str, _DeciderSums] = {}
        self.pairs: dict[tuple[str, str], list[int]] = {}
        """Who decided for whom -> how many yes and no."""
        self.waited = array("q")

    def take(self, life: RequestLife, made: DecisionMade) -> None:
        """A decision of this time."""
        who = made.by.removeprefix("person:")
        self._spool.add(
            DECISIONS.name,
            by_time(made.at),
            [
                made.at, life.id, who, made.behalf, "yes" if made.yes else "no", made.step,
                None if made.waited is None else made.waited / 1000, life.requester, life.behind,
                ", ".join(life.variables), made.why,
            ],
        )  # fmt: skip
        found = self._deciders.setdefault(who, _DeciderSums())
        found.yes, found.no = found.yes + made.yes, found.no + (not made.yes)
        found.duties += bool(made.behalf)
        found.requesters.add(life.responsible)
        if made.waited is not None:
            found.waited.append(made.waited)
            self.waited.append(made.waited)
            found.quick += made.yes and made.waited < QUICK
        counts = self.pairs.setdefault((who, life.responsible), [0, 0])
        counts[not made.yes] += 1

    def is_mutual(self, one: str, other: str) -> bool:
        """Whether each of two said yes to the other."""
        return all(self.pairs.get(pair, (0, 0))[0] for pair in ((one, other), (other, one)))

    def finish(self) -> None:
        """Write the sums."""
        for who, one in sorted(self._deciders.items(), key=lambda item: (-item[1].yes - item[1].no, item[0])):
            waited = one.waited
            self._spool.add(
                APPROVERS.name,
                "",
                [
                    who, one.yes + one.no, one.yes, one.no, one.yes / (one.yes + one.no),
                    median(waited) / 1000 if waited else None, min(waited) / 1000 if waited else None,
                    max(waited) / 1000 if waited else None, one.quick, one.duties, len(one.requesters),
                ],
            )  # fmt: skip
        for (who, whom), (yes, no) in sorted(self.pairs.items(), key=lambda item: (-item[1][0], item[0])):
            self._spool.add(PAIRS.name, "", [who, whom, yes, no, "yes" if self.is_mutual(who, whom) else ""])
