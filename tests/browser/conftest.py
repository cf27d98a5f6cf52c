from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.demo_browser import CHROMIUM, PHONE, BrowserUser, chromium, ready_demo, visitor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

LOUD = f"NO BROWSER TESTS: {CHROMIUM} IS MISSING. `apt-get install chromium` (Debian) brings it."


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Headless Chromium; this folder's, since playwright keeps an event loop as long as it is open."""
    if not CHROMIUM.exists():
        pytest.skip(LOUD)
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="package")
def address(browser: Browser) -> Iterator[str]:
    """A demo, ready for commands. Modules that count what is there, or break it, have one of their own."""
    with ready_demo(browser) as printed:
        yield printed


@pytest.fixture
def guest(browser: Browser, address: str) -> Iterator[BrowserUser]:
    """Somebody who was here before, at a wide window."""
    with visitor(browser, address) as came:
        yield came


@pytest.fixture
def caller(browser: Browser, address: str) -> Iterator[BrowserUser]:
    """Somebody on a phone."""
    with visitor(browser, address, size=PHONE) as came:
        yield came
