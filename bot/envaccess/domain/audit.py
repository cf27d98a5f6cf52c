"""Audit events: their tags, their one flat shape, and who can be an actor."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final


class Tag(StrEnum):
    """What happened, `subject.action`."""

    REQUEST_PROPOSED = "request.proposed"
    REQUEST_CONSENTED = "request.consented"
    REQUEST_DECLINED = "request.declined"
    REQUEST_CREATED = "request.created"
    REQUEST_STEP_APPROVED = "request.step_approved"
    REQUEST_STEP_SKIPPED = "request.step_skipped"
    REQUEST_STEP_REOPENED = "request.step_reopened"
    REQUEST_APPROVED = "request.approved"
    REQUEST_DENIED = "request.denied"
    REQUEST_CANCELLED = "request.cancelled"
    REQUEST_TIMED_OUT = "request.timed_out"
    REQUEST_REMINDED = "request.reminded"
    REQUEST_ESCALATED = "request.escalated"
    REQUEST_QUESTIONED = "request.questioned"
    REQUEST_ANSWERED = "request.answered"
    GRANT_ACTIVATED = "grant.activated"
    GRANT_REVEALED = "grant.revealed"
    GRANT_NEW_HOST = "grant.new_host"
    GRANT_TAP_ASKED = "grant.tap_asked"
    GRANT_TAPPED = "grant.tapped"
    GRANT_REVEAL_FAILED = "grant.reveal_failed"
    GRANT_EXTENDED = "grant.extended"
    GRANT_EXPIRING = "grant.expiring"
    GRANT_EXPIRED = "grant.expired"
    GRANT_LAPSED = "grant.lapsed"
    GRANT_REVOKED = "grant.revoked"
    GRANT_USED_UP = "grant.used_up"
    LEASE_INTENDED = "lease.intended"
    LEASE_MINTED = "lease.minted"
    LEASE_EXTENDED = "lease.extended"
    LEASE_ENDING = "lease.ending"
    LEASE_REVOKED = "lease.revoked"
    LEASE_STUCK = "lease.stuck"
    BROKER_CALLED = "broker.called"
    BROKER_BLOCKED = "broker.blocked"
    EMERGENCY_USED = "emergency.used"
    EMERGENCY_REMINDED = "emergency.reminded"
    EMERGENCY_REVIEWED = "emergency.reviewed"
    DUTY_DELEGATED = "duty.delegated"
    DUTY_RETURNED = "duty.returned"
    SESSION_OFFERED = "session.offered"
    SESSION_OPENED = "session.opened"
    SESSION_ENDED = "session.ended"
    PRINCIPAL_LOCKED = "principal.locked"
    PRINCIPAL_UNLOCKED = "principal.unlocked"
    ACCESS_REFUSED = "access.refused"
    ACCESS_REFUSED_COUNT = "access.refused_count"
    SECRET_CREATED = "secret.created"  # noqa: S105 - a tag, not a secret
    SECRET_CHANGED = "secret.changed"  # noqa: S105 - a tag, not a secret
    SECRET_DELETED = "secret.deleted"  # noqa: S105 - a tag, not a secret
    SECRET_RESEALED = "secret.resealed"  # noqa: S105 - a tag, not a secret
    SECRET_READ = "secret.read"  # noqa: S105 - a tag, not a secret
    VALUE_SEEN = "value.seen"
    VALUE_UNSEEN = "value.unseen"
    POLICY_LOADED = "policy.loaded"
    POLICY_REJECTED = "policy.rejected"
    SOURCES_LOADED = "sources.loaded"
    SOURCES_REJECTED = "sources.rejected"
    RECORD_REFUSED = "record.refused"
    BACKUP_MADE = "backup.made"
    BACKUP_RESTORED = "backup.restored"
    STORE_UPGRADED = "store.upgraded"
    STORE_ARCHIVED = "store.archived"
    SEAL_BROKEN = "seal.broken"
    SEAL_KEY_UNKNOWN = "seal.key_unknown"
    SEAL_KEY_DROPPED = "seal.key_dropped"
    SEAL_KEY_RESEALED = "seal.key_resealed"
    AUDIT_CHECKPOINT = "audit.checkpoint"
    AUDIT_KEY_ROTATED = "audit.key_rotated"
    AUDIT_REDACTED = "audit.redacted"
    AUDIT_READ = "audit.read"
    AUDIT_GAP = "audit.gap"
    SINK_LOST = "sink.lost"
    REVIEW_OPENED = "review.opened"
    REVIEW_ITEM_JUDGED = "review.item_judged"
    REVIEW_REMINDED = "review.reminded"
    REVIEW_CLOSED = "review.closed"
    SIGNAL_RAISED = "signal.raised"
    SIGNAL_JUDGED = "signal.judged"
    ROTATION_DUE = "rotation.due"
    ROTATION_DONE = "rotation.done"
    ROTATION_FAILED = "rotation.failed"
    APP_INSTALLED = "app.installed"
    APP_UNINSTALLED = "app.uninstalled"
    APP_TOKEN_ROTATED = "app.token_rotated"  # noqa: S105 - a tag, not a secret
    BOT_STARTED = "bot.started"
    BOT_STOPPED = "bot.stopped"


class ActorKind(StrEnum):
    """What kind of thing acted."""

    PERSON = "person"
    MACHINE = "machine"
    AGENT = "agent"
    BOT = "bot"
    CLIENT = "client"
    CLI = "cli"
    TIME = "time"
    POLICY = "policy"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it.

    Attributes:
        kind: what this version does not know stays the word that it is.
        id: a Slack user id, a machine's name in the policy, the id of an agent's session, or the operating
            system's user name for the CLI.
    """

    kind: ActorKind | str
    id: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}" if self.id else str(self.kind)


