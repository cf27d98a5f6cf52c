"""Bad days of Redis. A caller must learn which of two things is true: nothing changed, or it may have.

The wrong one of the two makes somebody repeat what landed, or give up what did not (laws 10 and 11).
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import redis

from envaccess.domain.audit import Tag
from envaccess.domain.cursors import LINES, Cursor
from envaccess.domain.errors import StoreError, StoreUnavailableError, StoreUncertainError
from envaccess.domain.outcome import Claim, Decided, Ended, Filed
from envaccess.domain.refusal import Reason
from envaccess.domain.request import GrantState, State
from envaccess.store import health
from envaccess.store.answers import NotSentError, translate
from envaccess.store.client import CONNECTIONS, connect
from envaccess.store.requests import RedisRequests
from envaccess.store.sealed import value_keys
from tests.store.faults import paused
from tests.store.harness import ALICE, BOT, HOUR, NOTHING_DUE, OPERATOR, StoreHarness, catalogued, value, var

pytestmark = pytest.mark.real

NON_LOCAL = "Attempted to access a non local key in a cluster node"


@pytest.fixture
async def other(valkey: str) -> AsyncIterator[Any]:
    """A second client, with which a test does to the server what an operator or a bad day would."""
    client = connect(valkey)
    yield client
    await client.aclose()


@contextlib.asynccontextmanager
async def full(other: Any) -> AsyncIterator[None]:
    """The server has no memory left."""
    await other.config_set("maxmemory", 1)
    try:
        yield
    finally:
        await other.config_set("maxmemory", 0)


@pytest.mark.product_deadlines
async def test_a_paused_server_is_uncertain_while_it_is_still_silent(real: StoreHarness, other: Any) -> None:
    new = await catalogued(real.runner, real.sealing, real.new())
    async with paused(other):
        with pytest.raises(StoreUncertainError):
            await real.requests.open("op-paused", new)


@pytest.mark.product_deadlines
async def test_what_a_paused_server_did_all_the_same_is_found_by_the_repeat(
    real: StoreHarness, other: Any
) -> None:
    """Law 10: the write that timed out landed; the repeat must return it, not file a second request."""
    new = await catalogued(real.runner, real.sealing, real.new())
    async with paused(other):
        with pytest.raises(StoreUncertainError):
            await real.requests.open("op-late", new)
    again = await real.requests.open("op-late", new)
    assert isinstance(again, Filed)
    assert again.id == new.id
    assert (await real.tags()).count("request.created") == 1


@pytest.mark.product_deadlines
async def test_an_answer_that_came_too_late_is_never_taken_for_the_next_ones(
    real: StoreHarness, other: Any
) -> None:
    """A connection given up in the middle must not be used again: its next answer is somebody else's."""
    ids = [await real.file(who=f"U{number}") for number in range(20)]
    async with paused(other):
        answers = await asyncio.gather(*map(real.requests.get, ids), return_exceptions=True)
        assert {type(answer) for answer in answers} == {StoreUnavailableError}
    found = await asyncio.gather(*map(real.get, ids))
    assert [request.id for request in found] == ids


CALLS: dict[str, Callable[[StoreHarness], Awaitable[object]]] = {
    "requests.get": lambda harness: harness.requests.get("00000000"),
    "requests.held_by": lambda harness: harness.requests.held_by(ALICE),
    "requests.holders": lambda harness: harness.requests.holders(),
    "catalogue.names": lambda harness: harness.catalogue.names(),
    "catalogue.get": lambda harness: harness.catalogue.get([var("A"), var("B")]),
    "sealed.get": lambda harness: harness.sealed.get(var("A")),
    "sealed.last_version": lambda harness: harness.sealed.last_version(var("A")),
    "sealed.value_keys": lambda harness: value_keys(harness.runner),
    "trail.after": lambda harness: harness.trail.after("0", 10),
    "trail.last": lambda harness: harness.trail.last(),
    "trail.tail": lambda harness: harness.trail.tail(10),
    "outbox.lead": lambda harness: harness.outbox.lead(),
    "outbox.due": lambda harness: harness.outbox.due(10, 10),
    "cursors.at": lambda harness: harness.cursors.at(LINES),
    "cursors.all": lambda harness: harness.cursors.all(),
    "cursors.move": lambda harness: harness.cursors.move(LINES, "1-1"),
    "cursors.restart": lambda harness: harness.cursors.restart(LINES, "1-1"),
    "cursors.lose": lambda harness: harness.cursors.lose(Cursor("sink:x", "1-1", "1-1", "1-2")),
    "cursors.trim": lambda harness: harness.cursors.trim(),
    "trail.wait": lambda harness: harness.trail.wait("0-0", 0.05),
    "throttle.allow": lambda harness: harness.throttle.allow("op-x", ALICE),
    "deadlines.settle": lambda harness: harness.deadlines.settle(10),
    "cache.get": lambda harness: harness.cache.get("x"),
    "cache.put": lambda harness: harness.cache.put("x", "y", 10),
    "cache.drop": lambda harness: harness.cache.drop("x"),
    "viewers.looking": lambda harness: harness.viewers.looking(ALICE, {"waiting": 1}),
    "viewers.lately": lambda harness: harness.viewers.lately(),
    "delegations.standing": lambda harness: harness.delegations.standing(),
    "locks.standing": lambda harness: harness.locks.standing(),
    "health.ping": lambda harness: health.ping(harness.client),
    "health.facts": lambda harness: health.facts(harness.client, harness.workspace),
    "health.sealed": lambda harness: health.holds_sealed_values(harness.client),
    "health.workspaces": lambda harness: health.workspaces(harness.client),
    "health.memory": lambda harness: health.Memory(harness.client).sample(),
}


