"""Connections that Slack counts and no process of ours has: what it sends there is lost."""

import contextlib
import re
from collections.abc import AsyncIterator

import aiohttp

from tests.scenario.harness import ScenarioHarness
from tests.scenario.logs import serving, told
from tests.scenario.watch import comes_true

GHOSTS = 3


@contextlib.asynccontextmanager
async def ghosts(harness: ScenarioHarness, count: int) -> AsyncIterator[None]:
    """Whoever has the app token, and reads nothing."""
    headers = {"Authorization": f"Bearer {harness.slack.app_token}"}
    async with aiohttp.ClientSession() as session, contextlib.AsyncExitStack() as stack:
        for _ in range(count):
            url = f"{harness.slack.api_url}apps.connections.open"
            async with session.post(url, headers=headers) as answer:
                socket = session.ws_connect((await answer.json())["url"])
            await stack.enter_async_context(socket)
        yield


async def test_they_are_an_alarm(harness: ScenarioHarness) -> None:
    async with ghosts(harness, GHOSTS), serving(harness) as log:

        async def alarmed() -> bool:
            return any(line["tag"] == "ghost_connections" for line in told(log, "alarm"))

        await comes_true(alarmed)
    (line,) = (line for line in told(log, "alarm") if line["tag"] == "ghost_connections")
    found = re.fullmatch(
        r"Slack counts ([45]) connections of this app; those that serve have 3 at most", line["problem"]
    )
    assert found, line["problem"]


async def test_our_own_processes_are_none(harness: ScenarioHarness) -> None:
    async with harness.bot(), serving(harness) as log:
        await harness.filed()
    assert not [line for line in told(log, "alarm") if line["tag"] == "ghost_connections"]
