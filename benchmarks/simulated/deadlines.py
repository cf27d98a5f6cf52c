"""A day of deadlines in minutes: each length of the policy is divided, so the same follow each other, closer.

Grants end, people are reminded, steps escalate, requests time out, and reviews are reminded of. How late each
is written down follows from the events alone, and so does which one is missing or too early.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.simulated.history import Entry
from benchmarks.simulated.laws import ACTIVATED, CREATED, ENDS, Life

DAY_SECONDS: Final = 86_400
REMIND, TIMEOUT, PENDING = 600, 3_600, 14_400
REVIEW, EMERGENCY, LONGEST = 3_600, 900, 28_800
"""Seconds of the real day."""


@dataclass(frozen=True, slots=True)
class Lengths:
    """The policy's lengths, divided.

    Attributes:
        speed: by how much.
    """

    speed: float

    def seconds(self, length: int) -> int:
        """A length of the real day, in whole seconds; one at least."""
        return max(1, round(length / self.speed))

    def policy(self, leads: Sequence[str], directors: Sequence[str]) -> str:
        """Its text."""
        remind, timeout, pending, review, emergency, longest = (
            f"{self.seconds(length)}s" for length in (REMIND, TIMEOUT, PENDING, REVIEW, EMERGENCY, LONGEST)
        )
        return f"""version: 1
groups:
  leads: [{", ".join(leads)}]
  directors: [{", ".join(directors)}]
security: [directors]
defaults: {{approvers: [leads], max: {longest}, default: {timeout}, pending: {pending}, cool_down: none}}
rules:
  - {{name: everyday, match: staging/*, automatic: {{for: [anyone], max: {longest}}}}}
  - name: production
    match: production/*
    steps:
      - {{approvers: [leads], remind: {remind}, timeout: {timeout}, then: escalate, escalate: [directors]}}
    emergency: {{for: [anyone], max: {emergency}, review: [directors], remind: {review}}}
"""


@dataclass(frozen=True, slots=True)
class Deadline:
    """Something that time does.

    Attributes:
        due: milliseconds since 1970.
        at: when it was written down; None where it was not.
    """

    what: str
    request: str
    due: int
    at: int | None

    @property
    def late(self) -> int:
        """Milliseconds; negative: too early."""
        return (self.at or self.due) - self.due


def deadlines_of(life: Life, lengths: Lengths) -> Iterator[Deadline]:
    """All that time did, or should have done, to a request; the last ones may lie ahead still."""
    created = life.created
    if created is None:
        return
    yield from _end_of_grant(life)
    if life.all("emergency.used"):
        closed = life.all("emergency.reviewed")
        every, until = lengths.seconds(REVIEW) * 1_000, closed[0].at if closed else None
        yield from _in_turn(life, "emergency.reminded", created.at, every, until)
    elif not life.all(ACTIVATED) or life.created is None or _waited(life):
        yield from _of_chain(life, created, lengths)


def _waited(life: Life) -> bool:
    return not any(entry.actor == "policy" for entry in life.all("request.approved"))


def _end_of_grant(life: Life) -> Iterator[Deadline]:
    for entry in life.all(ACTIVATED):
        due = int(entry.detail["expires_at"])
        others = [end for end in life.all(*ENDS) if end.tag != "grant.expired"]
        expired = life.all("grant.expired")
        if not others:
            yield Deadline("grant.expired", life.id, due, expired[0].at if expired else None)


def _of_chain(life: Life, created: Entry, lengths: Lengths) -> Iterator[Deadline]:
    timeout, remind = (lengths.seconds(length) * 1_000 for length in (TIMEOUT, REMIND))
    decided = life.all("request.approved", "request.denied", "request.cancelled")
    over = decided[0].at if decided else None
    escalated, out = life.all("request.escalated"), life.all("request.timed_out")
    if escalated or over is None or over > created.at + timeout:
        yield Deadline(
            "request.escalated", life.id, created.at + timeout, escalated[0].at if escalated else None
        )
    due = created.at + min(2 * timeout, lengths.seconds(PENDING) * 1_000)
    if out or over is None or over > due:
        yield Deadline("request.timed_out", life.id, due, out[0].at if out else None)
    first = escalated[0].at if escalated else None
    until = min(one for one in (over, out[0].at if out else None, due) if one is not None)
    yield from _in_turn(life, "request.reminded", created.at, remind, first or until)
    if first:
        yield from _in_turn(life, "request.reminded", first, remind, until)


def _in_turn(life: Life, tag: str, begin: int, every: int, until: int | None) -> Iterator[Deadline]:
    """Reminders from a moment on: each is due twice as long after the one before as that was."""
    told = [entry.at for entry in life.all(tag) if entry.at > begin and (until is None or entry.at < until)]
    last = begin
    for count in range(len(told) + 1):
        due = last + every * 2**count
        at = told[count] if count < len(told) else None
        if at is None and until is not None and due >= until:
            return
        yield Deadline(tag, life.id, due, at)
        if at is None:
            return
        last = at


@dataclass(frozen=True, slots=True)
class Lateness:
    """How late the deadlines of one kind were.

    Attributes:
        missing: those that are over by more than is allowed and were not written down.
        early: those that were written down before their time.
    """

    what: str
    late: tuple[int, ...]
    missing: int
    early: int


def lateness(
    entries: Sequence[Entry], team: str, lengths: Lengths, read_at: int, allowed: int
) -> list[Lateness]:
    """Of each kind, in a stream that was read at a moment; what was due shortly before may still come."""
    lives: dict[str, Life] = {}
    for entry in entries:
        if entry.request:
            lives.setdefault(entry.request, Life(team, entry.request)).entries.append(entry)
    kinds: dict[str, list[Deadline]] = defaultdict(list)
    for life in lives.values():
        if life.all(CREATED):
            for one in deadlines_of(life, lengths):
                kinds[one.what].append(one)
    return [
        Lateness(
            what,
            tuple(one.late for one in found if one.at is not None),
            sum(one.at is None and one.due < read_at - allowed for one in found),
            sum(one.late < 0 for one in found),
        )
        for what, found in sorted(kinds.items())
    ]
