from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.slack_emulator.page_acting.small_app import App
from tests.slack_emulator.page_browser import Browser, browser

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.slack_emulator.page_harness import PageHarness


@pytest.fixture
async def app(page_harness: PageHarness) -> App:
    made = App(page_harness)
    await page_harness.emulator.connect(made.app)
    return made


@pytest.fixture
async def page(page_harness: PageHarness, app: App) -> AsyncIterator[Browser]:  # noqa: ARG001 - the app must be there
    async with browser(page_harness.address) as opened:
        await opened.sit("alice", "bob", "gus", "eve")
        yield opened
