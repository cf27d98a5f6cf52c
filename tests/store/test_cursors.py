"""Named cursors on both kinds of server: each goes forward only, and what is waited for is kept."""

import asyncio
from typing import Any

import pytest

from envaccess.domain.audit import Actor, ActorKind
from envaccess.domain.cursors import LINES, Cursor
from envaccess.store.cursors import RedisCursors
from tests.store.harness import HOUR, StoreHarness

DAY = 24 * HOUR
SINK = "sink:splunk"
FORGED = [
    "",
    "rubbish",
    "0",
    "1-",
    "-1-0",
    "1e3-0",
    "0x10-0",
    "9999999999999-0",
    "18446744073709551616-0",
    "9" * 40 + "-0",
    "17-3\n99-0",
    "0" * 30 + "5-0",
]


async def forge(harness: StoreHarness, name: str, text: str) -> None:
    """Write a cursor as somebody who has Redis' password."""
    await harness.client.hset(harness.runner.key("cursors"), name, text)


async def fill(harness: StoreHarness, *ages: float) -> list[str]:
    """A hundred events for each age in days, as many as Redis drops together; the last id of each."""
    stream, now = harness.runner.key("audit"), await harness.now()
    await harness.client.delete(stream)
    pipe: Any = harness.client.pipeline(transaction=False)
    begun = [now - int(age * DAY) for age in ages]
    for at in begun:
        for sequence in range(100):
            fields = {"event": "bot.started", "at": at, "actor": "bot"}
            pipe.xadd(stream, fields, id=f"{at}-{sequence + 1}")
    await pipe.execute()
    return [f"{at}-100" for at in begun]


async def lost(harness: StoreHarness, sink: str) -> bool:
    """Declare a sink lost as it stands."""
    _, cursors = await harness.cursors.all()
    (found,) = [cursor for cursor in cursors if cursor.name == sink]
    return await harness.cursors.lose(found)


async def test_a_follower_goes_on_where_it_was(harness: StoreHarness) -> None:
    assert await harness.cursors.at(LINES) == "0-0"
    last = await harness.trail.last()
    await harness.cursors.move(LINES, last)
    await harness.cursors.move(SINK, "1-1")
    assert await RedisCursors(harness.runner).at(LINES) == last
    assert await harness.cursors.at(SINK) == "1-1"
    assert await harness.cursors.at("seal") == "0-0"


async def test_what_waits_for_each_follower_is_told(harness: StoreHarness) -> None:
    first, second = [event.id for event in await harness.events()][:2]
    await harness.cursors.move(LINES, await harness.trail.last())
    await harness.cursors.move(SINK, first)
    now, cursors = await harness.cursors.all()
    assert abs(now - await harness.now()) < 5_000
    told = await harness.cursors.at(LINES)
    assert cursors == (Cursor(LINES, str(told), str(told), ""), Cursor(SINK, first, first, second))


@pytest.mark.parametrize("name", [LINES, SINK, "seal", "later"])
async def test_a_second_process_cannot_turn_a_cursor_back(harness: StoreHarness, name: str) -> None:
    """One that was paused between posting and storing would have everything since told again."""
    events = [event.id for event in await harness.events()]
    await harness.cursors.move(name, events[2])
    for event in (events[2], events[0], "2-1", "0-0"):
        await RedisCursors(harness.runner).move(name, event)
    assert await harness.cursors.at(name) == events[2]


async def test_of_many_processes_that_move_a_cursor_the_furthest_stays(harness: StoreHarness) -> None:
    events = [f"{number}-{number % 7}" for number in (9, 10, 99, 100, 101, 1_000)]
    await asyncio.gather(*(harness.cursors.move(LINES, event) for event in [*events, *reversed(events)]))
    assert await harness.cursors.at(LINES) == "1000-6"


@pytest.mark.parametrize(("at", "to"), [("9-2", "10-1"), ("9-2", "9-10"), ("99-99", "100-0")])
async def test_ids_are_compared_as_numbers_and_not_as_text(harness: StoreHarness, at: str, to: str) -> None:
    for event in (at, to, at):
        await harness.cursors.move(LINES, event)
    assert await harness.cursors.at(LINES) == to


async def test_a_cursor_stands_at_no_event_that_a_failover_took_back(harness: StoreHarness) -> None:
    """What comes in its place may have lower ids, and would be passed over."""
    first = (await harness.events())[0].id
    assert await harness.cursors.move(LINES, first)
    for lost in ("9999999999999-0", first.replace("-", "-9")):
        assert not await harness.cursors.move(LINES, lost)
    assert await harness.cursors.at(LINES) == first
    assert await harness.cursors.move(LINES, await harness.trail.last())


