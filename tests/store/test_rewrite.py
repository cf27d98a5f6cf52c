"""What was deleted or replaced leaves the disk: looked for as bytes in every file of the data folder."""

import asyncio
import os
import secrets
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from envaccess.domain.errors import StoreError, StoreUnavailableError
from envaccess.embedded.folder import data_folder
from envaccess.embedded.server import EmbeddedServer
from envaccess.store.append_only_rewrite import rewrite_log
from envaccess.store.client import connect

pytestmark = pytest.mark.real


@dataclass
class Place:
    """An embedded server of its own, and its files."""

    client: Any
    data: Path

    def holds(self, text: str) -> bool:
        while True:
            try:
                return any(text.encode() in file.read_bytes() for file in self.files())
            except FileNotFoundError:
                pass  # another rewrite has put its draft in place meanwhile: look at all of it again

    def files(self) -> list[Path]:
        return [file for file in self.data.rglob("*") if file.is_file()]

    async def slowly(self, microseconds: int = 2_000, keys: int = 500) -> None:
        """Make a rewrite take a second or so."""
        for number in range(keys):
            await self.client.set(f"key:{number}", secrets.token_hex(8))
        await self.client.config_set("key-load-delay", 0)
        await self.client.config_set("rdb-key-save-delay", microseconds)

    async def rewriting(self) -> bool:
        return bool((await self.client.info("persistence"))["aof_rewrite_in_progress"])

    async def child(self) -> int:
        """The process that rewrites."""
        server = int((await self.client.info("server"))["process_id"])
        while True:
            if found := children(server):
                return found[0]
            await asyncio.sleep(0)


def children(process: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    server = EmbeddedServer(tmp_path)
    client = connect(await asyncio.to_thread(server.start))
    try:
        yield Place(client, data_folder(tmp_path))
    finally:
        await client.aclose()
        server.close()
        assert await asyncio.to_thread(server.wait_gone, 20)


def ciphertext() -> str:
    return secrets.token_urlsafe(120)


async def test_a_deleted_and_a_replaced_ciphertext_are_nowhere_in_the_data_folder(place: Place) -> None:
    deleted, replaced, kept = ciphertext(), ciphertext(), ciphertext()
    await place.client.hset("one", mapping={"sealed": deleted})
    await place.client.hset("two", mapping={"sealed": replaced})
    await place.client.delete("one")
    await place.client.hset("two", mapping={"sealed": kept})
    assert place.holds(deleted), "otherwise this test proves nothing"
    assert place.holds(replaced), "otherwise this test proves nothing"
    await rewrite_log(place.client, place.data)
    assert not place.holds(deleted)
    assert not place.holds(replaced)
    assert await place.client.hget("two", "sealed") == kept


async def test_a_ciphertext_in_the_base_file_goes_too(place: Place) -> None:
    """After one rewrite the old value is in the base, written as a snapshot."""
    old = ciphertext()
    await place.client.set("one", old)
    await rewrite_log(place.client, place.data)
    await place.client.delete("one")
    await rewrite_log(place.client, place.data)
    assert not place.holds(old)
    assert len(place.files()) == 3, "a base, an increment, the manifest"


async def test_a_rewrite_that_began_before_the_change_does_not_count(place: Place) -> None:
    """Its picture of the data still has the old value, and would be the new base."""
    await place.slowly()
    old = ciphertext()
    await place.client.set("one", old)
    await place.client.bgrewriteaof()
    assert await place.rewriting()
    await place.client.delete("one")
    await rewrite_log(place.client, place.data)
    assert not place.holds(old)


async def test_many_deletions_at_once_each_leave_nothing(place: Place) -> None:
    olds = [ciphertext() for _ in range(6)]
    for number, old in enumerate(olds):
        await place.client.set(f"old:{number}", old)

    async def delete(number: int) -> None:
        await place.client.delete(f"old:{number}")
        await rewrite_log(place.client, place.data)
        assert not place.holds(olds[number])

    await asyncio.gather(*(delete(number) for number in range(6)))


async def test_whoever_writes_meanwhile_loses_nothing(place: Place, tmp_path: Path) -> None:
    stop, count = asyncio.Event(), 0

    async def write() -> None:
        nonlocal count
        while not stop.is_set():
            await place.client.rpush("list", count)
            count += 1

    writing = asyncio.create_task(write())
    for _ in range(5):
        await rewrite_log(place.client, place.data)
    stop.set()
    await writing
    server = int((await place.client.info("server"))["process_id"])
    os.kill(server, signal.SIGKILL)
    started_again = EmbeddedServer(tmp_path)
    again = connect(await asyncio.to_thread(started_again.start))
    assert await again.llen("list") == count
    await again.aclose()
    started_again.close()


async def test_a_rewrite_that_fails_is_said(place: Place) -> None:
    await place.slowly()
    rewriting = asyncio.create_task(rewrite_log(place.client, place.data))
    os.kill(await place.child(), signal.SIGKILL)
    with pytest.raises(StoreUnavailableError, match="could not rewrite"):
        await rewriting


async def test_a_rewrite_that_takes_too_long_is_said(place: Place) -> None:
    await place.slowly()
    with pytest.raises(StoreUnavailableError, match="in time"):
        await rewrite_log(place.client, place.data, seconds=0.05)


async def test_a_server_that_dies_in_the_middle_leaves_nothing_for_the_next_time(place: Place) -> None:
    """A killed rewrite leaves its draft behind, with all values of that moment in it."""
    await place.slowly()
    old = ciphertext()
    await place.client.set("one", old)
    rewriting = asyncio.create_task(rewrite_log(place.client, place.data))
    child = await place.child()
    server = int((await place.client.info("server"))["process_id"])
    os.kill(server, signal.SIGKILL)
    os.kill(child, signal.SIGKILL)
    with pytest.raises(StoreError):
        await rewriting
    started_again = EmbeddedServer(place.data.parents[1])
    await asyncio.to_thread(started_again.start)
    while True:
        try:
            await place.client.delete("one")
            break
        except Exception:  # noqa: BLE001 - the server is still coming up
            await asyncio.sleep(0.01)
    (place.data / "appendonlydir" / "appendonly.aof.1.incr.aof.torn-at-9").write_text(old)
    await rewrite_log(place.client, place.data)
    assert not place.holds(old)
    started_again.close()
