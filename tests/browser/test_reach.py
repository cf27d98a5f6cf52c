"""Everybody gets through: on a phone, with the keyboard alone, with a screen reader, and past the tour."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.demo_browser import ready_demo, visitor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Locator, Page

    from tests.browser.demo_browser import BrowserUser

GRAVE = {"serious", "critical"}
STEPS_OF_THE_TOUR = 6
MANY_TABS = 60


def complaints(page: Page) -> list[str]:
    """What axe finds that keeps people out."""
    found = Axe().run(page).response["violations"]
    return [
        f"{one['impact']} {one['id']}: {[node['target'] for node in one['nodes']]}"
        for one in found
        if one["impact"] in GRAVE
    ]


def scrolls_sideways(page: Page) -> bool:
    content, window = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    return bool(content > window)


@pytest.fixture(scope="module")
def address(browser: Browser) -> Iterator[str]:
    with ready_demo(browser) as printed:
        yield printed


@pytest.fixture
def newcomer(browser: Browser, address: str) -> Iterator[BrowserUser]:
    """Somebody on a first visit."""
    with visitor(browser, address, touring=True) as came:
        yield came


def test_the_tour_of_six_steps_ends_with_the_value_revealed_expired_and_proven(newcomer: BrowserUser) -> None:
    tour = newcomer.page.locator(".tour")

    def stands_at(number: int) -> None:
        expect(tour).to_contain_text(f"{number} of {STEPS_OF_THE_TOUR}")

    stands_at(1)
    tour.get_by_role("button", name="Type it for me").click()
    expect(newcomer.seat("alice").locator(".composer textarea")).to_be_focused()
    newcomer.page.keyboard.press("Enter")
    stands_at(2)
    newcomer.seat("bob").locator("[data-action=approve]").last.click()
    stands_at(3)
    tour.get_by_role("button", name="Show me").click()
    newcomer.press("alice", "Reveal")
    expect(newcomer.seat("alice").locator("[data-value]")).to_be_visible()
    stands_at(4)
    newcomer.open_drawer()
    stands_at(5)
    newcomer.page.locator("[data-tour=hour]").click()
    stands_at(6)
    expect(newcomer.event("grant.expired").first).to_be_visible()
    tour.get_by_role("button", name="Show me").click()
    newcomer.seat("dana").locator(".thread-button").last.click()
    expect(tour).to_contain_text("That was the whole story")


def test_the_second_part_of_the_tour_leads_through_a_chain_and_an_emergency(newcomer: BrowserUser) -> None:
    tour = newcomer.page.locator(".tour")
    for _ in range(STEPS_OF_THE_TOUR):
        tour.get_by_role("button", name="Skip").click()
    tour.get_by_role("button", name="Two steps, and an emergency").click()

    def stands_at(number: int) -> None:
        expect(tour).to_contain_text(f"Part two, {number} of {STEPS_OF_THE_TOUR}")

    def types_it() -> None:
        tour.get_by_role("button", name="Type it for me").click()
        expect(newcomer.seat("alice").locator(".composer textarea")).to_be_focused()
        newcomer.page.keyboard.press("Enter")

    stands_at(1)
    types_it()
    stands_at(2)
    tour.get_by_role("button", name="Show me").click()
    newcomer.press("bob", "Approve")
    stands_at(3)
    newcomer.open_drawer()
    newcomer.page.locator("[data-tour=hour]").click()
    stands_at(4)
    newcomer.page.get_by_label("Close backstage").click()
    tour.get_by_role("button", name="Show me").click()
    expect(newcomer.page.locator(".tour-ring")).to_be_visible()
    newcomer.open_home("dana").get_by_role("button", name="Approve").click()
    stands_at(5)
    types_it()
    stands_at(6)
    tour.get_by_role("button", name="Show me").click()
    newcomer.press("bob", "Close review")
    newcomer.fill_in("bob", "nothing else was touched", "Close review")
    expect(tour).to_contain_text("Two people agreed although one was away")


def test_the_tour_is_closed_at_once_and_stays_closed(newcomer: BrowserUser) -> None:
    expect(newcomer.page.locator(".tour")).to_be_visible()
    newcomer.page.get_by_label("Close the tour").click()
    expect(newcomer.page.locator(".tour, .tour-ring")).to_have_count(0)
    newcomer.page.reload()
    expect(newcomer.seat("alice")).to_be_visible()
    expect(newcomer.page.locator(".tour")).to_have_count(0)


def test_a_phone_shows_one_person_and_never_scrolls_sideways(caller: BrowserUser) -> None:
    page = caller.page
    expect(page.locator(".seat")).to_have_count(1)
    assert not scrolls_sideways(page)
    caller.have_access("staging/DB_URL", why="looking at a very-long-word-" + "x" * 120)
    expect(page.locator(".seat")).to_have_count(1)
    assert not scrolls_sideways(page)
    caller.press("alice", "Reveal")
    expect(caller.seat("alice").locator("[data-value]")).to_be_visible()
    assert not scrolls_sideways(page)
    caller.visit("bob", "approvers")
    assert not scrolls_sideways(page)
    caller.send("alice", "/envaccess")
    expect(caller.seat("alice").locator(".dialog")).to_be_in_viewport(ratio=0.9)
    assert not scrolls_sideways(page)
    caller.press("alice", "Close")
    caller.open_drawer()
    expect(page.locator(".drawer")).to_be_in_viewport()
    assert not scrolls_sideways(page)


def test_axe_finds_nothing_serious_on_the_main_states(newcomer: BrowserUser) -> None:
    page = newcomer.page
    found = {"tour": complaints(page)}
    page.get_by_label("Close the tour").click()
    newcomer.have_access("staging/DB_URL", why="looking at slow queries")
    newcomer.press("alice", "Reveal")
    expect(newcomer.seat("alice").locator("[data-value]")).to_be_visible()
    found["value"] = complaints(page)
    newcomer.open_drawer()
    expect(page.locator("[data-grant]").first).to_be_visible()
    found["drawer"] = complaints(page)
    newcomer.press("alice", "End now")
    expect(newcomer.seat("alice").get_by_role("alertdialog")).to_be_visible()
    found["question"] = complaints(page)
    newcomer.press("alice", "Keep it")
    newcomer.seat("alice").get_by_role("button", name="Home", exact=True).click()
    expect(newcomer.seat("alice").locator(".home")).to_be_visible()
    newcomer.sit("dana")
    newcomer.seat("dana").locator(".thread-button").last.click()
    found["home and audit"] = complaints(page)
    newcomer.send("alice", "/envaccess")
    newcomer.press("alice", "Ask")
    expect(newcomer.seat("alice").locator(".dialog [role=alert]").first).to_be_visible()
    found["wrong form"] = complaints(page)
    assert {state: wrong for state, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_on_a_phone(caller: BrowserUser, scheme: str) -> None:
    caller.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    caller.visit("bob", "approvers")
    caller.open_drawer()
    assert complaints(caller.page) == []


def tab_to(page: Page, control: Locator) -> None:
    """Press Tab until a control has the focus."""
    for _ in range(MANY_TABS):
        if control.evaluate("node => node === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never reaches {control}")


def test_the_keyboard_alone_asks_approves_and_reveals(guest: BrowserUser) -> None:
    page, keys = guest.page, guest.page.keyboard
    keys.press("F6")
    expect(guest.seat("alice")).to_be_focused()
    tab_to(page, guest.seat("alice").locator(".composer textarea"))
    keys.type("/env")
    keys.press("Enter")
    keys.type("sentry")
    keys.press("Tab")
    keys.type("once reading one crash")
    keys.press("Enter")
    approve = guest.message("bob", "reading one crash").locator("[data-action=approve]")
    expect(approve).to_be_visible()
    keys.press("F6")
    expect(guest.seat("bob")).to_be_focused()
    tab_to(page, approve)
    keys.press("Enter")
    expect(approve).to_have_count(0)
    keys.press("Shift+F6")
    tab_to(page, guest.seat("alice").locator("[data-place=bot]"))
    keys.press("Enter")
    expect(guest.button("alice", "Reveal")).to_be_visible()
    tab_to(page, guest.button("alice", "Reveal"))
    keys.press("Enter")
    expect(guest.seat("alice").locator("[data-value]")).to_be_visible()
