"""How far a request has come: who agreed, what was asked back, what an emergency's review came to.

All times are milliseconds since the epoch, Redis time.
"""

from dataclasses import dataclass, field
from enum import StrEnum

QUESTIONS_MAX = 5
"""Questions to one requester: a message in Slack has room for so many with their answers."""


@dataclass(frozen=True, slots=True)
class Approval:
    """One distinct person's yes to one step.

    Attributes:
        step: counted from 0.
        behalf: who had handed their duty to `by`; empty where `by` is an approver in their own right.
    """

    by: str
    step: int
    at: int = 0
    behalf: str = ""

    def counts(self, person: str) -> bool:
        """Whether this approval uses up this person's one vote in the request."""
        return person in {self.by, self.behalf}


@dataclass(frozen=True, slots=True)
class Question:
    """What an approver asked the requester.

    Attributes:
        answer: empty while it is open.
        mac: of the seal of the question.
    """

    by: str
    text: str
    answer: str = ""
    mac: str = field(default="", compare=False)


class Review(StrEnum):
    """Where an emergency's review stands."""

    OPEN = "open"
    CLOSED = "closed"


class Notification(StrEnum):
    """Why people are notified of a request's message again."""

    FILED = "filed"
    STEP = "step"
    REMINDED = "reminded"
    ESCALATED = "escalated"
    ANSWERED = "answered"
    REOPENED = "reopened"
    REVIEW = "review"


@dataclass(frozen=True, slots=True)
class ApprovalProgress:
    """Where a request stands in its chain.

    Attributes:
        step: the step that is awaited, counted from 0.
        step_deadline: when that step's time is over; 0: only the request's own deadline counts.
        escalated: whether others may decide this step too by now.
        skipped: steps that time has passed over.
        questions: what was asked back, oldest first.
        narrowed_by: who made it shorter or smaller than what was asked for.
        nudges: how often people were called to it; `notification` says why the last time.
    """

    step: int = 0
    step_at: int = 0
    step_deadline: int = 0
    escalated: bool = False
    skipped: tuple[int, ...] = ()
    approvals: tuple[Approval, ...] = ()
    questions: tuple[Question, ...] = ()
    narrowed_by: str = ""
    notifications: int = 0
    notification: Notification | None = None

    @property
    def open_question(self) -> Question | None:
        """The oldest question that waits for an answer."""
        return next((question for question in self.questions if not question.answer), None)

    @property
    def last_answered(self) -> Question | None:
        """The question that was answered last: they are answered in their order."""
        return next((question for question in reversed(self.questions) if question.answer), None)

    def count(self, step: int) -> int:
        """Approvals of one step."""
        return sum(approval.step == step for approval in self.approvals)


@dataclass(frozen=True, slots=True)
class Delegation:
    """Somebody handed their duty as an approver to somebody else, until a moment.

    Attributes:
        mac: of the seal that says so.
    """

    giver: str
    taker: str
    until: int
    mac: str = field(default="", compare=False)
