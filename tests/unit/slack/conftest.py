"""The front door, ready for a payload."""

from collections.abc import AsyncIterator

import pytest

from envaccess.slack.client import SlackClient
from tests.unit.slack.front import Front


@pytest.fixture
async def front() -> AsyncIterator[Front]:
    """Nobody listens at its client's address: the front door must not call Slack by Bolt's client."""
    client = SlackClient("xoxb-test", "http://127.0.0.1:1/api/", loopback=True)
    yield Front(client)
    await client.close()
