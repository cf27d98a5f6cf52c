"""Commands that share a packet. One caller's bad luck must never become another's answer (laws 1 and 10)."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import redis as redis_py
from redis import exceptions

from envaccess.store import auto_pipeline
from envaccess.store.answers import NotSentError
from envaccess.store.auto_pipeline import AutoPipeline
from envaccess.store.client import CONNECTIONS, Client, connect
from envaccess.store.runner import Runner
from tests.store.faults import paused

pytestmark = pytest.mark.real


@pytest.fixture
async def other(valkey: str) -> AsyncIterator[Any]:
    """Somebody else on the same server."""
    client = connect(valkey)
    yield client
    await client.aclose()


async def test_what_is_called_in_one_turn_shares_a_packet(redis: Client, taken: list[object]) -> None:
    line = AutoPipeline(redis)
    answers = await asyncio.gather(*(line.call("INCR", "n") for _ in range(50)))
    assert answers == list(range(1, 51))
    assert len(taken) == 1


async def test_each_caller_gets_the_answer_of_its_own_command(redis: Client) -> None:
    """A mixed-up answer would file one person's request under another's id."""
    line = AutoPipeline(redis)
    for _ in range(50):
        answers = await asyncio.gather(*(line.call("ECHO", f"word-{number}") for number in range(40)))
        assert answers == [f"word-{number}" for number in range(40)]


async def test_a_refused_command_leaves_the_others_their_answers(redis: Client) -> None:
    line = AutoPipeline(redis)
    calls = (("INCR", "n"), ("EVALSHA", "0" * 40, 0), ("INCR", "n"))
    first, refused, last = await asyncio.gather(*(line.call(*c) for c in calls), return_exceptions=True)
    assert (first, last) == (1, 2)
    assert isinstance(refused, redis_py.ResponseError)


async def test_a_lost_connection_leaves_all_of_its_packet_in_doubt(redis: Client) -> None:
    """The first landed and the third did not, and nothing tells them apart: none may be called unsent."""
    line = AutoPipeline(redis)
    calls = (("INCR", "n"), ("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "no"), ("INCR", "n"))
    faults = await asyncio.gather(*(line.call(*c) for c in calls), return_exceptions=True)
    assert all(isinstance(fault, redis_py.ConnectionError) for fault in faults)
    assert not any(isinstance(fault, NotSentError) for fault in faults)
    assert await line.call("GET", "n") == "1"


async def test_without_a_server_every_caller_learns_that_nothing_was_sent(tmp_path: Path) -> None:
    client = connect(f"unix://{tmp_path}/nobody.sock")
    line = AutoPipeline(client)
    faults = await asyncio.gather(*(line.call("PING") for _ in range(5)), return_exceptions=True)
    assert [type(fault) for fault in faults] == [NotSentError] * 5
    await client.aclose()


async def test_what_cannot_be_sent_takes_nobody_along(redis: Client) -> None:
    """Half a character in one person's words is no reason to fail a colleague's request (law 16)."""
    line = AutoPipeline(redis)
    words = ("a", "half \ud83d", "b")
    first, broken, last = await asyncio.gather(*(line.call("ECHO", w) for w in words), return_exceptions=True)
    assert (first, last) == ("a", "b")
    assert isinstance(broken, ValueError)
    assert "half \ud83d" not in repr(broken)


@pytest.mark.parametrize("turns", [0, 1, 3])
async def test_a_packet_that_is_cancelled_leaves_nobody_waiting(redis: Client, turns: int) -> None:
    """Tasks are cancelled when a loop ends: whoever still has something to store must not hang for ever."""
    line = AutoPipeline(redis)
    cut = asyncio.create_task(line.call("BLPOP", "list", "0.5"))
    await asyncio.sleep(0)
    for _ in range(turns):
        await asyncio.sleep(0.01)
    for flight in tuple(line._flights):
        flight.cancel()
    async with asyncio.timeout(1):
        with pytest.raises(redis_py.ConnectionError):
            await cut
        assert await line.call("ECHO", "next") == "next"


async def test_a_packet_that_never_began_leaves_nobody_waiting_behind_one_that_did(redis: Client) -> None:
    line = AutoPipeline(redis)
    on_its_way = asyncio.create_task(line.call("BLPOP", "list", "0.3"))
    await asyncio.sleep(0.05)
    cut = asyncio.create_task(line.call("ECHO", "cut"))
    await asyncio.sleep(0)
    assert line._next
    assert line._next
    line._next.cancel()
    async with asyncio.timeout(0.9):
        with pytest.raises(NotSentError):
            await cut
        assert await line.call("ECHO", "next") == "next"
        assert await on_its_way is None


async def test_who_gave_up_before_the_packet_left_has_changed_nothing(redis: Client) -> None:
    """A handler whose time is over has answered already that nothing happened."""
    line = AutoPipeline(redis)
    gone, stays = (asyncio.create_task(line.call("INCR", name)) for name in ("gone", "stays"))
    await asyncio.sleep(0)
    gone.cancel()
    assert await stays == 1
    assert await redis.get("gone") is None


async def test_who_gives_up_later_takes_nobody_along(redis: Client, other: Any) -> None:
    line = AutoPipeline(redis)
    calls = [
        asyncio.create_task(line.call("BLPOP", "list", "0.3")),
        asyncio.create_task(line.call("INCR", "n")),
    ]
    await asyncio.sleep(0.1)
    calls[0].cancel()
    assert await calls[1] == 1
    assert await other.get("n") == "1"


async def test_a_silent_server_holds_up_nobody_for_longer_than_a_call_may_take(
    redis: Client, other: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auto_pipeline, "CALL_SECONDS", 0.2)
    line = AutoPipeline(redis)
    await line.call("PING")
    async with paused(other):
        faults = await asyncio.gather(*(line.call("ECHO", str(n)) for n in range(5)), return_exceptions=True)
    assert [type(fault) for fault in faults] == [TimeoutError] * 5
    assert await line.call("ECHO", "mine") == "mine"


async def test_a_refusal_of_all_is_told_to_each_as_it_is(
    redis: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that is loading does nothing: "lost" would send people to look for what is not there."""

    async def refuse(*_: Any, **__: Any) -> None:
        raise exceptions.BusyLoadingError("LOADING")

    line = AutoPipeline(redis)
    await line.call("PING")
    monkeypatch.setattr("redis.asyncio.connection.AbstractConnection.read_response", refuse)
    faults = await asyncio.gather(*(line.call("PING") for _ in range(3)), return_exceptions=True)
    assert [type(fault) for fault in faults] == [exceptions.BusyLoadingError] * 3


async def test_a_packet_of_a_hundred_scripts_is_all_there(redis: Client) -> None:
    line = AutoPipeline(redis)
    script = "return redis.call('INCRBY', KEYS[1], ARGV[1])"
    answers = await asyncio.gather(*(line.call("EVAL", script, 1, "sum", 1) for _ in range(100)))
    assert sorted(answers) == list(range(1, 101))


async def test_many_runners_on_one_client_keep_no_connection_from_each_other(redis: Client) -> None:
    """Each workspace, tool and test has a runner: were each to keep a connection, the last would get none."""
    for number in range(2 * CONNECTIONS):
        runners = [Runner(redis, f"T{number}"), Runner(redis, f"U{number}")]
        await asyncio.gather(*(runner.read("PING") for runner in runners))
    assert len(await redis.client_list()) < CONNECTIONS // 2
