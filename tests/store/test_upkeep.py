"""Commands a minute, what time brings about, and shared answers, on both kinds of server."""

import asyncio

import pytest

from envaccess.domain.limits import Act
from envaccess.domain.request import GrantState, State
from tests.store.harness import ALICE, BOB, HOUR, MINUTE, NOTHING_DUE, StoreHarness


async def test_twenty_commands_a_minute_and_no_more(harness: StoreHarness) -> None:
    """Law 12."""
    answers = [await harness.throttle.allow(f"op-{number}", ALICE) for number in range(25)]
    assert answers == [True] * 20 + [False] * 5
    assert await harness.throttle.allow("op-other", BOB)


async def test_a_minute_later_they_may_again(harness: StoreHarness) -> None:
    for number in range(25):
        await harness.throttle.allow(f"op-{number}", ALICE)
    await harness.pass_time(MINUTE)
    assert await harness.throttle.allow("op-later", ALICE)


async def test_the_minute_begins_with_the_first_command_and_is_not_drawn_out(harness: StoreHarness) -> None:
    await harness.throttle.allow("op-first", ALICE)
    await harness.pass_time(MINUTE - 1000)
    await harness.throttle.allow("op-second", ALICE)
    assert await harness.client.pttl(harness.runner.key("commands", ALICE)) <= 1000


async def test_a_repeat_is_not_counted(harness: StoreHarness) -> None:
    """Slack repeats deliveries: one command typed must not count as four (law 10)."""
    for number in range(20):
        assert [await harness.throttle.allow(f"op-{number}", ALICE) for _ in range(4)] == [True] * 4


async def test_a_repeat_of_one_too_many_stays_one_too_many(harness: StoreHarness) -> None:
    """Or the second delivery of a refused command would run it."""
    for number in range(20):
        await harness.throttle.allow(f"op-{number}", ALICE)
    assert [await harness.throttle.allow("op-over", ALICE) for _ in range(3)] == [False] * 3
    assert await harness.throttle.allow("op-0", ALICE)


async def test_what_already_has_an_outcome_passes_however_late(harness: StoreHarness) -> None:
    new = harness.new()
    await harness.requests.open("op-filed", new)
    for number in range(25):
        await harness.throttle.allow(f"op-{number}", ALICE)
    assert await harness.throttle.allow("op-filed", ALICE)


async def test_commands_at_once_are_counted_exactly(harness: StoreHarness) -> None:
    answers = await asyncio.gather(*(harness.throttle.allow(f"op-{number}", ALICE) for number in range(60)))
    assert sum(answers) == 20


async def test_presses_searches_and_reports_have_counts_of_their_own(harness: StoreHarness) -> None:
    counts = ((Act.PRESS, 120), (Act.SEARCH, 240), (Act.REPORT, 120), (Act.COMMAND, 20))
    for act, most in counts:
        answers = [await harness.throttle.allow(f"{act}-{number}", ALICE, act) for number in range(most + 2)]
        assert answers == [True] * most + [False] * 2


async def test_what_only_ends_counts_as_a_command_and_is_slowed_as_a_press(harness: StoreHarness) -> None:
    answers = [await harness.throttle.allow(f"end-{number}", ALICE, Act.ENDING) for number in range(121)]
    assert answers == [True] * 120 + [False]
    assert not await harness.throttle.allow("file", ALICE)
    assert await harness.throttle.allow("file", BOB)


async def test_a_count_that_lost_its_end_locks_nobody_out_for_ever(harness: StoreHarness) -> None:
    """redis/redis#4548 and many after it: a counter without a TTL refuses its person from then on."""
    for number in range(20):
        await harness.throttle.allow(f"op-{number}", ALICE)
    await harness.client.persist(harness.runner.key("commands", ALICE))
    assert not await harness.throttle.allow("op-20", ALICE)
    await harness.pass_time(MINUTE)
    assert await harness.throttle.allow("op-21", ALICE)


async def test_one_too_many_stays_so_after_its_minute(harness: StoreHarness) -> None:
    """Slack repeats a delivery for some minutes."""
    for number in range(21):
        await harness.throttle.allow(f"op-{number}", ALICE)
    await harness.pass_time(2 * MINUTE)
    assert not await harness.throttle.allow("op-20", ALICE)
    assert await harness.throttle.allow("op-21", ALICE)


async def test_a_timeout_is_written_down_when_it_is_due_and_not_before(harness: StoreHarness) -> None:
    request = await harness.file()
    await harness.pass_time(4 * HOUR - 1000)
    await harness.work()
    assert (await harness.tags())[-1] == "request.created"
    await harness.pass_time(1001)
    await harness.work()
    assert (await harness.tags())[-1] == "request.timed_out"
    found = await harness.get(request)
    assert (found.state, found.decided_at) == (State.TIMED_OUT, found.deadline_at)


async def test_an_expiry_is_written_down_once_and_dated_by_its_time(harness: StoreHarness) -> None:
    """Law 1: Redis ends access alone; whoever looks next writes it down, and only one does."""
    request = await harness.grant(seconds=60)
    await harness.pass_time(10 * MINUTE)
    await asyncio.gather(harness.work(), harness.work(), harness.claim(request), harness.revoke(request))
    found = await harness.get(request)
    assert (found.grant, found.ended_at) == (GrantState.EXPIRED, found.expires_at)
    assert (await harness.tags()).count("grant.expired") == 1
    assert await harness.client.zcard(harness.runner.key("deadlines")) <= 1  # the refused claim's minute


