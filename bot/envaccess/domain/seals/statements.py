"""What each kind of seal says. `at` is the sealing process's own clock, in milliseconds since the epoch.

A seal is named by its MAC wherever another one refers to it.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from functools import lru_cache
from typing import Any, ClassVar, Final, Protocol, Self

from envaccess.domain.access_review import Verdict
from envaccess.domain.approval_progress import Approval
from envaccess.domain.errors import SealUnreadableError
from envaccess.domain.policy.pinned import plain_ruling, read_ruling
from envaccess.domain.policy.ruling import Ruling
from envaccess.domain.programs import AgentSession, PipelineRun, Platform
from envaccess.domain.receipt import Receipt
from envaccess.domain.signals.alerts import Disposition, read_fact
from envaccess.domain.signals.facts import Noticed
from envaccess.domain.variable import Variable


class SealMaker(Protocol):
    """Mints seals and opens them; `crypto.Seals` fits."""

    def mint(self, kind: str, facts: Mapping[str, Any]) -> str:
        """Seal these facts."""
        ...

    def open(self, kind: str, seal: str) -> dict[str, Any]:
        """The facts. Raises `SealBrokenError`, `SealKeyUnknownError`."""
        ...

    def __hash__(self) -> int:
        """The same keys hash the same: what they opened is kept."""
        ...


def mac_of(seal: str) -> str:
    """The MAC by which others refer to a seal; empty for what is none."""
    return (seal.split(".", 3)[2:3] or [""])[0]


class Right(StrEnum):
    """In what right somebody approved."""

    OWN = "own"
    DUTY = "duty"
    ESCALATION = "escalation"


class PassedBy(StrEnum):
    """How a step was passed without its approvals."""

    SKIP = "skip"
    ESCALATE = "escalate"


class Statement:
    """Facts of one kind: fields of a frozen dataclass, as JSON keeps them."""

    __slots__ = ()
    KIND: ClassVar[str]
    at: int

    def facts(self) -> dict[str, Any]:
        """As JSON keeps them; without what there is none of, so that an earlier version reads the rest."""
        found = ((one.name, getattr(self, one.name)) for one in fields(self))  # type: ignore[arg-type]
        return {name: _WRITERS.get(name, _same)(value) for name, value in found if value is not None}

    def sealed(self, seals: SealMaker) -> str:
        """The seal that says this."""
        return seals.mint(self.KIND, self.facts())

    @classmethod
    def opened(cls, seals: SealMaker, seal: str) -> Self:
        """What a seal of this kind says.

        Raises:
            SealBrokenError: it is none of ours, or is of another kind.
            SealUnreadableError: it says what this version does not understand.
        """
        found = seals.open(cls.KIND, seal)
        try:
            return cls(**{name: _READERS.get(name, _same)(value) for name, value in found.items()})
        except (TypeError, ValueError, KeyError, AttributeError):
            raise SealUnreadableError("a seal that says what this version does not understand") from None


@dataclass(frozen=True, slots=True)
class FilingSeal(Statement):
    """Somebody asked for something.

    Attributes:
        requester: who asks, as records name them: a person's bare user id, else `machine:NAME`, `agent:ID`.
        behind: the user id of the person behind a machine or an agent; empty for a person.
        issuer: who says that it is this one.
        incarnations: which making of each variable, in the same order.
        extends: the request that it would prolong, and `extends_mac` the filing of that one.
        starts_at: when its grant shall begin; 0: as soon as it may.
        surface: through what it was asked.
        session: the key of the client that values are sealed to; empty where there is none.
        receipt: from where it was asked, as the client says; None in Slack.
        named: what was named where that was a set, as it is shown: `@shop`, `EXTRA`. It is only shown: the
            variables are what is asked for. None where no set was named.
        pipeline: the run of a pipeline that asked; None where no machine did.
        agent: the agent that asked, with its person's consent; None where none did.
        unusual: what was unusual about it; None where nothing was.
    """

    KIND: ClassVar[str] = "filing"
    id: str
    requester: str
    behind: str
    issuer: str
    variables: tuple[Variable, ...]
    incarnations: tuple[str, ...]
    seconds: int
    once: bool
    reason: str
    ruling: Ruling
    extends: str
    extends_mac: str
    starts_at: int
    emergency: bool
    surface: str
    session: str
    at: int
    receipt: Receipt | None = field(default=None, kw_only=True)
    named: tuple[str, ...] | None = field(default=None, kw_only=True)
    pipeline: PipelineRun | None = field(default=None, kw_only=True)
    agent: AgentSession | None = field(default=None, kw_only=True)
    unusual: Noticed | None = field(default=None, kw_only=True)


@dataclass(frozen=True, slots=True)
class HistorySeal(FilingSeal):
    """What an upgrade found of a request from before there were seals: to be shown, never to give access.

    Attributes:
        asked_variables: what was asked for, where less was agreed to; else empty.
        asked_seconds: for how long, where that was longer; else 0.
        approvals: as the record had them: nobody sealed any.
        reviewed_by: who had closed its review, where somebody had; else empty.
    """

    KIND: ClassVar[str] = "history"
    asked_variables: tuple[Variable, ...]
    asked_seconds: int
    approvals: tuple[Approval, ...]
    reviewed_by: str


@dataclass(frozen=True, slots=True)
class ApprovalSeal(Statement):
    """Somebody agreed in one step.

    Attributes:
        filing: the MAC of what they agreed to.
        behalf: who had handed their duty to them, by the duty of that MAC; empty for most.
        seconds: for how long they agreed at most.
        variables: to which.
        talk: a digest of the questions and answers that they saw.
        counted: MACs of the earlier approvals that count together with this one.
        skipped: steps that had been passed over when they agreed (`walk.skipped_steps`).
    """

    KIND: ClassVar[str] = "approval"
    filing: str
    step: int
    by: str
    behalf: str
    duty: str
    right: Right
    seconds: int
    variables: tuple[Variable, ...]
    talk: str
    counted: tuple[str, ...]
    skipped: tuple[int, ...]
    at: int

    @property
    def people(self) -> frozenset[str]:
        """Whose one vote this uses up."""
        return frozenset({self.by, self.behalf} - {""})


@dataclass(frozen=True, slots=True)
class AutomaticSeal(Statement):
    """The policy let it through alone: sealed after the store said so."""

    KIND: ClassVar[str] = "automatic"
    filing: str
    at: int


@dataclass(frozen=True, slots=True)
class PassedSeal(Statement):
    """A process passed a step over before its time, because nobody was left who could decide it."""

    KIND: ClassVar[str] = "passed"
    filing: str
    step: int
    how: PassedBy
    at: int


@dataclass(frozen=True, slots=True)
class DutySeal(Statement):
    """Somebody handed their duty as an approver to somebody else."""

    KIND: ClassVar[str] = "duty"
    giver: str
    taker: str
    at: int
    until: int


@dataclass(frozen=True, slots=True)
class ReviewSeal(Statement):
    """Somebody closed an emergency's review."""

    KIND: ClassVar[str] = "review"
    filing: str
    by: str
    at: int


