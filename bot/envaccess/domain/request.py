"""The life of a request and of the grant it becomes.

The tables below are the law: a (state, verb) pair that is not in them is refused. The store's scripts
are given the same tables, so that there is one of each.
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum

from envaccess.domain.approval_progress import ApprovalProgress, Delegation, Review
from envaccess.domain.audit import ActorKind
from envaccess.domain.call import SLACK
from envaccess.domain.duration import Duration
from envaccess.domain.exposure import SeenCount
from envaccess.domain.leases import GrantLease
from envaccess.domain.lock import Lock
from envaccess.domain.policy.principal_set import PrincipalSet
from envaccess.domain.policy.rules import Starts, Step
from envaccess.domain.policy.ruling import Ruling
from envaccess.domain.principal import Principal, read_principal
from envaccess.domain.programs import AgentSession, PipelineRun
from envaccess.domain.receipt import Receipt
from envaccess.domain.seals.access import SealedRequest
from envaccess.domain.signals.facts import Fact, Noticed
from envaccess.domain.tap import Tap, TapState
from envaccess.domain.variable import Variable


class State(StrEnum):
    """Where a request stands."""

    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed_out"


class GrantState(StrEnum):
    """Where an approved request's grant stands."""

    WAITING = "waiting"
    ACTIVE = "active"
    EXPIRED = "expired"
    REVOKED = "revoked"
    USED_UP = "used_up"
    LAPSED = "lapsed"


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
    BEGIN = "begin"
    EXTEND = "extend"
    LAPSE = "lapse"


REQUEST_TABLE: dict[tuple[State, Verb], State] = {
    (State.PENDING, Verb.APPROVE): State.APPROVED,
    (State.PENDING, Verb.DENY): State.DENIED,
    (State.PENDING, Verb.CANCEL): State.CANCELLED,
    (State.PENDING, Verb.TIME_OUT): State.TIMED_OUT,
}
"""`approve` leads to `approved` when the last step is passed; before that the request stays pending."""