async def test_a_loss_is_told_once_by_whoever_finds_it(harness: StoreHarness) -> None:
    """Processes saw different events last, and all of them look."""
    pending, granted = await harness.file("B"), await harness.grant("A")
    await harness.outbox.shown(pending, message="1.1", message_shown=1, card="2.2", card_shown=1)
    lost = [f"9999999999999-{number}" for number in range(5)]
    found = await asyncio.gather(*(harness.cursors.tell_gap(one, ()) for one in lost))
    assert [told for _, told in found].count(True) == 1
    assert (await harness.tags()).count("audit.gap") == 1
    (gap,) = {gap for gap, _ in found}
    assert await harness.cursors.newest_gap() == gap
    shown = await harness.get(pending)
    assert (shown.surfaces.message, shown.surfaces.message_shown, shown.surfaces.card_shown) == ("1.1", 0, 0)
    due = await harness.outbox.due(100, 100)
    assert {pending, granted} <= {request.id for request in (*due.postings, *due.drawings)}
    assert await harness.cursors.tell_gap(gap, [gap]) == ("", False), "it is there"
    again, told = await harness.cursors.tell_gap("9999999999999-0", [gap])
    assert told, "another loss, which is known to come after that one"
    assert again != gap


async def test_the_loops_of_one_process_tell_one_loss_once(harness: StoreHarness) -> None:
    """A cursor that is after the newest event is the same loss as the event that is missing."""
    await forge(harness, LINES, "9999999999999-0")
    await forge(harness, SINK, "9999999999999-0")
    await harness.cursors.restart(LINES, await harness.trail.last())
    await harness.cursors.restart(SINK, await harness.trail.last())
    assert not (await harness.cursors.tell_gap("9999999999999-0", ()))[1]
    assert (await harness.tags()).count("audit.gap") == 1


async def test_what_a_process_stores_of_a_version_that_was_lost_is_not_taken_for_the_next(
    harness: StoreHarness,
) -> None:
    pending = await harness.file("B")
    await harness.outbox.shown(pending, message="1.1", message_shown=7, card="2.2", card_shown=7)
    shown = (await harness.get(pending)).surfaces
    assert (shown.message, shown.message_shown, shown.card_shown) == ("1.1", 0, 0)


@pytest.mark.parametrize("kind", ["undecided", "reviews", "deadlines", "alerts", "rotations", "request"])
async def test_what_somebody_spoiled_keeps_no_loss_from_being_told(harness: StoreHarness, kind: str) -> None:
    pending = await harness.file("B")
    key = harness.runner.key(kind, pending if kind == "request" else "")
    await harness.client.delete(key)
    await harness.client.set(key, "rubbish")
    assert (await harness.cursors.tell_gap("9999999999999-0", ()))[1]
    assert (await harness.tags()).count("audit.gap") == 1


@pytest.mark.parametrize("text", FORGED)
async def test_a_forged_cursor_is_not_believed(harness: StoreHarness, text: str) -> None:
    """One far ahead would silence the audit channel for ever, and one that is no id would stop its loop."""
    last = await harness.trail.last()
    await forge(harness, LINES, text)
    assert await harness.cursors.at(LINES) is None
    await harness.cursors.move(LINES, last)
    assert await harness.cursors.at(LINES) is None, "nobody takes it for their own"
    await harness.cursors.restart(LINES, last)
    assert await harness.cursors.at(LINES) == last
    gap = (await harness.events())[-1]
    assert (gap.event, str(gap.actor)) == ("audit.gap", "bot")
    assert gap.detail["cursor"] == LINES
    assert gap.detail["found"] == last
    assert gap.detail.get("seen", "") in {"", text}
    await harness.cursors.move(LINES, gap.id)
    assert await harness.cursors.at(LINES) == gap.id


async def test_a_forged_cursor_begins_anew_once_however_many_processes_see_it(harness: StoreHarness) -> None:
    last = await harness.trail.last()
    await forge(harness, LINES, "rubbish")
    await asyncio.gather(*(harness.cursors.restart(LINES, last) for _ in range(5)))
    assert (await harness.tags()).count("audit.gap") == 1


async def test_a_gap_says_where_the_cursor_was_said_to_be(harness: StoreHarness) -> None:
    last = await harness.trail.last()
    await forge(harness, LINES, "9999999999999-0")
    await harness.cursors.restart(LINES, "9999999999998-0")
    assert await harness.cursors.at(LINES) == last
    detail = (await harness.events())[-1].detail
    assert detail == {"cursor": LINES, "found": last, "seen": "9999999999999-0"}


