"""Who had access to what and when, and whether it was used; by person, by variable, and at one moment."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from envaccess.audit.reports.life import AUTOMATIC, EMERGENCY, RequestLife
from envaccess.audit.reports.query import ReportQuery
from envaccess.audit.reports.table import CellKind, CellValue, ReportTable, RowSpool, TableColumn, by_time

_COLUMNS: Final = (
    TableColumn("request", "Request"),
    TableColumn("requester", "Who asked"),
    TableColumn("behind", "Person behind"),
    TableColumn("variables", "Variables", wide=True),
    TableColumn("allowed_by", "Allowed by"),
    TableColumn("approvers", "Approvers", wide=True),
    TableColumn("asked", "Asked", CellKind.MOMENT, page=False),
    TableColumn("begun", "Begun", CellKind.MOMENT),
    TableColumn("over", "Over", CellKind.MOMENT),
    TableColumn("lasted", "Lasted", CellKind.SECONDS, page=False),
    TableColumn("how", "How it ended"),
    TableColumn("why", "Why", wide=True, page=False),
    TableColumn("uses", "Uses", CellKind.NUMBER),
    TableColumn("first_use", "First use", CellKind.MOMENT, page=False),
    TableColumn("last_use", "Last use", CellKind.MOMENT, page=False),
    TableColumn("calls", "Calls by a broker", CellKind.NUMBER, page=False),
    TableColumn("extended", "Times extended", CellKind.NUMBER, page=False),
    TableColumn("rules", "Rules", page=False),
    TableColumn("reason", "Reason", wide=True),
)
ACCESS: Final = ReportTable(
    "access",
    "Access",
    "Every grant that gave access at any moment of this time, by when it began. allowed_by is people, "
    "the policy "
    "alone, or an emergency. A grant that is not over has no end here.",
    _COLUMNS,
)
LIVE: Final = ReportTable(
    "live",
    "Access at that moment",
    "The grants that gave access at the moment that was asked for.",
    _COLUMNS,
    "Nobody had access at that moment.",
)
_SUM_COLUMNS: Final = (
    TableColumn("grants", "Grants", CellKind.NUMBER),
    TableColumn("used", "Used", CellKind.NUMBER),
    TableColumn("unused", "Never used", CellKind.NUMBER),
    TableColumn("uses", "Uses", CellKind.NUMBER),
    TableColumn("automatic", "By the policy alone", CellKind.NUMBER),
    TableColumn("emergencies", "Emergencies", CellKind.NUMBER),
    TableColumn("programs", "By programs", CellKind.NUMBER),
    TableColumn("lasted", "Together", CellKind.SECONDS),
    TableColumn("last", "Last begun", CellKind.MOMENT),
)
BY_PERSON: Final = ReportTable(
    "access_by_person",
    "Access by person",
    "Programs count for the person behind them, who is responsible; those of nobody known stand for "
    "themselves.",
    (TableColumn("who", "Who"), TableColumn("variables", "Variables", CellKind.NUMBER), *_SUM_COLUMNS),
)
BY_VARIABLE: Final = ReportTable(
    "access_by_variable",
    "Access by variable",
    "A grant of several variables counts for each of them.",
    (TableColumn("variable", "Variable"), TableColumn("people", "People", CellKind.NUMBER), *_SUM_COLUMNS),
)


@dataclass(slots=True)
class _GrantSums:
    """What the grants of a person, or of a variable, come to."""

    others: set[str] = field(default_factory=set)
    grants: int = 0
    used: int = 0
    uses: int = 0
    automatic: int = 0
    emergencies: int = 0
    programs: int = 0
    lasted: int = 0
    last: int = 0

    def add(self, life: RequestLife, lasted: int) -> None:
        self.grants, self.uses = self.grants + 1, self.uses + life.uses
        self.used += bool(life.uses)
        self.automatic += life.taken == AUTOMATIC
        self.emergencies += life.taken == EMERGENCY
        self.programs += ":" in life.requester
        self.lasted, self.last = self.lasted + lasted, max(self.last, life.begun_at)

    def cells(self, name: str) -> list[CellValue]:
        return [
            name, len(self.others), self.grants, self.used, self.grants - self.used, self.uses,
            self.automatic, self.emergencies, self.programs, self.lasted, self.last,
        ]  # fmt: skip


class AccessTables:
    """Fills the tables of access."""

    def __init__(self, query: ReportQuery, spool: RowSpool, count: Callable[[str, int], None]) -> None:
        self._query, self._spool, self._count = query, spool, count
        self._people: dict[str, _GrantSums] = {}
        self._variables: dict[str, _GrantSums] = {}

    def take(self, life: RequestLife) -> None:
        """A request of which nothing more is expected."""
        query = self._query
        if query.at is not None and life.lives_at(query.at):
            self._spool.add(LIVE.name, by_time(life.begun_at) + life.id, access_row(life, query.known_end))
        if not life.touches(query.start, query.end):
            return
        self._spool.add(ACCESS.name, by_time(life.begun_at) + life.id, access_row(life, query.known_end))
        self._count(life.taken, life.begun_at)
        lasted = _lasted(life, query.known_end)
        person = self._people.setdefault(life.responsible, _GrantSums())
        person.add(life, lasted)
        for name in life.variables:
            person.others.add(name)
            variable = self._variables.setdefault(name, _GrantSums())
            variable.others.add(life.responsible)
            variable.add(life, lasted)

    def finish(self) -> None:
        """Write the sums."""
        for table, sums in ((BY_PERSON, self._people), (BY_VARIABLE, self._variables)):
            for name, one in _by_grants(sums).items():
                self._spool.add(table.name, "", one.cells(name))


def _by_grants(sums: Mapping[str, _GrantSums]) -> Mapping[str, _GrantSums]:
    return dict(sorted(sums.items(), key=lambda one: (-one[1].grants, one[0])))


def _lasted(life: RequestLife, end: int) -> int:
    """Seconds of access up to the end of the report, or to when it is made."""
    over = min(one for one in (life.over_at or end, life.until or end, end))
    return max(0, over - life.begun_at) // 1000


def access_row(life: RequestLife, end: int) -> list[CellValue]:
    """A grant as a row."""
    over = life.over_at or (life.until if life.until and life.until < end else 0)
    return [
        life.id,
        life.requester,
        life.behind,
        ", ".join(life.variables),
        life.taken,
        ", ".join(dict.fromkeys(_decider(one.by, one.behalf) for one in life.decisions if one.yes)),
        life.asked_at or None,
        life.begun_at,
        over or None,
        _lasted(life, end),
        life.ended or ("expired" if over else "lives on"),
        life.ended_why,
        life.uses,
        life.first_use or None,
        life.last_use or None,
        life.calls,
        life.extended,
        life.rules,
        life.reason,
    ]


def _decider(by: str, behalf: str) -> str:
    who = by.removeprefix("person:")
    return f"{who} (for {behalf})" if behalf else who
