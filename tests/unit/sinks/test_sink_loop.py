"""What a sink accepted is not sent again, what it did not is never passed over, and no other waits for it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest

from envaccess.domain.cursors import LINES, SINK_BEHIND
from envaccess.domain.errors import StoreUnavailableError
from envaccess.domain.sinks import BACKOFF_MOST, LATE_AFTER, WAIT_MOST
from envaccess.projections.sinks.loop import SinkLoop
from envaccess.projections.sinks.ports import EncodedEvent, SinkError, SinkLimits
from envaccess.projections.trimming import Trimming
from tests.fakes.sinks import FakeSink, never
from tests.unit.application.showing import Screen

BEGUN = 1_760_000_000_000


@dataclass
class Clock:
    """Fits `ports.process.Clock`."""

    milliseconds: int = BEGUN

    def now(self) -> int:
        return self.milliseconds


class Feeding:
    """A stream, a sink, and the loop between them; a new sink has seen what was there."""

    def __init__(self, sink: FakeSink | None = None) -> None:
        self.screen, self.clock = Screen(), Clock()
        self.stream, self.journal = self.screen.stream, self.screen.journal
        self.cursors, self.outbox = self.screen.cursors, self.screen.outbox
        self.sink = sink or FakeSink()
        self.loop = self.process()

    def process(self, sink: FakeSink | None = None) -> SinkLoop:
        """The loop of a process that has just started."""
        sink = sink or self.sink
        return SinkLoop(sink, self.outbox, self.cursors, self.stream, self.journal, self.clock, patience=0.01)

    async def begin(self, count: int) -> list[str]:
        """Events that a sink that is known does not have."""
        self.stream.add("bot.started")
        await self.loop.step()
        return self.happen(count)

    def happen(self, count: int) -> list[str]:
        return [self.stream.add("grant.revealed") for _ in range(count)]

    async def run(self, loop: SinkLoop | None = None) -> float:
        """Step until it would wait."""
        for _ in range(1_000):
            if wait := await (loop or self.loop).step():
                return wait
        raise AssertionError("it never rests")

    @property
    def cursor(self) -> str:
        return self.cursors.stored[f"sink:{self.sink.name}"]


@pytest.fixture
def feeding() -> Feeding:
    return Feeding()


async def test_every_event_is_sent_once_in_order(feeding: Feeding) -> None:
    ids = await feeding.begin(450)
    assert await feeding.run() == 1.0
    assert feeding.sink.taken == ids
    assert feeding.cursor == ids[-1]
    assert feeding.journal.faults == []


async def test_a_new_sink_gets_what_happens_from_now_on(feeding: Feeding) -> None:
    """What is older than seven days would make it lost at once: `audit export` has it."""
    old = feeding.happen(3)
    assert await feeding.run() == 1.0
    assert feeding.cursor == old[-1]
    new = feeding.happen(2)
    await feeding.run()
    assert feeding.sink.taken == new


async def test_only_the_process_that_leads_feeds_a_sink(feeding: Feeding) -> None:
    await feeding.begin(3)
    feeding.outbox.leads = False
    assert await feeding.run() == 1.0
    assert feeding.sink.taken == []


async def test_another_process_goes_on_where_the_first_was(feeding: Feeding) -> None:
    ids = await feeding.begin(3)
    await feeding.run()
    more = feeding.happen(2)
    await feeding.run(feeding.process())
    assert feeding.sink.taken == [*ids, *more]


async def test_a_sink_that_is_away_is_tried_ever_more_seldom_and_loses_nothing(feeding: Feeding) -> None:
    ids = await feeding.begin(3)
    feeding.sink.away = SinkError("it answered 503")
    waits = [await feeding.loop.step() for _ in range(12)]
    assert waits[:5] == [1.0, 2.0, 4.0, 8.0, 16.0]
    assert waits[-1] == BACKOFF_MOST
    assert feeding.journal.faults == ["sink.failed siem it answered 503"]
    feeding.sink.away = None
    await feeding.run()
    assert feeding.sink.taken == ids
    assert feeding.journal.faults[-1] == "sink.works_again siem"


@pytest.mark.parametrize(("asked", "waited"), [(7.0, 7.0), (900.0, 900.0), (1e9, WAIT_MOST)])
async def test_a_sink_that_asks_to_wait_is_waited_for_within_an_hour(
    feeding: Feeding, asked: float, waited: float
) -> None:
    await feeding.begin(1)
    feeding.sink.away = SinkError("it answered 429", asked)
    assert await feeding.loop.step() == waited


async def test_a_sink_that_does_not_answer_is_given_up_and_tried_again(feeding: Feeding) -> None:
    ids = await feeding.begin(3)
    feeding.sink.silent = True
    assert await feeding.loop.step() == 1.0
    assert feeding.journal.faults == ["sink.failed siem it did not answer in time"]
    feeding.sink.silent = False
    await feeding.run()
    assert feeding.sink.taken == ids


async def test_a_sink_that_takes_and_does_not_answer_gets_the_same_ids_again(feeding: Feeding) -> None:
    """At least once: whoever reads drops repeats by the event's id, which is the same each time."""
    ids = await feeding.begin(2)
    feeding.sink.silent = feeding.sink.keeps = True
    await feeding.loop.step()
    feeding.sink.silent = False
    await feeding.run()
    assert feeding.sink.taken == [*ids, *ids]


