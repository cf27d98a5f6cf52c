"""The audit stream on both kinds of server: events as written, refused attempts in full, then counted."""

import asyncio
import json
from typing import Any

import pytest

from envaccess.domain.audit import Event, Tag, export_line, person
from envaccess.domain.outcome import Attempt
from envaccess.domain.refusal import AUDITED, Reason
from envaccess.domain.request import Verb
from tests.store.harness import ALICE, BOB, BOT, CAROL, HOUR, MINUTE, OPERATOR, StoreHarness, var

DAY = 24 * HOUR


async def refuse(harness: StoreHarness, who: str = ALICE, why: Reason = Reason.GUEST, op: str = "") -> None:
    attempt = Attempt(person(who), "request", names=("default/A",))
    await harness.trail.refuse(op or harness.op(), attempt, why)


async def refusals(harness: StoreHarness) -> list[tuple[str, str, dict[str, str]]]:
    return [
        (event.event, str(event.actor), dict(event.detail))
        for event in await harness.events()
        if event.event.startswith("access.")
    ]


async def test_an_event_reads_back_as_it_was_written(harness: StoreHarness) -> None:
    request = await harness.grant("A,staging/DB")
    created, approved, activated = (await harness.events())[-3:]
    assert (created.request, created.grant, created.requester) == (request, "", ALICE)
    assert (approved.event, str(approved.actor), approved.requester) == (
        "request.approved",
        "person:U0BOB",
        ALICE,
    )
    assert activated.variables == ("default/A", "staging/DB")
    assert activated.detail["seconds"] == "3600"
    assert int(activated.detail["expires_at"]) == activated.at + HOUR


async def test_a_plain_event_keeps_its_details(harness: StoreHarness) -> None:
    await harness.trail.append("op-start", Tag.BOT_STARTED, BOT, {"version": "1", "mode": "socket ✓"})
    await harness.trail.append("op-stop", Tag.BOT_STOPPED, BOT, {})
    await harness.trail.append("op-start", Tag.BOT_STARTED, BOT, {"version": "2"})
    started, stopped = (await harness.events())[-2:]
    assert (started.detail, stopped.detail) == ({"version": "1", "mode": "socket ✓"}, {})


async def test_every_event_of_a_life_can_be_exported(harness: StoreHarness) -> None:
    """An exporter that breaks on one event loses every later one."""
    request = await harness.grant(once=True, seconds=900)
    await harness.reveals.give_back(await harness.use(request), "source_down")
    await harness.revoke(request)
    await harness.decide(await harness.file("B"), verb=Verb.DENY)
    await harness.sealed.delete(harness.op(), var("A"), OPERATOR)
    await refuse(harness)
    await refuse(harness)
    await harness.trail.count_bad_signature()
    await harness.pass_time(MINUTE)
    await harness.work()
    tags = {Tag(json.loads(export_line(event))["event"]) for event in await harness.events()}
    assert len(tags) == 12


async def test_events_are_read_in_pages_without_a_gap_or_a_repeat(harness: StoreHarness) -> None:
    for number in range(25):
        await harness.trail.append(f"op-{number}", Tag.BOT_STARTED, BOT, {"n": str(number)})
    read: list[Event] = []
    cursor = "0"
    while page := await harness.trail.after(cursor, 10):
        assert len(page) <= 10
        read += page
        cursor = page[-1].id
    assert read == await harness.events()
    assert [event.id for event in await harness.trail.tail(3)] == [event.id for event in read[-3:]]
    assert await harness.trail.last() == read[-1].id


async def test_an_empty_stream_has_no_last_event(client: object, harness: StoreHarness) -> None:
    del client
    other = StoreHarness(harness.client, "T0EMPTY")
    assert (await other.trail.last(), list(await other.trail.tail(5)), await other.events()) == (
        "0-0",
        [],
        [],
    )
    assert await other.trail.wait("0-0", 0.01) == "0-0"


async def test_waiting_ends_with_the_newest_event_or_with_the_time(harness: StoreHarness) -> None:
    last = await harness.trail.last()
    assert await harness.trail.wait(last, 0.01) == last
    await harness.file()
    newest = await harness.trail.last()
    assert await harness.trail.wait(last, 5) == newest


@pytest.mark.real
async def test_an_event_wakes_who_waits_for_it(real: StoreHarness) -> None:
    waiting = asyncio.create_task(real.trail.wait(await real.trail.last(), 10))
    await real.trail.last()
    await real.file()
    assert await asyncio.wait_for(waiting, 1) == await real.trail.last()


async def test_the_first_refused_attempt_is_told_in_full_the_rest_as_one_count(harness: StoreHarness) -> None:
    """Law 12: an attacker can neither hide in a flood of refusals nor fill the stream with it."""
    for _ in range(50):
        await refuse(harness)
    assert await refusals(harness) == [
        ("access.refused", "person:U0ALICE", {"tried": "request", "why": "guest"})
    ]
    await harness.pass_time(MINUTE)
    await harness.work()
    assert (await refusals(harness))[1:] == [
        ("access.refused_count", "person:U0ALICE", {"count": "49", "why": "guest"})
    ]
    await refuse(harness)
    assert (await refusals(harness))[2:] == [
        ("access.refused", "person:U0ALICE", {"tried": "request", "why": "guest"})
    ]


