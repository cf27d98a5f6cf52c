import socket
from collections.abc import AsyncIterator

import pytest

from envaccess.domain.variable import Variable
from tests.fakes.api import ApiHarness, api_harness
from tests.fakes.books import Books


@pytest.fixture
async def api() -> AsyncIterator[ApiHarness]:
    """The API with two variables, and nobody signed in."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    books = Books(values={Variable("default", "STRIPE_KEY"): "one", Variable("staging", "DB_URL"): "two"})
    async with api_harness(books, port) as harness:
        yield harness