@dataclass(frozen=True, slots=True)
class TalkSeal(Statement):
    """Somebody asked the requester something, or answered.

    Attributes:
        question: the MAC of the question that this answers; empty for a question.
    """

    KIND: ClassVar[str] = "talk"
    request: str
    by: str
    question: str
    text: str
    at: int


@dataclass(frozen=True, slots=True)
class TapSeal(Statement):
    """The person pressed: one operation of one of their terminals may release, once.

    Attributes:
        filing: the MAC of the request.
        op: that operation.
        host: what the terminal said that it is.
    """

    KIND: ClassVar[str] = "tap"
    filing: str
    op: str
    session: str
    host: str
    by: str
    at: int


@dataclass(frozen=True, slots=True)
class HostSeal(Statement):
    """Values of somebody went to a host, as their client calls it."""

    KIND: ClassVar[str] = "host"
    person: str
    host: str
    at: int


@dataclass(frozen=True, slots=True)
class LeaseSeal(Statement):
    """A source is about to make a value for one use, or has made it.

    Attributes:
        id: what it is called at its source.
        source: the source's name.
        found_by: by what it is found there: names and texts.
    """

    KIND: ClassVar[str] = "lease"
    id: str
    variable: str
    source: str
    found_by: tuple[tuple[str, str], ...]
    at: int


@dataclass(frozen=True, slots=True)
class ReturnSeal(Statement):
    """A use of a request was given back: nothing had left the process that claimed it."""

    KIND: ClassVar[str] = "returned"
    request: str
    op: str
    at: int


@dataclass(frozen=True, slots=True)
class EpochSeal(Statement):
    """The store is laid out as this epoch says, and holds nothing any more that gives access unsealed."""

    KIND: ClassVar[str] = "epoch"
    epoch: int
    at: int


@dataclass(frozen=True, slots=True)
class AnswerSeal(Statement):
    """What Slack answered, for the other processes."""

    KIND: ClassVar[str] = "answer"
    question: str
    subject: str
    answer: str
    at: int


@dataclass(frozen=True, slots=True)
class CatalogueSeal(Statement):
    """A variable exists: where its value is, and which making of that name it is."""

    KIND: ClassVar[str] = "catalogue"
    name: str
    source: str
    owner: str
    incarnation: str
    at: int


_plain_ruling: Final = lru_cache(maxsize=256)(plain_ruling)
"""Few rulings are pinned into many requests; nobody changes what is returned."""


def _same(value: Any) -> Any:  # noqa: ANN401 - JSON has many shapes
    return value


def _variables(names: list[str]) -> tuple[Variable, ...]:
    return tuple(Variable(*name.split("/", 1)) for name in names)


def _names(variables: tuple[Variable, ...]) -> list[str]:
    return [str(variable) for variable in variables]


_WRITERS: Final[dict[str, Callable[[Any], Any]]] = {
    "variables": _names,
    "asked_variables": _names,
    "approvals": lambda found: [asdict(approval) for approval in found],
    "noticed": lambda found: [asdict(fact) for fact in found],
    "ruling": _plain_ruling,
    "receipt": asdict,
    "pipeline": asdict,
    "agent": asdict,
    "unusual": Noticed.plain,
}
_READERS: Final[dict[str, Callable[[Any], Any]]] = {
    "variables": _variables,
    "asked_variables": _variables,
    "approvals": lambda found: tuple(Approval(**approval) for approval in found),
    "incarnations": tuple,
    "counted": tuple,
    "skipped": tuple,
    "named": tuple,
    "choices": tuple,
    "people": tuple,
    "found_by": lambda found: tuple((str(name), str(text)) for name, text in found),
    "noticed": lambda found: tuple(map(read_fact, found)),
    "disposition": Disposition,
    "deciders": tuple,
    "reviewers": tuple,
    "ruling": read_ruling,
    "receipt": lambda found: Receipt(**found),
    "pipeline": lambda found: PipelineRun(**{**found, "platform": Platform(found["platform"])}),
    "agent": lambda found: AgentSession(**found),
    "unusual": Noticed.read,
    "right": Right,
    "how": PassedBy,
    "verdict": Verdict,
}
