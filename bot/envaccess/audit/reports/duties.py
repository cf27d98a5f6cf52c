"""Segregation of duties: what cannot happen and is looked for all the same, and what can."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from envaccess.audit.reports.approvers import ApproverTables
from envaccess.audit.reports.life import EMERGENCY, DecisionMade, RequestLife, number_of
from envaccess.audit.reports.table import CellKind, ReportTable, RowSpool, TableColumn, by_time
from envaccess.domain.audit import Event, Tag, read_person


@dataclass(frozen=True, slots=True)
class DutyCheck:
    """One thing that is looked for.

    Attributes:
        code: in files that programs read.
        looked_for: in words.
        impossible: why it cannot happen; empty for what can.
    """

    code: str
    looked_for: str
    impossible: str = ""


_LAW_3: Final = "law 3: the script that decides refuses it, in every step and by every duty"
OWN: Final = DutyCheck("own_request", "somebody decided their own request", _LAW_3)
OWN_PROGRAM: Final = DutyCheck(
    "own_program", "the person behind a program (an agent, a pipeline's run) decided its request", _LAW_3
)
OWN_DUTY: Final = DutyCheck("own_duty", "somebody decided for a duty of whoever asked", _LAW_3)
TWICE: Final = DutyCheck("counted_twice", "one person counts twice in a request", _LAW_3)
PROGRAM: Final = DutyCheck(
    "program_decided", "a machine or an agent decided", "programs only ask: every script refuses them"
)
OWN_REVIEW: Final = DutyCheck(
    "own_review", "whoever took emergency access reviewed it", "the script that closes a review refuses it"
)
UNDECIDED: Final = DutyCheck(
    "no_decision", "a value was handed over without a decision before it",
    "law 2: a reveal needs a grant, and a grant a decision, the policy's word or an emergency",
)  # fmt: skip
MUTUAL: Final = DutyCheck("mutual_pair", "two people approved each other")
ADMINISTRATOR: Final = DutyCheck(
    "administrator_approved",
    "an approver is an administrator: in the policy's security or owners, or changed values or locks",
)
NOBODY_BEHIND: Final = DutyCheck(
    "nobody_behind",
    "a program's request was approved, and nobody is known behind it: an approver may have started it",
)
HOLDS_DUTY: Final = DutyCheck(
    "holds_their_duty", "an approver held at that time a duty that whoever asked had handed to them"
)
CLOSE_REVIEW: Final = DutyCheck(
    "close_reviewer", "an emergency was reviewed by somebody whose own requests its taker had approved"
)
OPEN_REVIEW: Final = DutyCheck("not_reviewed", "an emergency was not reviewed at the end of this time")
READ_ON_HOST: Final = DutyCheck(
    "read_on_host", "an operator read a value on the host, past requests and approvals"
)
CHECKS: Final = (
    OWN, OWN_PROGRAM, OWN_DUTY, TWICE, PROGRAM, OWN_REVIEW, UNDECIDED, MUTUAL, ADMINISTRATOR, NOBODY_BEHIND,
    HOLDS_DUTY, CLOSE_REVIEW, OPEN_REVIEW, READ_ON_HOST,
)  # fmt: skip

DUTIES: Final = ReportTable(
    "duties",
    "Segregation of duties",
    "What was looked for in the events of this time. What cannot happen is looked for all the same: a "
    "number there other "
    "than 0 is an error of the product or a stream that somebody wrote to.",
    (
        TableColumn("check", "Check", page=False),
        TableColumn("looked_for", "Looked for", wide=True),
        TableColumn("possible", "Possible", wide=True),
        TableColumn("found", "Found", CellKind.NUMBER),
    ),
)
EXCEPTIONS: Final = ReportTable(
    "exceptions",
    "Exceptions",
    "What was found. An exception is no fault: it is what an auditor asks about.",
    (
        TableColumn("at", "At", CellKind.MOMENT),
        TableColumn("check", "Check"),
        TableColumn("request", "Request"),
        TableColumn("who", "Who"),
        TableColumn("whose", "Whose request"),
        TableColumn("variables", "Variables", wide=True),
        TableColumn("told", "What", wide=True),
    ),
    "Nothing was found.",
)


@dataclass(slots=True)
class DutyTables:
    """Fills the tables of the segregation of duties.

    Attributes:
        administrators: who is one, by the Slack user id; filled as the events come.
    """

    spool: RowSpool
    decisions: ApproverTables
    administrators: set[str] = field(default_factory=set)
    _found: dict[str, int] = field(default_factory=dict)
    _held: dict[tuple[str, str], int] = field(default_factory=dict)
    _reviewed: list[tuple[RequestLife, str]] = field(default_factory=list)
    _yes: dict[str, tuple[int, int]] = field(default_factory=dict)

    def watch(self, event: Event) -> None:
        """Any event, also of before this time: who holds whose duty."""
        if event.event == Tag.DUTY_DELEGATED:
            until = number_of(event.detail.get("until", ""))
            self._held[event.actor.id, event.detail.get("to", "")] = until
        elif event.event == Tag.DUTY_RETURNED:
            giver = event.detail.get("of", "") or event.actor.id
            self._held.pop((giver, event.detail.get("from", "")), None)

    def decide(self, life: RequestLife, made: DecisionMade) -> None:
        """A decision of this time."""
        who, person = made.by.removeprefix("person:"), read_person(made.by)
        for check in self._wrong(life, made, who):
            self._tell(check, made.at, life, who)
        if not made.yes:
            return
        count, last = self._yes.get(who, (0, 0))
        self._yes[who] = count + 1, max(last, made.at)
        if ":" in life.requester and not life.behind:
            self._tell(NOBODY_BEHIND, made.at, life, who)
        if person and self._held.get((life.responsible, person), 0) > made.at:
            self._tell(HOLDS_DUTY, made.at, life, who)

    def _wrong(self, life: RequestLife, made: DecisionMade, who: str) -> Iterator[DutyCheck]:
        """What cannot happen."""
        if who == life.requester:
            yield OWN
        if life.behind and who == life.behind:
            yield OWN_PROGRAM
        if made.behalf and made.behalf == life.responsible:
            yield OWN_DUTY
        others = [one for one in life.decisions if one is not made and one.yes and one.at < made.at]
        if made.yes and any(_counted(one) & _counted(made) for one in others):
            yield TWICE
        if not made.by.startswith("person:"):
            yield PROGRAM

    def use(self, life: RequestLife, event: Event) -> None:
        """A value was handed over in this time."""
        if life.whole and not life.taken:
            self._tell(UNDECIDED, event.at, life, str(event.actor))

    def review(self, life: RequestLife) -> None:
        """An emergency's review was closed in this time."""
        reviewer = read_person(life.reviewed_by) or life.reviewed_by
        if reviewer == life.responsible:
            self._tell(OWN_REVIEW, life.reviewed_at, life, reviewer)
        self._reviewed.append((life, reviewer))

    def read_on_host(self, event: Event) -> None:
        """An operator read a value in this time."""
        life = RequestLife("", variables=event.variables)
        self._tell(READ_ON_HOST, event.at, life, str(event.actor), event.detail.get("reason", ""))

    def open_at_end(self, life: RequestLife) -> None:
        """A request as it stands at the end of this time."""
        if life.taken == EMERGENCY and not life.reviewed_at:
            self._tell(OPEN_REVIEW, life.asked_at or life.begun_at, life, life.responsible)

    def finish(self) -> None:
        """Write what only all of them tell."""
        for life, reviewer in self._reviewed:
            if self.decisions.pairs.get((life.responsible, reviewer), [0])[0]:
                told = f"{life.responsible} had approved requests of {reviewer}"
                self._tell(CLOSE_REVIEW, life.reviewed_at, life, reviewer, told)
        for (one, other), (yes, _) in sorted(self.decisions.pairs.items()):
            if one < other and self.decisions.is_mutual(one, other):
                back = self.decisions.pairs[other, one][0]
                told = f"{one} said yes to {other} {yes} times, {other} to {one} {back} times"
                self._tell(MUTUAL, 0, RequestLife("", requester=other), one, told)
        for who, (count, last) in sorted(self._yes.items()):
            if who in self.administrators:
                told = f"said yes {count} times, last then"
                self._tell(ADMINISTRATOR, last, RequestLife(""), who, told)
        for check in CHECKS:
            possible = f"no ({check.impossible})" if check.impossible else "yes"
            self.spool.add(
                DUTIES.name, "", [check.code, check.looked_for, possible, self._found.get(check.code, 0)]
            )

    def _tell(self, check: DutyCheck, at: int, life: RequestLife, who: str, told: str = "") -> None:
        self._found[check.code] = self._found.get(check.code, 0) + 1
        self.spool.add(
            EXCEPTIONS.name,
            by_time(at),
            [
                at or None, check.code, life.id, who, life.responsible, ", ".join(life.variables),
                told or check.looked_for,
            ],
        )  # fmt: skip

    @property
    def impossible_found(self) -> int:
        """How many things were found that cannot happen."""
        return sum(self._found.get(check.code, 0) for check in CHECKS if check.impossible)


def _counted(made: DecisionMade) -> set[str]:
    """Who counts by a decision: who gave it, and whose duty it was given for."""
    return {one.removeprefix("person:") for one in (made.by, made.behalf) if one}