IN_DOUBT = {
    "outbox.lead",
    "outbox.due",
    "cursors.move",
    "cursors.restart",
    "cursors.lose",
    "cursors.trim",
    "deadlines.settle",
    "cache.put",
    "cache.drop",
}
"""What may have been done although nobody answered; after the others nothing has changed."""


@pytest.mark.product_deadlines
async def test_no_call_of_any_adapter_hangs_on_a_silent_server(real: StoreHarness, other: Any) -> None:
    """A worker that waits for ever on a dead connection would leave messages wrong until a restart."""
    await asyncio.gather(*(call(real) for call in CALLS.values()))  # connections that are greeted already
    async with paused(other):
        answers = await asyncio.gather(*(call(real) for call in CALLS.values()), return_exceptions=True)
    kinds = dict(zip(CALLS, (type(answer) for answer in answers), strict=True))
    assert {name for name, kind in kinds.items() if kind is StoreUncertainError} == IN_DOUBT
    assert set(kinds.values()) == {StoreUncertainError, StoreUnavailableError}


async def test_nothing_listening_is_unavailable_at_once(tmp_path: Path) -> None:
    for url in (f"unix://{tmp_path}/none.sock", "redis://127.0.0.1:1/0"):
        harness = StoreHarness(connect(url))
        with pytest.raises(StoreUnavailableError):
            await harness.requests.open("op", harness.new())
        with pytest.raises(StoreUnavailableError):
            await harness.requests.get("00000000")
        await harness.client.aclose()


async def test_a_full_redis_refuses_what_is_new_and_changes_nothing(real: StoreHarness, other: Any) -> None:
    request = await real.file()
    before = await real.dump()
    async with full(other):
        for attempt in (
            lambda: real.requests.open("op-open", real.new("B")),
            lambda: real.decide(request, op="op-decide"),
            lambda: real.sealed.put("op-put", var("NEW"), value(1), OPERATOR, replace=False),
        ):
            with pytest.raises(StoreUnavailableError):
                await attempt()
        assert await real.dump() == before


async def test_a_full_redis_reveals_nothing_that_it_cannot_write_down(real: StoreHarness, other: Any) -> None:
    """Law 2: no audit, no access."""
    request = await real.grant(once=True)
    async with full(other):
        with pytest.raises(StoreUnavailableError):
            await real.claim(request)
    assert isinstance(await real.claim(request), Claim)


async def test_access_ends_on_a_full_redis(real: StoreHarness, other: Any) -> None:
    """The day on which somebody fills Redis must not be the day on which nobody can be stopped."""
    request = await real.grant()
    async with full(other):
        assert isinstance(await real.revoke(request), Ended)
    assert await real.left(request) == -2
    assert (await real.get(request)).grant is GrantState.REVOKED
    assert (await real.tags())[-1] == "grant.revoked"


async def test_a_use_on_its_way_is_barred_on_a_full_redis(real: StoreHarness, other: Any) -> None:
    request = await real.grant(once=True, seconds=900)
    claim = await real.use(request)
    async with full(other):
        refusal = await real.revoke(request)
        assert (refusal.reason, refusal.state) == (Reason.ENDED, "used_up")
    await real.reveals.give_back(claim, "source_down")
    assert (await real.get(request)).grant is GrantState.REVOKED


