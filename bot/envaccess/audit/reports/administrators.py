"""Who can do more than ask and approve: as the policy names them, and as the events show them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from envaccess.audit.reports.life import number_of
from envaccess.audit.reports.table import CellKind, ReportTable, RowSpool, TableColumn, by_time
from envaccess.domain.audit import ActorKind, Event, Tag
from envaccess.domain.policy.book import Policy

ADMINISTRATORS: Final = ReportTable(
    "administrators",
    "Administrators",
    "Whom the policy names in security and owners, and who acted as one in this time. A group of "
    "Slack (S..., C...) "
    "stands for its members, whom Slack alone knows. cli:NAME is an account on the bot's host: whoever "
    "has it can run "
    "every command, with or without a Slack user.",
    (
        TableColumn("who", "Who"),
        TableColumn("by", "By what"),
        TableColumn("of", "Of what", wide=True),
        TableColumn("acts", "Acts", CellKind.NUMBER),
        TableColumn("did", "What they did", wide=True),
        TableColumn("first", "First", CellKind.MOMENT),
        TableColumn("last", "Last", CellKind.MOMENT),
    ),
)
OPERATIONS: Final = ReportTable(
    "operations",
    "Operations",
    "What was done on the bot's host by a command, and what administrators did to values and locks.",
    (
        TableColumn("at", "At", CellKind.MOMENT),
        TableColumn("actor", "Who"),
        TableColumn("event", "What"),
        TableColumn("about", "About", wide=True),
        TableColumn("detail", "Details", wide=True),
    ),
)
HISTORY: Final = ReportTable(
    "policy_history",
    "Policies that held",
    "Each policy that was loaded or refused in this time, and the one that held before. policy is the "
    "beginning of the "
    "file's SHA-256. Who changed the file is not in the events: look at the repository that it is kept in.",
    (
        TableColumn("at", "At", CellKind.MOMENT),
        TableColumn("event", "What"),
        TableColumn("policy", "Policy"),
        TableColumn("rules", "Rules", CellKind.NUMBER),
        TableColumn("changes", "What changed", wide=True),
    ),
)
INCIDENTS: Final = ReportTable(
    "incidents",
    "The system itself",
    "Starts and stops, backups and restores, gaps, broken seals, sinks that were lost, keys, and texts "
    "taken away.",
    OPERATIONS.columns,
)
REFUSALS: Final = ReportTable(
    "refusals",
    "Refused attempts",
    "Who tried what they may not, by the reason.",
    (
        TableColumn("who", "Who"),
        TableColumn("why", "Why not"),
        TableColumn("times", "Times", CellKind.NUMBER),
        TableColumn("last", "Last", CellKind.MOMENT),
    ),
)
_AS_ADMINISTRATOR: Final = frozenset(
    {
        Tag.SECRET_CREATED, Tag.SECRET_CHANGED, Tag.SECRET_DELETED, Tag.SECRET_READ, Tag.PRINCIPAL_LOCKED,
        Tag.PRINCIPAL_UNLOCKED,
    }
)  # fmt: skip
_SYSTEM: Final = frozenset(
    {
        Tag.APP_INSTALLED, Tag.APP_UNINSTALLED, Tag.APP_TOKEN_ROTATED,
        Tag.BOT_STARTED, Tag.BOT_STOPPED, Tag.BACKUP_MADE, Tag.BACKUP_RESTORED, Tag.STORE_UPGRADED,
        Tag.STORE_ARCHIVED,
        Tag.AUDIT_GAP, Tag.AUDIT_KEY_ROTATED, Tag.AUDIT_REDACTED, Tag.SEAL_BROKEN, Tag.SEAL_KEY_DROPPED,
        Tag.SEAL_KEY_UNKNOWN,
        Tag.SEAL_KEY_RESEALED, Tag.SINK_LOST, Tag.RECORD_REFUSED,
    }
)  # fmt: skip
_UNTOLD: Final = frozenset({"policy", "rules", "signed_head", "signed_rotation"})


@dataclass(slots=True)
class _OperatorActs:
    tags: Counter[str] = field(default_factory=Counter)
    first: int = 0
    last: int = 0


class AdministratorTables:
    """Fills the tables about administrators, policies and the system."""

    def __init__(self, spool: RowSpool) -> None:
        self._spool = spool
        self._acts: dict[str, _OperatorActs] = {}
        self._refused: dict[tuple[str, str], list[int]] = {}
        self._before: Event | None = None
        self.policy = ""
        """The policy that held at the end, as the newest event says."""

    def watch(self, event: Event) -> None:
        """An event of before this time."""
        if event.event == Tag.POLICY_LOADED:
            self._before, self.policy = event, event.detail.get("policy", "")

    def take(self, event: Event) -> None:
        """An event of this time."""
        tag = event.event
        if event.actor.kind == ActorKind.CLI or tag in _AS_ADMINISTRATOR:
            self._act(event)
        if tag in _SYSTEM:
            self._spool.add(INCIDENTS.name, by_time(event.at), _about(event))
        if tag in {Tag.POLICY_LOADED, Tag.POLICY_REJECTED}:
            self._hold(event)
        if tag in {Tag.ACCESS_REFUSED, Tag.ACCESS_REFUSED_COUNT}:
            found = self._refused.setdefault((str(event.actor), event.detail.get("why", "")), [0, 0])
            found[0] += number_of(event.detail.get("count", "")) or 1
            found[1] = max(found[1], event.at)

    def _act(self, event: Event) -> None:
        found = self._acts.setdefault(str(event.actor), _OperatorActs(first=event.at))
        found.tags[event.event] += 1
        found.last = event.at
        self._spool.add(OPERATIONS.name, by_time(event.at), _about(event))

    def _hold(self, event: Event, what: str = "") -> None:
        if event.event == Tag.POLICY_LOADED:
            self.policy = event.detail.get("policy", "")
        told = what or (
            "held from then on" if event.event == Tag.POLICY_LOADED else "refused, the old one stayed"
        )
        rules = number_of(event.detail.get("rules", "")) or None
        self._spool.add(
            HISTORY.name,
            by_time(event.at),
            [
                event.at,
                told,
                event.detail.get("policy", ""),
                rules,
                _told(event),
            ],
        )

    @property
    def persons(self) -> set[str]:
        """Slack user ids of those who acted as administrators."""
        return {who.removeprefix("person:") for who in self._acts if who.startswith("person:")}

    def finish(self, policy: Policy | None) -> None:
        """Write who they are; the policy is that of the end, where it is here."""
        if self._before:
            self._hold(self._before, "held before this time")
        acted = dict(self._acts)
        named = [(f"person:{who}" if who[:1] in "UW" else who, why, of) for who, why, of in _named(policy)]
        for who, why, of in named:
            self._write(who, why, of, acted)
        for who in sorted(acted.keys() - {who for who, _, _ in named}):
            self._write(who, "the command line" if who.startswith("cli:") else "what they did", "", acted)
        for (who, why), (times, last) in sorted(self._refused.items(), key=lambda one: (-one[1][0], one[0])):
            self._spool.add(REFUSALS.name, "", [who.removeprefix("person:"), why, times, last])

    def _write(self, who: str, why: str, of: str, acted: dict[str, _OperatorActs]) -> None:
        found = acted.get(who, _OperatorActs())
        did = ", ".join(f"{tag} {times}" for tag, times in sorted(found.tags.items()))
        self._spool.add(
            ADMINISTRATORS.name,
            "",
            [
                who.removeprefix("person:"), why, of, found.tags.total(), did, found.first or None,
                found.last or None,
            ],
        )  # fmt: skip


def named_administrators(policy: Policy) -> set[str]:
    """The Slack user ids in a policy's `security` and `owners`."""
    return {who for who, _, _ in _named(policy) if who[:1] in "UW"}


def _named(policy: Policy | None) -> Sequence[tuple[str, str, str]]:
    """Who, by what, and of what."""
    if policy is None:
        return []
    security = [(who, "policy: security", "") for who in policy.security.words]
    owners = [(who, "policy: owners", ", ".join(one.match)) for one in policy.owners for who in one.who.words]
    return [*security, *owners]


def _about(event: Event) -> list[str | int | None]:
    about = ", ".join(event.variables) or event.requester.removeprefix("person:")
    return [event.at, str(event.actor).removeprefix("person:"), event.event, about, _told(event)]


def _told(event: Event) -> str:
    """An event's details in a line."""
    return "; ".join(
        f"{name}: {text}" for name, text in sorted(event.detail.items()) if name not in _UNTOLD and text
    )
