"""The life of a request and of the grant it becomes.

The tables below are the law: a (state, verb) pair that is not in them is refused. The store's scripts
are given the same tables, so that there is one of each.
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum

from bot.domain.duration import Duration
from bot.domain.variable import Variable


class State(StrEnum):
    """Where a request stands."""

    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed_out"


class GrantState(StrEnum):
    """Where an approved request's grant stands."""

    ACTIVE = "active"
    EXPIRED = "expired"
    REVOKED = "revoked"
    USED_UP = "used_up"


class Verb(StrEnum):
    """What can happen to a request or a grant."""

    APPROVE = "approve"
    DENY = "deny"
    CANCEL = "cancel"
    TIME_OUT = "time_out"
    REVEAL = "reveal"
    USE_UP = "use_up"
    REVOKE = "revoke"
    EXPIRE = "expire"
    GIVE_BACK = "give_back"


REQUEST_TABLE: dict[tuple[State, Verb], State] = {
    (State.PENDING, Verb.APPROVE): State.APPROVED,
    (State.PENDING, Verb.DENY): State.DENIED,
    (State.PENDING, Verb.CANCEL): State.CANCELLED,
    (State.PENDING, Verb.TIME_OUT): State.TIMED_OUT,
}

GRANT_TABLE: dict[tuple[GrantState, Verb], GrantState] = {
    (GrantState.ACTIVE, Verb.REVEAL): GrantState.ACTIVE,
    (GrantState.ACTIVE, Verb.USE_UP): GrantState.USED_UP,
    (GrantState.ACTIVE, Verb.REVOKE): GrantState.REVOKED,
    (GrantState.ACTIVE, Verb.EXPIRE): GrantState.EXPIRED,
    (GrantState.ACTIVE, Verb.GIVE_BACK): GrantState.ACTIVE,
    (GrantState.USED_UP, Verb.GIVE_BACK): GrantState.ACTIVE,
}


@dataclass(frozen=True, slots=True)
class Surfaces:
    """Where a request is shown in Slack, and which version is shown there.

    Attributes:
        message: `ts` of the message in the approvers channel; empty before it is posted.
        message_shown: the request's version drawn there.
        dm: the requester's direct-message channel.
        card: `ts` of the card there.
        card_shown: the version drawn on it.
        card_decided: whether this card was posted after the decision.
        thread: `ts` of the request's first audit line.
        strays: `message:ts` or `card:ts` of messages that must be deleted.
    """

    message: str = ""
    message_shown: int = 0
    dm: str = ""
    card: str = ""
    card_shown: int = 0
    card_decided: bool = False
    thread: str = ""
    strays: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Request:
    """A request as the store holds it. All times are milliseconds since the epoch, Redis time.

    Attributes:
        version: grows with every change; the relay draws the newest.
        channel: where it is decided, as the policy ruled when it was made.
        asked_before: this person's requests in the 30 days before this one.
        asked_for_these: those of them for at least one of the same variables.
        ended_by: the actor who ended the grant; empty when time or use did.
    """

    id: str
    version: int
    requester: str
    variables: tuple[Variable, ...]
    duration: Duration
    reason: str
    state: State
    created_at: int
    deadline_at: int
    channel: str
    asked_before: int = 0
    asked_for_these: int = 0
    decided_at: int = 0
    decided_by: str = ""
    decision_reason: str = ""
    grant: GrantState | None = None
    expires_at: int = 0
    ended_at: int = 0
    ended_by: str = ""
    reveals: int = 0
    surfaces: Surfaces = field(default_factory=Surfaces)

    @property
    def live(self) -> bool:
        """Whether the record says that access exists; the grant's key has the last word."""
        return self.grant is GrantState.ACTIVE

    def as_of(self, now: int, *, key_lives: bool) -> "Request":
        """The request as it truly stands, even where no worker has written it down yet.

        Args:
            now: milliseconds, Redis time.
            key_lives: whether the grant's key exists; it alone keeps access alive.
        """
        if self.state is State.PENDING and now > self.deadline_at:
            return replace(self, state=State.TIMED_OUT, decided_at=self.deadline_at)
        if self.live and not key_lives:
            return replace(self, grant=GrantState.EXPIRED, ended_at=min(now, self.expires_at))
        return self