async def test_deleting_a_variable_ends_its_grants_on_a_full_redis(real: StoreHarness, other: Any) -> None:
    live, over = await real.grant("A,B"), await real.grant("A", seconds=60)
    unused = await real.file("B")
    await real.pass_time(61_000)
    async with full(other):
        assert await real.sealed.delete("op-del-a", var("A"), OPERATOR) == 1
        assert await real.sealed.delete("op-del-b", var("B"), OPERATOR) == 0
    assert (await real.get(live)).grant is GrantState.REVOKED
    assert (await real.get(over)).grant is GrantState.EXPIRED
    assert (await real.get(unused)).state is State.PENDING


async def test_what_is_drawn_on_a_full_redis_is_remembered(real: StoreHarness, other: Any) -> None:
    """Forgetting that a message was posted makes the relay post it again and again, until Redis has room."""
    request = await real.grant()
    await real.revoke(request)
    version = (await real.get(request)).version
    async with full(other):
        assert await real.outbox.lead()
        await real.outbox.shown(request, message="1.1", message_shown=version)
        await real.outbox.shown(request, card="2.2", card_shown=version)
        await real.outbox.shown(request, message="3.3")
        await real.outbox.forget_orphan(request, "message:1.1")
        await real.outbox.shown(request)
        await real.cursors.move(LINES, "7-0")
        assert await real.outbox.due(10, 10) == NOTHING_DUE
        assert await real.cursors.at(LINES) == "7-0"
        await real.outbox.resign()
        assert await real.outbox.lead()
    shown = (await real.get(request)).surfaces
    assert (shown.message, shown.card, shown.strays) == ("3.3", "2.2", ())


async def test_what_time_did_is_written_down_on_a_full_redis(real: StoreHarness, other: Any) -> None:
    """Or the first timeout would hold up every expiry notice behind it."""
    overdue, live = await real.file("B"), await real.grant("A", seconds=8 * 3600)
    await real.pass_time(4 * HOUR + 1)
    async with full(other):
        await real.work()
        await real.pass_time(4 * HOUR)
        await real.work()
    assert (await real.tags())[-2:] == ["request.timed_out", "grant.expired"]
    assert (await real.get(overdue)).state is State.TIMED_OUT
    assert (await real.get(live)).grant is GrantState.EXPIRED


async def test_a_full_redis_is_waited_out_by_no_sink(real: StoreHarness, other: Any) -> None:
    """The events that it holds back may be what fills it."""
    await real.cursors.move("sink:x", (await real.events())[0].id)
    _, (_, sink) = await real.cursors.all()
    async with full(other):
        assert await real.cursors.lose(sink)
        assert await real.cursors.trim() == 0
    assert (await real.tags())[-1] == "sink.lost"


async def test_a_drawing_can_be_put_off_on_a_full_redis(real: StoreHarness, other: Any) -> None:
    request = await real.file()
    async with full(other):
        await real.outbox.delay(request, 5)
        assert await real.outbox.due(10, 10) == NOTHING_DUE


async def test_scripts_come_back_after_a_flush(real: StoreHarness, other: Any) -> None:
    request = await real.file()
    await other.script_flush()
    assert isinstance(await real.decide(request), Decided)


async def test_a_killed_connection_is_mended_and_nothing_is_done_twice(
    real: StoreHarness, other: Any
) -> None:
    """Law 10: the retry after a lost answer burned a `once` before operation ids."""
    for round_ in range(50):
        request = await real.grant(once=True)
        claiming = asyncio.create_task(real.claim(request))
        for _ in range(round_ % 5):
            await asyncio.sleep(0)
        await other.client_kill_filter(_type="normal", skipme=True)
        claim = await claiming
        assert isinstance(claim, Claim)
        assert claim.fresh
        assert (await StoreHarness(other).get(request)).reveals == 1
    assert (await StoreHarness(other).tags()).count("grant.revealed") == 50


async def test_more_callers_than_connections_wait_for_their_turn(real: StoreHarness) -> None:
    """A burst of people is no fault: nobody is told that Redis did not answer."""
    people = [f"U{number}" for number in range(5 * CONNECTIONS)]
    answers = await asyncio.gather(*(real.throttle.allow(f"op-{who}", who) for who in people))
    assert answers == [True] * len(people)
    held = await asyncio.gather(*map(real.requests.held_by, people))
    assert len(held) == len(people)


@pytest.mark.product_deadlines
async def test_waiting_for_a_connection_of_a_silent_server_ends_too(real: StoreHarness, other: Any) -> None:
    async with paused(other):
        calls = [real.requests.get("00000000") for _ in range(3 * CONNECTIONS)]
        answers = await asyncio.gather(*calls, return_exceptions=True)
    assert {type(answer) for answer in answers} == {StoreUnavailableError}
    assert await real.requests.get("00000000") is None


