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
"""Milliseconds that the clocks of two processes, or of one and Redis, may differ: so late an end can be."""


def counted_approvals(approvals: Mapping[str, ApprovalSeal], last: str) -> tuple[ApprovalSeal, ...] | str:
    """The approvals that count with the last one, oldest first; else why they do not stand."""
    found = approvals[last]
    missing = [mac for mac in found.counted if mac not in approvals]
    if missing:
        return "an approval that was counted is gone"
    return (*(approvals[mac] for mac in found.counted), found)


def fault_of(filing: FilingSeal, filing_mac: str, approvals: Iterable[ApprovalSeal]) -> str:
    """Why these approvals cannot stand together for that filing; empty where they can."""
    people: set[str] = set()
    latest = filing.at + filing.ruling.pending_seconds * 1_000 + ALLOWANCE
    for approval in approvals:
        if approval.filing != filing_mac:
            return "an approval of something else"
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
    """The step that is awaited, counted from 0, and since when."""

    number: int
    begins: int


def first_open(
    filing: FilingSeal, approvals: Sequence[ApprovalSeal], passed: Sequence[PassedSeal], now: int
) -> OpenStep | str | None:
    """The step that is awaited by what is sealed; None where the chain is complete; else why it cannot be.

    A step is passed by enough approvals, or passed over where the ruling says `skip`, it is not the last one,
    and its time was over when the chain went on (`now` where it has not yet), or a process sealed that nobody
    was left.
    """
    begins = filing.at
    steps = filing.ruling.steps
    for number, step in enumerate(steps):
        mine = [approval for approval in approvals if approval.step == number]
        later = [approval.at for approval in approvals if approval.step > number]
        if not all(_had_right(step, approval, passed, begins) for approval in mine):
            return "an approval by somebody who was not called yet"
        if len(mine) >= step.approvals:
            begins = max(begins, *(approval.at for approval in mine))
        elif _is_skipped(filing, number, passed, begins, max(later, default=now)):
            begins = _passed_at(passed, number, PassedBy.SKIP) or begins + step.timeout * 1_000
        else:
            return f"step {number + 1} was passed by nobody" if later else OpenStep(number, begins)
    return None


def _is_skipped(filing: FilingSeal, number: int, passed: Sequence[PassedSeal], begins: int, at: int) -> bool:
    steps = filing.ruling.steps
    may_be = steps[number].then is Then.SKIP and number + 1 < len(steps)
    return may_be and is_over(steps[number], passed, OpenStep(number, begins), at)


def _had_right(step: Step, approval: ApprovalSeal, passed: Sequence[PassedSeal], begins: int) -> bool:
    """Those whom time calls in may agree only once it has."""
    if approval.right is not Right.ESCALATION:
        return True
    waited = OpenStep(approval.step, begins)
    return step.then is Then.ESCALATE and is_over(step, passed, waited, approval.at)


def is_over(step: Step, passed: Sequence[PassedSeal], waited: OpenStep, at: int) -> bool:
    """Whether a step's time was over at a moment, or a process sealed that nobody was left for it."""
    how = PassedBy.SKIP if step.then is Then.SKIP else PassedBy.ESCALATE
    sealed = _passed_at(passed, waited.number, how)
    if sealed and sealed <= at + ALLOWANCE:
        return True
    lenient = min(ALLOWANCE, step.timeout * 500)
    return step.timeout > 0 and at >= waited.begins + step.timeout * 1_000 - lenient


def _passed_at(passed: Sequence[PassedSeal], number: int, how: PassedBy) -> int:
    return next((one.at for one in passed if one.step == number and one.how is how), 0)


def agree(filing: FilingSeal, approvals: Sequence[ApprovalSeal]) -> tuple[int, tuple[Variable, ...]]:
    """The least seconds, and the variables that all agreed to, in the order in which they were asked for."""
    seconds = min([filing.seconds, *(approval.seconds for approval in approvals)])
    variables = tuple(
        name for name in filing.variables if all(name in approval.variables for approval in approvals)
    )
    return seconds, variables
