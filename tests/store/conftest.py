from collections.abc import AsyncIterator

import pytest
from fakeredis import FakeAsyncRedis

from envaccess.store.client import Client, connect
from tests.store.harness import StoreHarness


@pytest.fixture(autouse=True)
def any_machine(patient: None) -> None:
    """No test of what the store does is about how long it took; those of a silent server override this."""


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.real)])
async def client(request: pytest.FixtureRequest) -> AsyncIterator[Client]:
    """An empty fakeredis, and an empty real server."""
    if request.param == "fake":
        found: Client = FakeAsyncRedis(decode_responses=True)
    else:
        found = connect(request.getfixturevalue("valkey"))
        await found.flushall()
    yield found
    await found.aclose()


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
