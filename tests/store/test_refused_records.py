"""Law 14: a record that this version cannot wholly read is refused alone, told once, and kept as it is."""

import asyncio
from typing import Any

import pytest

from envaccess.domain.audit import person
from envaccess.domain.errors import RecordRefusedError, StoreUnavailableError
from envaccess.domain.outcome import Claim
from envaccess.domain.policy.ruling import Limit
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import GrantState, State, Verb
from envaccess.store import refusals as telling
from envaccess.store.outbox import RedisOutbox
from envaccess.store.request_reader import RequestReader
from envaccess.store.requests import RedisRequests
from tests.fakes.rulings import EMERGENCY, RULE, ruled
from tests.store.harness import ALICE, BOB, CAROL, HOUR, MINUTE, OPERATOR, StoreHarness, var

FIELDS = {
    "schema of a later version": ({"schema": "3"}, "schema"),
    "schema that is none": ({"schema": "two"}, "schema"),
    "schema before the first": ({"schema": "0"}, "schema"),
    "unknown state": ({"state": "paused"}, "record"),
    "unknown grant": ({"grant": "frozen"}, "record"),
    "unknown review": ({"emergency": "1", "review": "half"}, "seal"),
    "unknown nudge": ({"nudge": "sung"}, "progress"),
    "step that is no number": ({"step": "second"}, "seal"),
    "seconds that are none": ({"seconds": "an hour"}, "seal"),
    "no variables": ({"variables": ""}, "seal"),
    "variables without an environment": ({"variables": "A"}, "seal"),
}
"""What stands in the short fields, and in which part of the record that is a refusal."""
TEXTS = {
    "filing nested without end": ("filing", "[" * 100_000, "seal"),
    "approval without a seal": ("approvals", '[{"by":"U0BOB","step":0,"at":1}]', "seal"),
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
    assert (await refusal(harness, request)).why in {"record", "seal"}


async def test_a_filing_that_a_later_version_sealed_is_no_broken_seal(harness: StoreHarness) -> None:
    request = await harness.file()
    text, seals = harness.runner.key("text", request), harness.sealing.seals
    facts = seals.open("filing", str(await harness.client.hget(text, "filing")))
    await harness.client.hset(text, "filing", seals.mint("filing", {**facts, "moon": "full"}))
    assert (await refusal(harness, request)).why == "sealed_words"
    assert "seal.broken" not in await harness.tags()


async def test_a_record_whose_text_is_gone_is_refused(harness: StoreHarness) -> None:
    request = await harness.file()
    await harness.client.delete(harness.runner.key("text", request))
    await refusal(harness, request)


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


async def test_however_many_are_refused_they_take_no_place_in_a_list(harness: StoreHarness) -> None:
    for label in ("A", "B", "staging/DB"):
        await put(harness, await harness.file(label, CAROL), schema="3")
        await put(harness, await harness.file(label, CAROL, ruling=EMERGENCY), schema="3")
    other, raised = await harness.file("A"), await harness.file("A", ruling=EMERGENCY)
    assert [request.id for request in await harness.requests.undecided(1)] == [other]
    assert [request.id for request in await harness.requests.unreviewed(2)] == [raised]


async def test_a_refusal_is_one_event_an_hour_whoever_meets_it(harness: StoreHarness) -> None:
    request = await harness.file("A,B")
    await put(harness, request, state="paused")
    for process in range(3):
        reader = RequestReader(harness.runner, harness.sealing)
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
        await RequestReader(harness.runner, harness.sealing).get(request)
    assert len(await refusals(harness)) == 2


async def test_a_process_raises_its_alarm_once_for_each_reason(
    harness: StoreHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    request, alarms = await harness.file(), list[Any]()
    reader = RequestReader(harness.runner, harness.sealing, alarms.append)
    for schema in ("3", "3", "4"):
        await put(harness, request, schema=schema)
        await reader.all_of([request])
    await put(harness, request, schema="2", state="paused")
    await reader.all_of([request])
    assert [(alarm.request, alarm.why) for alarm in alarms] == [(request, "schema"), (request, "record")]
    monkeypatch.setattr(telling, "_TOLD_AGAIN", 0.0)
    fresh = RequestReader(harness.runner, harness.sealing, alarms.append)
    for _ in range(2):
        await fresh.all_of([request])
        await asyncio.sleep(0.001)
    assert len(alarms) == 4


async def test_however_many_are_refused_little_is_remembered(
    harness: StoreHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "_REMEMBERED", 2)
    alarms = list[Any]()
    reader = RequestReader(harness.runner, harness.sealing, alarms.append)
    requests = [await harness.file(labels, BOB) for labels in ("A", "B", "staging/DB")]
    for request in requests:
        await put(harness, request, schema="3")
    await reader.all_of(requests)
    await reader.all_of(requests[2:])
    assert [alarm.request for alarm in alarms] == requests
    await reader.all_of(requests[:1])
    assert alarms[3:], "it was forgotten to make room, and is told again"


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


async def test_the_mark_of_what_a_later_version_has_to_draw_is_never_dropped(harness: StoreHarness) -> None:
    """By our words nothing may be left to draw of it; by those of the later version there is."""
    request = await harness.file()
    version = (await harness.get(request)).version
    await harness.outbox.shown(request, message="1.1", message_shown=version, card="2.2", card_shown=version)
    await harness.outbox.shown(request, nudged=1)
    assert await harness.client.zcard(harness.runner.key("dirty")) == 0
    await put(harness, request, schema="3")
    await harness.client.zadd(harness.runner.key("dirty"), {request: 1})
    for _ in range(3):
        await harness.outbox.due(100, 100)
        assert await harness.client.zscore(harness.runner.key("dirty"), request) is not None
        await harness.pass_time(6 * MINUTE)
    assert [event.request for event in await refusals(harness)] == [request]


async def test_a_grant_that_cannot_be_read_is_not_shown_by_name(harness: StoreHarness) -> None:
    """Nobody knows whether it may be shown; the one that can be read serves."""
    refused, other = await harness.grant("A", seconds=7200), await harness.grant("A")
    await harness.client.hset(harness.runner.key("text", refused), "filing", "no seal")
    held = await harness.requests.held_by(ALICE)
    among = [found.id for found in held.live]
    claim = await harness.reveals.claim_named(harness.op(), held.live[0].variables[0], ALICE, among)
    assert isinstance(claim, Claim)
    assert claim.id == other


# In the scripts


WORDS = {"schema": "3", "state": "paused", "grant": "frozen", "review": "half"}


@pytest.mark.parametrize(("field", "word"), WORDS.items(), ids=WORDS.keys())
async def test_no_script_rules_on_a_record_of_a_later_version(
    harness: StoreHarness, field: str, word: str
) -> None:
    request = await harness.grant("A") if field == "grant" else await harness.file("A")
    await put(harness, request, **{field: word})
    before = await harness.state()
    acts = [
        await harness.decide(request),
        await harness.decide(request, verb=Verb.DENY),
        await harness.requests.cancel(harness.op(), request, person(ALICE)),
        await harness.revoke(request),
        await harness.requests.ask(harness.op(), request, BOB, "why?", ""),
        await harness.requests.review(harness.op(), request, BOB, "fine", ""),
        await harness.claim(request),
    ]
    assert {act.reason for act in acts if isinstance(act, Refusal)} == {Reason.RECORD_REFUSED}
    assert len([act for act in acts if isinstance(act, Refusal)]) == len(acts)
    assert await harness.state() == before


async def test_time_does_nothing_to_it_and_its_deadlines_stay(harness: StoreHarness) -> None:
    waiting, live = await harness.file("B"), await harness.grant("A")
    other = await harness.file("staging/DB")
    for request in (waiting, live):
        await put(harness, request, schema="3")
    before = {request: await record(harness, request) for request in (waiting, live)}
    for _ in range(20):
        await harness.pass_time(HOUR)
        await harness.work()
    assert (await harness.get(other)).state is State.TIMED_OUT
    assert {request: await record(harness, request) for request in (waiting, live)} == before
    kept = await harness.client.zrange(harness.runner.key("deadlines"), 0, -1)
    assert {f"time_out:{waiting}", f"expire:{live}", f"warn:{live}"} <= set(kept)
    await harness.pass_time(MINUTE)
    await harness.work()
    assert await harness.deadlines.settle(100) == 1.0, "no worker spins on what it cannot settle"
    await put(harness, waiting, schema="2")
    await harness.pass_time(MINUTE)
    await harness.work()
    assert (await harness.get(waiting)).state is State.TIMED_OUT


async def record(harness: StoreHarness, request: str) -> Any:
    """The short fields, without stored times, which the clock of a test moves."""
    client: Any = harness.client
    found = await client.hgetall(harness.runner.key("request", request))
    return {name: text for name, text in found.items() if not name.endswith(("_at", "_deadline"))}


async def test_who_waits_for_it_may_ask_again(harness: StoreHarness) -> None:
    request = await harness.file("A")
    await put(harness, request, schema="3")
    again = await harness.file("A")
    assert again != request
    assert await harness.file("A") == again
    await harness.decide(again)
    assert (await harness.get(again)).held
    raised = await harness.file("B", ruling=EMERGENCY, seconds=1800)
    await put(harness, raised, schema="3")
    assert await harness.file("B", ruling=EMERGENCY, seconds=1800) != raised


async def test_a_name_reveals_what_can_be_read(harness: StoreHarness) -> None:
    refused, other = await harness.grant("A", seconds=7200), await harness.grant("A")
    await put(harness, refused, schema="3")
    claim = await harness.reveals.claim_named(harness.op(), var("A"), ALICE)
    assert isinstance(claim, Claim)
    assert claim.id == other


async def test_its_access_is_neither_extended_nor_shown_nor_given_back(harness: StoreHarness) -> None:
    live = await harness.grant("A", ruling=ruled())
    more = await harness.file("A", extends=live, ruling=ruled())
    claim = await harness.use(live)
    await put(harness, live, schema="3")
    before, left = await record(harness, live), await harness.left(live)
    assert not await harness.reveals.still(claim)
    await harness.reveals.give_back(claim, "source_down")
    await harness.decide(more)
    assert await harness.left(live) <= left
    assert await record(harness, live) == before
    again = await harness.requests.open(harness.op(), harness.new("A", extends=live, ruling=ruled()))
    assert isinstance(again, Refusal)
    assert again.reason is Reason.NOT_EXTENDABLE


@pytest.mark.parametrize("what", ["lock a person", "lock a variable", "delete"])
async def test_its_access_ends_with_a_lock_or_a_deletion_and_its_record_stays(
    harness: StoreHarness, what: str
) -> None:
    """Ending what cannot be read is safe; whoever can read it writes the end down."""
    refused, other = await harness.grant("A"), await harness.grant("A,B")
    await put(harness, refused, schema="3")
    before = await record(harness, refused)
    if what == "delete":
        await harness.sealed.delete(harness.op(), var("A"), OPERATOR)
    else:
        await harness.lock(ALICE if what == "lock a person" else "A")
    assert await harness.left(refused) == -2
    assert (await harness.get(other)).grant is GrantState.REVOKED
    assert await record(harness, refused) == before
    await put(harness, refused, schema="2")
    assert (await harness.get(refused)).grant is GrantState.EXPIRED


async def test_no_step_of_it_is_passed_over(harness: StoreHarness) -> None:
    request = await harness.file("A")
    found = await harness.get(request)
    await put(harness, request, schema="3")
    await harness.requests.escalate(harness.op(), found, "nobody is left")
    assert (await record(harness, request))["state"] == "pending"


async def test_a_change_of_duties_touches_it_not(harness: StoreHarness) -> None:
    request = await harness.file("A")
    await put(harness, request, schema="3")
    before = await record(harness, request)
    await harness.delegations.give(harness.op(), BOB, "U0CAROL", 3600)
    await harness.lock(ALICE)
    assert await record(harness, request) == before


async def test_an_outcome_that_a_later_version_remembered_is_a_refusal(harness: StoreHarness) -> None:
    """Slack may deliver to this version what a later one has answered."""
    request = await harness.file("A")
    client: Any = harness.client
    await client.set(harness.runner.key("outcome", f"{BOB}:op-1"), '{"refused":"moon_is_full"}')
    answer = await harness.decide(request, op="op-1")
    assert isinstance(answer, Refusal)
    assert answer.reason is Reason.RECORD_REFUSED


async def test_what_can_be_read_is_read_where_a_refusal_cannot_be_written_down(
    harness: StoreHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a full Redis the alarm alone tells it."""
    refused, other, alarms = await harness.file("A"), await harness.file("B"), list[Any]()
    await put(harness, refused, schema="3")

    async def full(*_: object, **__: object) -> str:
        raise StoreUnavailableError

    monkeypatch.setattr(harness.runner, "run", full)
    found = await RequestReader(harness.runner, harness.sealing, alarms.append).all_of([refused, other])
    assert [request.id for request in found] == [other]
    assert [alarm.request for alarm in alarms] == [refused]


async def test_who_asks_for_something_else_settles_nothing_of_it(harness: StoreHarness) -> None:
    """Under a limit, whatever this person has is looked at, and settled where it can be read."""
    request = await harness.file("A")
    await put(harness, request, schema="3")
    await harness.pass_time(5 * HOUR)
    before = await record(harness, request)
    await harness.file("B", ruling=ruled(limits=(Limit(RULE, open_max=5),)))
    assert await record(harness, request) == before
