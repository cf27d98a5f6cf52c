"""What is still to be shown, on both kinds of server: marks are never lost, and one process leads."""

import asyncio

from envaccess.domain.request import State, Verb
from envaccess.store.outbox import RedisOutbox
from tests.store.harness import ALICE, MINUTE, StoreHarness


async def due(harness: StoreHarness, limit: int = 100) -> list[str]:
    """Ids of what is to be drawn, what needs a new message first."""
    found = await harness.outbox.due(limit, limit)
    return list(dict.fromkeys(request.id for request in [*found.postings, *found.drawings]))


async def draw(harness: StoreHarness, request: str, message: str = "1.1", card: str = "2.2") -> None:
    """Say that the newest version is drawn."""
    found = await harness.get(request)
    version, notifications = found.version, found.progress.notifications
    await harness.outbox.shown(
        request, message=message, message_shown=version, dm="D0ALICE", nudged=notifications
    )
    await harness.outbox.shown(request, card=card, card_shown=version)


async def test_every_change_is_due_until_it_is_drawn(harness: StoreHarness) -> None:
    request = await harness.file()
    for change in (None, Verb.APPROVE, "revoke"):
        if change == "revoke":
            await harness.revoke(request)
        elif isinstance(change, Verb):
            await harness.decide(request, verb=change)
        assert await due(harness) == [request]
        await draw(harness, request)
        assert await due(harness) == []


async def test_a_half_drawn_request_stays_due(harness: StoreHarness) -> None:
    request = await harness.file()
    version = (await harness.get(request)).version
    await harness.outbox.shown(request, message="1.1", message_shown=version)
    assert await due(harness) == [request]
    await harness.outbox.shown(request, card="2.2", card_shown=version)
    assert await due(harness) == [request]
    await harness.outbox.shown(request, nudged=1)
    assert await due(harness) == []


async def test_what_changed_while_it_was_drawn_stays_due(harness: StoreHarness) -> None:
    """A decision that lands during a Slack call must be drawn after it, or Approve stays on the screen."""
    request = await harness.file()
    version = (await harness.get(request)).version
    await harness.decide(request)
    await harness.outbox.shown(request, message="1.1", message_shown=version, card="2.2", card_shown=version)
    assert await due(harness) == [request]


async def test_a_slow_process_cannot_hide_that_an_old_version_is_on_the_screen(harness: StoreHarness) -> None:
    request = await harness.grant()
    await draw(harness, request)
    await harness.outbox.shown(request, message="1.1", message_shown=1)
    assert await due(harness) == [request]


async def test_decided_requests_come_before_pending_ones(harness: StoreHarness) -> None:
    """Law 11: after an outage decisions are shown first."""
    pending = [await harness.file("A", f"U{number}") for number in range(5)]
    decided = [await harness.grant("B", f"U{number}") for number in range(3)]
    found = (await harness.outbox.due(4, 0)).drawings
    assert {request.id for request in found[:3]} == set(decided)
    assert found[3].state is State.PENDING
    assert set(await due(harness)) == {*pending, *decided}


async def test_a_delayed_drawing_waits_and_says_how_long(harness: StoreHarness) -> None:
    request = await harness.file()
    await harness.outbox.delay(request, 0.4)
    found = await harness.outbox.due(10, 10)
    assert [*found.postings, *found.drawings] == []
    assert 0 < found.wait <= 0.4
    await harness.outbox.delay(request, 30)
    assert (await harness.outbox.due(10, 10)).wait == 1.0
    await harness.pass_time(30_000)
    assert await due(harness) == [request]


async def test_a_change_overtakes_a_delay(harness: StoreHarness) -> None:
    request = await harness.file()
    await harness.outbox.delay(request, 30)
    await harness.decide(request)
    assert await due(harness) == [request]


async def test_a_delay_brings_nothing_back_that_is_drawn(harness: StoreHarness) -> None:
    request = await harness.file()
    await draw(harness, request)
    await harness.outbox.delay(request, 0)
    assert await due(harness) == []