async def test_a_sink_that_hangs_keeps_no_other_from_its_events(feeding: Feeding) -> None:
    ids = await feeding.begin(3)
    feeding.sink.silent = True
    other = FakeSink("other")
    feeding.cursors.stored["sink:other"] = feeding.cursor
    await feeding.loop.step()
    await feeding.run(feeding.process(other))
    assert (other.taken, feeding.sink.taken) == (ids, [])


async def test_a_refused_batch_is_halved_until_the_refused_event_stands_alone(
    feeding: Feeding,
) -> None:
    ids = await feeding.begin(100)
    bad = ids[37]
    whole = len(feeding.sink.encode(feeding.stream.events[38]))
    feeding.sink.refuses = lambda batch: any(one.id == bad and b"truncated" not in one.text for one in batch)
    assert await feeding.run() == 1.0
    assert feeding.sink.taken == ids
    left = json.loads(feeding.sink.texts[bad])
    assert (left["id"], left["event"], left["actor_kind"]) == (bad, "grant.revealed", "bot")
    assert json.loads(left["detail"]) == {"truncated": str(whole)}
    assert feeding.journal.faults == [f"sink.truncated siem {bad}"]
    assert len(feeding.sink.tries) < 30


async def test_a_sink_that_refuses_everything_is_passed_nothing_over(feeding: Feeding) -> None:
    """A wrong index or format refuses all: to skip what is refused would lose the whole stream."""
    ids = await feeding.begin(5)
    feeding.sink.refuses = lambda _: True
    assert await feeding.run() == 1.0
    assert await feeding.run() == 2.0
    assert feeding.journal.faults == ["sink.failed siem it answered 400"]
    feeding.sink.refuses = never
    await feeding.run()
    assert feeding.sink.taken == ids
    assert b"truncated" not in b"".join(feeding.sink.texts.values())


async def test_an_event_that_is_too_large_is_truncated_before_somebody_cuts_it(feeding: Feeding) -> None:
    feeding.sink.limits = SinkLimits(one=2_000)
    await feeding.begin(1)
    big = feeding.stream.add("request.created")
    feeding.stream.events[-1] = replace(feeding.stream.events[-1], detail={"reason": "x" * 3_000})
    await feeding.run()
    assert feeding.sink.taken[-1] == big
    assert len(feeding.sink.texts[big]) < 500
    assert feeding.journal.faults == [f"sink.truncated siem {big}"]


async def test_a_batch_is_no_larger_than_the_sink_takes(feeding: Feeding) -> None:
    feeding.sink.limits = SinkLimits(events=10, size=1_000)
    sizes: list[int] = []

    def note(batch: Sequence[EncodedEvent]) -> bool:
        sizes.append(sum(len(one.text) + 1 for one in batch))
        return False

    feeding.sink.refuses = note
    feeding.loop = feeding.process()
    ids = await feeding.begin(50)
    await feeding.run()
    assert feeding.sink.taken == ids
    assert max(sizes) <= 1_000
    assert max(feeding.sink.tries) <= 10


async def test_what_was_accepted_while_redis_was_away_is_not_sent_again(feeding: Feeding) -> None:
    ids = await feeding.begin(3)
    move = feeding.cursors.move

    async def refuse(_name: str, _event: str) -> None:
        raise StoreUnavailableError("Redis cannot be reached")

    feeding.cursors.move = refuse  # type: ignore[method-assign, assignment]
    with pytest.raises(StoreUnavailableError):
        await feeding.run()
    feeding.cursors.move = move  # type: ignore[method-assign]
    await feeding.run()
    assert (feeding.sink.taken, feeding.cursor) == (ids, ids[-1])


async def test_a_process_that_dies_after_a_yes_leaves_a_repeat_and_no_gap(feeding: Feeding) -> None:
    ids = await feeding.begin(3)
    feeding.cursors.stored.update(held := dict(feeding.cursors.stored))
    await feeding.run()
    feeding.cursors.stored.update(held)  # what a kill between the yes and the cursor leaves
    await feeding.run(feeding.process())
    assert feeding.sink.taken == [*ids, *ids]


