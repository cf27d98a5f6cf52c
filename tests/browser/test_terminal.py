"""The page's terminal, by hand: keys, sizes, a reload, two browsers, a flood, a screen reader."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.demo_browser import PHONE, terminal_page, visitor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Locator

    from tests.browser.demo_browser import BrowserUser


@pytest.fixture(scope="module")
def address(browser: Browser) -> Iterator[str]:
    assert browser
    with terminal_page() as printed:
        yield printed


def open_terminal(user: BrowserUser) -> Locator:
    """Alice opens her terminal; the rows that are drawn."""
    user.visit("alice", "terminal")
    rows = user.page.locator(".xterm-rows")
    expect(rows).to_contain_text("ready>")
    return rows


def cells(user: BrowserUser) -> str:
    """The colours that are drawn of the first line."""
    found: str = user.page.locator(".xterm-rows > div").first.evaluate(
        "row => [...row.querySelectorAll('span')].map(span => getComputedStyle(span).color).join(' ')"
    )
    return found


def test_somebody_types_and_stops_with_ctrl_c_and_the_policy_of_the_page_refuses_nothing(
    guest: BrowserUser,
) -> None:
    rows, keys = open_terminal(guest), guest.page.keyboard
    assert len(set(cells(guest).split(") "))) > 6, "colours, the twenty-four bit one included"
    assert "rgb(200, 80, 10)" in cells(guest)
    keys.type("grüße")
    keys.press("Enter")
    expect(rows).to_contain_text("heard 'grüße' in")
    keys.type("unfinished")
    keys.press("Control+c")
    expect(rows).to_contain_text("stopped")
    guest.page.get_by_role("button", name="say hello").click()
    expect(rows).to_contain_text("ready> say hello")
    keys.press("Enter")
    expect(rows).to_contain_text("heard 'say hello'")
    assert guest.faults == []


def test_a_flood_can_be_stopped_and_another_browser_shows_the_same(
    guest: BrowserUser, browser: Browser, address: str
) -> None:
    rows = open_terminal(guest)
    guest.page.get_by_role("button", name="flood").click()
    guest.page.keyboard.press("Enter")
    expect(rows).to_contain_text(re.compile(r"line \d{3,}"))
    guest.page.keyboard.press("Control+c")
    expect(rows).to_contain_text("stopped")
    with visitor(browser, address, size=PHONE) as caller:
        other = open_terminal(caller)
        expect(other).to_contain_text("stopped")
        caller.page.keyboard.type("from the phone")
        caller.page.keyboard.press("Enter")
        expect(other).to_contain_text(re.compile(r"in (3|4)\d columns"))
        expect(rows).to_contain_text("heard 'from the phone'")
        content, window = caller.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert content <= window
        caller.page.reload()
        expect(caller.page.locator(".xterm-rows")).to_contain_text("heard 'from the phone'")


def test_the_keyboard_gets_in_and_out_and_a_screen_reader_is_told(guest: BrowserUser) -> None:
    page, keys = guest.page, guest.page.keyboard
    open_terminal(guest)
    box = page.locator("[data-terminal=terminal] textarea")
    expect(box).to_be_focused()
    keys.press("Tab")
    expect(box).to_be_focused()
    keys.press("F6")
    expect(guest.seat("bob")).to_be_focused()
    page.get_by_role("button", name="Screen reader").click()
    expect(page.get_by_role("button", name="Screen reader")).to_have_attribute("aria-pressed", "true")
    box.focus()
    keys.type("aloud")
    keys.press("Enter")
    expect(page.locator(".xterm-accessibility")).to_contain_text("aloud' in")
    keys.press("Tab")
    expect(box).not_to_be_focused()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = Axe().run(page).response["violations"]
        assert [one["id"] for one in found if one["impact"] in {"serious", "critical"}] == []
    page.get_by_role("button", name="Screen reader").click()


def test_an_ended_program_can_be_started_again(guest: BrowserUser) -> None:
    rows = open_terminal(guest)
    guest.page.keyboard.press("Control+d")
    expect(guest.seat("alice").get_by_role("status").last).to_contain_text("It ended with exit code 4.")
    guest.press("alice", "Start again")
    expect(rows).to_contain_text("ready>")
    expect(guest.page.get_by_text("It ended")).to_have_count(0)
