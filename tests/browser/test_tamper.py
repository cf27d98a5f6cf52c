"""Who can write to Redis changes the audit stream, and the drawer catches it before the reader's eyes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.demo_browser import ready_demo

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Locator

    from tests.browser.demo_browser import BrowserUser

DEEDS = {
    "Edit": (3, re.compile(r"altered: \S+: edited: \d+ \(")),
    "Delete": (3, re.compile(r"altered: \S+: missing: \d+$")),
    "Fork": (4, re.compile("forked: .*another tree of .* events was signed")),
}


@pytest.fixture(scope="module")
def address(browser: Browser) -> Iterator[str]:
    with ready_demo(browser) as printed:
        yield printed


def test_an_edit_a_deletion_and_a_fork_are_caught_and_undone(guest: BrowserUser) -> None:
    """An emergency is sealed at once, so that nobody waits a minute."""
    guest.send("alice", "/envaccess emergency production/DB_URL checkout is down")
    guest.open_drawer()
    page = guest.page
    status, wrong = page.locator(".tree"), page.locator(".event-altered, .event-missing")
    expect(status).to_contain_text("✓ valid")
    expect(page.locator("[data-event='emergency.used'] .mark")).to_contain_text("✓")
    for deed, (code, told) in DEEDS.items():
        _press(guest, deed)
        expect(status).to_have_attribute("data-exit", str(code))
        expect(status.locator(".tree-problem").first).to_have_text(told)
        expect(page.locator(".remark", has_text="tampered with")).to_be_visible()
        if deed != "Fork":
            expect(wrong).to_have_count(1)
        _press(guest, "Undo")
        expect(status).to_have_attribute("data-exit", "0")
        expect(wrong).to_have_count(0)
        expect(page.locator(".remark")).to_have_count(0)


def _press(guest: BrowserUser, label: str) -> None:
    button: Locator = guest.page.get_by_role("button", name=label, exact=True)
    button.click()
    expect(button).to_have_count(0)