async def test_a_press_on_a_forgotten_message_marks_it_for_deletion(harness: StoreHarness) -> None:
    """Law 11: a crash after posting leaves a second message; the first press on it acts, then removes it."""
    request = await harness.file()
    await draw(harness, request, message="1.1", card="2.2")
    await harness.decide(request, ts="9.9")
    assert (await harness.get(request)).surfaces.strays == ("message:9.9",)
    await harness.claim(request, ts="8.8")
    await harness.claim(request, ts="8.8")
    assert (await harness.get(request)).surfaces.strays == ("message:9.9", "card:8.8")


async def test_a_press_on_the_remembered_message_marks_nothing(harness: StoreHarness) -> None:
    request = await harness.file()
    await harness.decide(request, who=ALICE, ts="0.0")
    await draw(harness, request)
    await harness.decide(request, ts="1.1")
    await harness.claim(request, ts="2.2")
    assert (await harness.get(request)).surfaces.strays == ()


async def test_a_stray_keeps_the_request_due_until_it_is_deleted(harness: StoreHarness) -> None:
    request = await harness.grant()
    await draw(harness, request)
    assert await due(harness) == []
    await harness.claim(request, ts="8.8")
    assert await due(harness) == [request]
    await draw(harness, request)
    assert await due(harness) == [request]
    await harness.outbox.forget_orphan(request, "card:8.8")
    await harness.outbox.shown(request)
    assert (await harness.get(request)).surfaces.strays == ()
    assert await due(harness) == []


async def test_a_message_posted_in_anothers_place_makes_the_other_a_stray(harness: StoreHarness) -> None:
    request = await harness.grant()
    await draw(harness, request, message="1.1", card="2.2")
    await draw(harness, request, message="3.3", card="4.4")
    surfaces = (await harness.get(request)).surfaces
    assert (surfaces.message, surfaces.card) == ("3.3", "4.4")
    assert set(surfaces.strays) == {"message:1.1", "card:2.2"}
    await harness.outbox.forget_orphan(request, "message:1.1")
    assert (await harness.get(request)).surfaces.strays == ("card:2.2",)


async def test_a_mark_without_a_record_is_dropped(harness: StoreHarness) -> None:
    """Records end after 400 days; their marks must not be read for ever."""
    request = await harness.file()
    await harness.client.delete(harness.runner.key("request", request))
    assert await due(harness) == []
    assert await harness.client.zcard(harness.runner.key("dirty")) == 0
    await harness.outbox.forget_orphan(request, "card:1.1")
    assert await harness.client.exists(harness.runner.key("request", request)) == 0


async def test_one_process_leads_until_it_resigns_or_falls_silent(harness: StoreHarness) -> None:
    one, two = harness.outbox, RedisOutbox(harness.runner, "process-2", harness.reader)
    assert [await one.lead(), await two.lead(), await one.lead()] == [True, False, True]
    await two.resign()
    assert not await two.lead()
    await one.resign()
    assert await two.lead()
    assert 9_000 < await harness.client.pttl(harness.runner.key("lease")) <= 10_000


async def test_of_many_processes_exactly_one_leads(harness: StoreHarness) -> None:
    crowd = [RedisOutbox(harness.runner, f"process-{number}", harness.reader) for number in range(20)]
    assert sum(await asyncio.gather(*(outbox.lead() for outbox in crowd))) == 1


async def test_keeping_the_lease_renews_it(harness: StoreHarness) -> None:
    await harness.outbox.lead()
    await harness.client.pexpire(harness.runner.key("lease"), 50)
    await harness.outbox.lead()
    assert await harness.client.pttl(harness.runner.key("lease")) > 9_000


async def test_the_outbox_tells_the_truth_before_any_worker_ran(harness: StoreHarness) -> None:
    request = await harness.grant(seconds=60)
    await harness.pass_time(MINUTE + 1)
    found = await harness.outbox.get(request)
    assert found is not None
    assert not found.live
    assert await harness.outbox.get("zzzzzzzz") is None