GRANT_TABLE: dict[tuple[GrantState, Verb], GrantState] = {
    (GrantState.WAITING, Verb.BEGIN): GrantState.ACTIVE,
    (GrantState.WAITING, Verb.REVOKE): GrantState.REVOKED,
    (GrantState.WAITING, Verb.LAPSE): GrantState.LAPSED,
    (GrantState.ACTIVE, Verb.REVEAL): GrantState.ACTIVE,
    (GrantState.ACTIVE, Verb.EXTEND): GrantState.ACTIVE,
    (GrantState.ACTIVE, Verb.LAPSE): GrantState.LAPSED,
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
        message: the one in the approvers channel, in its surface's words; empty before it is posted.
        message_shown: the request's version drawn there.
        dm: the requester's direct-message channel.
        card: the card there.
        card_shown: the version drawn on it.
        card_calls: how many of the request's calls to its requester this card was posted after.
        nudged: how many of its nudges are posted under the message.
        thread: the request's first audit line.
        strays: `message:` or `card:` before each message that must be deleted.
    """

    message: str = ""
    message_shown: int = 0
    dm: str = ""
    card: str = ""
    card_shown: int = 0
    card_calls: int = 0
    nudged: int = 0
    thread: str = ""
    strays: tuple[str, ...] = ()


WARN_LEAST = 5 * 60
"""A grant shorter than so many seconds ends without a warning."""
WARN_MOST = 15 * 60
"""Seconds before its end that nobody is warned earlier than."""
WARN_PART = 4
"""The last so-manieth part of a grant begins with the warning."""


@dataclass(frozen=True, slots=True)
class Emergency:
    """What an emergency's request has besides.

    Attributes:
        note: what the reviewer wrote.
    """

    review: Review = Review.OPEN
    reviewed_by: str = ""
    reviewed_at: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Release:
    """Values that went to a terminal.

    Attributes:
        host: the machine, as its client says; empty where it says none, or where there are too many to name.
        at: the last time.
    """

    host: str
    times: int
    at: int


@dataclass(frozen=True, slots=True)
class Request:
    """A request as the store holds it. All times are milliseconds since the epoch, Redis time.

    Attributes:
        version: grows with every change; the relay draws the newest.
        requester: who asks, as records name them (`Principal.key`).
        behind: the Slack user id of the person behind a machine or an agent; empty for a person.
        ruling: what the policy said when it was made.
        variables: what is asked for, or what is left of it after an approver chose some.
        asked_variables: what was asked for, where that was more.
        asked_seconds: how long was asked for, where that was longer.
        extends: the request whose grant this one prolongs; empty for most.
        extended: whether that is what came of it: then it has no grant of its own.
        starts_at: when its grant begins, where that was asked for; else 0.
        lapses_at: when a grant that nobody uses lapses; else 0.
        warned_at: when its requester was told that it ends soon; 0 again once it is extended.
        warnings: how often that was.
        duties: which approvers' duties are in other hands, while it is pending.
        asked_before: this person's requests in the 30 days before this one.
        asked_for_these: those of them for at least one of the same variables.
        ended_by: the actor who ended the grant; empty when time or use did.
        barred_by: the actor who ended what a single use still gave after it was claimed; else empty.
        ended_why: why it was over before its time (`domain.end_reasons`); empty where somebody just ended it.
        lock: what holds it up: a lock on its requester or on one of its variables.
        surface: through what it was asked: `slack`, or `cli` for a terminal.
        receipt: from where, as the client says; None in Slack.
        named: what was named where that was a set, as it is shown: `@shop`, `EXTRA`; else empty.
        pipeline: the run of a pipeline that asked; None where no machine did.
        agent: the agent that asked; None where none did.
        noticed: what was unusual about it when it was filed; None where nothing was.
        releases: to which terminals values went.
        tap: the release that its person is, or was last, asked for; None for none.
        taps: how often they were asked.
        new_host: the last host that its values went to, and none of this person's before; empty for none.
        new_host_session: the session of that terminal.
        new_hosts: how often that was.
        rotated_at: from when on a value that it was shown may stop working; 0: none was replaced.
        rotations: how often that was.
        uses: how many uses were ever claimed, those that were given back among them.
        leases: what sources made for it that is not confirmed gone.
        leases_gone: how many leases are confirmed gone.
        leases_early: how many of them ended at their source before their time.
        sealed: the seals that say all this; None for one that was never stored.
        seen: how many have seen each current value, where that was looked up for who decides.
        leased: of which of its variables a value is made for each use, where that was looked up.
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
    ruling: Ruling
    asked_before: int = 0
    asked_for_these: int = 0
    decided_at: int = 0
    decided_by: str = ""
    decision_reason: str = ""
    grant: GrantState | None = None
    expires_at: int = 0
    ended_at: int = 0
    ended_by: str = ""
    ended_why: str = ""
    barred_by: str = ""
    reveals: int = 0
    asked_variables: tuple[Variable, ...] = ()
    asked_seconds: int = 0
    extends: str = ""
    extended: bool = False
    automatic: bool = False
    starts_at: int = 0
    lapses_at: int = 0
    warned_at: int = 0
    warnings: int = 0
    emergency: Emergency | None = None
    progress: ApprovalProgress = field(default_factory=ApprovalProgress)
    duties: tuple[Delegation, ...] = ()
    lock: Lock | None = None
    surfaces: Surfaces = field(default_factory=Surfaces)
    behind: str = ""
    surface: str = SLACK
    receipt: Receipt | None = None
    named: tuple[str, ...] = ()
    pipeline: PipelineRun | None = None
    agent: AgentSession | None = None
    noticed: Noticed | None = None
    releases: tuple[Release, ...] = ()
    tap: Tap | None = None
    taps: int = 0
    new_host: str = ""
    new_host_session: str = ""
    new_hosts: int = 0
    rotated_at: int = 0
    rotations: int = 0
    uses: int = 0
    leases: tuple[GrantLease, ...] = ()
    leases_gone: int = 0
    leases_early: int = 0
    sealed: SealedRequest | None = None
    seen: tuple[tuple[Variable, SeenCount], ...] = field(default=(), compare=False)
    leased: tuple[Variable, ...] = field(default=(), compare=False)

    @property
    def principal(self) -> Principal:
        """Who asks."""
        return read_principal(self.requester, self.behind)

    @property
    def facts(self) -> tuple[Fact, ...]:
        """What was unusual about it when it was filed."""
        return self.noticed.facts if self.noticed else ()

    @property
    def channel(self) -> str:
        """Where it is decided."""
        return self.ruling.channel

    @property
    def live(self) -> bool:
        """Whether the record says that access exists; the grant's key has the last word."""
        return self.grant is GrantState.ACTIVE

    @property
    def held(self) -> bool:
        """Whether there is access that can still be ended: now, or once it begins."""
        return self.grant in {GrantState.ACTIVE, GrantState.WAITING}

    @property
    def made(self) -> bool:
        """Whether anything that a source made for it is meant to work."""
        return any(lease.live for lease in self.leases)

    @property
    def asks_for_press(self) -> bool:
        """Whether a terminal waits for its person's press."""
        return self.held and self.tap is not None and self.tap.state is TapState.ASKED

    @property
    def process_until(self) -> int:
        """Until when a process may go on that has the values; 0 where none may.

        A single use is over once it is claimed; its process lives on as long as was agreed to, unless
        somebody ended it, or locked its requester or one of its variables.
        """
        if self.grant is GrantState.USED_UP and not self.barred_by and not self.lock:
            return self.ended_at + self.duration.seconds * 1_000
        return self.expires_at if self.live else 0

    @property
    def waits_for_use(self) -> bool:
        """Whether its first reveal starts the clock."""
        return self.grant is GrantState.WAITING and self.ruling.starts is Starts.FIRST_USE

    @property
    def step(self) -> Step | None:
        """The step of the chain that is awaited; None where nothing is."""
        if self.state is not State.PENDING or self.progress.step >= len(self.ruling.steps):
            return None
        return self.ruling.steps[self.progress.step]

    @property
    def awaited(self) -> PrincipalSet:
        """Who may decide now; of an emergency, who may close its review."""
        if self.reviewable and self.ruling.emergency:
            return self.ruling.emergency.review
        step = self.step
        if step is None:
            return PrincipalSet()
        return step.approvers | step.escalate if self.progress.escalated else step.approvers

    @property
    def reviewable(self) -> bool:
        """Whether an emergency's review is open."""
        return self.emergency is not None and self.emergency.review is Review.OPEN

    @property
    def calls_people(self) -> bool:
        """Whether anybody is still awaited at all."""
        return self.state is State.PENDING or self.reviewable

    @property
    def unseen(self) -> bool:
        """Whether it was over before its message was posted, so that nobody who decides need ever see it."""
        return self.state in {State.CANCELLED, State.TIMED_OUT} and not self.surfaces.message

    @property
    def needs_card(self) -> bool:
        """Whether its requester, or the person behind it, gets a card.

        Not for what was withdrawn before there was one, nor for the runs of pipelines that the policy lets
        through alone.
        """
        kept = self.state is not State.CANCELLED or bool(self.surfaces.card)
        alone = self.automatic and self.principal.kind is ActorKind.MACHINE
        return kept and bool(self.principal.person) and not alone

    @property
    def calls(self) -> int:
        """How often its requester was notified: each time a card is posted anew, as updates notify nobody."""
        decided = self.state in ANNOUNCED
        begun = decided and self.starts_at > 0 and self.grant is not GrantState.WAITING
        warnings = self.warnings if self.principal.is_person else 0  # programs see for themselves
        told = self.taps + self.new_hosts + self.rotations
        return decided + begun + warnings + len(self.progress.questions) + told

    def as_of(self, now: int, *, key_lives: bool) -> "Request":
        """The request as it truly stands, even where no worker has written it down yet.

        Args:
            now: milliseconds, Redis time.
            key_lives: whether the grant's key exists; it alone keeps access alive.
        """
        if self.state is State.PENDING and now > self.deadline_at:
            return replace(self, state=State.TIMED_OUT, decided_at=self.deadline_at)
        unused = self.lapses_at and now >= self.lapses_at and not self.reveals
        if self.held and unused:
            return replace(self, grant=GrantState.LAPSED, ended_at=self.lapses_at)
        if self.live and not key_lives:
            return replace(self, grant=GrantState.EXPIRED, ended_at=min(now, self.expires_at))
        return self


ANNOUNCED = frozenset({State.APPROVED, State.DENIED, State.TIMED_OUT})
"""States of which a requester is told by a card posted anew."""
