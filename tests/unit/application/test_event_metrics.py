"""Events are counted once for all processes: by the one that draws, from where it began to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from envaccess.domain.audit import BOT, NO_EVENT, Actor, ActorKind, Event, Tag, stream_order
from envaccess.domain.metrics import Metric
from envaccess.projections.event_metrics import (
    DECISION_SECONDS,
    EVENTS,
    EXPIRY_LATENESS,
    REFUSED,
    REVEALS,
    EventMetrics,
)


@dataclass
class CountingMeter:
    """Fits `ports.metrics.Meter`."""

    counts: dict[tuple[Metric, tuple[str, ...]], float] = field(default_factory=dict)
    times: list[tuple[Metric, tuple[str, ...], float]] = field(default_factory=list)

    def count(self, metric: Metric, *labels: str, by: float = 1.0) -> None:
        self.counts[metric, labels] = self.counts.get((metric, labels), 0.0) + by

    def took(self, metric: Metric, seconds: float, *labels: str) -> None:
        self.times.append((metric, labels, seconds))


@dataclass
class Scene:
    """A stream, a lease and what the records say."""

    leads: bool = True
    events: list[Event] = field(default_factory=list)
    known: dict[str, tuple[int, int]] = field(default_factory=dict)

    async def lead(self) -> bool:
        return self.leads

    async def bare(self, cursor: str, count: int) -> Sequence[Event]:
        return [one for one in self.events if stream_order(one.id) > stream_order(cursor)][:count]

    async def last(self) -> str:
        return self.events[-1].id if self.events else NO_EVENT

    async def wait(self, last: str, seconds: float) -> str:
        del last, seconds
        return await self.last()

    async def moments(self, requests: Sequence[str]) -> Mapping[str, tuple[int, int]]:
        return {one: self.known.get(one, (0, 0)) for one in requests}

    def add(self, tag: str, at: int = 1_000, actor: Actor = BOT, **detail: str) -> None:
        number = len(self.events) + 1
        self.events.append(Event(f"{number}-0", tag, at, actor, request="r1", detail=detail))


def any_of(scene: Scene) -> Any:
    """It fits as much of a stream as is followed here."""
    return scene


def follower(scene: Scene, meter: CountingMeter) -> EventMetrics:
    return EventMetrics(scene, any_of(scene), scene, meter)


async def test_what_was_before_it_began_is_not_counted_and_nothing_twice() -> None:
    scene, meter = Scene(), CountingMeter()
    scene.add(Tag.REQUEST_CREATED)
    metrics = follower(scene, meter)
    await metrics.step()
    scene.add(Tag.GRANT_REVEALED)
    for _ in range(3):
        await metrics.step()
    assert meter.counts == {(EVENTS, ("grant.revealed",)): 1.0, (REVEALS, ("shown",)): 1.0}


async def test_who_has_no_lease_counts_nothing_and_goes_on_where_the_other_was() -> None:
    scene, meter = Scene(leads=False), CountingMeter()
    metrics = follower(scene, meter)
    for _ in range(3):
        scene.add(Tag.REQUEST_CREATED)
        await metrics.step()
    assert meter.counts == {}
    scene.leads = True
    scene.add(Tag.REQUEST_DENIED)
    await metrics.step()
    assert meter.counts == {(EVENTS, ("request.denied",)): 1.0}


async def test_a_decision_is_timed_from_the_filing_and_the_policy_s_apart() -> None:
    scene, meter = Scene(known={"r1": (1_000, 0)}), CountingMeter()
    metrics = follower(scene, meter)
    await metrics.step()
    scene.add(Tag.REQUEST_APPROVED, 61_000, Actor(ActorKind.PERSON, "U0BOB"))
    scene.add(Tag.REQUEST_APPROVED, 1_000, Actor(ActorKind.POLICY))
    scene.add(Tag.REQUEST_TIMED_OUT, 3_601_000)
    await metrics.step()
    assert meter.times == [
        (DECISION_SECONDS, ("approved",), 60.0),
        (DECISION_SECONDS, ("automatic",), 0.0),
        (DECISION_SECONDS, ("timed_out",), 3_600.0),
    ]


async def test_an_expiry_is_late_by_what_its_event_came_after_the_end_and_a_lost_key_is_no_expiry() -> None:
    scene, meter = Scene(known={"r1": (1_000, 10_000)}), CountingMeter()
    metrics = follower(scene, meter)
    await metrics.step()
    scene.add(Tag.GRANT_EXPIRED, 12_500)
    scene.add(Tag.GRANT_EXPIRED, 9_000, early="the key was gone before its time")
    scene.known = {"r1": (1_000, 10_000)}
    await metrics.step()
    assert meter.times == [(EXPIRY_LATENESS, (), 2.5)]


async def test_refused_attempts_that_are_only_counted_count_and_bad_signatures_do_not() -> None:
    scene, meter = Scene(), CountingMeter()
    metrics = follower(scene, meter)
    await metrics.step()
    scene.add(Tag.ACCESS_REFUSED)
    scene.add(Tag.ACCESS_REFUSED_COUNT, why="not_approver", count="7")
    scene.add(Tag.ACCESS_REFUSED_COUNT, why="bad_signature", count="100")
    scene.add(Tag.ACCESS_REFUSED_COUNT, why="not_approver", count="-3; DROP")
    await metrics.step()
    assert meter.counts[REFUSED, ()] == 8.0


async def test_a_store_that_was_emptied_is_followed_from_its_beginning() -> None:
    scene, meter = Scene(), CountingMeter()
    for _ in range(9):
        scene.add(Tag.REQUEST_CREATED)
    metrics = follower(scene, meter)
    await metrics.step()
    scene.events.clear()
    scene.add(Tag.REQUEST_CREATED)
    await metrics.step()
    scene.add(Tag.REQUEST_DENIED)
    await metrics.step()
    assert meter.counts == {(EVENTS, ("request.denied",)): 1.0}


async def test_an_event_of_a_later_version_stops_nothing_and_its_tag_is_no_series() -> None:
    scene, meter = Scene(), CountingMeter()
    metrics = follower(scene, meter)
    await metrics.step()
    scene.add("future.event")
    await metrics.step()
    ((metric, labels),) = meter.counts
    assert metric.words(labels) == ("other",)
