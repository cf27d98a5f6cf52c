from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.demo_browser import CHROMIUM, PHONE, BrowserUser, chromium, demo, visitor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

LOUD = f"NO BROWSER TESTS: {CHROMIUM} IS MISSING. `apt-get install chromium` (Debian) brings it."


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Headless Chromium; a module's, since playwright keeps an event loop as long as it is open."""
    if not CHROMIUM.exists():
        pytest.skip(LOUD)
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def address(browser: Browser) -> Iterator[str]:
    """A demo of this module's own, ready for commands."""
    with demo() as printed:
        with visitor(browser, printed) as first:
            first.until_ready()
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
