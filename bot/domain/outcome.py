"""What a verb came to: frozen values that `slack.render` and the CLI turn into words."""

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.audit import Actor
from bot.domain.duration import Duration
from bot.domain.policy.ruling import Ruling
from bot.domain.request import GrantState, Request, State
from bot.domain.variable import Variable

VALUE_MAX = 3_000
"""Characters of one value that Slack draws in one block (docs/slack.md)."""
TOGETHER_MAX = 10_000
"""Characters of all values in one message: Slack refuses one of about 13,200 (slackapi/bolt-js#2509)."""


@dataclass(frozen=True, slots=True)
class NewRequest:
    """Everything that filing writes; the script adds the times."""

    id: str
    requester: str
    variables: tuple[Variable, ...]
    duration: Duration
    reason: str
    ruling: Ruling


@dataclass(frozen=True, slots=True)
class Filed:
    """A request is filed, or the same one was pending already.

    Attributes:
        approvers: who may decide, as far as known; empty on a repeat.
    """

    id: str
    variables: tuple[Variable, ...]
    duration: Duration
    deadline_at: int
    repeated: bool = False
    approvers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision landed."""

    id: str
    state: State
    requester: str
    variables: tuple[Variable, ...]
    duration: Duration
    expires_at: int = 0


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The requester withdrew a pending request."""

    id: str
    variables: tuple[Variable, ...]


@dataclass(frozen=True, slots=True)
class Ended:
    """A grant was ended before its time."""

    id: str
    requester: str
    variables: tuple[Variable, ...]
    grant: GrantState


@dataclass(frozen=True, slots=True)
class Claim:
    """A use of a grant, claimed and written down before any value is read.

    Attributes:
        op: the operation that claimed it; giving the use back names it.
        fresh: whether this very call made the claim; a repeat hands over nothing (law 10).
    """

    op: str
    id: str
    requester: str
    variables: tuple[Variable, ...]
    once: bool
    expires_at: int
    fresh: bool


@dataclass(frozen=True, slots=True)
class Holdings:
    """What a person has: pending requests, live grants, and what ended lately; newest first."""

    pending: tuple[Request, ...] = ()
    live: tuple[Request, ...] = ()
    ended: tuple[Request, ...] = ()


@dataclass(frozen=True, slots=True)
class Attempt:
    """Something that was refused, for the audit stream.

    Attributes:
        tried: the verb, such as `approve`.
        names: variable names that may be written down (never something secret-like).
        account: the user id that the reason is about, where it is not the actor's own.
    """

    actor: Actor
    tried: str
    request: str = ""
    names: tuple[str, ...] = ()
    account: str = ""


class Failure(StrEnum):
    """Why a claimed value was not shown."""

    VALUE_MISSING = "value_missing"
    SOURCE_DOWN = "source_down"
    SEALED = "sealed"
    TOO_LONG = "too_long"
    SLACK_REFUSED = "slack_refused"
    NOT_RETURNED = "not_returned"
    UNKNOWN = "unknown"
    REPEATED = "repeated"


class Written(StrEnum):
    """What storing a value came to; `BEHIND` means that another write took the version first."""

    CREATED = "created"
    CHANGED = "changed"
    EXISTS = "exists"
    BEHIND = "behind"
