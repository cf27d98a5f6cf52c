"""Before events are sealed a replica has them, so that a failover loses no head that somebody was shown."""

import asyncio
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from redis.exceptions import RedisError

from envaccess.embedded.binary import find_server
from envaccess.projections.checkpoints import PUT_OFF_MOST
from envaccess.store.client import connect
from envaccess.store.tree import RedisTree
from tests.store.harness import StoreHarness
from tests.store.sealed_store import Sealed


class LaggingTree(RedisTree):
    """A tree whose replica has what was written only after it was asked so many times."""

    def __init__(self, tree: RedisTree, lags: int) -> None:
        super().__init__(tree._runner, tree._token)
        self.lags = lags

    async def replicated(self) -> bool:
        self.lags -= 1
        return self.lags < 0


async def behind(harness: StoreHarness, lags: int) -> Sealed:
    await harness.client.flushall()
    sealed = Sealed(harness)
    await harness.outbox.lead()
    sealed.checkpoints._tree = LaggingTree(sealed.tree, lags)
    await sealed.add_plainly(1)
    await sealed.checkpoints.step()
    sealed.now += 70
    return sealed


async def test_what_no_replica_has_is_not_sealed_yet(harness: StoreHarness) -> None:
    sealed = await behind(harness, lags=3)
    for _ in range(3):
        await sealed.checkpoints.step()
    assert await sealed.tree.heads() == []
    await sealed.checkpoints.step()
    assert (await sealed.head()).size == 1
    assert sealed.journal.told == []


async def test_a_replica_that_stays_away_stops_no_sealing_and_is_told(harness: StoreHarness) -> None:
    sealed = await behind(harness, lags=10**6)
    for _ in range(PUT_OFF_MOST):
        await sealed.checkpoints.step()
    assert (await sealed.head()).size == 1
    assert sealed.journal.told == ["tree.unreplicated"]


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[str, int]]:
    """A server and its replica: the URL of the first, and the process id of the other."""
    ports = free_port(), free_port()
    options = ("--bind", "127.0.0.1", "--save", "", "--repl-diskless-sync-delay", "0", "--dir", str(tmp_path))
    follow = ("--replicaof", f"127.0.0.1 {ports[0]}")
    with ExitStack() as stack:
        started = []
        for port, more in zip(ports, ((), follow), strict=True):
            command = [str(find_server()), "--port", port, *options, *more]
            process = stack.enter_context(subprocess.Popen(command, stdout=subprocess.DEVNULL))  # noqa: S603 - ours
            stack.callback(process.kill)
            started.append(process.pid)
        yield f"redis://127.0.0.1:{ports[0]}", started[1]


async def follows(tree: RedisTree) -> None:
    """Wait until the replica has all: a busy machine takes longer than one `WAIT`."""
    async with asyncio.timeout(60):
        while not await tree.replicated():
            pass


@pytest.mark.real
async def test_a_replica_that_has_stopped_is_noticed(pair: tuple[str, int]) -> None:
    url, replica = pair
    client: Any = connect(url)
    async with asyncio.timeout(60):
        while True:
            try:
                if (await client.info("replication")).get("slave0", {}).get("state") == "online":
                    break
            except RedisError:
                continue
    tree = Sealed(StoreHarness(client)).tree
    await follows(tree)
    os.kill(replica, signal.SIGSTOP)
    try:
        assert not await tree.replicated()
    finally:
        os.kill(replica, signal.SIGCONT)
    await follows(tree)
    await client.aclose()


@pytest.mark.real
async def test_a_server_without_replicas_is_not_waited_for(real: StoreHarness) -> None:
    assert await Sealed(real).tree.replicated()