async def test_the_wait_is_until_the_next_deadline_a_second_at_most(harness: StoreHarness) -> None:
    assert await harness.deadlines.settle(10) == 1.0
    request = await harness.grant(seconds=60)
    assert await harness.deadlines.settle(10) == 1.0
    await harness.pass_time(await harness.left(request) - 300)
    assert 0 <= await harness.deadlines.settle(10) <= 0.301


async def test_more_than_fits_in_one_run_is_run_at_once(harness: StoreHarness) -> None:
    for number in range(7):
        await harness.file("A", f"U{number}")
    await harness.pass_time(4 * HOUR + 1)
    waits = [await harness.deadlines.settle(3) for _ in range(3)]
    assert waits == [0.0, 0.0, 1.0]
    assert (await harness.tags()).count("request.timed_out") == 7


async def test_a_deadline_whose_grant_still_lives_is_filed_again(harness: StoreHarness) -> None:
    """At its exact expiry millisecond a key still lives: dropping the deadline would lose the notice."""
    request = await harness.grant(seconds=60)
    deadlines = harness.runner.key("deadlines")
    await harness.client.zadd(deadlines, {f"expire:{request}": 1})
    await harness.work()
    assert (await harness.client.zscore(deadlines, f"expire:{request}") or 0) > 1
    assert (await harness.get(request)).live
    await harness.pass_time(MINUTE + 2)
    await harness.work()
    assert (await harness.tags())[-1] == "grant.expired"


@pytest.mark.parametrize("entry", ["expire:zzzzzzzz", "time_out:zzzzzzzz", "count:person:U0GONE:guest"])
async def test_a_deadline_of_something_gone_is_dropped(harness: StoreHarness, entry: str) -> None:
    before = await harness.tags()
    await harness.client.zadd(harness.runner.key("deadlines"), {entry: 1})
    await harness.work()
    assert await harness.client.zcard(harness.runner.key("deadlines")) == 0
    assert await harness.tags() == before


async def test_shared_answers_are_forgotten_in_time_or_at_once(harness: StoreHarness) -> None:
    assert await harness.cache.get("person:U0ALICE") is None
    await harness.cache.put("person:U0ALICE", '{"id":"U0ALICE"}', 3_000)
    assert await harness.cache.get("person:U0ALICE") == '{"id":"U0ALICE"}'
    assert 2_000 < await harness.client.pttl(harness.runner.key("cache", "person:U0ALICE")) <= 3_000
    await harness.pass_time(3_000)
    assert await harness.cache.get("person:U0ALICE") is None
    await harness.cache.put("person:U0ALICE", "x", 3_000)
    assert await harness.cache.get("person:U0ALICE") == "x"
    await harness.cache.drop("person:U0ALICE")
    assert await harness.cache.get("person:U0ALICE") is None


async def test_two_workspaces_on_one_server_share_nothing(harness: StoreHarness) -> None:
    other = StoreHarness(harness.client, "T0OTHER")
    request = await harness.grant("A")
    await harness.cache.put("x", "y", 10_000)
    for number in range(20):
        await harness.throttle.allow(f"op-t{number}", ALICE)
    assert await other.requests.get(request) is None
    assert list(await other.catalogue.names()) == []
    assert await other.cache.get("x") is None
    assert await other.throttle.allow("op-t1", ALICE)
    assert not await harness.throttle.allow("op-over", ALICE)
    assert await other.outbox.due(10, 10) == NOTHING_DUE
    assert await other.outbox.lead()
    assert await harness.outbox.lead()
    before = {name: kept for name, kept in (await harness.dump()).items() if "T0ACME" in name}
    await other.pass_time(HOUR)
    await other.work()
    assert {name: kept for name, kept in (await harness.dump()).items() if "T0ACME" in name} == before


async def test_a_deadline_of_another_version_stays_and_stops_nothing(harness: StoreHarness) -> None:
    """A newer version runs beside this one, or was taken back: what it waits for is not ours to drop."""
    request = await harness.grant(seconds=60)
    key = harness.runner.key("deadlines")
    theirs = {f"rotate:{request}", "no kind at all", *(f"lease_end:{number}" for number in range(20))}
    await harness.client.zadd(key, dict.fromkeys(theirs, 1))
    await harness.pass_time(61_000)
    assert [await harness.deadlines.settle(10) for _ in range(2)] == [0, 0]
    assert await harness.deadlines.settle(10) > 0, "theirs are out of the way"
    assert (await harness.get(request)).grant is GrantState.EXPIRED
    assert theirs <= set(await harness.client.zrange(key, 0, -1))


async def test_a_deadline_of_another_version_is_looked_at_again_soon(harness: StoreHarness) -> None:
    """Where the newer version is there again, it finds its own within seconds."""
    key = harness.runner.key("deadlines")
    await harness.client.zadd(key, {"rotate:x": 1})
    await harness.work()
    when = await harness.client.zscore(key, "rotate:x")
    assert when is not None
    assert await harness.now() < when <= await harness.now() + 10_000


async def test_a_deadline_of_another_version_names_no_holder(harness: StoreHarness) -> None:
    request = await harness.grant()
    await harness.client.zadd(harness.runner.key("deadlines"), {f"rotate:{request}:x": 1, "rotate:none": 1})
    assert {who.key for who in await harness.requests.holders()} == {ALICE}
