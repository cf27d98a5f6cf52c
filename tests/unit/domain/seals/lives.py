"""A small model of what the scripts do with one request (`lib_chain.lua`, `decide.lua`, `lib_grant.lua`).

It seals what an honest process would at each step. All times are milliseconds, Redis' clock; each act may
come from a process whose own clock differs from it.
"""

from dataclasses import dataclass, field

from envaccess.domain.policy.rules import USE_WITHIN, Starts, Then
from envaccess.domain.seals.access import Access, SealedRequest
from envaccess.domain.seals.statements import (
    ApprovalSeal,
    AutomaticSeal,
    FilingSeal,
    PassedBy,
    PassedSeal,
    Right,
)
from envaccess.domain.seals.walk import skipped_steps
from envaccess.domain.variable import Variable


@dataclass
class Life:
    """One request, as the scripts see it, and the seals that honest processes made of it.

    Attributes:
        standing: MACs of the approvals that its record has.
        made: every approval ever sealed for it, also those that were lost since.
        passed_twice: whether a step was passed over that had all its approvals: where time completes a chain,
            the scripts ask once more. If one of those is lost then, no seal says that it was passed over.
        gives: what it gives once it is approved; for an extension also what it added.
    """

    filing: FilingSeal
    mac: str
    now: int
    state: str = "pending"
    step: int = 0
    step_at: int = 0
    escalated: bool = False
    skipped: set[int] = field(default_factory=set)
    standing: list[str] = field(default_factory=list)
    made: dict[str, ApprovalSeal] = field(default_factory=dict)
    passed: list[PassedSeal] = field(default_factory=list)
    automatic: AutomaticSeal | None = None
    seconds: int = 0
    variables: tuple[Variable, ...] = ()
    gives: Access | None = None
    decided_at: int = 0
    passed_twice: bool = False

    def __post_init__(self) -> None:
        self.step_at = self.now
        self.filed = self.now
        self.seconds, self.variables = self.filing.seconds, self.filing.variables
        if self.filing.emergency:
            self._conclude()
        elif self.filing.ruling.automatic and not self.filing.extends:
            self.automatic = AutomaticSeal(self.mac, self.filing.at)
            self._conclude()

    @property
    def sealed(self) -> SealedRequest:
        """What its record has."""
        approvals = {mac: self.made[mac] for mac in self.standing}
        return SealedRequest(self.filing, self.mac, approvals, tuple(self.passed), self.automatic)

    @property
    def people(self) -> set[str]:
        """Who counts already, or asked."""
        found = {person for mac in self.standing for person in self.made[mac].people}
        return found | {self.filing.requester, self.filing.behind}

    def wait(self, milliseconds: int) -> None:
        """`settle_chain`: what time does in between happens at the moment at which it is due."""
        self.now += milliseconds
        while self.state == "pending":
            over = self.filed + self.filing.ruling.pending_seconds * 1_000
            timeout = self.filing.ruling.steps[self.step].timeout * 1_000
            if timeout and self.step_at + timeout < min(over, self.now):
                self._pass_over(self.step_at + timeout)
            elif self.now > over:
                self.state = "timed_out"
            else:
                return

    def leave(self, skew: int = 0) -> None:
        """`escalate.lua`: a process finds nobody left who could decide this step."""
        step = self.filing.ruling.steps[self.step]
        if self.state != "pending":
            return
        how = {Then.SKIP: PassedBy.SKIP, Then.ESCALATE: PassedBy.ESCALATE}.get(step.then)
        if how and not (how is PassedBy.ESCALATE and self.escalated):
            self.passed.append(PassedSeal(self.mac, self.step, how, self.now + skew))
        self._pass_over(self.now)

    def approve(
        self,
        by: str,
        behalf: str = "",
        *,
        seconds: int = 0,
        variables: tuple[Variable, ...] = (),
        called: bool = False,
        lost: int = 0,
        skew: int = 0,
    ) -> None:
        """`decide.lua`; `lost` has a bit for each earlier approval that does not count any more if looked at.

        `called`: they may decide only because time, or nobody being left, called them in.
        """
        if self.state != "pending" or {by, behalf} & self.people - {""} or (called and not self.escalated):
            return
        kept = tuple(name for name in self.variables if not variables or name in variables)
        if not kept or (self.filing.extends and kept != self.variables):
            return
        last = self._first_open([*self.standing, ""]) is None
        counted = [mac for place, mac in enumerate(self.standing) if not (last and lost >> place & 1)]
        self.seconds, self.variables = min(self.seconds, seconds or self.seconds), kept
        at, standing = self.now + skew, [self.made[mac] for mac in self.standing]
        mac = f"{self.mac}/{len(self.made)}"
        self.made[mac] = ApprovalSeal(
            filing=self.mac,
            step=self.step,
            by=by,
            behalf=behalf,
            duty="duty" if behalf else "",
            right=Right.ESCALATION if called else Right.DUTY if behalf else Right.OWN,
            seconds=self.seconds,
            variables=kept,
            talk="",
            counted=tuple(counted),
            skipped=skipped_steps(self.filing, standing, self.passed, self.step, at),
            at=at,
        )
        self.standing = [*counted, mac]
        opened = self._first_open(self.standing)
        if opened is None:
            self._conclude()
        elif opened != self.step:
            self._enter(opened, self.now)

    def _first_open(self, standing: list[str]) -> int | None:
        """An empty MAC stands for an approval of the step that is awaited."""
        have = [self.made[mac].step if mac else self.step for mac in standing]
        steps = enumerate(self.filing.ruling.steps)
        missing = (n for n, step in steps if n not in self.skipped and have.count(n) < step.approvals)
        return next(missing, None)

    def _enter(self, step: int, at: int) -> None:
        self.step, self.step_at, self.escalated = step, at, False

    def _pass_over(self, at: int) -> None:
        step = self.filing.ruling.steps[self.step]
        if step.then is Then.ESCALATE and not self.escalated:
            self.escalated, self.step_at = True, at
        elif step.then is Then.SKIP and self.step + 1 < len(self.filing.ruling.steps):
            self.passed_twice |= (
                sum(self.made[mac].step == self.step for mac in self.standing) >= step.approvals
            )
            self.skipped.add(self.step)
            opened = self._first_open(self.standing)
            self._enter(self.step + 1 if opened is None else opened, at)
        else:
            self.state = "timed_out"

    def _conclude(self) -> None:
        self.state, self.decided_at = "approved", self.now
        starts, length = self.filing.starts_at, self.seconds * 1_000
        ruling = self.filing.ruling
        if starts > self.now:
            self.gives = Access(self.variables, self.seconds, starts, starts + length)
        elif ruling.starts is Starts.FIRST_USE:
            latest = self.now + (ruling.use_within or USE_WITHIN) * 1_000
            self.gives = Access(self.variables, self.seconds, self.now, latest + length)
        else:
            self.gives = Access(self.variables, self.seconds, self.now, self.now + length)


def ends_with(base: Life, extensions: list[Life], late: int = 0) -> int:
    """When a grant ends that these prolonged, each where it was approved in its time or so late after."""
    assert base.gives
    ends = base.gives.ends_at
    for one in sorted(extensions, key=lambda life: life.decided_at):
        alive = one.decided_at <= ends + late and not base.filing.once
        if one.gives and alive and one.variables == base.variables:
            most = one.decided_at + one.filing.ruling.max_seconds * 1_000
            ends = max(ends, min(ends + one.seconds * 1_000, most))
    return ends
