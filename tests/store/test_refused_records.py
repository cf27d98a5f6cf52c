"""Law 14: a record that this version cannot wholly read is refused alone, told once, and kept as it is."""

import asyncio
from typing import Any

import pytest

from envaccess.domain.errors import RecordRefusedError
from envaccess.domain.outcome import Claim
from envaccess.domain.request import State
from envaccess.store import request_reader
from envaccess.store.outbox import RedisOutbox
from envaccess.store.request_reader import RequestReader
from envaccess.store.requests import RedisRequests
from tests.store.harness import ALICE, BOB, MINUTE, StoreHarness

FIELDS = {
    "schema of a later version": ({"schema": "3"}, "schema"),
    "schema that is none": ({"schema": "two"}, "schema"),
    "schema before the first": ({"schema": "0"}, "schema"),
    "unknown state": ({"state": "paused"}, "record"),
    "unknown grant": ({"grant": "frozen"}, "record"),
    "unknown review": ({"emergency": "1", "review": "half"}, "record"),
    "unknown nudge": ({"nudge": "sung"}, "progress"),
    "step that is no number": ({"step": "second"}, "progress"),
    "seconds that are none": ({"seconds": "an hour"}, "record"),
    "no variables": ({"variables": ""}, "record"),
    "variables without an environment": ({"variables": "A"}, "record"),
}
"""What stands in the short fields, and in which part of the record that is a refusal."""
TEXTS = {
    "unknown ruling field": ("ruling", '{"channel":"C0APPROVE","moon":"full","steps":[]}', "ruling"),
    "ruling that is no object": ("ruling", "[]", "ruling"),
    "ruling nested without end": ("ruling", "[" * 100_000, "ruling"),
    "unknown then": (
        "ruling",
        '{"channel":"C0APPROVE","steps":[{"approvers":["U0BOB"],"then":"toss_a_coin"}]}',
        "ruling",
    ),
    "approval with an unknown field": (
        "approvals",
        '[{"by":"U0BOB","step":0,"at":1,"mood":"good"}]',
        "progress",
    ),
    "question without an end": ("questions", '[{"by":', "progress"),
}
GONE = ("requester", "variables", "state", "seconds", "once", "version", "created_at", "deadline_at")


async def put(harness: StoreHarness, request: str, **fields: str) -> None:
    """Write fields as another version, or somebody else, would."""
    await harness.client.hset(harness.runner.key("request", request), mapping=fields)  # type: ignore[arg-type]


async def refusal(harness: StoreHarness, request: str) -> RecordRefusedError:
    """What reading it alone raises."""
    with pytest.raises(RecordRefusedError) as caught:
        await harness.requests.get(request)
    assert caught.value.request == request
    return caught.value


async def refusals(harness: StoreHarness) -> list[Any]:
    """The events that tell of it."""
    return [event for event in await harness.events() if event.event == "record.refused"]


@pytest.mark.parametrize(("fields", "why"), FIELDS.values(), ids=FIELDS.keys())
async def test_a_word_of_another_version_refuses_its_record(
    harness: StoreHarness, fields: dict[str, str], why: str
) -> None:
    request = await harness.file()
    await put(harness, request, **fields)
    assert (await refusal(harness, request)).why == why


@pytest.mark.parametrize(("field", "stored", "why"), TEXTS.values(), ids=TEXTS.keys())
async def test_a_text_of_another_version_refuses_its_record(
    harness: StoreHarness, field: str, stored: str, why: str
) -> None:
    request = await harness.file()
    await harness.client.hset(harness.runner.key("text", request), field, stored)
    assert (await refusal(harness, request)).why == why


@pytest.mark.parametrize("field", GONE)
async def test_a_record_without_what_every_record_has_is_refused(harness: StoreHarness, field: str) -> None:
    request = await harness.file()
    await harness.client.hdel(harness.runner.key("request", request), field)
    assert (await refusal(harness, request)).why == "record"


async def test_a_field_that_nobody_knows_is_kept_and_refuses_nothing(harness: StoreHarness) -> None:
    request = await harness.file()
    await put(harness, request, colour="blue")
    assert (await harness.get(request)).state is State.PENDING
    await harness.decide(request)
    await harness.use(request)
    await harness.revoke(request)
    kept: Any = await harness.client.hget(harness.runner.key("request", request), "colour")
    assert kept == "blue"


