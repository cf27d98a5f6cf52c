"""What is still to be shown, on both kinds of server: marks are never lost, and one process leads."""

import asyncio

from envaccess.domain.request import State, Verb
from envaccess.store.outbox import RedisOutbox
from tests.store.house import ALICE, MINUTE, House


async def due(house: House, limit: int = 100) -> list[str]:
    """Ids of what is to be drawn, what needs a new message first."""
    found = await house.outbox.due(limit, limit)
    return list(dict.fromkeys(request.id for request in [*found.postings, *found.drawings]))


async def draw(house: House, request: str, message: str = "1.1", card: str = "2.2") -> None:
    """Say that the newest version is drawn."""
    found = await house.get(request)
    version, nudges = found.version, found.course.nudges
    await house.outbox.shown(request, message=message, message_shown=version, dm="D0ALICE", nudged=nudges)
    await house.outbox.shown(request, card=card, card_shown=version)


async def test_every_change_is_due_until_it_is_drawn(house: House) -> None:
    request = await house.file()
    for change in (None, Verb.APPROVE, "revoke"):
        if change == "revoke":
            await house.revoke(request)
        elif isinstance(change, Verb):
            await house.decide(request, verb=change)
        assert await due(house) == [request]
        await draw(house, request)
        assert await due(house) == []


async def test_a_half_drawn_request_stays_due(house: House) -> None:
    request = await house.file()
    version = (await house.get(request)).version
    await house.outbox.shown(request, message="1.1", message_shown=version)
    assert await due(house) == [request]
    await house.outbox.shown(request, card="2.2", card_shown=version)
    assert await due(house) == [request]
    await house.outbox.shown(request, nudged=1)
    assert await due(house) == []


async def test_what_changed_while_it_was_drawn_stays_due(house: House) -> None:
    """A decision that lands during a Slack call must be drawn after it, or Approve stays on the screen."""
    request = await house.file()
    version = (await house.get(request)).version
    await house.decide(request)
    await house.outbox.shown(request, message="1.1", message_shown=version, card="2.2", card_shown=version)
    assert await due(house) == [request]


async def test_a_slow_process_cannot_hide_that_an_old_version_is_on_the_screen(house: House) -> None:
    request = await house.grant()
    await draw(house, request)
    await house.outbox.shown(request, message="1.1", message_shown=1)
    assert await due(house) == [request]


async def test_decided_requests_come_before_pending_ones(house: House) -> None:
    """Law 11: after an outage decisions are shown first."""
    pending = [await house.file("A", f"U{number}") for number in range(5)]
    decided = [await house.grant("B", f"U{number}") for number in range(3)]
    found = (await house.outbox.due(4, 0)).drawings
    assert {request.id for request in found[:3]} == set(decided)
    assert found[3].state is State.PENDING
    assert set(await due(house)) == {*pending, *decided}


async def test_a_delayed_drawing_waits_and_says_how_long(house: House) -> None:
    request = await house.file()
    await house.outbox.delay(request, 0.4)
    found = await house.outbox.due(10, 10)
    assert [*found.postings, *found.drawings] == []
    assert 0 < found.wait <= 0.4
    await house.outbox.delay(request, 30)
    assert (await house.outbox.due(10, 10)).wait == 1.0
    await house.pass_time(30_000)
    assert await due(house) == [request]


async def test_a_change_overtakes_a_delay(house: House) -> None:
    request = await house.file()
    await house.outbox.delay(request, 30)
    await house.decide(request)
    assert await due(house) == [request]


async def test_a_delay_brings_nothing_back_that_is_drawn(house: House) -> None:
    request = await house.file()
    await draw(house, request)
    await house.outbox.delay(request, 0)
    assert await due(house) == []


async def test_a_press_on_a_forgotten_message_marks_it_for_deletion(house: House) -> None:
    """Law 11: a crash after posting leaves a second message; the first press on it acts, then removes it."""
    request = await house.file()
    await draw(house, request, message="1.1", card="2.2")
    await house.decide(request, ts="9.9")
    assert (await house.get(request)).surfaces.strays == ("message:9.9",)
    await house.claim(request, ts="8.8")
    await house.claim(request, ts="8.8")
    assert (await house.get(request)).surfaces.strays == ("message:9.9", "card:8.8")


async def test_a_press_on_the_remembered_message_marks_nothing(house: House) -> None:
    request = await house.file()
    await house.decide(request, who=ALICE, ts="0.0")
    await draw(house, request)
    await house.decide(request, ts="1.1")
    await house.claim(request, ts="2.2")
    assert (await house.get(request)).surfaces.strays == ()


async def test_a_stray_keeps_the_request_due_until_it_is_deleted(house: House) -> None:
    request = await house.grant()
    await draw(house, request)
    assert await due(house) == []
    await house.claim(request, ts="8.8")
    assert await due(house) == [request]
    await draw(house, request)
    assert await due(house) == [request]
    await house.outbox.unstray(request, "card:8.8")
    await house.outbox.shown(request)
    assert (await house.get(request)).surfaces.strays == ()
    assert await due(house) == []


async def test_a_message_posted_in_anothers_place_makes_the_other_a_stray(house: House) -> None:
    request = await house.grant()
    await draw(house, request, message="1.1", card="2.2")
    await draw(house, request, message="3.3", card="4.4")
    surfaces = (await house.get(request)).surfaces
    assert (surfaces.message, surfaces.card) == ("3.3", "4.4")
    assert set(surfaces.strays) == {"message:1.1", "card:2.2"}
    await house.outbox.unstray(request, "message:1.1")
    assert (await house.get(request)).surfaces.strays == ("card:2.2",)


async def test_a_mark_without_a_record_is_dropped(house: House) -> None:
    """Records end after 400 days; their marks must not be read for ever."""
    request = await house.file()
    await house.client.delete(house.runner.key("request", request))
    assert await due(house) == []
    assert await house.client.zcard(house.runner.key("dirty")) == 0
    await house.outbox.unstray(request, "card:1.1")
    assert await house.client.exists(house.runner.key("request", request)) == 0


async def test_one_process_leads_until_it_resigns_or_falls_silent(house: House) -> None:
    one, two = house.outbox, RedisOutbox(house.runner, "process-2")
    assert [await one.lead(), await two.lead(), await one.lead()] == [True, False, True]
    await two.resign()
    assert not await two.lead()
    await one.resign()
    assert await two.lead()
    assert 9_000 < await house.client.pttl(house.runner.key("lease")) <= 10_000


async def test_of_many_processes_exactly_one_leads(house: House) -> None:
    crowd = [RedisOutbox(house.runner, f"process-{number}") for number in range(20)]
    assert sum(await asyncio.gather(*(outbox.lead() for outbox in crowd))) == 1


async def test_keeping_the_lease_renews_it(house: House) -> None:
    await house.outbox.lead()
    await house.client.pexpire(house.runner.key("lease"), 50)
    await house.outbox.lead()
    assert await house.client.pttl(house.runner.key("lease")) > 9_000


async def test_the_cursor_is_remembered(house: House) -> None:
    assert await house.outbox.cursor() == "0-0"
    await house.outbox.move_cursor("17-3")
    assert await house.outbox.cursor() == "17-3"


async def test_the_outbox_tells_the_truth_before_any_worker_ran(house: House) -> None:
    request = await house.grant(seconds=60)
    await house.pass_time(MINUTE + 1)
    found = await house.outbox.get(request)
    assert found is not None
    assert not found.live
    assert await house.outbox.get("zzzzzzzz") is None