_KINDS: Final[Mapping[str, ActorKind]] = {str(kind): kind for kind in ActorKind}

BOT = Actor(ActorKind.BOT)
TIME = Actor(ActorKind.TIME)


def person(user: str) -> Actor:
    """The actor for a Slack user id."""
    return Actor(ActorKind.PERSON, user)


def read_actor(text: str) -> Actor:
    """The inverse of `str(actor)`, for whatever kind."""
    kind, _, name = text.partition(":")
    return Actor(_KINDS.get(kind, kind), name)


def read_person(text: str) -> str:
    """The Slack user id in the text of an actor, or a bare one; empty for whoever is no person."""
    kind, colon, name = text.partition(":")
    if not colon:
        return kind
    return name if kind == ActorKind.PERSON else ""


BEHIND = "behind"
"""The detail that names the person behind a machine or an agent."""
SEAL = "seal"
"""The detail that proves that a process of ours wrote an event."""


@dataclass(frozen=True, slots=True)
class Event:
    """One audit record.

    Attributes:
        id: the stream's, `<milliseconds>-<sequence>`.
        at: milliseconds since the epoch, Redis time.
        variables: canonical names.
        detail: short strings that only this tag has.
        other: fields that this version does not know, or cannot read, as they are stored.
        number: its place in the tree, which has no gaps; None for an event from before there was one.
    """

    id: str
    event: str
    at: int
    actor: Actor
    request: str = ""
    grant: str = ""
    variables: tuple[str, ...] = ()
    requester: str = ""
    detail: Mapping[str, str] = field(default_factory=dict)
    other: Mapping[str, str] = field(default_factory=dict)
    number: int | None = field(default=None, compare=False)

    @property
    def behind(self) -> str:
        """The Slack user id of the person behind the machine or agent that asked, or that was refused."""
        return self.detail.get(BEHIND, "")


NO_EVENT = "0-0"
"""The id that is before every event's: where an empty stream ends, and a whole one begins."""


def stream_order(event: str) -> tuple[int, int]:
    """A stream id as what it sorts by: milliseconds and a number."""
    milliseconds, _, sequence = event.partition("-")
    return int(milliseconds), int(sequence or 0)


_LATEST: Final = 253_402_300_799_000
"""The last second of the year 9999, in milliseconds."""


def rfc3339(milliseconds: int) -> str:
    """`1760000000123` -> `2025-10-09T08:53:20.123Z`; at most the last moment of a calendar."""
    moment = datetime.fromtimestamp(min(max(milliseconds, 0), _LATEST) / 1000, tz=UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def read_rfc3339(text: str) -> int | None:
    """The inverse, of any time in RFC 3339 that names its offset from UTC; None for what is none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return None if moment.tzinfo is None else int(moment.timestamp() * 1000)


def _write(pairs: Mapping[str, str]) -> str:
    return json.dumps(dict(pairs), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def export_line(event: Event) -> str:
    """One flat JSON object; every key is always there, so that a table can be made of it.

    Only where an event has fields that this version does not know, they follow as `other`.
    """
    flat = {
        "id": event.id,
        "event": event.event,
        "at": rfc3339(event.at),
        "actor_kind": str(event.actor.kind),
        "actor": event.actor.id,
        "request": event.request,
        "grant": event.grant,
        "variables": ",".join(event.variables),
        "requester": event.requester,
        "detail": _write(event.detail),
    }
    if event.other:
        flat["other"] = _write(event.other)
    line = json.dumps(flat, ensure_ascii=False, separators=(",", ":"))
    return line.encode("utf-8", "backslashreplace").decode()  # half a character, as JSON escapes it


_EXPORTED: Final = ("id", "event", "actor_kind", "actor", "request", "grant", "variables", "requester")
_ID: Final = re.compile(r"[0-9]{1,20}-[0-9]{1,20}", re.ASCII)


def read_exported(line: str) -> Event | None:
    """The inverse of `export_line`; None for what it never wrote."""
    try:
        flat = json.loads(line)
        detail = json.loads(flat["detail"])
        texts = {name: str(flat[name]) for name in _EXPORTED}
        at = read_rfc3339(str(flat["at"]))
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    if at is None or not isinstance(detail, dict) or not _ID.fullmatch(texts["id"]):
        return None
    kind = texts["actor_kind"]
    return Event(
        id=texts["id"],
        event=texts["event"],
        at=at,
        actor=Actor(_KINDS.get(kind, kind), texts["actor"]),
        request=texts["request"],
        grant=texts["grant"],
        variables=tuple(name for name in texts["variables"].split(",") if name),
        requester=texts["requester"],
        detail={str(name): str(text) for name, text in detail.items()},
    )
