"""What the workers need of the world, in memory: an outbox, a Slack that fails as told, a log, a clock."""

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from envaccess.domain.audit import NO_EVENT, Actor, ActorKind, Event, stream_order
from envaccess.domain.cursors import LINES, Cursor
from envaccess.domain.errors import StoreUnavailableError
from envaccess.domain.outcome import Claim
from envaccess.domain.render_batch import RenderBatch
from envaccess.domain.request import Request, State
from envaccess.domain.variable import Variable
from envaccess.projections.audit_lines import AuditLines
from envaccess.projections.gaps import Gaps
from envaccess.projections.rate_gate import RateGate
from envaccess.projections.relay import Relay
from tests.fakes.rulings import usual
from tests.unit.application.days import FakeDays
from tests.unit.slack.samples import PENDING

APPROVERS, AUDIT, DM = "C0APPROVE", "C0AUDIT", "D0ALICE"


def _needs_post(request: Request) -> bool:
    shown = request.surfaces
    return not request.unseen and (not shown.message or shown.nudged < request.progress.notifications)


@dataclass
class FakeOutbox:
    """Fits `projections.ports.Outbox`, with the rules of the store's scripts."""

    now: Callable[[], float]
    requests: dict[str, Request] = field(default_factory=dict)
    dirty: dict[str, float] = field(default_factory=dict)
    leads: bool = True
    away: bool = False
    """Whether the store is away."""

    def _check(self) -> None:
        if self.away:
            raise StoreUnavailableError("Redis cannot be reached")

    def put(self, request: Request) -> None:
        """File or change a request."""
        known = self.requests.get(request.id)
        self.requests[request.id] = replace(request, surfaces=known.surfaces if known else request.surfaces)
        self.dirty[request.id] = self.now()

    async def lead(self) -> bool:
        self._check()
        return self.leads

    async def resign(self) -> None:
        self.leads = False

    async def due(self, limit: int, posts: int) -> RenderBatch:
        self._check()
        found = [self.requests[key] for key, at in self.dirty.items() if at <= self.now()]
        found = [request for request in found if not (request.unseen and not request.needs_card)]
        postings = sorted(filter(_needs_post, found), key=lambda r: r.state is not State.PENDING)
        urgent = [request for request in postings if request.reviewable]
        waits = [at - self.now() for at in self.dirty.values() if at > self.now()]
        return RenderBatch(
            list(dict.fromkeys([*urgent, *postings[:posts]])),
            sorted(found, key=lambda r: r.state is State.PENDING)[:limit],
            len(postings),
            min([1.0, *waits]),
        )

    async def get(self, request: str) -> Request | None:
        self._check()
        return self.requests.get(request)

    async def shown(self, request: str, **surfaces: str | int) -> None:
        self._check()
        found = self.requests[request]
        strays = list(found.surfaces.strays)
        for name in ("message", "card"):
            old = getattr(found.surfaces, name)
            if name in surfaces and old and surfaces[name] != old:
                strays.append(f"{name}:{old}")
        changes: dict[str, Any] = {**surfaces, "strays": tuple(strays)}
        drawn = replace(found.surfaces, **changes)
        self.requests[request] = replace(found, surfaces=drawn)
        nudged = drawn.nudged >= found.progress.notifications
        if drawn.message_shown == drawn.card_shown == found.version and nudged and not strays:
            self.dirty.pop(request, None)

    async def forget_orphan(self, request: str, mark: str) -> None:
        self._check()
        found = self.requests[request]
        left = tuple(stray for stray in found.surfaces.strays if stray != mark)
        self.requests[request] = replace(found, surfaces=replace(found.surfaces, strays=left))

    async def delay(self, request: str, seconds: float, *, posts: bool = True) -> None:
        del posts
        self._check()
        if request in self.dirty:
            self.dirty[request] = self.now() + seconds


