"""What the auditor asks of each request by itself, from its events and what people sent about it."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from benchmarks.simulated.history import Act, Entry, Step
from benchmarks.simulated.world import RULES, Rule

CLOCK: Final = 2_000
"""Milliseconds that two clocks and a call under way may differ by."""
CREATED, APPROVED, STEP = "request.created", "request.approved", "request.step_approved"
SKIPPED, REOPENED = "request.step_skipped", "request.step_reopened"
ACTIVATED, EXTENDED, REVEALED, FAILED = (
    "grant.activated", "grant.extended", "grant.revealed", "grant.reveal_failed",
)  # fmt: skip
ENDS: Final = frozenset({"grant.expired", "grant.revoked", "grant.lapsed", "grant.used_up"})
CLOSES: Final = frozenset({APPROVED, "request.denied", "request.cancelled", "request.timed_out"})
FILES: Final = frozenset({Act.FILE, Act.EXTEND, Act.EMERGENCY})


@dataclass
class Life:
    """A request's events, in order."""

    team: str
    id: str
    entries: list[Entry] = field(default_factory=list)

    def all(self, *tags: str) -> list[Entry]:
        """Those with one of these tags."""
        return [entry for entry in self.entries if entry.tag in tags]

    @property
    def created(self) -> Entry | None:
        """Its first event."""
        found = self.all(CREATED)
        return found[0] if found else None

    @property
    def rule(self) -> Rule | None:
        """What the policy says of its variable."""
        named = {name.partition("/")[0] for entry in self.entries for name in entry.variables}
        return RULES.get(named.pop()) if len(named) == 1 else None


def live(life: Life, at: int) -> bool:
    """Whether there was access at a moment, as far as its time goes."""
    until = [int(e.detail.get("expires_at", 0)) for e in life.all(ACTIVATED, EXTENDED) if e.at <= at]
    return bool(until) and at <= max(until)


Asked = Iterator[tuple[str, str]]


def _nobody_approves_their_own(life: Life, steps: list[Step]) -> Asked:
    del steps
    for entry in life.all(STEP, APPROVED):
        if entry.actor == f"person:{entry.requester}":
            yield life.id, f"{entry.actor} approved their own request"


def _approved_before_access(life: Life, steps: list[Step]) -> Asked:
    """Access follows everybody's yes, or the policy's, or an emergency."""
    del steps
    rule, created = life.rule, life.created
    if rule is None or created is None:
        return
    emergency = bool(life.all("emergency.used"))
    for at, entry in enumerate(life.entries):
        if entry.tag not in {ACTIVATED, EXTENDED} or entry.detail.get("extends"):
            continue
        before = life.entries[: at + 1]
        said = [e for e in before if e.tag in {STEP, APPROVED}]
        if emergency:
            if not rule.emergency:
                yield life.id, "an emergency where the policy has none"
        elif any(e.actor == "policy" for e in said):
            if not rule.automatic:
                yield life.id, "the policy approved what people have to"
        elif entry.tag == ACTIVATED and len(said) < len(rule.steps):
            yield life.id, f"access after {len(said)} of {len(rule.steps)} approvals"


def _deciders(life: Life, steps: list[Step]) -> Asked:
    """Who decides may decide, once in a request, and each step is decided once."""
    del steps
    rule = life.rule
    people = [e for e in life.all(STEP, APPROVED) if e.actor.startswith("person:")]
    if rule is None:
        return
    for place, entry in enumerate(people):
        if place >= len(rule.steps):
            yield life.id, f"{len(people)} approvals where {len(rule.steps)} decide"
        elif entry.actor.partition(":")[2] not in rule.steps[place]:
            yield life.id, f"{entry.actor} may not decide step {place + 1}"
    for actor, count in Counter(entry.actor for entry in people).items():
        if count > 1:
            yield life.id, f"{actor} decided {count} times"
    closes = life.all(*CLOSES)
    if len(closes) > 1:
        yield life.id, f"decided {len(closes)} times: {', '.join(e.tag for e in closes)}"


def _no_longer_than_approved(life: Life, steps: list[Step]) -> Asked:
    rule = life.rule
    asked = [step.seconds for step in steps if step.act in FILES and step.seconds]
    for entry in life.all(ACTIVATED):
        seconds, until = int(entry.detail.get("seconds", 0)), int(entry.detail.get("expires_at", 0))
        longest = min([*asked, rule.longest] if rule else asked, default=seconds)
        if seconds > longest:
            yield life.id, f"{seconds} s of access where {longest} were asked for or allowed"
        if until - entry.at > seconds * 1_000 + CLOCK:
            yield life.id, f"access until {until - entry.at} ms after its begin, for {seconds} s"


def _nothing_after_the_end(life: Life, steps: list[Step]) -> Asked:
    """No reveal after the end, nor after its time."""
    del steps
    ended = ""
    for entry in life.entries:
        if entry.tag in ENDS:
            ended = entry.tag
        elif entry.tag == FAILED and ended == "grant.used_up":
            ended = ""
        elif entry.tag == REVEALED:
            if ended:
                yield life.id, f"revealed after {ended}"
            if not live(life, entry.at):
                yield life.id, "revealed while there was no access"


Law = Callable[[Life, list[Step]], Asked]
LAWS: Final[dict[str, Law]] = {
    "3 nobody approves their own": _nobody_approves_their_own,
    "4 approved before access": _approved_before_access,
    "5 one decision a step, by who may": _deciders,
    "6 no longer than approved": _no_longer_than_approved,
    "7 nothing after the end": _nothing_after_the_end,
}
