"""What the fakes of the store share: what is written down, by whom under which operation, and the clock."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from envaccess.domain.approval_progress import Delegation, Notification
from envaccess.domain.audit import person
from envaccess.domain.catalogue import SEALED, CatalogueEntry
from envaccess.domain.limits import Act
from envaccess.domain.lock import Lock, Target, first_lock
from envaccess.domain.outcome import Attempt
from envaccess.domain.policy.rules import Then
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import GrantState, Request, State
from envaccess.domain.signals.observing import Remembered
from envaccess.domain.variable import Variable
from envaccess.store.keys import COUNTED

NOON = 1_760_000_000_000
"""Milliseconds: 9 October 2025, 08:53:20 UTC."""

Outcome = TypeVar("Outcome")


@dataclass
class Books:
    """What the fakes share: requests, outcomes by operation, values, audited refusals and the clock."""

    now: int = NOON
    requests: dict[str, Request] = field(default_factory=dict)
    outcomes: dict[str, Any] = field(default_factory=dict)
    values: dict[Variable, str] = field(default_factory=dict)
    incarnations: dict[Variable, str] = field(default_factory=dict)
    sources: dict[Variable, str] = field(default_factory=dict)
    """Of those that were deleted and made again."""
    refused: list[tuple[Attempt, Reason]] = field(default_factory=list)
    bad_tokens: int = 0
    given_back: list[str] = field(default_factory=list)
    commands: dict[str, set[str]] = field(default_factory=dict)
    presses: dict[str, set[str]] = field(default_factory=dict)
    searches: dict[str, set[str]] = field(default_factory=dict)
    reports: dict[str, set[str]] = field(default_factory=dict)
    told: dict[tuple[str, str], bool] = field(default_factory=dict)
    """Whether an operation was allowed, as its repeat is told."""
    duties: dict[str, Delegation] = field(default_factory=dict)
    """What is in other hands, by who gave it."""
    locks: dict[Target, Lock] = field(default_factory=dict)
    remembered: dict[str, Remembered] = field(default_factory=dict)
    """What is usual, by whom."""
    fault: Exception | None = None
    """Raised by every call to the store while set."""

    def check(self) -> None:
        if self.fault:
            raise self.fault

    def catalogue(self, variables: Sequence[Variable]) -> dict[Variable, CatalogueEntry]:
        """The records of those of these that exist."""
        return {variable: self._entry(variable) for variable in variables if variable in self.values}

    def _entry(self, variable: Variable) -> CatalogueEntry:
        incarnation = self.incarnations.get(variable, "first")
        source = self.sources.get(variable, SEALED)
        return CatalogueEntry(variable, source, "cli:root", incarnation, 1, NOON, NOON)

    def once(self, op: str, make: Callable[[], Outcome]) -> Outcome:
        """Law 10: the first outcome under an operation id is the outcome, but for one that is asked anew."""
        if op in self.outcomes:
            stored: Outcome = self.outcomes[op]
            return stored
        outcome = make()
        if not (isinstance(outcome, Refusal) and outcome.reason is Reason.MOVED_ON):
            self.outcomes[op] = outcome
        return outcome

    def settle(self, request: str) -> Request | None:
        """The request as it stands at this moment."""
        found = self.requests.get(request)
        if found:
            found = _through_its_steps(found, self.now)
            starts = found.grant is GrantState.WAITING and not found.lapses_at
            if starts and self.now >= found.starts_at:
                found = begin(found, found.starts_at)
            found = found.as_of(self.now, key_lives=self.now < found.expires_at)
            found = replace(found, lock=first_lock(self.locks, [found.principal.person], found.variables))
            self.requests[request] = found
        return found

    def settle_all(self) -> list[Request]:
        """Every request as it stands, the oldest first."""
        return [found for key in list(self.requests) if (found := self.settle(key))]

    def change(self, request: Request) -> None:
        self.requests[request.id] = replace(request, version=request.version + 1)

    def count(self, op: str, person: str, act: Act) -> bool:
        """Law 12: False above a minute's limit; the minute never ends unless what is counted is cleared."""
        if (person, op) in self.told:
            return self.told[person, op]
        allowed = True
        for kind, limit in COUNTED[act].items():
            seen = self._counted(kind)
            mine = seen.setdefault(person, set())
            mine.add(op)
            allowed = allowed and (not limit or len(mine) <= limit)
        self.told[person, op] = allowed
        return allowed

    def _counted(self, kind: str) -> dict[str, set[str]]:
        kinds = {"": self.commands, "press:": self.presses, "search:": self.searches, "report:": self.reports}
        return kinds[kind]

    def locked(
        self, tried: str, actor: str, people: Sequence[str], variables: Sequence[Variable] = ()
    ) -> Refusal | None:
        """The refusal of whoever meets a lock on any of these."""
        lock = first_lock(self.locks, people, variables)
        if lock is None:
            return None
        refusal = Refusal(Reason.LOCKED, by=lock.by, at=lock.at, hint=lock.why, target=str(lock.target))
        return self.refuse(actor, tried, refusal)

    def refuse(self, actor: str, tried: str, refusal: Refusal) -> Refusal:
        self.refused.append((Attempt(person(actor), tried, refusal.request), refusal.reason))
        return refusal


def _through_its_steps(request: Request, now: int) -> Request:
    while request.state is State.PENDING and 0 < request.progress.step_deadline < min(
        now, request.deadline_at
    ):
        request = pass_over(request, request.progress.step_deadline)
    return request


def enter(request: Request, step: int, at: int) -> Request:
    """A step begins."""
    timeout = request.ruling.steps[step].timeout
    progress = replace(
        request.progress, step=step, step_at=at, escalated=False,
        step_deadline=at + timeout * 1000 if timeout else 0,
    )  # fmt: skip
    return replace(request, progress=progress)


def notification(request: Request, why: Notification) -> Request:
    """People are called to it again."""
    return replace(
        request,
        progress=replace(
            request.progress, notifications=request.progress.notifications + 1, notification=why
        ),
    )


def first_open(request: Request) -> int | None:
    """The first step that is neither passed nor passed over."""
    for number, step in enumerate(request.ruling.steps):
        if number not in request.progress.skipped and request.progress.count(number) < step.approvals:
            return number
    return None


def pass_over(request: Request, at: int) -> Request:
    """Nobody passes this step: others may decide it too, or it is passed over, or the request is over."""
    step, progress = request.ruling.steps[request.progress.step], request.progress
    if step.then is Then.ESCALATE and not progress.escalated:
        deadline = at + step.timeout * 1000 if step.timeout else 0
        progress = replace(progress, escalated=True, step_deadline=deadline)
        return notification(replace(request, progress=progress), Notification.ESCALATED)
    if step.then is Then.SKIP and progress.step + 1 < len(request.ruling.steps):
        skipped = replace(request, progress=replace(progress, skipped=(*progress.skipped, progress.step)))
        following = first_open(skipped)
        return notification(
            enter(skipped, progress.step + 1 if following is None else following, at), Notification.STEP
        )
    return replace(request, state=State.TIMED_OUT, decided_at=at)


def begin(request: Request, at: int) -> Request:
    """The clock of a grant starts."""
    ends = at + request.duration.seconds * 1000
    return replace(request, grant=GrantState.ACTIVE, expires_at=ends, lapses_at=0)
