"""The auditor: reads what was sent, what Slack was shown and the streams, and finds each law that was broken.

It was written from what is documented of events and stores, and from the laws, and shares no code with the
product: it needs Python, `history`, `laws` and `world`.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Final

from benchmarks.simulated.history import Act, Entry, Fault, Heard, History, Shown, Step
from benchmarks.simulated.laws import (
    APPROVED,
    CLOCK,
    CREATED,
    FILES,
    LAWS,
    REVEALED,
    STEP,
    Life,
    live,
)

LEAVING: Final = 5_000
"""Milliseconds from the last look at an access to the value in Slack, at most."""
BEFORE: Final = 12_000
"""Milliseconds before a failover in which what was answered may be lost."""
WRITES: Final = {
    Act.FILE: frozenset({CREATED}),
    Act.EXTEND: frozenset({CREATED}),
    Act.EMERGENCY: frozenset({CREATED}),
    Act.APPROVE: frozenset({STEP, APPROVED}),
    Act.DENY: frozenset({"request.denied"}),
    Act.WITHDRAW: frozenset({"request.cancelled"}),
    Act.END: frozenset({"grant.revoked"}),
    Act.REVEAL: frozenset({REVEALED}),
    Act.DELIVER: frozenset({REVEALED}),
}
"""Which event an act that was done has."""


@dataclass(frozen=True, slots=True)
class Breach:
    """A law that was broken.

    Attributes:
        law: its number and a word.
        about: a request, an operation or an event.
    """

    law: str
    team: str
    about: str
    why: str


@dataclass(frozen=True, slots=True)
class Loss:
    """What was acknowledged shortly before a failover, and is not in the stream."""

    step: Step
    fault: Fault


@dataclass
class Findings:
    """What the auditor found.

    Attributes:
        losses: acknowledged and lost in a failover, which the page on stores says may happen.
        checked: how many things each law was asked of.
    """

    breaches: list[Breach] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)
    checked: Counter[str] = field(default_factory=Counter)


class Auditor:
    """Asks each law of a history."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._found = Findings()
        self._lives: dict[tuple[str, str], Life] = {}
        for team, entries in history.entries.items():
            for entry in entries:
                if entry.request:
                    key = team, entry.request
                    self._lives.setdefault(key, Life(team, entry.request)).entries.append(entry)
        self._people: dict[tuple[str, str, str], list[Life]] = defaultdict(list)
        for life in self._lives.values():
            for requester, name in {(e.requester, name) for e in life.entries for name in e.variables}:
                self._people[life.team, requester, name].append(life)
        self._steps: dict[tuple[str, str], list[Step]] = defaultdict(list)
        for step in history.steps:
            self._steps[step.team, step.request].append(step)

    def findings(self) -> Findings:
        """All of it."""
        self._each_ack()
        self._filed_once()
        for life in self._lives.values():
            for law, ask in LAWS.items():
                self._found.checked[law] += 1
                for about, why in ask(life, self._steps[life.team, life.id]):
                    self._found.breaches.append(Breach(law, life.team, about, why))
        self._each_value()
        self._each_line()
        return self._found

    def _break(self, law: str, team: str, about: str, why: str) -> None:
        self._found.breaches.append(Breach(law, team, about, why))

    def _lost(self, step: Step) -> Fault | None:
        """The failover that may have lost what was answered then."""
        near = (one for one in self._history.faults if one.failover)
        return next((one for one in near if one.at - BEFORE <= step.told_at <= one.over + CLOCK), None)

    def _each_ack(self) -> None:
        """1: what was acknowledged has its event; what a failover lost is named."""
        for step in self._history.steps:
            if step.heard is not Heard.DONE:
                continue
            self._found.checked[ACK] += 1
            life = self._lives.get((step.team, step.request))
            wanted = WRITES[step.act]
            if life and any(
                entry.tag in wanted and entry.actor.rpartition(":")[2] == step.who and _near(step, entry)
                for entry in life.entries
            ):
                continue
            if fault := self._lost(step):
                self._found.losses.append(Loss(step, fault))
            else:
                self._break(
                    ACK, step.team, step.op, f"{step.act} of {step.request} was acknowledged without an event"
                )

    def _filed_once(self) -> None:
        """2: a command makes one request, and no request comes from nowhere."""
        told = Counter(
            (s.team, s.request) for s in self._history.steps if s.act in FILES and s.heard is Heard.DONE
        )
        for (team, request), count in told.items():
            if count > 1:
                self._break(ONCE, team, request, f"{count} commands were told that it is theirs")
        open_ = [
            s for s in self._history.steps if s.act in FILES and s.heard in {Heard.NOTHING, Heard.UNSURE}
        ]
        by_person: dict[tuple[str, str, str], list[Step]] = defaultdict(list)
        for step in open_:
            by_person[step.team, step.who, step.variable].append(step)
        for life in self._lives.values():
            created = life.created
            self._found.checked[ONCE] += 1
            if created is None:
                if not self._torn(life):
                    self._break(ONCE, life.team, life.id, "it has events, but was never created")
                continue
            if len(life.all(CREATED)) > 1:
                self._break(ONCE, life.team, life.id, "it was created twice")
            if told[life.team, life.id]:
                continue
            unanswered = by_person[life.team, created.requester, ",".join(created.variables)]
            match = next(
                (step for step in unanswered if step.at - CLOCK <= created.at <= step.at + 2 * LEAVING), None
            )
            if match is None:
                self._break(
                    ONCE,
                    life.team,
                    life.id,
                    "nobody sent a command that it could come from, or it is doubled",
                )
            else:
                unanswered.remove(match)

    def _torn(self, life: Life) -> bool:
        """Whether a failover may have lost its beginning."""
        first = life.entries[0].at
        return any(
            one.failover and one.at - BEFORE <= first <= one.over + LEAVING for one in self._history.faults
        )

    def _each_value(self) -> None:
        """8: a value goes to its requester alone. 9: and only while there is access, with its event."""
        for shown in self._history.shown:
            self._found.checked[ALONE] += 1
            self._found.checked[SHOWN] += 1
            if shown.owner != shown.team:
                self._break(
                    ALONE, shown.team, shown.to, f"was shown {shown.variable} of {shown.owner or 'nobody'}"
                )
                continue
            lives = list(self._of_person(shown))
            if not lives:
                if not self._explained(shown):
                    self._break(
                        ALONE, shown.team, shown.to, f"was shown {shown.variable}, and had never asked for it"
                    )
            elif not any(_covers(life, shown) for life in lives) and not self._explained(shown):
                self._break(
                    SHOWN,
                    shown.team,
                    shown.to,
                    f"was shown {shown.variable} without a reveal's event in a live access",
                )

    def _of_person(self, shown: Shown) -> list[Life]:
        return self._people[shown.team, shown.to, shown.variable]

    def _explained(self, shown: Shown) -> bool:
        """Whether a failover lost the events: then the press is among the losses."""
        near = [
            loss for loss in self._found.losses if (loss.step.team, loss.step.who) == (shown.team, shown.to)
        ]
        return any(abs(loss.step.told_at - shown.at) <= LEAVING + CLOCK for loss in near)

    def _each_line(self) -> None:
        """10: the audit channel skips no event before the last one that it was told of."""
        for team, told in self._history.lines.items():
            known = {id_ for id_, _ in told}
            entries = self._history.entries.get(team, [])
            last = max((place for place, entry in enumerate(entries) if entry.id in known), default=-1)
            for entry in entries[: last + 1]:
                self._found.checked[LINES] += 1
                if entry.id not in known and entry.tag not in UNTOLD:
                    self._break(LINES, team, entry.id, f"{entry.tag} was skipped in the audit channel")


ACK, ONCE, ALONE, SHOWN, LINES = (
    "1 an ack has its event", "2 one command, one request", "8 a value reaches its requester alone",
    "9 no value without access and event", "10 the audit channel skips nothing",
)  # fmt: skip
UNTOLD: Final = frozenset[str]()


def _near(step: Step, entry: Entry) -> bool:
    return step.at - CLOCK <= entry.at <= step.told_at + CLOCK


def _covers(life: Life, shown: Shown) -> bool:
    """Whether a reveal was written down just before, and the access was live then."""
    revealed = [e for e in life.all(REVEALED) if shown.at - LEAVING - CLOCK <= e.at <= shown.at + CLOCK]
    return bool(revealed) and any(live(life, entry.at) for entry in revealed)