async def test_a_cursor_that_can_be_believed_is_not_begun_anew(harness: StoreHarness) -> None:
    first = (await harness.events())[0].id
    await harness.cursors.move(LINES, first)
    await harness.cursors.restart(LINES, await harness.trail.last())
    assert await harness.cursors.at(LINES) == first
    assert "audit.gap" not in await harness.tags()


async def test_a_stream_that_was_trimmed_empty_is_no_gap(harness: StoreHarness) -> None:
    last = await harness.trail.last()
    await harness.cursors.move(LINES, last)
    await harness.client.delete(harness.runner.key("audit"))
    assert await harness.cursors.at(LINES) == last
    assert await harness.cursors.trim() == 0


async def test_the_lines_go_on_where_version_0_1_0_was(harness: StoreHarness) -> None:
    first, second, third = [event.id for event in await harness.events()][:3]
    await harness.client.set(harness.runner.key("cursor"), first)
    assert await harness.cursors.at(LINES) == first
    assert await harness.cursors.at("seal") == "0-0", "that was the cursor of the lines alone"
    await harness.cursors.move(LINES, second)
    assert await harness.client.get(harness.runner.key("cursor")) == first
    await harness.client.set(harness.runner.key("cursor"), third)
    assert await harness.cursors.at(LINES) == second, "taken over once"


async def test_a_process_of_version_0_1_0_that_still_runs_neither_loses_nor_skips_a_line(
    harness: StoreHarness,
) -> None:
    """Without the key that it reads it would tell 400 days anew. What it tells may be repeated."""
    old: Any = harness.client
    key, events = harness.runner.key("cursor"), [event.id for event in await harness.events()]
    await old.set(key, events[0])
    await harness.cursors.move(LINES, str(await harness.cursors.at(LINES)))
    await harness.cursors.move(LINES, events[1])
    assert await old.get(key) == events[0]
    await old.set(key, events[2])
    assert await harness.cursors.at(LINES) == events[1]
    ids = await fill(harness, 500, 450, 1)
    await old.delete(harness.runner.key("cursors"))
    await old.set(key, ids[0])
    assert await harness.cursors.trim() < 200
    assert (await harness.events())[0].id <= ids[0], "what it stands at is kept until it is taken over"


async def test_only_what_is_old_and_told_is_trimmed(harness: StoreHarness) -> None:
    """The trail is kept for 400 days, and nothing is dropped that the audit channel has not seen."""
    ids = await fill(harness, *range(500, 300, -10))
    assert await harness.cursors.trim() == 0, "nothing is told"
    await harness.cursors.move(LINES, ids[2])
    assert 0 < await harness.cursors.trim() <= 300
    assert (await harness.events())[0].id <= ids[2]
    await harness.cursors.move(LINES, ids[-1])
    assert await harness.cursors.trim() > 0
    left = [event.id for event in await harness.events()]
    assert set(ids[11:]) <= set(left)
    assert not set(ids[:10]) & set(left)


async def test_the_event_that_a_cursor_stands_at_is_kept_whatever_its_age(harness: StoreHarness) -> None:
    """Its loss is how a process notices that the stream was cut."""
    ids = await fill(harness, 500, 450, 410)
    await harness.cursors.move(LINES, ids[1])
    await harness.cursors.trim()
    assert await harness.trail.holds(ids[1])


@pytest.mark.parametrize("name", ["seal", "archive", "leases", SINK, "later:version", ""])
async def test_the_slowest_follower_holds_the_trim_whatever_its_name(
    harness: StoreHarness, name: str
) -> None:
    """A name that this version does not know is another version's: it is kept, and waited for."""
    ids = await fill(harness, 500, 450, 410, 1)
    await harness.cursors.move(LINES, ids[-1])
    await forge(harness, name, ids[0])
    await harness.cursors.trim()
    assert await harness.trail.holds(ids[0])
    assert await harness.client.hget(harness.runner.key("cursors"), name) == ids[0]
    await forge(harness, name, ids[-1])
    assert await harness.cursors.trim() > 0
    assert not await harness.trail.holds(ids[0])


@pytest.mark.parametrize("text", FORGED)
async def test_while_a_cursor_is_forged_nothing_is_trimmed(harness: StoreHarness, text: str) -> None:
    """Where its follower really is, nobody knows."""
    ids = await fill(harness, 500, 450, 410, 1)
    await harness.cursors.move(LINES, ids[-1])
    await forge(harness, "seal", text)
    assert await harness.cursors.trim() == 0


