"""Whose turn it is to be drawn: one person's flood delays only them, and never an emergency (law 16)."""

import pytest

from envaccess.domain.audit import person
from envaccess.domain.request import State, Verb
from tests.fakes.rulings import EMERGENCY
from tests.store.harness import ALICE, BOB, CAROL, StoreHarness

MANY = 18
"""Nearly as many as one person may have open."""
DAY = 86_400_000


async def post(harness: StoreHarness, posts: int = 1) -> list[str]:
    """Draw what may be posted, and say so; returns its ids."""
    found = await harness.outbox.due(8, posts)
    for request in found.postings[:posts]:
        version, notifications = request.version, request.progress.notifications
        await harness.outbox.shown(request.id, message="1.1", message_shown=version, nudged=notifications)
    return [request.id for request in found.postings[:posts]]


async def flood(harness: StoreHarness, many: int = MANY, who: str = ALICE) -> list[str]:
    await harness.add(*(f"N{number}" for number in range(many)))
    return [await harness.file(f"N{number}", who) for number in range(many)]


async def emergency(harness: StoreHarness, who: str) -> str:
    return await harness.file("A", who, ruling=EMERGENCY)


async def test_a_colleagues_request_is_posted_next_whatever_one_person_floods(harness: StoreHarness) -> None:
    mine = await flood(harness)
    assert await post(harness, 3) == mine[:3]
    theirs = await harness.file("A", BOB)
    assert await post(harness) == [theirs]
    assert await post(harness) == [mine[3]]


async def test_everybody_has_one_turn_after_another_in_the_order_in_which_they_came(
    harness: StoreHarness,
) -> None:
    mine = await flood(harness, 6)
    bobs = [await harness.file(f"N{number}", BOB) for number in range(3)]
    carols = await harness.file("A", CAROL)
    told = [request for _ in range(10) for request in await post(harness)]
    assert told[:3] == [mine[0], bobs[0], carols]
    assert told[3:7] == [mine[1], bobs[1], mine[2], bobs[2]]
    assert told[7:] == mine[3:]


async def test_who_was_served_and_floods_again_is_still_behind_the_others(harness: StoreHarness) -> None:
    """Nobody saves turns up, and nobody loses them by having asked before."""
    mine = await flood(harness, 5)
    assert await post(harness, 5) == mine
    more = [await harness.file("A", ALICE), await harness.file("B", ALICE)]
    theirs = await harness.file("A", BOB)
    assert (await post(harness))[0] in {theirs, more[0]}
    assert more[1] not in await post(harness)


async def test_an_emergency_is_told_before_everything_even_where_nothing_else_may_be_posted(
    harness: StoreHarness,
) -> None:
    await flood(harness)
    urgent = await emergency(harness, BOB)
    found = await harness.outbox.due(8, 0)
    assert [request.id for request in found.postings] == [urgent]
    assert found.drawings[0].id == urgent
    assert await post(harness) == [urgent]


async def test_what_waits_for_somebody_is_posted_before_what_is_finished(harness: StoreHarness) -> None:
    finished = await harness.grant("B", CAROL)
    await harness.outbox.due(8, 8)
    waiting = await harness.file("A", BOB)
    assert [request.id for request in (await harness.outbox.due(8, 8)).postings] == [waiting, finished]


async def test_a_decision_is_drawn_before_what_still_waits(harness: StoreHarness) -> None:
    """Law 11: it takes Approve away from those who would press it, and gives Reveal to who waits for it."""
    waiting = [await harness.file("A", f"U{number}") for number in range(3)]
    await post(harness, 3)
    decided = await harness.grant("B", CAROL)
    assert [request.id for request in (await harness.outbox.due(8, 0)).drawings] == [decided, *waiting]


@pytest.mark.parametrize("many", [1, MANY])
async def test_what_was_withdrawn_before_it_was_shown_is_never_drawn(
    harness: StoreHarness, many: int
) -> None:
    for request in await flood(harness, many):
        await harness.requests.cancel(harness.op(), request, person(ALICE))
    found = await harness.outbox.due(100, 100)
    assert (found.postings, found.drawings, found.posts) == ([], [], 0)
    assert await harness.client.zcard(harness.runner.key("dirty")) == 0
    assert (await harness.tags()).count("request.cancelled") == many


async def test_what_timed_out_before_it_was_shown_is_told_to_its_requester_alone(
    harness: StoreHarness,
) -> None:
    request = await harness.file()
    await harness.pass_time(4 * 3_600_000 + 1)
    await harness.work()
    found = await harness.outbox.due(8, 8)
    assert ([r.id for r in found.postings], [r.id for r in found.drawings]) == ([], [request])


@pytest.mark.parametrize("verb", [Verb.APPROVE, Verb.DENY])
async def test_what_was_decided_before_it_was_shown_is_shown_all_the_same(
    harness: StoreHarness, verb: Verb
) -> None:
    request = await harness.file()
    await harness.decide(request, verb=verb)
    found = await harness.outbox.due(8, 8)
    assert [[r.id for r in queue] for queue in (found.postings, found.drawings)] == [[request], [request]]


