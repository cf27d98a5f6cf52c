"""What may be had by a sealed request: which variables, by whom, from when to when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType

from envaccess.domain.policy import pinned_v1
from envaccess.domain.policy.rules import Starts, Then
from envaccess.domain.seals.statements import ApprovalSeal, AutomaticSeal, FilingSeal, HistorySeal, PassedSeal
from envaccess.domain.seals.walk import (
    ALLOWANCE,
    OpenStep,
    agree,
    counted_approvals,
    fault_of,
    first_open,
    is_over,
)
from envaccess.domain.variable import Variable


@dataclass(frozen=True, eq=False)
class SealedRequest:
    """The opened seals of one request, with what follows from them: it is asked at every reading.

    Attributes:
        mac: the filing's.
        approvals: by their MACs, in the order in which they landed.
        extensions: the requests that its grant says it was prolonged by.
    """

    filing: FilingSeal
    mac: str
    approvals: Mapping[str, ApprovalSeal] = field(default_factory=lambda: MappingProxyType({}))
    passed: tuple[PassedSeal, ...] = ()
    automatic: AutomaticSeal | None = None
    extensions: tuple["SealedRequest", ...] = ()

    @property
    def counting(self) -> tuple[ApprovalSeal, ...]:
        """The approvals that the store says stand now."""
        return tuple(self.approvals.values())

    @cached_property
    def agreed(self) -> tuple[int, tuple[Variable, ...]]:
        """For how many seconds, and to which variables, everybody has agreed so far."""
        return agree(self.filing, self.counting)

    @cached_property
    def access(self) -> "Access | str":
        """What it gives; else why it gives nothing."""
        return access_of(self)

    @cached_property
    def stranger(self) -> str:
        """Which of these seals is of another request; empty where all are of this one."""
        if any(approval.filing != self.mac for approval in self.counting):
            return "an approval of something else"
        if any(passed.filing != self.mac for passed in self.passed):
            return "a step of something else was passed over"
        strange = self.automatic is not None and self.automatic.filing != self.mac
        return "the policy does not let it through alone" if strange else ""


@dataclass(frozen=True, slots=True)
class Access:
    """What was agreed to.

    Attributes:
        begins_at: the earliest moment.
        ends_at: the latest; where the clock starts with the first use, the latest that it can be.
    """

    variables: tuple[Variable, ...]
    seconds: int
    begins_at: int
    ends_at: int


def access_of(sealed: SealedRequest) -> Access | str:
    """What a sealed request gives with its extensions; else why it gives nothing."""
    found = _agreed(sealed)
    if isinstance(found, str):
        return found
    return _prolonged(sealed, found)


def is_current(access: Access, now: int) -> bool:
    """Whether a moment of our clock is within it, with the one allowance for clocks that differ."""
    return access.begins_at - ALLOWANCE <= now <= access.ends_at + ALLOWANCE


def progress_fault(sealed: SealedRequest, now: int, step: int, *, escalated: bool) -> str:
    """Why a pending request cannot stand where the store says it does; empty where it can.

    Args:
        sealed: its seals.
        now: milliseconds, our clock.
        step: the step that the store says is awaited.
        escalated: whether it says that others were called in.
    """
    fault = sealed.stranger or fault_of(sealed.filing, sealed.counting)
    if fault:
        return fault
    found = first_open(sealed.filing, sealed.counting, sealed.passed, now)
    if isinstance(found, str):
        return found
    if found is not None and step > found.number:
        return "a step was passed over that nobody passed"
    if found is not None and escalated and not _is_escalated(sealed, found, now):
        return "others were called in before their time"
    return ""


def _is_escalated(sealed: SealedRequest, waited: OpenStep, now: int) -> bool:
    step = sealed.filing.ruling.steps[waited.number]
    return step.then is Then.ESCALATE and is_over(step, sealed.passed, waited, now)


def _agreed(sealed: SealedRequest) -> Access | str:
    filing = sealed.filing
    if isinstance(filing, HistorySeal):
        return "it is from before there were seals"
    if sealed.stranger:
        return sealed.stranger
    if filing.emergency:
        return _alone(filing) if filing.ruling.emergency else "it is no emergency"
    if sealed.automatic:
        allowed = is_automatic(filing)
        return _alone(filing) if allowed else "the policy does not let it through alone"
    return _walked(sealed)


def is_automatic(filing: FilingSeal) -> bool:
    """Whether the policy may let it through alone: more time for a grant is agreed to by people."""
    return filing.ruling.automatic and not filing.extends


def _alone(filing: FilingSeal) -> Access | str:
    """What nobody had to agree to."""
    return _times(filing, filing.seconds, filing.variables, filing.at)


def _walked(sealed: SealedRequest) -> Access | str:
    if not sealed.approvals:
        return "nobody approved it"
    used = counted_approvals(sealed.approvals, list(sealed.approvals)[-1])
    if isinstance(used, str):
        return used
    fault = fault_of(sealed.filing, used)
    if fault:
        return fault
    last = max(approval.at for approval in used)
    found = first_open(sealed.filing, used, sealed.passed)
    if found is not None:
        return found if isinstance(found, str) else f"step {found.number + 1} was passed by nobody"
    seconds, variables = agree(sealed.filing, used)
    return _times(sealed.filing, seconds, variables, last)


def _times(filing: FilingSeal, seconds: int, variables: Sequence[Variable], at: int) -> Access | str:
    if not variables or seconds <= 0:
        return "nothing was agreed to"
    begins = max(at, filing.starts_at)
    ends = begins + seconds * 1_000
    # Where it begins at an hour that was asked for, its clock starts then.
    if filing.ruling.starts is Starts.FIRST_USE and filing.starts_at <= at:
        ends += (filing.ruling.use_within or pinned_v1.USE_WITHIN) * 1_000
    return Access(tuple(variables), seconds, begins, ends)


def _prolonged(sealed: SealedRequest, held: Access) -> Access | str:
    """The access with its extensions, each fully verified, in the order in which they were agreed to."""
    if len({extension.mac for extension in sealed.extensions}) != len(sealed.extensions):
        return "an extension counts twice"
    agreed: list[tuple[Access, int]] = []
    for extension in sealed.extensions:
        more = _agreed_extension(sealed, extension)
        if isinstance(more, str):
            return more
        agreed.append((more, extension.filing.ruling.max_seconds))
    for more, most in sorted(agreed, key=lambda one: one[0].begins_at):
        if set(more.variables) != set(held.variables) or more.begins_at > held.ends_at + ALLOWANCE:
            return "an extension of other access"
        ends = min(held.ends_at + more.seconds * 1_000, more.begins_at + most * 1_000)
        held = replace(held, ends_at=max(held.ends_at, ends))
    return held


def _agreed_extension(sealed: SealedRequest, extension: SealedRequest) -> Access | str:
    asked, filing = extension.filing, sealed.filing
    if (asked.extends, asked.extends_mac) != (filing.id, sealed.mac):
        return "an extension of something else"
    if (asked.requester, asked.behind) != (filing.requester, filing.behind) or asked.once or filing.once:
        return "an extension that may not be one"
    return _agreed(extension)