async def test_lists_go_on_without_what_is_refused(harness: StoreHarness) -> None:
    refused, other = await harness.file("A"), await harness.file("B")
    await put(harness, refused, schema="3")
    held = await harness.requests.held_by(ALICE)
    assert [request.id for request in held.pending] == [other]
    assert held.refused == (refused,)
    assert [request.id for request in await harness.requests.undecided()] == [other]
    due = await harness.outbox.due(100, 100)
    assert {request.id for request in [*due.postings, *due.drawings]} == {other}


async def test_a_refusal_is_one_event_an_hour_whoever_meets_it(harness: StoreHarness) -> None:
    request = await harness.file("A,B")
    await put(harness, request, state="paused")
    for process in range(3):
        reader = RequestReader(harness.runner)
        requests, outbox = (
            RedisRequests(harness.runner, reader=reader),
            RedisOutbox(harness.runner, "p", reader),
        )
        with pytest.raises(RecordRefusedError):
            await requests.get(request)
        await requests.undecided()
        await outbox.due(100, 100)
        assert process < 3
    (event,) = await refusals(harness)
    assert (event.request, event.detail, str(event.actor)) == (request, {"why": "record"}, "bot")
    assert (event.variables, event.requester) == ((), "")
    await harness.pass_time(61 * MINUTE)
    with pytest.raises(RecordRefusedError):
        await RequestReader(harness.runner).get(request)
    assert len(await refusals(harness)) == 2


async def test_a_process_raises_its_alarm_once_for_each_reason(
    harness: StoreHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    request, alarms = await harness.file(), list[RecordRefusedError]()
    reader = RequestReader(harness.runner, alarms.append)
    for schema in ("3", "3", "4"):
        await put(harness, request, schema=schema)
        await reader.all_of([request])
    await put(harness, request, schema="2", state="paused")
    await reader.all_of([request])
    assert [(alarm.request, alarm.why) for alarm in alarms] == [(request, "schema"), (request, "record")]
    monkeypatch.setattr(request_reader, "_TOLD_AGAIN", 0.0)
    fresh = RequestReader(harness.runner, alarms.append)
    for _ in range(2):
        await fresh.all_of([request])
        await asyncio.sleep(0.001)
    assert len(alarms) == 4


async def test_however_many_are_refused_little_is_remembered(
    harness: StoreHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_reader, "_REMEMBERED", 2)
    alarms = list[RecordRefusedError]()
    reader = RequestReader(harness.runner, alarms.append)
    requests = [await harness.file(labels, BOB) for labels in ("A", "B", "staging/DB")]
    for request in requests:
        await put(harness, request, schema="3")
    await reader.all_of(requests)
    await reader.all_of(requests[2:])
    assert [alarm.request for alarm in alarms] == requests


async def test_its_mark_is_put_aside_and_a_version_that_reads_it_renders_it(harness: StoreHarness) -> None:
    request = await harness.file()
    await put(harness, request, schema="3")
    first = await harness.outbox.due(100, 100)
    assert (first.postings, first.drawings) == ([], [])
    again = await harness.outbox.due(100, 100)
    assert again.posts == 0
    assert again.wait == 1.0, "nothing is looked at again and again"
    await put(harness, request, schema="2")
    await harness.pass_time(5 * MINUTE)
    assert [found.id for found in (await harness.outbox.due(100, 100)).postings] == [request]


async def test_a_grant_that_cannot_be_read_is_not_shown_by_name(harness: StoreHarness) -> None:
    """Nobody knows whether it may be shown; the one that can be read serves."""
    refused, other = await harness.grant("A", seconds=7200), await harness.grant("A")
    await harness.client.hset(harness.runner.key("text", refused), "ruling", '{"moon":"full"}')
    held = await harness.requests.held_by(ALICE)
    claim = await harness.reveals.claim_named(harness.op(), held.live[0].variables[0], ALICE, held.refused)
    assert isinstance(claim, Claim)
    assert claim.id == other
