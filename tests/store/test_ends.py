"""A process remembers what it saw end, whatever else somebody writes into the stream; on both servers."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from envaccess.domain.audit import Tag, person
from envaccess.domain.end_reasons import EndReason
from envaccess.domain.ends import SeenEnds
from envaccess.domain.request import Verb
from envaccess.projections.ended import EndedMemory
from envaccess.store.ends import RedisEnds
from tests.store.harness import ALICE, HOUR, OPERATOR, StoreHarness, var
from tests.unit.application.showing import FakeJournal

DAY = 24 * HOUR


class Process:
    """One process that follows the stream; its clock moves by hand."""

    def __init__(self, harness: StoreHarness, is_returned: Callable[[str, str], bool], most: int) -> None:
        self.now, self.journal = 0.0, FakeJournal()
        seen = SeenEnds(is_returned, most=most)
        ends = RedisEnds(harness.runner)
        self.memory = EndedMemory(ends, harness.trail, seen, lambda: self.now, self.journal)

    async def follow(self) -> None:
        """Take in what the stream has."""
        read = ""
        while read != self.memory._last or not read:
            read = self.memory._last
            await self.memory.step()

    def saw(self, request: str) -> str | None:
        return self.memory._seen.of(request, self.now)


@pytest.fixture
async def start(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Starts a process that follows the stream from now on."""
    monkeypatch.setattr("envaccess.projections.ended._WAIT_SECONDS", 0.001)

    async def begin(
        harness: StoreHarness, is_returned: Callable[[str, str], bool] = lambda *_: False, most: int = 1_000
    ) -> Process:
        process = Process(harness, is_returned, most)
        await process.follow()
        return process

    return begin


async def expire(harness: StoreHarness, request: str) -> None:
    await harness.pass_time(2 * HOUR)
    await harness.work()
    assert (await harness.get(request)).grant == "expired"


async def test_every_way_in_which_a_request_ends_is_seen(harness: StoreHarness, start: Any) -> None:
    process = await start(harness)
    denied, cancelled, timed_out = [await harness.file(name) for name in ("A", "B", "A,B")]
    await harness.decide(denied, verb=Verb.DENY)
    await harness.requests.cancel(harness.op(), cancelled, person(ALICE))
    await harness.pass_time(5 * HOUR)
    await harness.work()
    revoked, deleted, locked = [await harness.grant(name) for name in ("A", "B", "staging/DB")]
    used_up = await harness.grant("A", once=True, seconds=900)
    await harness.revoke(revoked)
    await harness.use(used_up)
    await harness.sealed.delete(harness.op(), var("B"), OPERATOR)
    await harness.lock("staging/DB")
    expired, live = await harness.grant("A", seconds=60), await harness.grant("A", seconds=4 * 3600)
    await expire(harness, expired)
    await process.follow()
    assert {request: process.saw(request) for request in (denied, cancelled, timed_out)} == {
        denied: "request.denied",
        cancelled: "request.cancelled",
        timed_out: "request.timed_out",
    }
    assert [process.saw(request) for request in (revoked, deleted, locked)] == ["grant.revoked"] * 3
    assert (await harness.get(locked)).ended_why == EndReason.LOCKED
    assert (await harness.get(deleted)).ended_why == EndReason.DELETED
    assert [process.saw(request) for request in (used_up, expired)] == ["grant.used_up", "grant.expired"]
    assert process.saw(live) is None


async def test_a_snapshot_put_back_is_known_to_the_process_that_saw_the_end(
    harness: StoreHarness, start: Any
) -> None:
    """Keys and stream as they were: only who followed the stream knows better."""
    process = await start(harness)
    request = await harness.grant()
    client, names = harness.client, [harness.runner.key(kind, request) for kind in ("request", "grant")]
    record: Any = await client.hgetall(names[0])
    grant = await client.get(names[1])
    await harness.revoke(request)
    await process.follow()
    revoked = await harness.trail.last()
    await client.hset(names[0], mapping=record)
    await client.set(names[1], str(grant), px=HOUR)
    await client.xdel(harness.runner.key("audit"), revoked)
    await process.follow()
    assert (await harness.get(request)).live
    assert process.saw(request) == "grant.revoked"


async def test_only_what_came_after_its_start_is_seen(harness: StoreHarness, start: Any) -> None:
    request = await harness.grant()
    await harness.revoke(request)
    process = await start(harness)
    assert process.saw(request) is None


