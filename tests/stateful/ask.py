"""What one request is, in the model: plain fields, times in seconds."""

from dataclasses import dataclass, field

MINUTE = 60
HOUR = 3_600
PENDING = 4 * HOUR
QUESTIONS = 5
UNUSED = 8 * HOUR
REVIEW_MOST = 24 * HOUR


@dataclass(frozen=True)
class Stage:
    """One step of a chain; `then` is what time does when nobody has passed it."""

    approvals: int = 1
    timeout: int = 0
    then: str = "refuse"
    remind: int = 0


@dataclass(frozen=True)
class Terms:
    """What a rule says, as far as the store acts on it; 0: there is none."""

    rule: str
    stages: tuple[Stage, ...] = (Stage(),)
    most: int = 8 * HOUR
    first_use: bool = False
    within: int = 0
    open_max: int = 0
    cool_down: int = 0
    automatic: int = 0
    per: int = 0
    remind: int = HOUR


@dataclass(frozen=True)
class Yes:
    """One approval."""

    by: str
    step: int
    behalf: str = ""


@dataclass
class Ask:
    """One request and the grant it becomes."""

    id: str
    requester: str
    variables: tuple[str, ...]
    seconds: int
    once: bool
    terms: Terms
    deadline: float
    emergency: bool = False
    extends: str = ""
    starts: float = 0
    state: str = "pending"
    decided_by: str = ""
    decided: float = 0
    step: int = 0
    step_deadline: float = 0
    escalated: bool = False
    skipped: tuple[int, ...] = ()
    yes: tuple[Yes, ...] = ()
    remind_at: float = 0
    reminders: int = 0
    questions: list[bool] = field(default_factory=list)
    grant: str = ""
    expires: float = 0
    lapses: float = 0
    warn_at: float = 0
    warnings: int = 0
    extended: bool = False
    ended: float = 0
    reveals: int = 0
    used: int = 0
    ended_by: str = ""
    barred_by: str = ""
    review: str = ""
    reviewed_by: str = ""
    review_at: float = 0
    born: dict[str, int] = field(default_factory=dict)
    asked: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self.asked = frozenset(self.variables)

    @property
    def held(self) -> bool:
        """Whether there is access to end, as far as is written down."""
        return self.grant in {"active", "waiting"}

    @property
    def open(self) -> bool:
        """Whether it still counts against a limit of open ones."""
        return self.state == "pending" or self.held

    @property
    def over(self) -> str:
        """What somebody is told who comes too late; empty while it is pending."""
        return "" if self.state == "pending" else f"not_pending {self.state} {self.decided_by}"

    @property
    def used_up(self) -> set[str]:
        """People who counted already."""
        return {person for yes in self.yes for person in (yes.by, yes.behalf) if person}

    @property
    def order(self) -> float:
        """When its access would end, by which grants are ordered."""
        return self.expires or self.lapses or self.starts + self.seconds

    def missing(self, yes: tuple[Yes, ...]) -> int | None:
        """The first step that is neither passed nor passed over."""
        for number, stage in enumerate(self.terms.stages):
            have = sum(one.step == number for one in yes)
            if number not in self.skipped and have < stage.approvals:
                return number
        return None

    def seen(self, now: float) -> tuple[str, str]:
        """State and grant as a reader is told, where no worker has written anything down."""
        if self.state == "pending" and now > self.deadline:
            return "timed_out", ""
        if self.held and self.lapses and now >= self.lapses and not self.reveals:
            return self.state, "lapsed"
        if self.grant == "active" and now >= self.expires:
            return self.state, "expired"
        return self.state, self.grant


@dataclass(frozen=True)
class View:
    """What an approver's click is about."""

    step: int = 0
    checked: int = 0
    lost: tuple[str, ...] = ()
    behalf: str = ""
    seconds: int = 0
    variables: tuple[str, ...] = ()
