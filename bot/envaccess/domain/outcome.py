"""What a verb came to: frozen values that `slack.render` and the CLI turn into words."""

from dataclasses import dataclass
from enum import StrEnum

from envaccess.domain.audit import Actor
from envaccess.domain.call import IN_SLACK, Origin
from envaccess.domain.duration import Duration
from envaccess.domain.lock import Lock
from envaccess.domain.policy.ruling import Ruling
from envaccess.domain.principal import Principal, read_principal
from envaccess.domain.proposal import Proposal
from envaccess.domain.request import GrantState, Request, State
from envaccess.domain.seals.statements import Right, TapSeal
from envaccess.domain.signals.observing import Observing
from envaccess.domain.variable import Variable


@dataclass(frozen=True, slots=True)
class NewRequest:
    """Everything that filing writes; the script adds the times.

    Attributes:
        requester: who asks, as records name them (`Principal.key`).
        behind: the Slack user id of the person behind a machine or an agent; empty for a person.
        incarnations: which variables are meant, in their order, as the catalogue told; empty for one that it
            did not know.
        extends: the request whose grant it would prolong; empty for most.
        starts_at: when its grant shall begin, milliseconds; 0: as soon as it may.
        extends_mac: the MAC of that one's filing.
        issuer: who says that the requester is this one.
        named: what was named where that was a set, as it is shown: `@shop`, `EXTRA`; else empty.
        origin: through what it is asked, and from where.
        observing: how what is unusual about it is found out; None: nobody looks.
    """

    id: str
    requester: str
    variables: tuple[Variable, ...]
    duration: Duration
    reason: str
    ruling: Ruling
    incarnations: tuple[str, ...]
    extends: str = ""
    starts_at: int = 0
    behind: str = ""
    extends_mac: str = ""
    issuer: str = ""
    origin: Origin = IN_SLACK

    named: tuple[str, ...] = ()
    observing: Observing | None = None

    @property
    def principal(self) -> Principal:
        """Who asks."""
        return read_principal(self.requester, self.behind)


@dataclass(frozen=True, slots=True)
class Filed:
    """A request is filed, or the same one was pending already.

    Attributes:
        approvers: who may decide, as far as known; empty on a repeat.
        state: `approved` where nobody had to agree: automatically, or in an emergency.
        expires_at: when the access ends that it is already; else 0.
        unzoned: its start was read as UTC, because Slack names no zone for the requester.
        named: what was named where that was a set, as it is shown: `@shop`, `EXTRA`; else empty.
    """

    id: str
    variables: tuple[Variable, ...]
    duration: Duration
    deadline_at: int
    repeated: bool = False
    approvers: tuple[str, ...] = ()
    state: State = State.PENDING
    expires_at: int = 0
    emergency: bool = False
    extends: str = ""
    starts_at: int = 0
    push: bool = False
    unzoned: bool = False
    named: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Vote:
    """What an approver decided, and what it was decided about.

    Attributes:
        step: the step that the approver saw, counted from 0.
        checked: how many earlier approvals were looked at again.
        lost: people whose earlier approval does not count any more.
        behalf: who had handed their duty to the actor.
        seconds: approve for so long only; 0: for as long as is asked.
        variables: approve these only; empty: all of them.
        about: the request as the approver saw it; None for a denial, which nothing is concluded from.
        right: in what right they approve.
        duty: the MAC of the duty that was handed to them.
    """

    step: int = 0
    checked: int = 0
    lost: tuple[str, ...] = ()
    behalf: str = ""
    seconds: int = 0
    variables: tuple[Variable, ...] = ()
    about: Request | None = None
    right: Right = Right.OWN
    duty: str = ""


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision landed; `state` is still `pending` where further approvals are awaited.

    Attributes:
        grant: what came of it; None where nothing did, or where it prolonged another grant.
        push: whether the policy shows the value at once.
    """

    id: str
    state: State
    requester: str
    variables: tuple[Variable, ...]
    duration: Duration
    expires_at: int = 0
    grant: GrantState | None = None
    push: bool = False
    behind: str = ""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A question was asked, an answer given, or a review closed."""

    id: str
    requester: str
    variables: tuple[Variable, ...]
    behind: str = ""


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
    behind: str = ""