NO_EVENTS: list[dict[str | bytes, str | bytes]] = [
    {"later": "field"},
    {"event": "later.tag", "request": "7k2m9xq4", "actor": "daemon:x", "at": "soon"},
    {"event": "grant.revoked"},
    {"event": "grant.revoked", "request": "7k2m 9xq4"},
    {"event": "grant.revoked", "request": "7" * 100_000},
    {"event": b"\xff\xfe", "request": b"\xff", "detail": b"\xff"},
    {"event": "grant.revoked", "request": b"7k2m\xff9xq4"},
    {"event": "grant.reveal_failed", "request": "7k2m9xq4", "detail": b'{"seal": "\xff"}'},
    {"event": "grant.reveal_failed", "request": "7k2m9xq4", "detail": "[" * 100_000},
    {"event": "grant.reveal_failed", "request": "7k2m9xq4", "detail": '["seal"]'},
    {"event": "grant.reveal_failed", "request": "7k2m9xq4", "detail": '{"seal": {"seal": 1}}'},
]


@pytest.mark.parametrize("entry", NO_EVENTS, ids=range(len(NO_EVENTS)))
async def test_what_is_no_event_blinds_no_follower(
    harness: StoreHarness, start: Any, entry: dict[str | bytes, str | bytes]
) -> None:
    """Whoever writes to Redis would append it first, and then revive what ended after it."""
    process = await start(harness, is_returned=lambda *_: True)
    request = await harness.grant()
    await harness.client.xadd(harness.runner.key("audit"), entry)  # type: ignore[arg-type]
    await harness.revoke(request)
    await process.follow()
    assert process.saw(request) == "grant.revoked"
    assert process.saw("7k2m9xq4") is None
    assert process.saw(str(entry.get("request"))) is None, "its length is somebody else's choice"
    assert await harness.trail.wait("0-0", 0.01) == await harness.trail.last()


async def test_a_stream_that_was_deleted_and_begun_anew_is_followed_from_its_beginning(
    harness: StoreHarness, start: Any
) -> None:
    """One event far in the future, and then a new stream: whoever waits for later ids waits for ever."""
    process, stream = await start(harness), harness.runner.key("audit")
    await harness.client.xadd(stream, {"event": "bot.started"}, id="9999999999999-0")
    await process.follow()
    await harness.client.delete(stream)
    await process.follow()
    request = await harness.grant()
    await harness.revoke(request)
    await process.follow()
    assert process.saw(request) == "grant.revoked"


async def test_more_events_than_one_page_are_all_seen(harness: StoreHarness, start: Any) -> None:
    process = await start(harness)
    stream = harness.runner.key("audit")
    pipe: Any = harness.client.pipeline(transaction=False)
    for number in range(450):
        pipe.xadd(stream, {"event": "grant.expired", "request": f"{number:08}"})
    await pipe.execute()
    await process.follow()
    assert all(process.saw(f"{number:08}") for number in range(450))


async def test_a_flood_of_made_up_ends_that_crowds_real_ones_out_is_alarmed(
    harness: StoreHarness, start: Any
) -> None:
    process = await start(harness, most=50)
    request = await harness.grant()
    await harness.revoke(request)
    for number in range(50):
        await harness.client.xadd(
            harness.runner.key("audit"), {"event": "grant.expired", "request": f"made{number:04}"}
        )
    await process.follow()
    assert process.saw(request) is None
    assert process.journal.faults == ["ended.full 1"]


async def test_a_use_given_back_lives_again_by_the_seal_in_its_event(
    harness: StoreHarness, start: Any
) -> None:
    process = await start(harness, is_returned=lambda request, seal: seal == f"returned {request}")
    request = await harness.grant(once=True, seconds=900)
    claim = await harness.use(request)
    await harness.reveals.give_back(claim, "source_down")
    await process.follow()
    assert process.saw(request) == Tag.GRANT_USED_UP, "no seal, no use given back"
    detail = json.dumps({"why": "source_down", "seal": f"returned {request}"})
    entry: Any = {"event": "grant.reveal_failed", "request": request, "detail": detail}
    await harness.client.xadd(harness.runner.key("audit"), entry)
    await process.follow()
    assert process.saw(request) is None


@pytest.mark.real
async def test_an_entry_that_is_no_text_stops_no_reader_of_the_stream(real: StoreHarness) -> None:
    entry: Any = {"event": "bot.started", "at": "1", "actor": "bot", "detail": b'{"why": "\xff"}'}
    await real.client.xadd(real.runner.key("audit"), entry)
    await real.file()
    assert [event.event for event in (await real.events())[-2:]] == ["bot.started", "request.created"]