async def test_what_was_shown_and_then_withdrawn_loses_its_buttons(harness: StoreHarness) -> None:
    request = await harness.file()
    version = (await harness.get(request)).version
    await harness.outbox.shown(request, message="1.1", message_shown=version, nudged=1)
    await harness.outbox.shown(request, card="2.2", dm="D1", card_shown=version, card_calls=0)
    assert (await harness.outbox.due(8, 8)).drawings == []
    await harness.requests.cancel(harness.op(), request, person(ALICE))
    assert [r.id for r in (await harness.outbox.due(8, 8)).drawings] == [request]


async def test_a_post_that_was_forgotten_is_found_by_the_first_press_on_it(harness: StoreHarness) -> None:
    """A process died between posting and remembering it, then it was withdrawn: nothing is posted anew."""
    request = await harness.file()
    await harness.requests.cancel(harness.op(), request, person(ALICE))
    assert (await harness.outbox.due(8, 8)).drawings == []
    await harness.decide(request, ts="9.9")
    (found,) = (await harness.outbox.due(8, 8)).drawings
    assert (found.state, found.surfaces.message) == (State.CANCELLED, "9.9")


async def test_marks_of_the_version_before_are_drawn(harness: StoreHarness) -> None:
    """They lie in one set by time, decided ones a day earlier; a replica that still runs it adds such."""
    waiting, decided = await harness.file("A", BOB), await harness.grant("B", CAROL)
    for kind in ("postings", "drawings", "turns"):
        await harness.client.delete(harness.runner.key(kind))
    now = await harness.now()
    await harness.client.zadd(harness.runner.key("dirty"), {waiting: now, decided: now - DAY})
    found = await harness.outbox.due(8, 8)
    assert {request.id for request in found.postings} == {waiting, decided}
    assert [request.id for request in found.drawings] == [decided, waiting]


@pytest.mark.parametrize("unmarked", [True, False])
async def test_what_the_version_before_has_drawn_leaves_the_queues(
    harness: StoreHarness, unmarked: bool
) -> None:
    """It knows the marks only: what it drew was given out for ever, and took the turns of the others."""
    drawn, waiting = await harness.file("A", ALICE), await harness.file("B", BOB)
    await harness.outbox.due(8, 8)
    version = str((await harness.get(drawn)).version)
    key = harness.runner.key
    await harness.client.hset(
        key("request", drawn),
        mapping={"message": "1.1", "message_shown": version, "nudged": "9", "card": "2.2", "dm": "D1"},
    )
    await harness.client.hset(key("request", drawn), "card_shown", version)
    if unmarked:
        await harness.client.zrem(key("dirty"), drawn)
    first = await harness.outbox.due(8, 1)
    assert (first.wait, [r.id for r in first.drawings]) == (0.0, [waiting])
    then = await harness.outbox.due(8, 1)
    assert [r.id for r in then.postings] == [waiting]
    assert then.posts == 1
    assert await harness.client.zscore(key("drawings"), drawn) is None


async def test_marks_put_off_by_us_are_found_by_the_version_before_within_a_minute(
    harness: StoreHarness,
) -> None:
    """A replica that still runs it takes the lease over: it draws whatever is marked by now."""
    request = await harness.file()
    await harness.outbox.due(8, 8)
    await harness.pass_time(60_000)
    marked = await harness.client.zrangebyscore(harness.runner.key("dirty"), "-inf", await harness.now())
    assert marked == [request]


async def test_queues_that_were_lost_are_made_again(harness: StoreHarness) -> None:
    """The marks are the truth, the queues an index: what is lost of them is found within a minute."""
    request = await harness.file()
    await harness.outbox.due(8, 8)
    for kind in ("postings", "drawings", "turns"):
        await harness.client.delete(harness.runner.key(kind))
    assert (await harness.outbox.due(8, 8)).postings == []
    await harness.pass_time(60_000)
    assert [r.id for r in (await harness.outbox.due(8, 8)).postings] == [request]


async def test_one_step_sorts_a_bounded_number_and_goes_on_at_once(harness: StoreHarness) -> None:
    for number in range(7):
        await flood(harness, 10, f"U{number}")
    first = await harness.outbox.due(8, 8)
    assert (first.posts, first.wait) == (50, 0.0)
    assert (await harness.outbox.due(8, 8)).posts == 70


async def test_turns_are_forgotten_when_nothing_is_left(harness: StoreHarness) -> None:
    request = await harness.file()
    await harness.outbox.due(8, 8)
    assert await harness.client.exists(harness.runner.key("turns"))
    await harness.requests.cancel(harness.op(), request, person(ALICE))
    await harness.outbox.due(8, 8)
    assert not await harness.client.exists(harness.runner.key("turns"))