@dataclass(frozen=True, slots=True)
class Locked:
    """A lock holds, or held until now.

    Attributes:
        grants: live grants that it ended in the same step.
        repeated: whether it held already; then nothing was changed.
    """

    lock: Lock
    grants: int = 0
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Claim:
    """A use of a grant, claimed and written down before any value is read.

    Attributes:
        op: the operation that claimed it; giving the use back names it.
        fresh: whether this very call made the claim; a repeat hands over nothing (law 10).
        place: where the delivery reaches the requester, found before it; only the delivery reads this.
        request: what was claimed, from the seals that the script saw; None where they do not hold.
        extensions: the requests that prolonged it.
        incarnations: of each variable, in their order, as its catalogue record's seal says.
        sources: where the value of each is kept, in their order, as the same seal says.
        fault: why the seals do not hold, a part of a sentence; else empty. It was told.
        origin: through what it was claimed, and for which session: its key is what values are sealed to.
        only: those of its variables that leave; empty: all.
        host_seal: that values of theirs went to this host before; empty where they did not.
        confirmed: whether as many replicas have it as the settings ask for.
        tap: what the person pressed last for this request; None for nothing.
    """

    op: str
    id: str
    requester: str
    variables: tuple[Variable, ...]
    once: bool
    expires_at: int
    fresh: bool
    place: str = ""
    request: Request | None = None
    extensions: tuple[Request, ...] = ()
    incarnations: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    fault: str = ""
    origin: Origin = IN_SLACK
    only: tuple[Variable, ...] = ()
    tap: TapSeal | None = None
    host_seal: str = ""
    confirmed: bool = True


@dataclass(frozen=True, slots=True)
class Holdings:
    """What a person has: pending requests, live grants, and what ended lately; newest first.

    Attributes:
        lock: the one on this person, where that was looked up.
        refused: ids of those whose records cannot be read, so that nobody knows how they stand.
        programs: what their agents, and the pipeline runs that they started, wait for or have.
        proposals: what their agents want to ask for, and wait for their own press.
    """

    pending: tuple[Request, ...] = ()
    live: tuple[Request, ...] = ()
    ended: tuple[Request, ...] = ()
    lock: Lock | None = None
    refused: tuple[str, ...] = ()
    programs: tuple[Request, ...] = ()
    proposals: tuple[Proposal, ...] = ()


@dataclass(frozen=True, slots=True)
class Attempt:
    """Something that was refused, for the audit stream.

    Attributes:
        tried: the verb, such as `approve`.
        names: variable names that may be written down (never something secret-like).
        account: the user id that the reason is about, where it is not the actor's own.
        behind: the Slack user id of the person behind a machine or an agent that tried.
        token: of a pipeline's token that was signed and refused: `issuer`, `repository` and `unmatched`, what
            of it was not as it has to be; harmless text.
    """

    actor: Actor
    tried: str
    request: str = ""
    names: tuple[str, ...] = ()
    account: str = ""
    behind: str = ""
    token: tuple[tuple[str, str], ...] = ()


class Failure(StrEnum):
    """Why a claimed value was not delivered."""

    VALUE_MISSING = "value_missing"
    SOURCE_MISSING = "source_missing"
    SOURCE_DELETED = "source_deleted"
    SOURCE_DENIED = "source_denied"
    SOURCE_DOWN = "source_down"
    SOURCE_SLOW = "source_slow"
    SOURCE_MALFORMED = "source_malformed"
    MOVED = "moved"
    LEASE_SHORT = "lease_short"
    LEASES_FULL = "leases_full"
    SEALED = "sealed"
    SEAL_BROKEN = "seal_broken"
    TOO_LONG = "too_long"
    ENDED = "access_ended"
    NOT_ALLOWED = "not_allowed"
    NOT_CHECKED = "not_checked"
    NOT_WRITTEN_DOWN = "not_written_down"
    NOT_CONFIRMED = "not_confirmed"
    SLACK_REFUSED = "slack_refused"
    NOT_DRAWN = "not_drawn"
    MESSAGES_TAB = "messages_tab_disabled"
    DM_CLOSED = "dm_closed"
    FORBIDDEN = "forbidden_by_workspace"
    APP_REFUSED = "app_refused"
    NOT_RETURNED = "not_returned"
    UNKNOWN = "unknown"
    REPEATED = "repeated"
    CLIENT_GONE = "client_gone"


class Written(StrEnum):
    """What storing a value came to.

    `BEHIND` means that another write took the version first, `ELSEWHERE` that its value is kept in another
    source.
    """

    CREATED = "created"
    CHANGED = "changed"
    EXISTS = "exists"
    BEHIND = "behind"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True)
class Placement:
    """What came of writing down where the value of a variable is kept.

    Attributes:
        written: `BEHIND` where another change came first.
        ended: grants that ended because it was kept elsewhere before.
    """

    written: Written
    ended: int = 0