async def test_a_process_killed_between_moving_and_trimming_has_dropped_nothing_that_is_waited_for(
    harness: StoreHarness,
) -> None:
    """Trimming asks the cursors itself, in its own step: whatever another process knew is of no account."""
    ids = await fill(harness, 500, 450, 410, 1)
    await harness.cursors.move(LINES, ids[-1])
    await harness.cursors.all()
    await RedisCursors(harness.runner).move("archive", ids[0])
    await harness.cursors.trim()
    assert await harness.trail.holds(ids[0])
    assert [event.id for event in await harness.events()][-1] == ids[-1]


async def test_a_lost_sink_leaves_its_event_and_no_cursor(harness: StoreHarness) -> None:
    events = [event.id for event in await harness.events()]
    await harness.cursors.move(SINK, events[0])
    assert await lost(harness, SINK)
    event = (await harness.events())[-1]
    assert (event.event, str(event.actor)) == ("sink.lost", "bot")
    assert event.detail == {"name": "splunk", "after": events[0], "newest": events[-1]}
    assert SINK not in await harness.client.hgetall(harness.runner.key("cursors"))


async def test_a_lost_sink_that_is_fed_goes_on_with_the_event_that_says_so(harness: StoreHarness) -> None:
    events = [event.id for event in await harness.events()]
    await harness.cursors.move(SINK, events[0])
    _, cursors = await harness.cursors.all()
    assert await harness.cursors.lose(cursors[-1], goes_on=True, actor=Actor(ActorKind.CLI, "alice"))
    at = await harness.cursors.at(SINK)
    assert at == events[-1]
    (told,) = await harness.trail.after(events[-1], 10)
    assert (told.event, str(told.actor)) == ("sink.lost", "cli:alice")


async def test_a_sink_that_moved_meanwhile_is_not_lost(harness: StoreHarness) -> None:
    events = [event.id for event in await harness.events()]
    await harness.cursors.move(SINK, events[0])
    _, cursors = await harness.cursors.all()
    await RedisCursors(harness.runner).move(SINK, events[1])
    assert not await harness.cursors.lose(cursors[-1])
    assert await harness.cursors.at(SINK) == events[1]
    assert "sink.lost" not in await harness.tags()


async def test_a_sink_is_lost_once_however_many_processes_find_it_so(harness: StoreHarness) -> None:
    await harness.cursors.move(SINK, (await harness.events())[0].id)
    _, cursors = await harness.cursors.all()
    found = await asyncio.gather(*(harness.cursors.lose(cursors[-1]) for _ in range(5)))
    assert sorted(found) == [False] * 4 + [True]
    assert (await harness.tags()).count("sink.lost") == 1


async def test_a_sink_with_a_forged_cursor_can_be_declared_lost(harness: StoreHarness) -> None:
    await forge(harness, SINK, "rubbish")
    assert await lost(harness, SINK)
    assert (await harness.events())[-1].detail["after"] == "0-0"


@pytest.mark.parametrize(
    ("kind", "list_", "entry"),
    [
        ("session", "deadlines", "session:7k2m9xq4"),
        ("proposal", "deadlines", "proposal:7k2m9xq4"),
        ("alert", "alerts", "7k2m9xq4"),
        ("rotation", "rotations", "7k2m9xq4"),
        ("request", "reviews", "7k2m9xq4"),
    ],
)
async def test_after_a_loss_every_message_that_may_say_something_else_is_drawn_again(
    harness: StoreHarness, kind: str, list_: str, entry: str
) -> None:
    """Logins, agents' questions, alerts, rotations and emergencies lie in lists of their own."""
    key, client = harness.runner.key, harness.client
    field = "message_shown" if kind == "request" else "shown"
    await client.hset(key(kind, "7k2m9xq4"), field, "3")
    await client.zadd(key(list_), {entry: 9_999_999_999_999})
    assert (await harness.cursors.tell_gap("9999999999999-0", ()))[1]
    assert await client.hget(key(kind, "7k2m9xq4"), field) == "0"
    drawn = "dirty" if kind == "request" else f"{kind}_cards"
    assert await client.zscore(key(drawn), "7k2m9xq4") is not None


async def test_after_a_loss_nothing_that_is_gone_is_drawn(harness: StoreHarness) -> None:
    await harness.client.zadd(harness.runner.key("alerts"), {"7k2m9xq4": 1})
    await harness.client.zadd(harness.runner.key("deadlines"), {"later:7k2m9xq4": 9_999_999_999_999})
    assert (await harness.cursors.tell_gap("9999999999999-0", ()))[1]
    assert not await harness.client.exists(harness.runner.key("alert_cards"))
    assert not await harness.client.exists(harness.runner.key("dirty"))
