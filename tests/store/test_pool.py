"""The pool: which connections are given up together, and that another primary is noticed."""

import asyncio
from typing import Any

import pytest

from envaccess.domain.store_address import Endpoint
from envaccess.store.client import Client, connect
from envaccess.store.locator import NotFoundError
from envaccess.store.pool import Pool, connection_maker

pytestmark = pytest.mark.real


async def test_all_that_were_opened_together_are_given_up_once(redis: Client) -> None:
    """Or under load each that comes back would take the new ones along, for ever."""
    pool: Any = redis.connection_pool
    old = [await pool.get_connection() for _ in range(5)]
    old[0].mark_for_reconnect()  # as READONLY and MOVED do
    await pool.release(old[0])
    assert all(connection.should_reconnect() for connection in old[1:])
    new = await pool.get_connection()
    for connection in old[1:]:
        await pool.release(connection)
    assert not new.should_reconnect()
    assert new not in old
    await pool.release(new)
    assert await pool.get_connection() is new
    await pool.release(new)


async def test_a_connection_that_broke_takes_those_that_lie_there_along(redis: Client) -> None:
    pool: Any = redis.connection_pool
    lying, broken = await pool.get_connection(), await pool.get_connection()
    await pool.release(lying)
    await broken.disconnect()
    await pool.release(broken)
    taken = await pool.get_connection()
    assert taken not in (lying, broken)
    assert not lying.is_connected
    await pool.release(taken)


class Moving:
    """Says what it is told to; as many servers as a test needs are the same one."""

    def __init__(self, found: Endpoint) -> None:
        self.found, self.asked, self.away = found, 0, False

    async def find(self) -> Endpoint | None:
        self.asked += 1
        if self.away:
            raise NotFoundError("nobody says")
        return self.found

    def use(self, key: str) -> bool:
        return bool(key)


@pytest.fixture
async def moving(valkey: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A pool that looks all the time, and its locator."""
    monkeypatch.setattr("envaccess.store.pool._LOOK_SECONDS", 0.01)
    template: Any = connect(valkey).connection_pool
    make = connection_maker(template)
    locator = Moving(("a", 1))
    pool = Pool(template, lambda **_: make(), locator, lambda: 60.0)
    yield pool, locator
    await pool.aclose()


async def until(happens: Any) -> None:
    """Let the pool look."""
    async with asyncio.timeout(60):
        while not happens():  # noqa: ASYNC110 - the pool tells nobody
            await asyncio.sleep(0.005)


async def test_another_primary_is_noticed_though_the_old_one_still_answers(moving: Any) -> None:
    """One that was replaced takes writes until it is told so: they would all be lost."""
    pool, locator = moving
    connection = await pool.get_connection()
    locator.found = ("b", 1)
    await until(connection.should_reconnect)
    await pool.release(connection)
    assert not connection.is_connected


async def test_whoever_asks_in_vain_goes_on_with_what_is_open(moving: Any) -> None:
    """Sentinels that are away take no healthy primary away."""
    pool, locator = moving
    connection = await pool.get_connection()
    locator.away = True
    asked = locator.asked
    await until(lambda: locator.asked > asked + 2)
    assert not connection.should_reconnect()
    await pool.release(connection)


async def test_nobody_is_asked_while_there_is_no_connection(moving: Any) -> None:
    pool, locator = moving
    connection = await pool.get_connection()
    await connection.disconnect()
    await pool.release(connection)
    await until(lambda: pool._next_look is None)
    asked = locator.asked
    await asyncio.sleep(0.05)
    assert locator.asked == asked


async def test_those_who_open_at_once_ask_once(moving: Any) -> None:
    pool, locator = moving
    taken = await asyncio.gather(*(pool.get_connection() for _ in range(8)))
    assert locator.asked == 1
    for connection in taken:
        await pool.release(connection)


async def test_a_connection_is_closed_where_whoever_takes_it_is_gone_while_it_is_looked_at(
    redis: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It lies nowhere then: nobody else would close it."""
    pool: Any = redis.connection_pool
    lying = await pool.get_connection()
    await pool.release(lying)
    looks = asyncio.Event()

    async def look(_: Any) -> bool:
        looks.set()
        await asyncio.Event().wait()
        return True

    with monkeypatch.context() as slow:
        slow.setattr("envaccess.store.pool.is_sound", look)
        taking = asyncio.create_task(pool.get_connection())
        await looks.wait()
        taking.cancel()
        await asyncio.gather(taking, return_exceptions=True)
    assert not lying.is_connected
    taken = await pool.get_connection()
    assert taken is not lying
    await pool.release(taken)
