"""Follow the sealed approvals of a request through its chain.

Whoever writes to Redis can leave seals out, put old ones back and change their order; they cannot make one.
So the approvals that count are those that the last one says it counted, and each is held against what was
filed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from envaccess.domain.policy.rules import Step, Then
from envaccess.domain.seals.statements import ApprovalSeal, FilingSeal, PassedBy, PassedSeal, Right
from envaccess.domain.variable import Variable

ALLOWANCE = 30_000
"""Milliseconds that the clocks of two processes may differ: so late an end can be."""
FROM_REDIS = ALLOWANCE // 2
"""Milliseconds that the clock of one and Redis' may differ, so that no two processes differ by more."""


def counted_approvals(approvals: Mapping[str, ApprovalSeal], last: str) -> tuple[ApprovalSeal, ...] | str:
    """The approvals that count with the last one, oldest first; else why they do not stand."""
    found = approvals[last]
    missing = [mac for mac in found.counted if mac not in approvals]
    if missing:
        return "an approval that was counted is gone"
    return (*(approvals[mac] for mac in found.counted), found)


def fault_of(filing: FilingSeal, approvals: Iterable[ApprovalSeal]) -> str:
    """Why these approvals cannot stand together for that filing; empty where they can."""
    people: set[str] = set()
    latest = filing.at + filing.ruling.pending_seconds * 1_000 + ALLOWANCE
    for approval in approvals:
        if not 0 <= approval.step < len(filing.ruling.steps):
            return "an approval of a step that there is not"
        if approval.people & people:
            return "somebody counts twice"
        if approval.people & {filing.requester, filing.behind}:
            return "an approval by who asked"
        if not filing.at - ALLOWANCE <= approval.at <= latest:
            return "an approval out of time"
        people |= approval.people
    return ""


@dataclass(frozen=True, slots=True)
class OpenStep:
    """The step that is awaited, counted from 0, and since when at the earliest."""

    number: int
    begins: int


def first_open(
    filing: FilingSeal, approvals: Sequence[ApprovalSeal], passed: Sequence[PassedSeal], now: int = 0
) -> OpenStep | str | None:
    """The step that is awaited by what is sealed; None where the chain is complete; else why it cannot be.

    A step is passed by enough approvals, or passed over: where the ruling says `skip`, it is not the last
    one, and an approval says that it had been, or its time is over.

    Args:
        filing: what was asked.
        approvals: those that count.
        passed: what processes passed over before its time.
        now: milliseconds; 0: only what the approvals say had been passed over is.
    """
    begins = filing.at
    for number in range(len(filing.ruling.steps)):
        if not _had_right(filing, approvals, passed, OpenStep(number, begins)):
            return "an approval by somebody who was not called yet"
        if _has_enough(filing, approvals, number):
            begins = max([begins, *(approval.at for approval in approvals if approval.step == number)])
            continue
        waited = OpenStep(number, _begins_again(approvals, number, begins))
        skipped_at = _skipped_at(filing, approvals, passed, waited, now)
        if skipped_at is None:
            return waited
        begins = max(waited.begins, skipped_at)
    return None


def skipped_steps(
    filing: FilingSeal, approvals: Sequence[ApprovalSeal], passed: Sequence[PassedSeal], step: int, now: int
) -> tuple[int, ...]:
    """The steps that had been passed over, as an approval of that step at that moment says.

    `approvals` are all that stood when it was given, also those that it finds lost.
    """
    found = first_open(filing, approvals, passed, now)
    reached = found.number if isinstance(found, OpenStep) else 0 if found else step
    lacking = (n for n in range(min(step, reached)) if not _has_enough(filing, approvals, n))
    return tuple(sorted({*lacking, *(number for approval in approvals for number in approval.skipped)}))


def _has_enough(filing: FilingSeal, approvals: Sequence[ApprovalSeal], number: int) -> bool:
    return sum(approval.step == number for approval in approvals) >= filing.ruling.steps[number].approvals


def _skipped_at(
    filing: FilingSeal,
    approvals: Sequence[ApprovalSeal],
    passed: Sequence[PassedSeal],
    waited: OpenStep,
    now: int,
) -> int | None:
    """When a step was passed over, at the earliest; None where it was not."""
    step, number = filing.ruling.steps[waited.number], waited.number
    if step.then is not Then.SKIP or number + 1 == len(filing.ruling.steps):
        return None
    first = OpenStep(number, filing.at)
    told = [one.at for one in approvals if number in one.skipped and is_over(step, passed, first, one.at)]
    if told or is_over(step, passed, waited, now):
        return min([*told, *(moment for moment, _ in _ends(step, passed, waited))])
    return None


def _begins_again(approvals: Sequence[ApprovalSeal], number: int, begins: int) -> int:
    """Since when a step is awaited: again, where somebody in a later one had not found it skipped."""
    later = (one.at for one in approvals if one.step > number and number not in one.skipped)
    return max([begins, *later])


def _had_right(
    filing: FilingSeal, approvals: Sequence[ApprovalSeal], passed: Sequence[PassedSeal], waited: OpenStep
) -> bool:
    """Whether those whom time called in to a step agreed only once it had.

    Where an earlier step was reopened and passed since they did, nothing says when theirs had begun.
    """
    step, anew = filing.ruling.steps[waited.number], OpenStep(waited.number, filing.at)
    for place, approval in enumerate(approvals):
        if approval.step == waited.number and approval.right is Right.ESCALATION:
            reopened = any(later.step < approval.step for later in approvals[place:])
            since = anew if reopened or waited.begins >= approval.at else waited
            if step.then is not Then.ESCALATE or not is_over(step, passed, since, approval.at):
                return False
    return True


def is_over(step: Step, passed: Sequence[PassedSeal], waited: OpenStep, at: int) -> bool:
    """Whether a step's time was over at a moment, or a process had sealed that nobody was left for it."""
    return any(at >= moment - leeway for moment, leeway in _ends(step, passed, waited))


def _ends(step: Step, passed: Sequence[PassedSeal], waited: OpenStep) -> list[tuple[int, int]]:
    """Moments at which a step's time was over, each with how much earlier another clock may say so."""
    how = PassedBy.SKIP if step.then is Then.SKIP else PassedBy.ESCALATE
    mine = (one.at for one in passed if (one.step, one.how) == (waited.number, how))
    found = [(at, ALLOWANCE) for at in mine if at >= waited.begins - ALLOWANCE]
    timed = (waited.begins + step.timeout * 1_000, min(ALLOWANCE, step.timeout * 500))
    return [*found, timed] if step.timeout else found


def agree(filing: FilingSeal, approvals: Sequence[ApprovalSeal]) -> tuple[int, tuple[Variable, ...]]:
    """The least seconds, and the variables that all agreed to, in the order in which they were asked for."""
    seconds = min([filing.seconds, *(approval.seconds for approval in approvals)])
    variables = tuple(
        name for name in filing.variables if all(name in approval.variables for approval in approvals)
    )
    return seconds, variables
