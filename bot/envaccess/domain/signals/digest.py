"""What a week was like, summed up over the audit stream one event at a time.

Nothing of it needs more memory than `*_MOST` says, however long the stream is: where there was more, the
oldest goes first, and the digest says that it did not count all. No typed text is read.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, TypeVar

from envaccess.domain.audit import ActorKind, Event, Tag, read_person
from envaccess.domain.duration import parse_duration
from envaccess.domain.signals.alerts import Alert
from envaccess.domain.signals.approvers import Approver, ApproverSums, Pair
from envaccess.domain.signals.open_items import OpenItems, OpenItemSums
from envaccess.domain.signals.rule_suggestions import RuleSuggestion, RuleSuggestionSums
from envaccess.domain.signals.thresholds import USUAL, Thresholds
from envaccess.domain.signals.weeks import Week
from envaccess.domain.text import whole_number

WEEKS: Final = 4
"""How far back approvers and habits are looked at; counts are of one week, beside the one before."""
DAY: Final = 24 * 3_600 * 1_000
REQUESTS_MOST: Final = 50_000
"""Requests, and grants, that are open at once."""
ENVIRONMENTS_MOST: Final = 200
PEOPLE_MOST: Final = 5_000
"""People whose unused grants are counted."""
_COUNT_MAX: Final = 10_000_000
"""More than that in one event was made up."""

_T = TypeVar("_T")


class Counted(StrEnum):
    """What is counted of a week."""

    REQUESTS = "requests"
    APPROVED = "approved"
    AUTOMATIC = "automatic"
    DENIED = "denied"
    TIMED_OUT = "timed_out"
    EMERGENCIES = "emergencies"
    REVEALS = "reveals"
    REFUSALS = "refusals"


Counts = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Unused:
    """Grants that ended in the week and were never revealed.

    Attributes:
        ended: all that ended.
        people: who had the unused ones, and how many, the most first.
    """

    ended: int
    unused: int
    people: Sequence[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Digest:
    """A week.

    Attributes:
        began: when the stream begins, where that is after the beginning of the week before; else 0.
        before: the counts of the week before; None where the stream does not have all of it.
        environments: the week's counts by environment, the most requests first.
        days: requests of each of the fourteen days.
        fast: approvals in fewer seconds are fast ones.
        median: seconds that half of all decisions of four weeks took less than.
        approvers: all who decided in four weeks, the most decisions first.
        alarms: what an operator has to look into, by tag.
        partial: whether there was more than is counted.
    """

    week: Week
    began: int
    counts: Counts
    before: Counts | None
    environments: Sequence[tuple[str, Counts]]
    days: Sequence[int]
    fast: int
    median: int
    approvers: Sequence[Approver]
    pairs: Sequence[Pair]
    unused: Unused
    items: OpenItems
    alarms: Counts
    suggestions: Sequence[RuleSuggestion]
    partial: bool

    @property
    def quiet(self) -> bool:
        """Whether nothing was asked, revealed or refused."""
        return not any(self.counts.values())


@dataclass(slots=True)
class _OpenRequest:
    """A request that is open.

    Attributes:
        asker: who asked, or who is behind the program that did.
        by_person: whether no program asked.
        opened: since when its approvers could decide.
        latest: the last approval.
        step: the step that is decided, from 1.
        narrowed: whether somebody approved less.
        at_leisure: whether no approval so far was a fast one.
    """

    asker: str
    variables: tuple[str, ...]
    seconds: int
    by_person: bool
    opened: int
    latest: int
    step: int = 1
    narrowed: bool = False
    at_leisure: bool = True


@dataclass(slots=True)
class _Grant:
    who: str
    used: bool = False


@dataclass(slots=True)
class _Sums:
    counts: Counter[str] = field(default_factory=Counter)
    before: Counter[str] = field(default_factory=Counter)
    environments: dict[str, Counter[str]] = field(default_factory=dict)
    days: list[int] = field(default_factory=lambda: [0] * 14)
    alarms: Counter[str] = field(default_factory=Counter)
    unused: Counter[str] = field(default_factory=Counter)
    ended: int = 0
    idle: int = 0


_ALARMS: Final = frozenset(
    {Tag.AUDIT_GAP, Tag.SEAL_BROKEN, Tag.SEAL_KEY_UNKNOWN, Tag.RECORD_REFUSED, Tag.SINK_LOST}
    | {Tag.POLICY_REJECTED, Tag.SOURCES_REJECTED, Tag.BACKUP_RESTORED}
)
_ENDS: Final = frozenset({Tag.GRANT_EXPIRED, Tag.GRANT_REVOKED, Tag.GRANT_USED_UP, Tag.GRANT_LAPSED})
_UNSIGNED: Final = frozenset({"bad_signature", "bad_token"})
"""Calls of whoever is nobody: not counted among what people tried."""


class DigestSums:
    """Sums up a week.

    Args:
        week: which.
        limits: from when on it is told how somebody approves.
    """

    def __init__(self, week: Week, limits: Thresholds = USUAL) -> None:
        self.week = week
        self._limits = limits
        self._sums, self._items, self._suggestions = _Sums(), OpenItemSums(), RuleSuggestionSums()
        self._approvers = ApproverSums(limits)
        self._asked: dict[str, _OpenRequest] = {}
        self._granted: dict[str, _Grant] = {}
        self._partial = False
        self._first = 0
        self._takers: Mapping[str, Callable[[Event], None]] = {
            Tag.REQUEST_CREATED: self._created,
            Tag.REQUEST_STEP_SKIPPED: self._skipped,
            Tag.REQUEST_STEP_APPROVED: self._approved,
            Tag.REQUEST_APPROVED: self._approved,
            Tag.REQUEST_DENIED: self._denied,
            Tag.REQUEST_TIMED_OUT: self._timed_out,
            Tag.REQUEST_CANCELLED: self._closed,
            Tag.EMERGENCY_USED: self._emergency,
            Tag.GRANT_ACTIVATED: self._activated,
            Tag.GRANT_REVEALED: self._revealed,
            Tag.ACCESS_REFUSED: self._refused,
            Tag.ACCESS_REFUSED_COUNT: self._refused,
            **dict.fromkeys(_ENDS, self._grant_ended),
        }

    @property
    def reads_from(self) -> int:
        """Events before this time, in milliseconds, say nothing of the week."""
        return max(0, self.week.until - WEEKS * 7 * DAY - DAY)

    def begins(self, at: int) -> None:
        """Say when the stream begins, in milliseconds; 0 for an empty one."""
        self._first = at

    def know(self, alerts: Sequence[Alert]) -> None:
        """Say which alerts are open; unless said, the stream's events of four weeks do."""
        self._items.know(alerts)

    def take(self, event: Event) -> None:
        """The next event, in the stream's order."""
        self._items.take(event)
        if event.at >= self.week.until:
            return
        taker = self._takers.get(event.event)
        if taker:
            taker(event)
        elif event.event in _ALARMS and event.at >= self.week.since:
            self._sums.alarms[event.event] += 1

    def digest(self) -> Digest:
        """What has been taken."""
        sums, week = self._sums, self.week
        people = sorted(sums.unused.items(), key=lambda one: (-one[1], one[0]))
        by_requests = sorted(sums.environments.items(), key=lambda one: (-one[1][Counted.REQUESTS], one[0]))
        knows_before = 0 < self._first <= week.edges[0]
        pairs, items = self._approvers.pairs(), self._items.items(week.since, week.until)
        suspects = {one.about for one in (*items.alerts, *items.looked_into)}
        together = {frozenset({pair.one, pair.other}) for pair in pairs}
        return Digest(
            week=week,
            began=0 if knows_before else self._first,
            counts=dict(sums.counts),
            before=dict(sums.before) if knows_before else None,
            environments=by_requests,
            days=tuple(sums.days),
            fast=self._limits.fast_approver,
            median=self._approvers.median(),
            approvers=self._approvers.approvers(),
            pairs=pairs,
            unused=Unused(sums.ended, sums.idle, people),
            items=items,
            alarms=dict(sums.alarms),
            suggestions=self._suggestions.suggestions(suspects, together),
            partial=self._partial or self._approvers.full or self._suggestions.full,
        )

    def _count(self, what: Counted, event: Event, number: int = 1) -> None:
        day = self.week.day_of(event.at)
        if day is None:
            return
        if what is Counted.REQUESTS:
            self._sums.days[day + 7] += number
        if day < 0:
            self._sums.before[what] += number
            return
        self._sums.counts[what] += number
        if what is Counted.REFUSALS:
            return  # what somebody tried in vain may be of any name that they typed
        for environment in dict.fromkeys(name.rpartition("/")[0] for name in event.variables):
            counts = self._environment(environment or "default")
            counts[what] += number

    def _environment(self, name: str) -> Counter[str]:
        found = self._sums.environments
        if name not in found and len(found) >= ENVIRONMENTS_MOST:
            self._partial = True
            return Counter()
        return found.setdefault(name, Counter())

    def _created(self, event: Event) -> None:
        self._count(Counted.REQUESTS, event)
        asker, duration = _asker(event), parse_duration(event.detail.get("duration", ""))
        seconds = duration.seconds if duration else 0
        by_person = bool(asker) and not event.behind
        asked = _OpenRequest(asker, event.variables, seconds, by_person, event.at, event.at)
        self._keep(self._asked, event.request, asked)

    def _keep(self, kept: dict[str, _T], name: str, fact: _T) -> None:
        kept.pop(name, None)
        kept[name] = fact
        if len(kept) > REQUESTS_MOST:
            del kept[next(iter(kept))]
            self._partial = True

    def _skipped(self, event: Event) -> None:
        asked = self._asked.get(event.request)
        if asked:
            asked.latest = event.at

    def _approved(self, event: Event) -> None:
        done = event.event == Tag.REQUEST_APPROVED
        if event.actor.kind is not ActorKind.PERSON:
            self._count(Counted.AUTOMATIC, event)
            self._asked.pop(event.request, None)
            return
        if done:
            self._count(Counted.APPROVED, event)
        asked = self._asked.get(event.request)
        asker = asked.asker if asked else _asker(event)
        at_leisure = self._approvers.approve(event.actor.id, asker, self._seconds(event, asked))
        if asked:
            asked.at_leisure = asked.at_leisure and at_leisure
            asked.narrowed = asked.narrowed or "seconds" in event.detail
            asked.latest = event.at
        if done:
            self._settle(event, yes=True)

    def _seconds(self, event: Event, asked: _OpenRequest | None) -> float | None:
        """How long this approver's step was open; None where its beginning is not known."""
        if asked is None:
            return None
        step = whole_number(event.detail.get("step", ""))
        if step is not None and step > asked.step:
            asked.step, asked.opened = step, asked.latest
        return max(0, event.at - asked.opened) / 1_000

    def _denied(self, event: Event) -> None:
        self._count(Counted.DENIED, event)
        if event.actor.kind is ActorKind.PERSON:
            self._approvers.deny(event.actor.id, self._seconds(event, self._asked.get(event.request)))
        self._settle(event, yes=False)

    def _timed_out(self, event: Event) -> None:
        self._count(Counted.TIMED_OUT, event)
        self._settle(event, yes=False)

    def _closed(self, event: Event) -> None:
        self._asked.pop(event.request, None)

    def _emergency(self, event: Event) -> None:
        self._count(Counted.EMERGENCIES, event)
        self._asked.pop(event.request, None)

    def _settle(self, event: Event, *, yes: bool) -> None:
        """What came of a request of a person, where that is known from its beginning."""
        asked = self._asked.pop(event.request, None)
        if asked is None or not asked.by_person:
            return
        if not yes or asked.narrowed:
            self._suggestions.refused(asked.variables)
        elif asked.at_leisure:
            by = event.actor.id
            self._suggestions.approved(asked.variables, asked.asker, by, asked.seconds, event.at)

    def _activated(self, event: Event) -> None:
        self._keep(self._granted, event.grant, _Grant(event.requester))

    def _revealed(self, event: Event) -> None:
        self._count(Counted.REVEALS, event)
        grant = self._granted.get(event.grant)
        if grant:
            grant.used = True

    def _grant_ended(self, event: Event) -> None:
        grant = self._granted.pop(event.grant, None)
        if event.event == Tag.GRANT_LAPSED:
            grant = _Grant(event.requester)
        if grant is None or event.at < self.week.since:
            return
        self._sums.ended += 1
        if not grant.used:
            self._sums.idle += 1
            if grant.who in self._sums.unused or len(self._sums.unused) < PEOPLE_MOST:
                self._sums.unused[grant.who] += 1

    def _refused(self, event: Event) -> None:
        if event.detail.get("why") in _UNSIGNED:
            return
        count = whole_number(event.detail.get("count", "1"))
        self._count(Counted.REFUSALS, event, 1 if count is None or count > _COUNT_MAX else count)


def _asker(event: Event) -> str:
    """The person who asked, or who is behind the program that did; empty for none."""
    return event.behind or read_person(event.requester)
