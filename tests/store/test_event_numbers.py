"""Events are numbered and salted, and what people typed is no part of them."""

from typing import Any

import pytest

from envaccess.domain.audit import Tag, person
from envaccess.domain.audit_line import ALTERED, REMOVED, day_of, read_digests
from envaccess.domain.request import Verb
from tests.fakes.rulings import EMERGENCY
from tests.store.harness import ALICE, BOB, CAROL, OPERATOR, REASON, StoreHarness, var

DENIED = "not today"
OLD = "what an earlier version wrote"


async def entries(harness: StoreHarness) -> list[tuple[str, dict[str, str]]]:
    client: Any = harness.client
    return list(await client.xrange(harness.runner.key("audit")))


async def lives(harness: StoreHarness) -> None:
    """Everything that somebody types, and steps that write several events."""
    await harness.add("A", "B")
    first, second = await harness.file("A"), await harness.file("B")
    await harness.requests.ask(harness.op(), first, BOB, REASON, "1.1")
    await harness.decide(first)
    await harness.decide(second, verb=Verb.DENY)
    emergency = await harness.file("A", BOB, ruling=EMERGENCY)
    await harness.requests.review(harness.op(), emergency, CAROL, REASON, "1.1")
    await harness.grant("A")
    await harness.lock("A")
    await harness.locks.unlock(harness.op(), next(iter(await harness.locks.standing())), OPERATOR, REASON)
    await harness.sealed.note_read(harness.op(), var("A"), OPERATOR, REASON)


async def test_events_are_numbered_without_a_gap_and_no_salt_comes_twice(harness: StoreHarness) -> None:
    await lives(harness)
    found = [fields for _, fields in await entries(harness)]
    assert [int(fields["n"]) for fields in found] == list(range(len(found)))
    salts = [fields["s"] for fields in found]
    assert len(set(salts)) == len(salts)
    assert all(len(bytes.fromhex(salt)) == 16 for salt in salts)


async def test_nothing_that_somebody_typed_is_in_an_event(harness: StoreHarness) -> None:
    """What is in an event is in a hash that others keep for ever; a text must be possible to take away."""
    await lives(harness)
    found = await entries(harness)
    assert REASON not in str(found)
    assert DENIED not in str(found)
    typed = {REASON, DENIED}
    told = [event for event in await harness.events() if typed & set(event.detail.values())]
    assert {event.event for event in told} == {
        Tag.REQUEST_CREATED,
        Tag.REQUEST_QUESTIONED,
        Tag.REQUEST_DENIED,
        Tag.EMERGENCY_USED,
        Tag.EMERGENCY_REVIEWED,
        Tag.GRANT_REVOKED,
        Tag.PRINCIPAL_LOCKED,
        Tag.PRINCIPAL_UNLOCKED,
        Tag.SECRET_READ,
    }
    digests = [digest for _, fields in found for digest in read_digests(fields.get("typed", "")).values()]
    assert len(digests) >= len(told)


async def test_two_events_with_one_text_do_not_show_that_it_is_one(harness: StoreHarness) -> None:
    await harness.add("A", "B")
    for name in ("A", "B"):
        await harness.file(name)
    digests = [fields["typed"] for _, fields in await entries(harness) if "typed" in fields]
    assert len(digests) == len(set(digests)) == 2


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        (None, REMOVED),
        (f'{{"reason":["{"00" * 16}","something else"]}}', ALTERED),
        ("[" * 10_000, REMOVED),
    ],
)
async def test_a_text_that_somebody_changed_or_took_away_is_not_shown(
    harness: StoreHarness, change: str | None, shown: str
) -> None:
    await harness.add("A")
    await harness.file("A")
    (event, _), *_ = [entry for entry in await entries(harness) if "typed" in entry[1]]
    client: Any = harness.client
    apart = harness.runner.key("typed", str(day_of(event)))
    await (client.hdel(apart, event) if change is None else client.hset(apart, event, change))
    (told,) = [one for one in await harness.events() if one.id == event]
    assert told.detail["reason"] == shown


async def test_texts_that_somebody_spoiled_stop_no_reader(harness: StoreHarness) -> None:
    await harness.add("A")
    await harness.file("A")
    client: Any = harness.client
    for name in await harness.keys():
        if ":audit-text:" in name:
            await client.set(name, "spoiled")
    assert [event.detail["reason"] for event in await harness.events() if "reason" in event.detail] == [
        REMOVED
    ]


async def test_the_first_event_says_what_there_was_before_it(harness: StoreHarness) -> None:
    client: Any = harness.client
    await client.flushall()
    old = await client.xadd(harness.runner.key("audit"), {"event": "bot.started", "at": "1", "actor": "bot"})
    await harness.trail.append(harness.op(), Tag.BOT_STARTED, person(ALICE), {})
    await harness.trail.append(harness.op(), Tag.BOT_STOPPED, person(ALICE), {})
    _, (_, first), (_, second) = await entries(harness)
    assert (first["n"], first["before"], first["before_id"]) == ("0", "1", old)
    assert (second["n"], second.get("before")) == ("1", None)


async def test_a_reason_that_an_earlier_version_wrote_is_still_read(harness: StoreHarness) -> None:
    client: Any = harness.client
    await client.flushall()
    said = {"event": "request.denied", "at": "1", "actor": "person:U1", "detail": f'{{"reason":"{OLD}"}}'}
    await client.xadd(harness.runner.key("audit"), said)
    (event,) = await harness.events()
    assert event.detail == {"reason": OLD}
    assert not event.other


@pytest.mark.parametrize("spoiled", ["-5", "1e300", "nan", "", "zero"])
async def test_a_spoiled_counter_stops_no_event(harness: StoreHarness, spoiled: str) -> None:
    """The events go on from 0, which is seen: no step of access ends in the middle for it (law 1)."""
    client: Any = harness.client
    await client.flushall()
    await client.set(harness.runner.key("event_number"), spoiled)
    await harness.trail.append(harness.op(), Tag.BOT_STARTED, person(ALICE), {})
    ((_, fields),) = await entries(harness)
    assert fields["n"] == "0"
