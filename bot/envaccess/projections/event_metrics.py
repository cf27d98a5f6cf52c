"""What is counted of the audit stream, by the process that draws: what all of them do is then counted once.

The sum over all processes is what happened. Where the lease changes hands, events of about a second may be
counted twice or not at all.
"""

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from envaccess.application.ports.audit import Stream
from envaccess.application.ports.metrics import Meter
from envaccess.application.ports.process import Lease
from envaccess.domain.audit import ActorKind, Event, Tag, stream_order
from envaccess.domain.metrics import Metric, MetricKind, words
from envaccess.domain.text import whole_number

_PAGE: Final = 200
_WAIT_SECONDS: Final = 1.0
_BREATH: Final = 0.2
"""Seconds from one reading to the next, so that acks come in between."""
_MINUTES: Final = (1.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3_600.0, 14_400.0, 86_400.0, 259_200.0)
_DECIDED: Final[Mapping[str, str]] = {
    Tag.REQUEST_APPROVED: "approved",
    Tag.REQUEST_DENIED: "denied",
    Tag.REQUEST_CANCELLED: "cancelled",
    Tag.REQUEST_TIMED_OUT: "timed_out",
}
_AUTOMATIC: Final = "automatic"
_REVEALED: Final[Mapping[str, str]] = {
    Tag.GRANT_REVEALED: "shown",
    Tag.GRANT_REVEAL_FAILED: "given_back",
}

EVENTS: Final = Metric(
    "envaccess_events_total",
    MetricKind.COUNTER,
    "Events of the audit stream, by tag, counted by the replica that draws.",
    {"event": words(*Tag)},
)
DECISION_SECONDS: Final = Metric(
    "envaccess_decision_seconds",
    MetricKind.HISTOGRAM,
    "From filing a request to its decision: by people, by the policy (automatic), or by nobody.",
    {"outcome": words(*_DECIDED.values(), _AUTOMATIC)},
    buckets=_MINUTES,
)
REVEALS: Final = Metric(
    "envaccess_reveals_total",
    MetricKind.COUNTER,
    "Uses of grants: claimed to be shown, and of these given back because nothing left.",
    {"outcome": words(*_REVEALED.values())},
)
EXPIRY_LATENESS: Final = Metric(
    "envaccess_expiry_lateness_seconds",
    MetricKind.HISTOGRAM,
    "From the end of access to the event that says so; access itself ends by its key's TTL.",
    buckets=(0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 3_600.0),
)
REFUSED: Final = Metric(
    "envaccess_refused_attempts_total",
    MetricKind.COUNTER,
    "Attempts that were refused and written down, those included that are only counted.",
)
METRICS: Final = (EVENTS, DECISION_SECONDS, REVEALS, EXPIRY_LATENESS, REFUSED)


class Moments(Protocol):
    """When requests were made and when their grants end."""

    async def moments(self, requests: Sequence[str]) -> Mapping[str, tuple[int, int]]:
        """By request, both in milliseconds; 0 for what is not known."""
        ...


class EventMetrics:
    """Counts events while this process has the lease.

    Args:
        lease: whether it has.
        stream: what is followed; events are read without what people typed.
        moments: what events do not say.
        meter: who counts.
    """

    def __init__(self, lease: Lease, stream: Stream, moments: Moments, meter: Meter) -> None:
        self._lease, self._stream, self._moments, self._meter = lease, stream, moments, meter
        self._last = ""

    async def step(self) -> float:
        """Count what came, or wait a second at most for something to happen; seconds until the next step."""
        if not self._last or not await self._lease.lead():
            self._last = await self._stream.last()
            return _WAIT_SECONDS
        events = await self._stream.bare(self._last, _PAGE)
        if events:
            await self._count_all(events)
            self._last = events[-1].id
            return 0.0
        newest = await self._stream.wait(self._last, _WAIT_SECONDS)
        if stream_order(newest) < stream_order(self._last):  # another store, whose ids begin anew
            self._last = newest
        return _BREATH

    async def _count_all(self, events: Sequence[Event]) -> None:
        timed = {event.request for event in events if event.event in {*_DECIDED, Tag.GRANT_EXPIRED}}
        moments = await self._moments.moments(sorted(timed)) if timed else {}
        for event in events:
            self._meter.count(EVENTS, event.event)
            self._time(event, *moments.get(event.request, (0, 0)))
            if outcome := _REVEALED.get(event.event):
                self._meter.count(REVEALS, outcome)
            self._count_refused(event)

    def _time(self, event: Event, made: int, ends: int) -> None:
        if made and (outcome := _DECIDED.get(event.event)):
            outcome = _AUTOMATIC if event.actor.kind is ActorKind.POLICY else outcome
            self._meter.took(DECISION_SECONDS, (event.at - made) / 1_000, outcome)
        if ends and event.event == Tag.GRANT_EXPIRED and "early" not in event.detail:
            self._meter.took(EXPIRY_LATENESS, (event.at - ends) / 1_000)

    def _count_refused(self, event: Event) -> None:
        if event.event == Tag.ACCESS_REFUSED:
            self._meter.count(REFUSED)
        elif event.event == Tag.ACCESS_REFUSED_COUNT and event.detail.get("why") != "bad_signature":
            self._meter.count(REFUSED, by=float(whole_number(event.detail.get("count", "")) or 0))
