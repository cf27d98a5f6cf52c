from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from envaccess_demo.page import DemoExtension, MovableClock
from slack_emulator import SlackEmulator
from slack_emulator.page import Page
from tests.slack_emulator.harness import EmulatorHarness, HandClock
from tests.slack_emulator.page_harness import PROGRAM, FakeBackend, PageHarness

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def emulator(clock: HandClock) -> AsyncIterator[EmulatorHarness]:
    async with SlackEmulator(bot_name="envaccess", clock=clock) as slack, _client(slack) as (client, session):
        alice = slack.add_person("alice", "Alice Engineer")
        bob = slack.add_person("bob", "Bob Approver")
        emulator = EmulatorHarness(
            slack, client, session, clock, alice, bob, slack.add_channel("general", [alice, bob])
        )
        yield emulator
        for handler in emulator.handlers:
            await handler.close_async()


@asynccontextmanager
async def _client(slack: SlackEmulator) -> AsyncIterator[tuple[AsyncWebClient, aiohttp.ClientSession]]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session:
        client = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url, session=session)
        client.proxy = None
        client.retry_handlers.clear()
        yield client, session


@pytest.fixture
async def page_harness(clock: HandClock) -> AsyncIterator[PageHarness]:
    """A page: Bob alone is in #secret, Gus is a guest, Eve is a stranger in a shared channel."""
    movable = MovableClock(clock)
    async with (
        SlackEmulator(bot_name="envaccess", clock=movable) as slack,
        _client(slack) as (client, session),
    ):
        alice, bob = slack.add_person("alice", "Alice Engineer"), slack.add_person("bob", "Bob Approver")
        gus = slack.add_person("gus", "Gus Guest", is_restricted=True)
        eve = slack.add_person("eve", "Eve Stranger", team_id="T0ELSEWHERE")
        general = slack.add_channel("general", [alice, bob])
        secret = slack.add_channel("secret", [bob], private=True)
        shared = slack.add_channel("shared", [alice, gus, eve], is_ext_shared=True)
        for person in (alice, bob, gus):
            slack.state.workspace.open_im(slack.bot.id, person.id)
        backend = FakeBackend()
        page = Page(slack, PROGRAM, DemoExtension(slack, movable, backend))
        emulator = EmulatorHarness(slack, client, session, clock, alice, bob, general)
        async with page.served() as address:
            yield PageHarness(
                emulator, page, address, movable, backend, alice, bob, gus, eve, general, secret, shared
            )
        for handler in emulator.handlers:
            await handler.close_async()