async def test_each_person_and_each_reason_is_told_in_full(harness: StoreHarness) -> None:
    for who in (ALICE, BOB):
        for why in sorted(AUDITED):
            await refuse(harness, who, why)
            await refuse(harness, who, why)
    told = await refusals(harness)
    assert len(told) == 2 * len(AUDITED)
    await harness.pass_time(MINUTE)
    await harness.work()
    counts = {(tag, who, tuple(sorted(detail.items()))) for tag, who, detail in await refusals(harness)}
    for who in (ALICE, BOB):
        for why in AUDITED:
            detail = (("count", "1"), ("why", str(why)))
            assert ("access.refused_count", f"person:{who}", detail) in counts


async def test_one_refused_attempt_leaves_no_count_behind(harness: StoreHarness) -> None:
    await refuse(harness)
    await harness.pass_time(MINUTE)
    await harness.work()
    assert len(await refusals(harness)) == 1
    assert not [name for name in await harness.keys() if "refused" in name]


async def test_a_refused_attempt_names_request_variables_and_the_account_it_is_about(
    harness: StoreHarness,
) -> None:
    request = await harness.file("A,B")
    attempt = Attempt(person(BOB), "approve", request, ("default/A",), account=ALICE)
    await harness.trail.refuse(harness.op(), attempt, Reason.DEACTIVATED)
    event = (await harness.events())[-1]
    assert (event.request, event.requester) == (request, ALICE)
    assert event.variables == (var("A").__str__(), var("B").__str__())
    assert event.detail == {"tried": "approve", "why": "deactivated", "account": ALICE}


async def test_a_forged_id_is_refused_without_a_record(harness: StoreHarness) -> None:
    await harness.trail.refuse(harness.op(), Attempt(person(CAROL), "approve", "zzzzzzzz"), Reason.UNKNOWN_ID)
    event = (await harness.events())[-1]
    assert (event.request, event.detail["why"]) == ("", "unknown_id")


async def test_bad_signatures_are_only_counted_one_event_a_minute_for_all(harness: StoreHarness) -> None:
    before = len(await harness.events())
    for _ in range(30):
        await harness.trail.count_bad_signature()
    assert len(await harness.events()) == before
    await harness.pass_time(MINUTE)
    await harness.work()
    assert await refusals(harness) == [
        ("access.refused_count", "bot", {"count": "30", "why": "bad_signature"})
    ]
    await harness.pass_time(MINUTE)
    await harness.work()
    assert len(await refusals(harness)) == 1


async def test_a_flood_of_bad_signatures_is_counted_in_a_few_calls(
    harness: StoreHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each forged request in a connection of its own would leave none to Redis for a decision."""
    run, calls = harness.runner.run, list[str]()

    async def noted(name: str, /, **arguments: Any) -> str | int:
        calls.append(name)
        return await run(name, **arguments)

    monkeypatch.setattr(harness.trail._runner, "run", noted)
    await asyncio.gather(*(harness.trail.count_bad_signature() for _ in range(500)))
    monkeypatch.undo()
    assert len(calls) <= 3
    await harness.pass_time(MINUTE)
    await harness.work()
    assert await refusals(harness) == [
        ("access.refused_count", "bot", {"count": "500", "why": "bad_signature"})
    ]


STRANGE: dict[str, tuple[dict[str, str], dict[str, Any]]] = {
    "actor": ({"actor": "robot:r2:d2"}, {"actor": "r2:d2", "actor_kind": "robot"}),
    "tag": ({"event": "moon.risen"}, {"event": "moon.risen"}),
    "field": ({"phase": "full", "id": "9-9"}, {"other": '{"id":"9-9","phase":"full"}'}),
    "detail": ({"detail": "[1]"}, {"detail": "{}", "other": '{"detail":"[1]"}'}),
    "broken detail": ({"detail": "{"}, {"detail": "{}", "other": '{"detail":"{"}'}),
    "deep detail": ({"detail": "[" * 99_999}, {"detail": "{}"}),
    "detail of parts": ({"detail": '{"by":["x",1],"n":1}'}, {"detail": '{"by":"[\\"x\\", 1]","n":"1"}'}),
    "moment": ({"at": "soon"}, {"event": "bot.started"}),
    "far moment": ({"at": "9" * 14}, {"event": "bot.started"}),
}


@pytest.mark.parametrize(("fields", "told"), STRANGE.values(), ids=STRANGE.keys())
async def test_an_event_of_another_version_is_read_as_it_is_and_kept_whole(
    harness: StoreHarness, fields: dict[str, str], told: dict[str, Any]
) -> None:
    usual = {"event": "bot.started", "at": "1760000000123", "actor": "bot"}
    client: Any = harness.client
    written = await client.xadd(harness.runner.key("audit"), {**usual, **fields})
    event = (await harness.events())[-1]
    line = json.loads(export_line(event))
    assert line["id"] == written
    assert {name: line[name] for name in told} == told
    assert ("other" in line) is bool(event.other)
    if fields.keys() == {"at"}:
        assert event.at == int(written.partition("-")[0]), "when Redis says that it was written"


@pytest.mark.parametrize("field", ["event", "at", "actor"])
async def test_an_event_may_lack_anything(harness: StoreHarness, field: str) -> None:
    fields = {"event": "bot.started", "at": "1760000000123", "actor": "bot"}
    del fields[field]
    client: Any = harness.client
    await client.xadd(harness.runner.key("audit"), fields)
    (last,) = await harness.trail.tail(1)
    assert json.loads(export_line(last))["event"] == fields.get("event", "")