@dataclass
class FakeSlack:
    """Fits `projections.ports.Messages`: keeps every call, and fails as `faults` say, by method, in order."""

    calls: list[tuple[str, ...]] = field(default_factory=list)
    faults: dict[str, list[Exception]] = field(default_factory=dict)
    hook: Callable[[str], Coroutine[Any, Any, None]] | None = None
    """Runs inside each call, before it is answered."""
    known: set[str] = field(default_factory=set)
    """Whose direct messages need not be opened."""
    holds: int = 20
    """How many lines one message holds."""

    def fail(self, method: str, *errors: Exception) -> None:
        """Fail the next calls of a method."""
        self.faults.setdefault(method, []).extend(errors)

    def methods(self) -> list[str]:
        """The methods called, in order."""
        return [call[0] for call in self.calls]

    def count(self, method: str) -> int:
        """How often a method was called."""
        return self.methods().count(method)

    async def _call(self, *call: str) -> str:
        self.calls.append(call)
        if self.hook:
            await self.hook(call[0])
        waiting = self.faults.get(call[0])
        if waiting:
            raise waiting.pop(0)
        return f"1760000000.{len(self.calls):06}"

    async def post_request(self, request: Request) -> str:
        return await self._call("post_request", request.id, str(request.version))

    async def update_request(self, request: Request) -> None:
        await self._call("update_request", request.id, str(request.version))

    def known_dm(self, user: str) -> str:
        return DM if user in self.known else ""

    async def dm(self, user: str) -> str:
        await self._call("dm", user)
        return DM

    async def dm_in_time(self, user: str) -> str:
        return await self.dm(user)

    async def post_notification(self, request: Request) -> None:
        await self._call("post_nudge", request.id, request.surfaces.message)

    async def post_call(self, dm: str, request: Request) -> None:
        await self._call("post_call", request.id, dm)

    async def post_card(self, request: Request) -> str:
        return await self._call("post_card", request.id, request.surfaces.dm)

    async def update_card(self, request: Request) -> None:
        await self._call("update_card", request.id, str(request.version))

    async def update_lost(self, request: Request, *, card: bool) -> None:
        await self._call("update_lost", request.id, "card" if card else "message")

    async def delete(self, channel: str, ts: str) -> None:
        await self._call("delete", channel, ts)

    async def post_lines(self, events: Sequence[Event], thread: str) -> tuple[str, int]:
        held = events[: self.holds]
        return await self._call("post_lines", thread, *(event.id for event in held)), len(held)

    async def post_digest(self, events: Sequence[Event]) -> int:
        await self._call("post_digest", events[0].id, events[-1].id, str(len(events)))
        return len(events)

    async def show_values(self, claim: Claim, values: Mapping[Variable, str]) -> None:
        raise NotImplementedError


@dataclass
class FakeJournal:
    """Fits `ports.process.Journal`."""

    faults: list[str] = field(default_factory=list)
    crashes: list[BaseException] = field(default_factory=list)

    def fault(self, what: str, **facts: str) -> None:
        self.faults.append(" ".join([what, *facts.values()]))

    def crash(self, what: str, error: BaseException) -> None:
        del what
        self.crashes.append(error)


@dataclass
class FakeStream:
    """Fits `ports.audit.Stream` and `ports.audit.Trail`."""

    events: list[Event] = field(default_factory=list)
    added: int = 0
    """How many events were ever added: no id is given twice, whatever was lost."""

    def add(self, tag: str, request: str = "") -> str:
        """Append an event; returns its id."""
        event = f"{1_760_000_000_000 + self.added}-0"
        self.added += 1
        self.events.append(Event(event, tag, 1_760_000_000_000, Actor(ActorKind.BOT), request=request))
        return event

    async def after(self, cursor: str, count: int) -> Sequence[Event]:
        return [event for event in self.events if stream_order(event.id) > stream_order(cursor)][:count]

    bare = after

    async def last(self) -> str:
        return self.events[-1].id if self.events else "0-0"

    async def wait(self, last: str, seconds: float) -> str:
        await asyncio.sleep(0)
        del last, seconds
        return await self.last()

    async def holds(self, event: str) -> bool:
        return any(found.id == event for found in self.events)

    async def append(self, op: str, tag: str, actor: Actor, detail: Mapping[str, str]) -> None:
        del op, actor, detail
        self.add(tag)

    async def refuse(self, *_: object) -> None:
        return

    async def count_bad_signature(self) -> None:
        return

    async def count_bad_token(self) -> None:
        return


