from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground import Playground
from tests.playground.house import HandClock, House

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def house(clock: HandClock) -> AsyncIterator[House]:
    async with Playground(clock=clock) as slack, _client(slack) as (client, session):
        alice = slack.add_person("alice", "Alice Engineer")
        bob = slack.add_person("bob", "Bob Approver")
        house = House(slack, client, session, clock, alice, bob, slack.add_channel("general", [alice, bob]))
        yield house
        for handler in house.handlers:
            await handler.close_async()


@asynccontextmanager
async def _client(slack: Playground) -> AsyncIterator[tuple[AsyncWebClient, aiohttp.ClientSession]]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session:
        client = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url, session=session)
        client.proxy = None
        client.retry_handlers.clear()
        yield client, session
