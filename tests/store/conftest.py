from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from envaccess.store.client import Client, connect
from tests.store.backups import make
from tests.store.harness import BOB, CAROL, StoreHarness


@pytest.fixture(autouse=True)
def quick_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a code gives is made slowly on purpose; that it is has tests of its own."""
    monkeypatch.setattr("envaccess.crypto.login_codes._STRETCHED", 1)


@pytest.fixture
async def harness(client: Client) -> StoreHarness:
    """A workspace with the variables A, B and staging/DB, on both kinds of server."""
    harness = StoreHarness(client)
    await harness.add("A", "B", "staging/DB")
    return harness


@pytest.fixture
async def real(redis: Client) -> StoreHarness:
    """The same on the real server only."""
    harness = StoreHarness(redis)
    await harness.add("A", "B", "staging/DB")
    return harness


@pytest.fixture
async def other(valkey: str) -> AsyncIterator[StoreHarness]:
    """Another process on the same server."""
    client = connect(valkey)
    yield StoreHarness(client)
    await client.aclose()


@pytest.fixture
def taken(redis: Client, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Every connection that is taken from the pool, in order: one a packet, and one for each other call."""
    pool: Any = redis.connection_pool
    seen: list[object] = []
    take = pool.get_connection

    async def note(*args: Any, **kwargs: Any) -> Any:
        seen.append(await take(*args, **kwargs))
        return seen[-1]

    monkeypatch.setattr(pool, "get_connection", note)
    return seen


@pytest.fixture
async def copy(harness: StoreHarness, tmp_path: Path) -> Path:
    """A backup of a store with something of everything in it; the store is empty then."""
    await harness.grant("A")
    await harness.grant("B", CAROL, once=True)
    await harness.use(await harness.grant("staging/DB", once=True))
    await harness.file("A,B", BOB)
    await harness.lock("staging/DB")
    file = await make(harness, tmp_path / "b.jsonl")
    await harness.client.flushall()
    return file


@pytest.fixture
async def relaxed(real: StoreHarness) -> AsyncIterator[None]:
    """Races need no disk; on a slow one every round would wait for it several times."""
    await real.client.config_set("appendfsync", "no")
    yield
    await real.client.config_set("appendfsync", "always")