async def test_what_waits_too_long_is_an_alarm_once(feeding: Feeding) -> None:
    await feeding.begin(1)
    feeding.sink.away = SinkError("it answered 503")
    await feeding.loop.step()
    feeding.clock.milliseconds += int(LATE_AFTER * 1_000) + 2_000
    for _ in range(3):
        await feeding.loop.step()
    assert [fault.partition(" ")[0] for fault in feeding.journal.faults] == ["sink.failed", "sink.late"]
    assert feeding.journal.faults[-1] == "sink.late siem 902"


async def test_a_sink_that_takes_every_batch_and_never_catches_up_is_an_alarm(feeding: Feeding) -> None:
    """It never fails: without this nobody would know until it is lost."""
    await feeding.begin(600)
    feeding.clock.milliseconds += int(LATE_AFTER * 1_000) + 2_000
    for _ in range(2):
        assert await feeding.loop.step() == 0
    assert feeding.journal.faults == ["sink.late siem 902"]
    await feeding.run()
    feeding.clock.milliseconds += 10_000_000
    feeding.happen(1)
    await feeding.loop.step()
    assert len(feeding.journal.faults) == 2


async def test_many_bytes_that_wait_are_an_alarm_before_they_are_old(feeding: Feeding) -> None:
    await feeding.begin(3)
    feeding.stream.events[-1] = replace(feeding.stream.events[-1], detail={"reason": "x" * 5_000_000})
    feeding.sink.away = SinkError("it answered 503")
    await feeding.loop.step()
    assert feeding.journal.faults[-1].startswith("sink.late siem 50")


async def test_a_sink_that_is_lost_is_told_so_and_goes_on(feeding: Feeding) -> None:
    """It had a week. What it misses is said by the event that it gets next."""
    await feeding.begin(3)
    feeding.cursors.now = BEGUN + SINK_BEHIND + 100
    feeding.cursors.stored[LINES] = await feeding.stream.last()
    await Trimming(feeding.cursors, lambda: False, feeding.journal, ["sink:siem"]).step()
    feeding.cursors.stored["sink:siem"] = feeding.stream.events[-2].id  # as the script does
    await feeding.run()
    assert feeding.sink.taken == [feeding.stream.events[-1].id]
    assert feeding.stream.events[-1].event == "sink.lost"


async def test_a_cursor_that_cannot_be_believed_begins_anew_with_an_alarm(feeding: Feeding) -> None:
    await feeding.begin(2)
    await feeding.run()
    feeding.cursors.stored["sink:siem"] = "rubbish"
    await feeding.run()
    assert feeding.journal.faults == ["cursor.lost sink:siem"]
    assert [event.event for event in feeding.stream.events][-1] == "audit.gap"
    assert feeding.sink.taken[-1] == feeding.stream.events[-1].id


@pytest.mark.parametrize("place", [0, 3])
async def test_a_cursor_that_somebody_moves_by_hand_is_an_alarm_and_passes_nothing_over(
    feeding: Feeding, place: int
) -> None:
    """Whoever can write to Redis could keep events from a sink, and nobody would know."""
    first = await feeding.begin(2)
    await feeding.run()
    feeding.sink.away = SinkError("it answered 503")
    more = feeding.happen(3)
    await feeding.loop.step()
    feeding.cursors.stored["sink:siem"] = moved = [*first, *more][place]
    feeding.sink.away = None
    await feeding.run()
    told = [fault for fault in feeding.journal.faults if fault.startswith("cursor.moved")]
    assert told == [f"cursor.moved sink:siem {moved} {first[-1]}"]
    assert (feeding.sink.taken, feeding.cursor) == ([*first, *more], more[-1])
    feeding.happen(1)
    await feeding.run()
    assert len(feeding.sink.taken) == 6


async def test_a_sink_that_is_dropped_on_purpose_is_no_alarm(feeding: Feeding) -> None:
    await feeding.begin(2)
    await feeding.run()
    feeding.sink.away = SinkError("it answered 503")
    newest = feeding.happen(3)[-1]
    await feeding.loop.step()
    lost = feeding.stream.add("sink.lost")
    feeding.stream.events[-1] = replace(feeding.stream.events[-1], detail={"name": "siem"})
    feeding.cursors.stored["sink:siem"] = newest
    feeding.sink.away = None
    await feeding.run()
    assert feeding.sink.taken[-1] == lost
    assert len(feeding.sink.taken) == 3
    assert not [fault for fault in feeding.journal.faults if fault.startswith("cursor.moved")]


async def test_what_another_process_sent_is_no_alarm(feeding: Feeding) -> None:
    await feeding.begin(2)
    await feeding.run()
    feeding.outbox.leads = False
    await feeding.loop.step()
    ids = feeding.happen(2)
    feeding.cursors.stored["sink:siem"] = ids[-1]
    feeding.outbox.leads = True
    await feeding.run()
    assert (len(feeding.sink.taken), feeding.journal.faults) == (2, [])