async def test_a_replica_refuses_writes_as_unavailable(real: StoreHarness, other: Any) -> None:
    """Talking to a former master after a failover changes nothing, and says so."""
    await other.execute_command("REPLICAOF", "127.0.0.1", "1")
    try:
        with pytest.raises(StoreUnavailableError):
            await real.requests.open("op", real.new())
    finally:
        await other.execute_command("REPLICAOF", "NO", "ONE")


@pytest.mark.product_deadlines
async def test_a_script_that_runs_too_long_makes_others_unavailable(real: StoreHarness, other: Any) -> None:
    """BUSY: nothing of ours ran."""
    limit = (await other.config_get("busy-reply-threshold"))["busy-reply-threshold"]
    await other.config_set("busy-reply-threshold", 10)
    endless = asyncio.create_task(other.eval("while true do end", 0))
    try:
        await asyncio.sleep(0.1)
        with pytest.raises(StoreUnavailableError):
            await real.requests.open("op", real.new())
    finally:
        await real.client.script_kill()
        with contextlib.suppress(Exception):
            await endless
        await other.config_set("busy-reply-threshold", limit)


async def test_the_full_flag_refuses_new_requests_before_redis_must(real: StoreHarness) -> None:
    harness = RedisRequests(real.runner, real.reader, full=lambda: True)
    before = await real.dump()
    await harness.open("op", real.new())
    assert await real.dump() == before


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (redis.ResponseError("MISCONF Errors writing to the AOF file"), StoreUnavailableError),
        (redis.ResponseError("BUSY Redis is busy running a script"), StoreUnavailableError),
        (redis.exceptions.OutOfMemoryError("command not allowed"), StoreUnavailableError),
        (redis.exceptions.BusyLoadingError("Redis is loading the dataset"), StoreUnavailableError),
        (redis.exceptions.MasterDownError("Link with MASTER is down"), StoreUnavailableError),
        (
            redis.exceptions.ReadOnlyError("You can't write against a read only replica"),
            StoreUnavailableError,
        ),
        (redis.exceptions.MovedError("6769 127.0.0.1:7712"), StoreUnavailableError),
        (redis.exceptions.AskError("6769 127.0.0.1:7712"), StoreUnavailableError),
        (redis.exceptions.TryAgainError("Multiple keys request"), StoreUnavailableError),
        (redis.exceptions.ClusterDownError("The cluster is down"), StoreUnavailableError),
        (redis.ResponseError("NOREPLICAS Not enough good replicas to write."), StoreUnavailableError),
        (redis.ResponseError(f"{NON_LOCAL} script: on @user_script:1."), StoreUnavailableError),
        (redis.ResponseError(f"{NON_LOCAL} script: on @user_script:12."), StoreUncertainError),
        (redis.ResponseError("ERR something broke in a script"), StoreUncertainError),
        (redis.ConnectionError("Connection closed by server"), StoreUncertainError),
        (redis.TimeoutError("Timeout reading"), StoreUncertainError),
        (TimeoutError(), StoreUncertainError),
        (OSError(104, "Connection reset by peer"), StoreUncertainError),
        (NotSentError("no connection"), StoreUnavailableError),
    ],
    ids=repr,
)
def test_only_what_certainly_did_nothing_is_told_as_such(error: Exception, kind: type[StoreError]) -> None:
    assert type(translate(error)) is kind


@pytest.mark.parametrize(
    "then",
    [
        NotSentError("no connection"),
        redis.BusyLoadingError("Redis is loading the dataset in memory"),
        redis.OutOfMemoryError("command not allowed"),
        redis.ResponseError("MISCONF Redis is configured to save"),
    ],
    ids=repr,
)
def test_a_call_that_was_sent_once_stays_in_doubt_whatever_comes_after(then: Exception) -> None:
    """The first try may have landed just before the server died and began to load what it had."""
    assert type(translate(then, sent_before=True)) is StoreUncertainError


async def test_an_error_never_repeats_what_was_sent(real: StoreHarness) -> None:
    """Law 7: a fault's text goes to the log."""
    await real.client.set(real.runner.key("audit"), "not a stream")
    with pytest.raises(StoreError) as caught:
        await real.trail.append("op", Tag.BOT_STARTED, BOT, {"why": "typed-by-a-person"})
    assert "typed-by-a-person" not in str(caught.value)


def test_a_closed_connection_is_never_taken_for_one_that_has_news() -> None:
    """Over TCP, redis-py 8.1 hands such a connection out where it waits for notices of maintenance."""
    pool: Any = connect("redis://127.0.0.1:1/0").connection_pool
    assert not pool.maint_notifications_enabled()