@dataclass
class FakeCursors:
    """Fits `projections.ports.Cursors`, with the rules of the store's scripts."""

    stream: FakeStream
    now: int = 1_760_000_000_000
    retention: int = 1_000
    stored: dict[str, str] = field(default_factory=dict)
    away: bool = False
    """Whether the store is away."""
    trims: int = 0
    gap: str = ""
    """The event that told the last loss."""

    def _cursor(self, name: str) -> Cursor:
        if self.away:
            raise StoreUnavailableError("Redis cannot be reached")
        stored = self.stored.get(name, NO_EVENT)
        ids = [event.id for event in self.stream.events]
        known = re.fullmatch(r"[0-9]+-[0-9]+", stored) is not None
        at = stored if known and stream_order(stored) <= stream_order(ids[-1] if ids else stored) else ""
        later = [event for event in ids if stream_order(event) > stream_order(at or NO_EVENT)]
        return Cursor(name, stored, at, later[0] if later else "")

    async def at(self, name: str) -> str | None:
        return self._cursor(name).at or None

    async def move(self, name: str, event: str) -> bool:
        at = self._cursor(name).at
        if not at or not (self.stream.events == [] or await self.stream.holds(event)):
            return False
        if stream_order(event) > stream_order(at):
            self.stored[name] = event
        return True

    async def restart(self, name: str, event: str) -> None:
        if not self._cursor(name).at:
            self.stored[name] = event
            self.gap = self.gap or self.stream.add("audit.gap")

    async def newest_gap(self) -> str:
        return self.gap

    async def tell_gap(self, seen: str, known: Sequence[str]) -> tuple[str, bool]:
        if await self.stream.holds(seen):
            return "", False
        if self.gap and self.gap not in known and await self.stream.holds(self.gap):
            return self.gap, False
        self.gap = self.stream.add("audit.gap")
        return self.gap, True

    async def all(self) -> tuple[int, Sequence[Cursor]]:
        return self.now, [self._cursor(name) for name in {LINES: "", **self.stored}]

    async def lose(self, sink: Cursor, *, goes_on: bool = False) -> bool:
        if self.stored.get(sink.name) != sink.stored:
            return False
        del self.stored[sink.name]
        if goes_on:
            self.stored[sink.name] = await self.stream.last()
        self.stream.add("sink.lost")
        return True

    async def trim(self) -> int:
        self.trims += 1
        return 0


class Screen:
    """A relay and audit lines on all of these, and a clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slack, self.journal, self.stream = FakeSlack(), FakeJournal(), FakeStream()
        self.outbox, self.cursors = FakeOutbox(lambda: self.now), FakeCursors(self.stream)
        self.alarms: list[tuple[str, str]] = []
        self.days = FakeDays()
        self.rate_gate = RateGate(lambda: self.now, lambda channel, code: self.alarms.append((channel, code)))
        self.relay = Relay(self.outbox, self.slack, self.journal, self.rate_gate, APPROVERS)
        self.gaps = Gaps(self.stream, self.cursors, self.journal)
        self.lines = self.make_lines()
        self.bell = asyncio.Event()

    def make_lines(self) -> AuditLines:
        """The audit lines of a process that has just started."""
        return AuditLines(
            self.outbox,
            self.cursors,
            self.stream,
            self.slack,
            self.journal,
            self.rate_gate,
            AUDIT,
            self.days,
            Gaps(self.stream, self.cursors, self.journal),
        )

    @property
    def told(self) -> str:
        """The last event whose line is posted, as stored."""
        return self.cursors.stored.get(LINES, NO_EVENT)

    def file(self, *ids: str, **changes: Any) -> None:
        """Put requests that are to be drawn."""
        for request in ids:
            self.outbox.put(replace(PENDING, id=request, ruling=usual(APPROVERS), **changes))

    def change(self, request: str, **changes: Any) -> None:
        """A new version of a request."""
        found = self.outbox.requests[request]
        self.outbox.put(replace(found, version=found.version + 1, **changes))

    async def draw(self, turns: int = 1) -> float:
        """Draw what is due, and wait until it is drawn; the seconds until more may be."""
        wait = 0.0
        for _ in range(turns):
            wait = await self.relay.step(self.bell)
            await self.relay.drain()
        return wait

    async def draw_all(self, seconds: float = 60) -> None:
        """Draw with time passing, until nothing is left."""
        ends = self.now + seconds
        while self.outbox.dirty and self.now < ends:
            await self.draw()
            self.now += 0.25

    async def tell(self, turns: int = 1) -> float:
        """Post audit lines; the seconds until the next try."""
        wait = 0.0
        for _ in range(turns):
            wait = await self.lines.step(self.bell)
        return wait

    async def idle(self) -> None:
        """Let every task run until it waits for something."""
        for _ in range(50):
            await asyncio.sleep(0)

    def counts(self) -> Counter[str]:
        """How often each method of Slack was called."""
        return Counter(self.slack.methods())


def ids(count: int) -> Iterable[str]:
    """Request ids."""
    return [f"{number:08}" for number in range(count)]
