"""The stream once more: what is unusual about each request by the rules of now, beside what was recorded."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from envaccess.domain.audit import Event, Tag
from envaccess.domain.duration import parse_duration
from envaccess.domain.principal import read_principal
from envaccess.domain.signals.alerts import AlertWindow, facts_in, notice, subject_of
from envaccess.domain.signals.baseline import HOURS, Baseline
from envaccess.domain.signals.facts import Fact, read_facts
from envaccess.domain.signals.following import FOLLOWED, Following, follow
from envaccess.domain.signals.observe import MINUTE, ObservedRequest, kept_under, observe
from envaccess.domain.signals.thresholds import USUAL, Thresholds


@dataclass(frozen=True, slots=True)
class Difference:
    """A request of which other facts were recorded than the rules of now find."""

    event: Event
    found: tuple[Fact, ...]
    recorded: tuple[Fact, ...]


@dataclass
class SignalReplay:
    """Reads events in their order, and remembers what filing remembers.

    Attributes:
        thresholds: those that are tried.
        requests: how many were read.
        counts: how often each fact was found.
        alerts: the event at which each alert is raised, with its facts.
        differences: where something else was recorded.
        since: when the first event was, in milliseconds since the epoch; 0 before there was one.
    """

    thresholds: Thresholds = USUAL
    requests: int = 0
    counts: Counter[Fact] = field(default_factory=Counter)
    alerts: list[tuple[Event, tuple[str, ...]]] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    since: int = 0
    last: int = 0
    _known: dict[str, Baseline] = field(default_factory=dict)
    _windows: dict[str, AlertWindow] = field(default_factory=dict)
    _following: dict[str, Following] = field(default_factory=dict)

    def read(self, events: Iterable[Event]) -> None:
        """Go on with these."""
        for event in events:
            self.since, self.last = self.since or event.at, event.at
            found = self._file(event) if event.event == Tag.REQUEST_CREATED else ()
            self._alert(event, (*found, *self._followed(event)))
            if event.event == Tag.REQUEST_DENIED:
                who = _who(event)
                known = self._known.get(who, Baseline())
                self._known[who] = known.with_denial(event.variables, event.at // MINUTE)

    def facts_of(self, event: Event) -> tuple[Fact, ...]:
        """What is unusual about this request, which is remembered."""
        who = _who(event)
        asked = ObservedRequest(who, event.at // MINUTE, _hour(event), event.variables, _seconds(event))
        self._known[who], noticed = observe(self._known.get(who, Baseline()), asked, self.thresholds)
        return noticed.facts

    @property
    def comparable(self) -> list[Difference]:
        """Those that nothing from before the first event explains: so long is a variable known."""
        begin = self.since + self.thresholds.first * 1_000
        return [one for one in self.differences if one.event.at >= begin]

    def _file(self, event: Event) -> tuple[Fact, ...]:
        found, recorded = self.facts_of(event), read_facts(event.detail.get("facts", ""))
        self.requests += 1
        self.counts.update(found)
        if found != recorded:
            self.differences.append(Difference(event, found, recorded))
        return found

    def _followed(self, event: Event) -> tuple[Fact, ...]:
        """What is unusual besides what was asked for, as whoever alerts counts it."""
        about, _ = subject_of(event)
        if not about or event.event not in FOLLOWED:
            return ()
        known = self._following.get(about, Following())
        self._following[about], facts = follow(known, event, self.thresholds)
        self.counts.update(facts)
        return facts

    def _alert(self, event: Event, found: tuple[Fact, ...]) -> None:
        about, _ = subject_of(event)
        if not about or not found:
            return
        new = facts_in(event, found)
        window, told = notice(self._windows.get(about, AlertWindow()), new, event.at, self.since)
        self._windows[about] = window
        if told:
            self.alerts.append((event, tuple(fact.fact for fact in told)))


def _who(event: Event) -> str:
    return kept_under(read_principal(event.requester, event.behind))


def _hour(event: Event) -> int | None:
    text = event.detail.get("hour", "")
    known = text.isascii() and text.isdigit() and int(text[:2]) < HOURS
    return int(text[:2]) if known else None


def _seconds(event: Event) -> int:
    """For how long it asks; 0 for a single use and for more time for a grant."""
    duration = parse_duration(event.detail.get("duration", ""))
    if duration is None or duration.once or event.detail.get("extends"):
        return 0
    return duration.seconds
